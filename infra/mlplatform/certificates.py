"""Certificates of a stack's own, kept in its state, and renewed by `pulumi up`."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

from mlplatform import issuing
from mlplatform.issuing import KeyPair


class AuthorityProvider(ResourceProvider):
    """Makes the authority.

    The state refers to this class by module and name: renaming either breaks existing stacks.
    """

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make it, with a key of its own."""
        return CreateResult("authority", _made(props, None))

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Find a change in the hosts, or in what the clock says."""
        changes = olds["hosts"] != news["hosts"] or issuing.is_due(olds["certificate"])
        return DiffResult(changes=changes)

    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Make its certificate anew, with the key that it has."""
        return UpdateResult(_made(news, olds["key"]))


class ServerCertificateProvider(ResourceProvider):
    """Makes the certificate of a server.

    The state refers to this class by module and name: renaming either breaks existing stacks.
    """

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make it, with a key of its own."""
        return CreateResult("certificate", _issued(props))

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Find a change in the hosts, in the authority, or in what the clock says."""
        inputs = ("hosts", "authority_certificate", "as_long_as_authority")
        changes = any(olds[name] != news[name] for name in inputs)
        return DiffResult(changes=changes or issuing.is_due(olds["certificate"]))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Make another, with another key."""
        return UpdateResult(_issued(news))


def _made(props: Mapping[str, Any], key: str | None) -> dict[str, Any]:
    made = issuing.make_authority(props["title"], props["hosts"], key)
    return {**props, "certificate": made.certificate, "key": made.key}


def _issued(props: Mapping[str, Any]) -> dict[str, Any]:
    authority = KeyPair(props["authority_certificate"], props["authority_key"])
    life = issuing.AUTHORITY_LIFE if props["as_long_as_authority"] else issuing.SERVER_LIFE
    made = issuing.issue(authority, props["hosts"], life)
    return {**props, "certificate": made.certificate, "key": made.key}


class Authority(Resource, module="mlplatform", name="Authority"):
    """What a stack's own certificates are signed with, and what its clients trust.

    Attributes:
        certificate: its certificate, as PEM.
        key: its private key, as PEM; a secret.
    """

    certificate: pulumi.Output[str]
    key: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        title: str,
        hosts: Sequence[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare it.

        Args:
            name: name of the resource.
            title: what it is called, for a person who looks at it.
            hosts: all that it may vouch for.
            opts: options of the resource.
        """
        inputs = {"title": title, "hosts": list(hosts), "certificate": None, "key": None}
        super().__init__(AuthorityProvider(), name, inputs, _key_is_secret(opts))


class ServerCertificate(Resource, module="mlplatform", name="ServerCertificate"):
    """A certificate of a server.

    Attributes:
        certificate: the certificate, as PEM.
        key: its private key, as PEM; a secret.
    """

    certificate: pulumi.Output[str]
    key: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        authority: Authority,
        *,
        hosts: Sequence[str],
        as_long_as_authority: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare it.

        Args:
            name: name of the resource.
            authority: who vouches for it.
            hosts: names and addresses of the server.
            as_long_as_authority: whether it is good as long as its authority, since only pods of
                the stack ask for it, and its server reads it when it starts.
            opts: options of the resource.
        """
        inputs = {
            "authority_certificate": authority.certificate,
            "authority_key": pulumi.Output.secret(authority.key),
            "hosts": list(hosts),
            "as_long_as_authority": as_long_as_authority,
            "certificate": None,
            "key": None,
        }
        super().__init__(ServerCertificateProvider(), name, inputs, _key_is_secret(opts))


def _key_is_secret(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    secret = pulumi.ResourceOptions(additional_secret_outputs=["key"])
    return pulumi.ResourceOptions.merge(opts, secret)
