"""The company's registry: with TLS by a certificate of its own, and with a password."""

import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from smoke_tests.wait import wait_until
from tests.rehearsals import certificate
from tests.rehearsals.isolation import INSIDE
from toolchain import build
from toolchain.process import run
from toolchain.programs import Program

PROGRAM = Program(
    name="registry",
    processor_s=150,
    # Beside this file, not among what users build; the path is one from toolchain/modules.
    module="../../tests/rehearsals/company/registry_module",
)
HOST, PORT = "registry.company.internal", 5000
TRUST = Path("/etc/docker/certs.d")


@dataclass(frozen=True)
class Registry:
    """A registry that runs.

    Attributes:
        certificate: what it is trusted by.
        user: who may push and pull.
        password: that one's.
    """

    certificate: Path
    user: str = "team"
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    host: str = HOST
    address: str = INSIDE

    @property
    def name(self) -> str:
        """As an image's name begins."""
        return f"{self.host}:{PORT}"


@contextmanager
def running() -> Iterator[Registry]:
    """Build the registry's program, and run it until the block ends.

    Raises:
        Failed: it cannot be built.
    """
    build.ensure([PROGRAM])
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        issued = certificate.issue(place, f"DNS:{HOST}")
        registry = Registry(issued.public)
        _be_known(registry)
        # Perl, which every Debian has, since Python's own is gone from 3.13 on.
        salted = f"print crypt(<STDIN>, q($2b$10${secrets.token_hex(11)}))"
        hashed = run(["perl", "-e", salted], timeout=10, stdin=registry.password)
        (place / "htpasswd").write_text(f"{registry.user}:{hashed}\n")
        (place / "config.yml").write_text(
            "version: 0.1\n"
            f"storage: {{filesystem: {{rootdirectory: {place}/data}}}}\n"
            f"http: {{addr: ':{PORT}', tls: {{certificate: {issued.public}, "
            f"key: {issued.private}}}}}\n"
            f"auth: {{htpasswd: {{realm: company, path: {place}/htpasswd}}}}\n"
        )
        program = build.directory(PROGRAM) / "bin/registry"
        with (place / "log").open("w") as log:
            process = subprocess.Popen(
                [program, "serve", place / "config.yml"], stdout=log, stderr=log
            )
        try:
            wait_until(lambda: _answers(registry), timeout_s=30, describe="the registry answers")
            yield registry
        finally:
            process.terminate()
            process.wait(20)


def _be_known(registry: Registry) -> None:
    """Let this machine find the registry, and Docker trust it."""
    run(["tee", "--append", "/etc/hosts"], timeout=10, stdin=f"{registry.address} {HOST}\n")
    place = TRUST / registry.name
    place.mkdir(parents=True, exist_ok=True)
    shutil.copy(registry.certificate, place / "ca.crt")


def _answers(registry: Registry) -> bool:
    url = f"https://{registry.name}/v2/"
    login = (registry.user, registry.password)
    return requests.get(url, auth=login, verify=str(registry.certificate), timeout=5).ok
