"""The certificate of the public hosts, and what renews it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from mlplatform import names
from mlplatform import tls as ways
from mlplatform.certificates import Authority, ServerCertificate
from mlplatform.components.renewal import Renewal, RenewalArgs
from mlplatform.existing import CERT_MANAGER_API
from mlplatform.placement import Placement
from mlplatform.secret_objects import TLS_SECRET, SecretReference, keep_secret
from mlplatform.tls import Tls

_WAIT = {"pulumi.com/waitFor": "condition=Ready"}


@dataclass(frozen=True, kw_only=True)
class CertificateArgs:
    """Arguments of `Certificate`.

    Attributes:
        placement: the stack it belongs to.
        tls: who makes it.
        authority: the stack's own authority; None where another signs it.
        hosts: the public hosts.
        image: image of MLflow, which has the library that renews.
    """

    placement: Placement
    tls: Tls
    authority: Authority | None
    hosts: Sequence[str]
    image: str


class Certificate(pulumi.ComponentResource):
    """A Secret with the certificate, by cert-manager or the stack's own authority.

    Attributes:
        secret: name of the Secret, known once that is there or on its way.
    """

    secret: pulumi.Input[str]

    def __init__(
        self, name: str, args: CertificateArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare it.

        Args:
            name: name of the component.
            args: what to make.
            opts: options of the component; its provider is that of all children.
        """
        super().__init__("mlplatform:index:Certificate", name, None, opts)
        signer = None if args.authority is None else self._keep_authority(name, args)
        if args.tls.way == ways.CERT_MANAGER:
            self.secret = self._ask_cert_manager(name, args, signer)
        elif args.authority is not None and signer is not None:
            self.secret = self._issue(name, args, args.authority, signer)
        self.register_outputs({"secret": self.secret})

    def _keep_authority(self, name: str, args: CertificateArgs) -> SecretReference | None:
        """Let whatever renews in the cluster have the authority.

        Whoever reads it can pretend to be the public hosts, which the certificate itself, in the
        same namespace, is enough for: the authority vouches for no others.
        """
        if args.authority is None:
            return None
        return keep_secret(
            f"{name}-authority",
            names.TLS,
            args.placement,
            name=names.AUTHORITY,
            kind=TLS_SECRET,
            content={
                "tls.crt": args.authority.certificate,
                "tls.key": pulumi.Output.secret(args.authority.key),
            },
            parent=self,
        )

    def _issue(
        self, name: str, args: CertificateArgs, authority: Authority, signer: SecretReference
    ) -> pulumi.Output[str]:
        """Sign it here, and have it renewed there."""
        made = ServerCertificate(
            f"{name}-public",
            authority,
            hosts=args.hosts,
            opts=pulumi.ResourceOptions(parent=self),
        )
        secret = keep_secret(
            f"{name}-secret",
            names.TLS,
            args.placement,
            name=names.TLS,
            kind=TLS_SECRET,
            content={
                "tls.crt": made.certificate,
                "tls.key": pulumi.Output.secret(made.key),
                "ca.crt": authority.certificate,
            },
            parent=self,
            also_written_by_others=True,
        )
        Renewal(
            f"{name}-renewal",
            RenewalArgs(
                placement=args.placement,
                image=args.image,
                authority=signer.name,
                certificate=secret.name,
                hosts=args.hosts,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        return pulumi.Output.from_input(secret.name)

    def _ask_cert_manager(
        self, name: str, args: CertificateArgs, signer: SecretReference | None
    ) -> str:
        """Let cert-manager sign and renew it."""
        secret = f"{names.TLS}-{ways.CERT_MANAGER}"
        issuer: dict[str, Any] = {"kind": "ClusterIssuer", "name": args.tls.issuer}
        after: list[pulumi.Resource] = []
        if signer is not None:
            # The Secret outlives a durable stack, and cert-manager would keep what another
            # authority of the same name has signed until it ends.
            authority = pulumi.Output.concat(names.AUTHORITY, "-", signer.fingerprint)
            issuer = {"kind": "Issuer", "name": authority}
            after = [
                CustomResource(
                    f"{name}-issuer",
                    api_version=CERT_MANAGER_API,
                    kind="Issuer",
                    metadata=args.placement.metadata(names.TLS, authority, _WAIT),
                    spec={"ca": {"secretName": signer.name}},
                    opts=pulumi.ResourceOptions(
                        parent=self, custom_timeouts=pulumi.CustomTimeouts(create="1m")
                    ),
                )
            ]
        CustomResource(
            f"{name}-certificate",
            api_version=CERT_MANAGER_API,
            kind="Certificate",
            metadata=args.placement.metadata(names.TLS, names.TLS, _WAIT),
            spec={
                "secretName": secret,
                "dnsNames": list(args.hosts),
                "issuerRef": {"group": CERT_MANAGER_API.partition("/")[0], **issuer},
                "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=after,
                # An ACME authority asks the host, or its DNS, first.
                custom_timeouts=pulumi.CustomTimeouts(create="5m", update="5m"),
            ),
        )
        return secret
