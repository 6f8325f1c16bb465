"""A real browser without a screen, for the UI's pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from smoke_tests.settings import Settings
from toolchain.process import Failed, run, say

PACKAGES = ("chromium", "chromium-driver")


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
    """A Chromium that finds the stack's hosts at the ingress, and no other host at all."""
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
    options.set_capability("goog:loggingPrefs", {"browser": "SEVERE"})
    browser = Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield browser
    finally:
        browser.quit()
