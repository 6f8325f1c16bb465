"""Everything a stack ever had, and the proof that none of it is left."""

import shutil
from dataclasses import dataclass

from cluster.kind import Kind
from front_door import pulumi
from front_door.leftovers import hosts_file, images, objects
from front_door.request import Request
from images import removal
from toolchain.process import Failed, say

IN_CLUSTER = (
    "namespace with all objects in it",
    "persistent volumes of its claims",
    "directories of volumes on the node",
)
ELSEWHERE = (
    "images that it alone had",
    "state, history, backups and locks",
    "stack settings",
)


@dataclass(frozen=True)
class Inventory:
    """What to look for once a stack is destroyed.

    Attributes:
        request: which stack, and where.
        cluster_is_gone: whether its objects went with their cluster.
        keeps_data: whether its namespace and volumes are to stay, as those of a durable stack.
        image_names: images that the stack had and this checkout does not name.
    """

    request: Request
    cluster_is_gone: bool
    keeps_data: bool
    image_names: frozenset[str]

    def left(self) -> list[str]:
        """Name everything of the stack that still exists, here and in the cluster."""
        found = objects.left(self.request) if self._looks_in_cluster() else []
        kept = removal.kept(self._node(), self._unneeded_images()) if self.image_names else []
        return [
            *found,
            *(f"image {name}" for name in kept),
            *map(str, pulumi.traces(self.request.stack)),
        ]

    def remove(self) -> None:
        """Delete what `pulumi destroy` does not know of, and prove that nothing is left.

        Raises:
            Failed: something is left; it is named.
        """
        if self.keeps_data:
            objects.release(self.request)
        elif not self.cluster_is_gone:
            objects.remove(self.request)
        if self.image_names:
            removal.remove(self._node(), self._unneeded_images())
        for path in pulumi.traces(self.request.stack):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        left = self.left()
        if left:
            raise Failed(
                f"nothing left of stack {self.request.stack}",
                "".join(f"\n        {name}" for name in left),
                "call `make down` again; what stays then must be deleted by hand",
            )
        looked_for = (*IN_CLUSTER, *ELSEWHERE) if self._looks_in_cluster() else ELSEWHERE
        say(f"Nothing is left of stack {self.request.stack}; looked for: {', '.join(looked_for)}")
        hosts_file.remove(self.request.stack)

    def _looks_in_cluster(self) -> bool:
        return not (self.cluster_is_gone or self.keeps_data)

    def _unneeded_images(self) -> list[str]:
        gone = self.cluster_is_gone
        return images.unneeded(self.request, self.image_names, cluster_is_gone=gone)

    def _node(self) -> Kind | None:
        no_node = self.cluster_is_gone or self.request.kind is Kind.NAMED
        return None if no_node else self.request.kind


def take_inventory(
    request: Request, *, cluster_is_gone: bool = False, keeps_data: bool = False
) -> Inventory:
    """Note what the stack has, before it is destroyed, with its data or without."""
    had = images.had(request, cluster_is_gone=cluster_is_gone)
    return Inventory(request, cluster_is_gone, keeps_data, frozenset(had))
