"""Objects of a stack's namespace that settings name and a person makes."""

from dataclasses import dataclass

from mlplatform import names
from mlplatform.existing import Existing
from mlplatform.problems import Problem
from mlplatform.settings import Settings

CA_FILE = "ca.crt"
"""Where in its ConfigMap a bundle of certificates is."""
TLS_FILES = ("tls.crt", "tls.key")
"""What a Secret of type kubernetes.io/tls holds."""
LOGIN = ("username", "password")
"""What a Secret of type kubernetes.io/basic-auth holds, and the one that CloudNativePG makes."""
S3_KEY = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
"""What the Secret of an ObjectBucketClaim holds."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """An object that a setting names.

    Attributes:
        setting: the key of the setting.
        kind: Secret or ConfigMap.
        name: name of the object.
        keys: what it must hold.
    """

    setting: str
    kind: str
    name: str
    keys: tuple[str, ...]

    @property
    def how_to_make(self) -> str:
        """Arguments of `kubectl create` that make it without a secret among them."""
        if self.kind == "ConfigMap":
            return f"configmap {self.name} --from-file={self.keys[0]}=FILE"
        if self.keys == (".dockerconfigjson",):
            return f"secret docker-registry {self.name} --from-file={self.keys[0]}=FILE"
        if self.keys == TLS_FILES:
            return f"secret tls {self.name} --cert=FILE --key=FILE"
        lines = " and ".join(f"{key}=..." for key in self.keys)
        return f"secret generic {self.name} --from-env-file=FILE, with the lines {lines}"


def of(settings: Settings) -> list[Reference]:
    """Return the objects that the settings name."""
    found = []
    if settings.external_postgres is not None:
        secret = settings.external_postgres_secret
        found.append(("externalPostgresSecret", "Secret", secret, LOGIN))
    if settings.external_s3 is not None:
        found.append(("externalS3Secret", "Secret", settings.external_s3_secret, S3_KEY))
    if settings.tls_secret is not None:
        found.append(("tlsSecret", "Secret", settings.tls_secret, TLS_FILES))
    if settings.ca_bundle is not None:
        found.append(("caBundle", "ConfigMap", settings.ca_bundle, (CA_FILE,)))
    for name in settings.image_pull_secrets or ():
        found.append(("imagePullSecrets", "Secret", name, (".dockerconfigjson",)))
    return [
        Reference(setting=setting, kind=kind, name=name, keys=keys)
        for setting, kind, name, keys in found
    ]


def named(settings: Settings) -> list[tuple[str, str]]:
    """Return kind and name of the objects that the settings name."""
    return [(one.kind, one.name) for one in of(settings)]


def problems(settings: Settings, existing: Existing) -> list[Problem]:
    """Name what is missing: pods would wait for it until the deployment's time is over.

    Args:
        settings: the settings of the stack.
        existing: what the cluster has.
    """
    namespace = names.namespace(settings.stack)
    kubectl = f"kubectl --context={settings.context}"
    found = []
    for reference in of(settings):
        content = existing.content(reference.kind, reference.name)
        missing = [key for key in reference.keys if key not in content]
        if not missing:
            continue
        what = f"without {', '.join(missing)}" if content else "which is not there"
        found.append(
            Problem(
                key=reference.setting,
                got=f"{reference.kind} '{reference.name}', {what}",
                want=f"it in namespace {namespace}, with {', '.join(reference.keys)}",
                hint=f"{kubectl} create namespace {namespace}, if it is not there; "
                f"{kubectl} --namespace={namespace} create {reference.how_to_make}",
            )
        )
    return found
