"""A real browser without a screen, for the UI's pages."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_der_x509_certificate
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from smoke_tests.settings import Settings
from toolchain.process import Failed, run, say

PACKAGES = ("chromium", "chromium-driver")
_TIMEOUT_S = 10


def install() -> None:
    """Make sure that there is a Chromium.

    Raises:
        Failed: there is none, and this is no Debian whose packages may be installed.
    """
    if shutil.which("chromium") and shutil.which("chromedriver"):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Failed(
            "Chromium and its driver",
            "they are not on PATH, and only root may install them, on Debian",
            f"apt-get install {' '.join(PACKAGES)}",
        )
    say(f"Installing Debian packages: {' '.join(PACKAGES)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update"], timeout=300, env=environment)
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *PACKAGES]
    run(command, timeout=600, env=environment)


@contextmanager
def started(settings: Settings) -> Iterator[Chrome]:
    """A Chromium that finds the stack's hosts at the ingress, and no other host at all.

    It is logged in, and takes the hosts' certificates if the stack's authority vouches for them.
    """
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    found = [f"MAP {host} {settings.ingress_address}" for host in sorted(settings.hosts)]
    rules = [*found, "MAP * ~NOTFOUND", f"EXCLUDE {settings.ingress_address}"]
    for argument in (
        "--headless=new",
        "--window-size=1400,1000",
        f"--host-resolver-rules={', '.join(rules)}",
        "--no-sandbox",  # which root may not have; it sees the stack's own pages only
        "--disable-dev-shm-usage",
    ):
        options.add_argument(argument)
    if settings.ca_file is not None:
        # Chromium has no option for an authority; these are keys of certificates.
        keys = {_vouched_for(host, settings) for host in settings.hosts}
        options.add_argument(f"--ignore-certificate-errors-spki-list={','.join(sorted(keys))}")
    options.set_capability("goog:loggingPrefs", {"browser": "SEVERE"})
    browser = Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        if settings.login is not None:
            login = base64.b64encode(":".join(settings.login).encode()).decode()
            headers = {"Authorization": f"Basic {login}"}
            browser.execute_cdp_cmd("Network.enable", {})
            browser.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": headers})
        yield browser
    finally:
        browser.quit()


def _vouched_for(host: str, settings: Settings) -> str:
    """The fingerprint of the key that a host shows, once its certificate was checked."""
    context = ssl.create_default_context(cafile=settings.ca_file)
    place = (settings.ingress_address, 443)
    with (
        socket.create_connection(place, _TIMEOUT_S) as connection,
        context.wrap_socket(connection, server_hostname=host) as greeted,
    ):
        certificate = load_der_x509_certificate(greeted.getpeercert(binary_form=True) or b"")
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(sha256(key).digest()).decode()
