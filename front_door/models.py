"""The models that a stack serves: what each one's alias wants, and what really answers."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cluster.kubectl import get
from front_door.columns import aligned
from front_door.request import Request
from toolchain.process import say

_MODEL = "mlplatform/model"
_PROMOTION = "mlplatform/promotion"
# The promoter starts, and looks at aliases every 5 s.
_NAMED_WITHIN_S = 60
# A Deployment's own deadline for a version, and a while for the promoter to see it.
_LONGEST_S = 660
_POLL_S = 2


@dataclass(frozen=True, kw_only=True)
class ServedModel:
    """A model, as its Deployment tells of it.

    Attributes:
        name: registered model and alias, as in `wine@champion`.
        wanted: version that the alias points to; None where nobody knows.
        serving: version that answers; None for none.
        since: since when.
        state: serving, starting, failed, waiting or unknown.
        reason: why it is not simply serving; empty where it is.
    """

    name: str
    wanted: str | None
    serving: str | None
    since: str
    state: str
    reason: str

    @property
    def is_settled(self) -> bool:
        """Whether waiting longer would tell nothing more."""
        return self.state in ("serving", "failed", "waiting")


def in_stack(request: Request) -> list[ServedModel]:
    """Look at all models of a stack."""
    deployments = get(request.context_name, "deployment", f"--namespace={request.namespace}")
    return [read(one) for one in deployments if _MODEL in one["metadata"].get("annotations", {})]


def read(deployment: Mapping[str, Any]) -> ServedModel:
    """Make sense of what a Deployment says.

    Args:
        deployment: as the API returns it.
    """
    annotations = deployment["metadata"]["annotations"]
    remembered = json.loads(annotations.get(_PROMOTION, "{}"))
    wanted, good = remembered.get("wanted"), remembered.get("good")
    failure, trouble = remembered.get("failure"), remembered.get("trouble", "")
    if not remembered:
        state, reason = "unknown", "the promoter has not looked at it yet"
    elif failure is not None:
        state = "failed"
        reason = f"version {failure['pin']['version']} ({failure['at']}): {failure['cause']}"
    elif trouble:
        # It may serve all the same, what the alias pointed to when that was last known.
        state, reason = ("waiting" if good is None else "serving"), trouble
    elif wanted == good:
        state, reason = "serving", ""
    else:
        state, reason = "starting", f"version {wanted['version']} is on its way"
    return ServedModel(
        name=annotations[_MODEL],
        wanted=wanted and wanted["version"],
        serving=good and good["version"],
        since=remembered.get("since", ""),
        state=state,
        reason=reason,
    )


def table(models: Sequence[ServedModel]) -> str:
    """A line per model: alias, versions, since when, state, reason."""
    rows = [("MODEL", "WANTED", "SERVING", "SINCE", "STATE", "")]
    rows += [
        (
            model.name,
            model.wanted or "-",
            model.serving or "-",
            model.since or "-",
            model.state,
            model.reason,
        )
        for model in models
    ]
    return aligned(rows)


def wait(request: Request) -> None:
    """Wait for what the stack is to serve, and say what came of it.

    A model that nobody has registered yet is named and waited for no longer: the stack is there to
    register it.
    """
    began = time.monotonic()
    while True:
        models, passed_s = in_stack(request), time.monotonic() - began
        going = [model for model in models if not model.is_settled]
        unknown = [model for model in going if model.state == "unknown"]
        if not going or passed_s > _LONGEST_S or (unknown and passed_s > _NAMED_WITHIN_S):
            break
        time.sleep(_POLL_S)
    for model in models:
        says = f"{model.name}: {model.state}"
        says += f" version {model.serving}" if model.serving else ""
        say(f"{says}{f'; {model.reason}' if model.reason else ''}")
