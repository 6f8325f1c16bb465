"""A certificate of a server of a rehearsal, signed by itself: it is its own authority."""

from dataclasses import dataclass
from pathlib import Path

from toolchain.process import run


@dataclass(frozen=True)
class Certificate:
    """Files of a certificate.

    Attributes:
        public: the certificate, which whoever trusts the server has too.
        private: its key.
    """

    public: Path
    private: Path


def issue(directory: Path, *subjects: str) -> Certificate:
    """Make a certificate.

    Args:
        directory: where its files go.
        subjects: what it is for, as OpenSSL writes it: DNS:registry.internal, IP:198.18.0.2.
    """
    made = Certificate(directory / "public.crt", directory / "private.key")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=rehearsal", "-addext", f"subjectAltName={','.join(subjects)}"]
    run([*command, "-keyout", made.private, "-out", made.public], timeout=30)
    return made
