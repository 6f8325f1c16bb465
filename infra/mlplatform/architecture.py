"""Of which architecture a stack's images are: that of the nodes which may run it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlplatform.problems import Problem
from mlplatform.settings import Settings
from mlplatform.timeouts import ON_THE_NODE


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node of the cluster.

    Attributes:
        architecture: in Go's words.
        labels: what a nodeSelector chooses by.
    """

    architecture: str
    labels: Mapping[str, str]


def read(objects: Iterable[Mapping[str, Any]]) -> list[Node]:
    """Return the nodes that the API returned."""
    return [
        Node(
            architecture=one["status"]["nodeInfo"]["architecture"],
            labels=one["metadata"]["labels"],
        )
        for one in objects
    ]


def of(settings: Settings, nodes: Sequence[Node]) -> str | None:
    """Return it in Go's words; None where this machine's own will do.

    Args:
        settings: the settings of the stack.
        nodes: the cluster's, none where the user may not see them.
    """
    return next(iter(_found(settings, nodes)), None)


def problems(settings: Settings, nodes: Sequence[Node]) -> list[Problem]:
    """Refuse nodes of several architectures, since an image is of one.

    Args:
        settings: the settings of the stack.
        nodes: as for `of`.
    """
    found = sorted(_found(settings, nodes))
    if len(found) < 2:
        return []
    return [
        Problem(
            key="nodeSelector",
            got=f"nodes that are {' and '.join(found)}",
            want="nodes of one architecture: an image of imageRegistry is of one",
            hint=f"example: kubernetes.io/arch={found[0]}",
        )
    ]


def _found(settings: Settings, nodes: Sequence[Node]) -> set[str]:
    if settings.image_registry.startswith(ON_THE_NODE):
        return set()
    wanted = (settings.node_selector or {}).items()
    return {node.architecture for node in nodes if wanted <= node.labels.items()}
