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


# What MLflow's own clients send as the source of a version, besides its place in the store.
_SOURCES = (
    r"models:/m-[0-9a-f]{32}",  # a logged model
    r"models:/[^/:]+[/@][^/:]+",  # a version of a registered model, by number, stage or alias
    r"runs:/[0-9a-f]{32}/.+",
    # Prompts are versions without files: _PROMPT_SOURCE_PLACEHOLDERS in mlflow/prompt/constants.py.
    "dummy-source",
    "prompt-template",
    rf"{_PROXY}.*",
)


def source_pattern(artifacts: str) -> str:
    """Return the pattern of the sources a version of a model or prompt may be made from.

    MLflow would take any s3:// location and searches without anchors, so this has them. What passes
    is looked at further by MLflow: a `models:/` or `runs:/` source must exist and belong to the run
    or model that the request names, a placeholder must be a prompt's, no path may lead upwards.

    Args:
        artifacts: name of the way, a key of `ROUTES`.
    """
    own_store = [rf"{_STORE}/.*"] if artifacts == "direct" else []
    return f"^({'|'.join([*_SOURCES, *own_store])})$"
