"""Who makes the certificate of the public hosts, and what follows from it."""

from dataclasses import dataclass

from mlplatform import names
from mlplatform.existing import CERT_MANAGER_API, Existing
from mlplatform.settings import Settings

OFF = "off"
OWN = "own"
CERT_MANAGER = "cert-manager"
SECRET = "secret"  # noqa: S105 - the name of a way
GATEWAY = "gateway"
"""Nobody here: it is the listener's of the Gateway."""


@dataclass(frozen=True, kw_only=True)
class Tls:
    """How the public hosts are served.

    Attributes:
        way: who makes their certificate.
        secret: name of the Secret where the ingress finds it; None where there is none.
        issuer: the ClusterIssuer that signs it; None for the stack's own authority.
        redirects: whether plain HTTP is to be answered with 308.
        answers_308: whether the ingress controller is known to do so.
    """

    way: str
    secret: str | None
    issuer: str | None
    redirects: bool
    answers_308: bool

    @property
    def scheme(self) -> str:
        """The scheme of the public URLs."""
        return "http" if self.way == OFF else "https"

    @property
    def needs_authority(self) -> bool:
        """Whether the stack's own authority signs it."""
        return self.way == OWN or (self.way == CERT_MANAGER and self.issuer is None)


def of(settings: Settings, existing: Existing) -> Tls:
    """Return how the settings want the hosts to be served, in this cluster.

    Args:
        settings: the settings of the stack.
        existing: what the cluster has.
    """
    way = settings.tls or _chosen(settings, existing)
    # Each has a name of its own: another owner's Secret would be in the way of a change.
    secrets = {
        OWN: names.TLS,
        CERT_MANAGER: f"{names.TLS}-{CERT_MANAGER}",
        SECRET: settings.tls_secret,
    }
    redirects = way in secrets and settings.plain_http == "redirect"
    controller = existing.controllers.get(settings.ingress_class, "")
    is_ours = settings.ingress_class in existing.own_ingress_classes
    return Tls(
        way=way,
        secret=secrets.get(way),
        issuer=settings.tls_issuer,
        redirects=redirects,
        answers_308=redirects and (is_ours or "ingress-nginx" in controller),
    )


def _chosen(settings: Settings, existing: Existing) -> str:
    """What `auto` stands for."""
    if settings.gateway is not None:
        return GATEWAY if existing.listens_to_tls(settings.gateway) else OFF
    if not settings.is_shared:
        return OFF
    return CERT_MANAGER if existing.offers(CERT_MANAGER_API) else OWN
