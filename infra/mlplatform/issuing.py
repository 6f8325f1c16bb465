"""Certificates: an authority of a stack's own, and what it vouches for.

It needs nothing else of this project: the CronJob that renews runs it as it stands here.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIFE = timedelta(days=3650)
SERVER_LIFE = timedelta(days=365)
_RENEWED_AT = 2 / 3
"""Share of its life after which a certificate is renewed, as cert-manager has it."""
# Clocks are not all right.
_BACKDATED = timedelta(hours=1)


@dataclass(frozen=True)
class KeyPair:
    """A certificate and its private key, both as PEM."""

    certificate: str
    key: str


def make_authority(name: str, hosts: Sequence[str], key: str | None = None) -> KeyPair:
    """Make an authority that can vouch for some hosts and no others.

    Whoever trusts it, a browser for instance, gives nothing away but these hosts (RFC 5280, section
    4.2.1.10).

    Args:
        name: what it is called.
        hosts: names and addresses that it may vouch for.
        key: the key that it has already: what it has signed stays good. None makes one.
    """
    private = _load(key) if key else ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    permitted = [_constraint(host) for host in hosts]
    builder = (
        _builder(subject, subject, private.public_key(), AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
    )
    return _signed(builder, private, private)


def issue(authority: KeyPair, hosts: Sequence[str], life: timedelta = SERVER_LIFE) -> KeyPair:
    """Make a key and a certificate of a server.

    Args:
        authority: who vouches for it.
        hosts: names and addresses of the server.
        life: how long it is good, if the authority is.
    """
    issuer = x509.load_pem_x509_certificate(authority.certificate.encode())
    private = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])])
    life = min(life, issuer.not_valid_after_utc - datetime.now(UTC))
    builder = (
        _builder(subject, issuer.subject, private.public_key(), life)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(names, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(_load(authority.key).public_key()),
            critical=False,
        )
    )
    return _signed(builder, private, _load(authority.key))


def is_due(certificate: str, now: datetime | None = None) -> bool:
    """Whether a certificate is to be renewed: the last third of its life has begun."""
    found = x509.load_pem_x509_certificate(certificate.encode())
    life = found.not_valid_after_utc - found.not_valid_before_utc
    return (now or datetime.now(UTC)) >= found.not_valid_before_utc + life * _RENEWED_AT


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, life: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _signed(
    builder: x509.CertificateBuilder,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> KeyPair:
    pem = serialization.Encoding.PEM
    text = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return KeyPair(builder.sign(issuer_key, hashes.SHA256()).public_bytes(pem).decode(), text)


def _load(key: str) -> ec.EllipticCurvePrivateKey:
    loaded = serialization.load_pem_private_key(key.encode(), None)
    if not isinstance(loaded, ec.EllipticCurvePrivateKey):
        raise TypeError(f"a key of an authority is {type(loaded).__name__}")
    return loaded


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _constraint(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_network(host))
    except ValueError:
        return x509.DNSName(host)
