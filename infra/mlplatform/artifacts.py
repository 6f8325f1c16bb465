"""The three ways in which artifacts travel between a client and the store."""

from dataclasses import dataclass

from mlplatform import names

_STORE = f"s3://{names.BUCKET}/artifacts"
_PROXY = "mlflow-artifacts:/"


@dataclass(frozen=True, kw_only=True)
class ArtifactRoute:
    """How one way is set up.

    Attributes:
        server_options: options of `mlflow server`.
        root: where experiments keep their artifacts, as clients see it.
        through_public_host: whether the server reaches the store by its public host, so that the
            URLs it signs hold for clients too.
    """

    server_options: tuple[str, ...]
    root: str
    through_public_host: bool


ROUTES = {
    # MLflow 3.17.2 sends clients of every s3:// destination to the store, at an address that only
    # the server knows. The scheme of our own artifact repository keeps all bytes on the way through
    # the server.
    "proxied": ArtifactRoute(
        server_options=(
            "--serve-artifacts",
            f"--artifacts-destination=s3-proxied://{names.BUCKET}/artifacts",
        ),
        root=_PROXY,
        through_public_host=False,
    ),
    "presigned": ArtifactRoute(
        server_options=("--serve-artifacts", f"--artifacts-destination={_STORE}"),
        root=_PROXY,
        through_public_host=True,
    ),
    "direct": ArtifactRoute(
        server_options=("--no-serve-artifacts", f"--default-artifact-root={_STORE}"),
        root=_STORE,
        through_public_host=False,
    ),
}


def source_pattern(artifacts: str) -> str:
    """Return the pattern of the sources a model version may be made from.

    MLflow would take any s3:// location and searches without anchors, so this has them. Clients
    register models by id; in `direct` mode also by their place below the store's root.

    Args:
        artifacts: name of the way, a key of `ROUTES`.
    """
    own_store = rf"|{_STORE}/.*" if artifacts == "direct" else ""
    return rf"^(models:/m-[0-9a-f]{{32}}|{_PROXY}.*{own_store})$"
