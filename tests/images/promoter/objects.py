"""A Deployment and its pods, as the API returns them."""

from typing import Any

from mlplatform_server.serving.pin import ANNOTATION

GENERATION = 4


def deployment(pin: str | None = "new", *, replicas: int = 2, **status: Any) -> dict[str, Any]:
    counts = {"replicas": 3, "updatedReplicas": 1, "availableReplicas": 2}
    return {
        "metadata": {"name": "model-wine", "generation": GENERATION},
        "spec": {
            "replicas": replicas,
            "template": {"metadata": {"annotations": {ANNOTATION: pin} if pin else {}}},
        },
        "status": {"observedGeneration": GENERATION, **counts, **status},
    }


def done(pin: str | None = "new") -> dict[str, Any]:
    return deployment(pin, replicas=2) | {
        "status": {
            "observedGeneration": GENERATION,
            **dict.fromkeys(("replicas", "updatedReplicas", "availableReplicas"), 2),
        }
    }


def pod(
    pin: str = "new",
    *,
    container: str = "model",
    restarts: int = 0,
    leaving: bool = False,
    **status: Any,
) -> dict[str, Any]:
    kind = "containerStatuses" if container == "model" else "initContainerStatuses"
    own = {name: status.pop(name) for name in ("state", "lastState") if name in status}
    return {
        "metadata": {
            "annotations": {ANNOTATION: pin},
            **({"deletionTimestamp": "2030-01-01T00:00:00Z"} if leaving else {}),
        },
        "status": {kind: [{"name": container, "restartCount": restarts, **own}], **status},
    }


def ended(exit_code: int, message: str = "", reason: str = "Error") -> dict[str, Any]:
    return {"terminated": {"exitCode": exit_code, "reason": reason, "message": message}}


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    return {"waiting": {"reason": reason, "message": message}}
