"""What leads from the public hosts to the Services: Ingresses or routes, and their certificate."""

import pulumi

from mlplatform import names, public_hosts
from mlplatform import tls as ways
from mlplatform.certificates import Authority
from mlplatform.components.authority import OwnAuthority, OwnAuthorityArgs
from mlplatform.components.certificate import Certificate, CertificateArgs
from mlplatform.components.ingress import Ingress, IngressArgs
from mlplatform.components.routes import Routes, RoutesArgs
from mlplatform.existing import Existing
from mlplatform.placement import Placement
from mlplatform.server_tls import THIS_POD
from mlplatform.settings import Settings
from mlplatform.tls import Tls


def authority(
    settings: Settings, tls: Tls, namespace: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> OwnAuthority | None:
    """Declare the stack's own authority, if anything has a certificate of it.

    Args:
        settings: the settings of the stack.
        tls: how its hosts are served.
        namespace: its namespace.
        opts: options of the component.
    """
    inside = {names.POSTGRES: settings.postgres_tls, names.MINIO: settings.minio_tls}
    servers = [part for part, has_tls in inside.items() if has_tls]
    public = [one.host for one in public_hosts.of(settings)] if tls.needs_authority else []
    if not (servers or public):
        return None
    return OwnAuthority(
        "authority",
        OwnAuthorityArgs(
            stack=settings.stack,
            namespace=namespace,
            hosts=[*public, *servers, *THIS_POD],
            known_to_pods=bool(servers),
        ),
        opts,
    )


def publish(
    settings: Settings,
    existing: Existing,
    placement: Placement,
    tls: Tls,
    signer: Authority | None,
    image: str,
    opts: pulumi.ResourceOptions,
) -> pulumi.Input[str] | None:
    """Declare what serves the hosts.

    Args:
        settings: the settings of the stack.
        existing: what the cluster has.
        placement: the stack.
        tls: how its hosts are served.
        signer: the stack's own authority, if it has one.
        image: image of MLflow, which renews the certificate.
        opts: options of the components.

    Returns:
        The name of the Secret with their certificate; None where the stack knows of none.
    """
    hosts = public_hosts.of(settings)
    if settings.gateway is not None:
        Routes(
            "routes",
            RoutesArgs(placement=placement, gateway=settings.gateway, public_hosts=hosts),
            opts,
        )
        return None
    certificate = None
    if tls.way in (ways.OWN, ways.CERT_MANAGER):
        certificate = Certificate(
            "certificate",
            CertificateArgs(
                placement=placement,
                tls=tls,
                authority=signer if tls.needs_authority else None,
                hosts=[one.host for one in hosts],
                image=image,
            ),
            opts,
        ).secret
    certificate = certificate or tls.secret
    Ingress(
        "ingress",
        IngressArgs(
            placement=placement,
            ingress_class=settings.ingress_class,
            controller=existing.controllers.get(settings.ingress_class),
            is_ours=settings.ingress_class in existing.own_ingress_classes,
            public_hosts=hosts,
            certificate=certificate,
            redirects=tls.redirects,
        ),
        opts,
    )
    return certificate
