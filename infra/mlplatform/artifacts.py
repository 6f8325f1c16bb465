"""The three ways in which artifacts travel between a client and the store."""

from dataclasses import dataclass

WAYS = ("proxied", "presigned", "direct")
"""Their names."""
_PROXY = "mlflow-artifacts:/"


@dataclass(frozen=True, kw_only=True)
class ArtifactRoute:
    """How one way is set up.

    Attributes:
        server_options: options of `mlflow server`.
        root: where experiments keep their artifacts, as clients see it.
        signs: whether the server signs URLs, which must hold for clients too.
    """

    server_options: tuple[str, ...]
    root: str
    signs: bool


def artifact_route(artifacts: str, bucket: str) -> ArtifactRoute:
    """Return how one of the ways is set up.

    Args:
        artifacts: its name.
        bucket: the bucket for artifacts.
    """
    store = _store(bucket)
    if artifacts == "proxied":
        # MLflow 3.17.2 sends clients of every s3:// destination to the store, at an address that
        # only the server knows. The scheme of our own artifact repository keeps all bytes on the
        # way through the server.
        destination = f"s3-proxied{store.removeprefix('s3')}"
    elif artifacts == "presigned":
        # MLflow would sign for the address that it uses itself, inside the cluster.
        destination = f"s3-presigned{store.removeprefix('s3')}"
    else:
        return ArtifactRoute(
            server_options=("--no-serve-artifacts", f"--default-artifact-root={store}"),
            root=store,
            signs=False,
        )
    return ArtifactRoute(
        server_options=("--serve-artifacts", f"--artifacts-destination={destination}"),
        root=_PROXY,
        signs=artifacts == "presigned",
    )


def _store(bucket: str) -> str:
    return f"s3://{bucket}/artifacts"


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


def source_pattern(artifacts: str, bucket: str) -> str:
    """Return the pattern of the sources a version of a model or prompt may be made from.

    MLflow would take any s3:// location and searches without anchors, so this has them. What passes
    is looked at further by MLflow: a `models:/` or `runs:/` source must exist and belong to the run
    or model that the request names, a placeholder must be a prompt's, no path may lead upwards.

    Args:
        artifacts: name of the way.
        bucket: the bucket for artifacts.
    """
    own_store = [rf"{_store(bucket)}/.*"] if artifacts == "direct" else []
    return f"^({'|'.join([*_SOURCES, *own_store])})$"
