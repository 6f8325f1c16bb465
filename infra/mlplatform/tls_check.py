"""What a cluster must have for the TLS that the settings want, asked before anything is made."""

from datetime import UTC, datetime

from cryptography import x509

from mlplatform import public_hosts
from mlplatform import tls as ways
from mlplatform.existing import CERT_MANAGER_API, Existing
from mlplatform.problems import Problem
from mlplatform.settings import Settings


def problems(settings: Settings, existing: Existing) -> list[Problem]:
    """Name what is missing, or would not be taken by any client.

    Args:
        settings: the settings of the stack.
        existing: what the cluster has.
    """
    if settings.tls == ways.CERT_MANAGER and not existing.offers(CERT_MANAGER_API):
        return [
            Problem(
                key="tls",
                got=f"'cert-manager', while the cluster has no {CERT_MANAGER_API}",
                want="a cluster with cert-manager, or another way",
                hint="example: pulumi config set tls own",
            )
        ]
    if settings.tls_secret is None:
        return []
    text = existing.content("Secret", settings.tls_secret).get("tls.crt")
    if text is None:
        return []  # references.py says so.
    got = _wrong(text, [one.host for one in public_hosts.of(settings)])
    if got is None:
        return []
    return [
        Problem(
            key="tlsSecret",
            got=f"Secret '{settings.tls_secret}', {got}",
            want="a certificate that is good for the hosts of the stack",
            hint=f"ask for one, and put it there as {settings.tls_secret}",
        )
    ]


def _wrong(text: str, hosts: list[str]) -> str | None:
    """What is wrong with a certificate; None for one that will do."""
    try:
        certificate = x509.load_pem_x509_certificate(text.encode())
        names = certificate.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        ).value.get_values_for_type(x509.DNSName)
    except (ValueError, x509.ExtensionNotFound) as error:
        return f"whose tls.crt is no certificate of a server: {error}"
    if certificate.not_valid_after_utc <= datetime.now(UTC):
        return f"whose certificate has expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
    missing = [host for host in hosts if not any(_matches(name, host) for name in names)]
    return f"whose certificate is not for {', '.join(missing)}" if missing else None


def _matches(name: str, host: str) -> bool:
    """Whether a name of a certificate is a host's: a star stands for one label (RFC 9525)."""
    if name.startswith("*."):
        return name[1:].lower() == host[host.find(".") :]
    return name.lower() == host
