"""Readers of what a cluster's owner may demand of every pod; see `values` for all others."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mlplatform.values import DNS_NAME, Refused, bytes_of

# https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
_NAME = r"[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?"
_KEY = re.compile(rf"([a-z0-9.-]{{1,253}}/)?{_NAME}", re.ASCII)
_LABEL_VALUE = re.compile(rf"({_NAME})?", re.ASCII)
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_RESOURCES = re.compile(r"(requests|limits)\.(cpu|memory|ephemeral-storage)")
_CPU = re.compile(r"[0-9]+m|[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, kw_only=True)
class Toleration:
    """A taint that pods bear.

    Attributes:
        key: its key.
        value: its value; None for any.
        effect: its effect; None for any.
    """

    key: str
    value: str | None
    effect: str | None


def object_names(text: str) -> tuple[str, ...]:
    """Read names of Kubernetes objects, separated by commas."""
    found = tuple(text.split(","))
    if not all(DNS_NAME.fullmatch(name) for name in found):
        raise Refused("names of objects, separated by commas", "registry-login")
    return found


def labels(text: str) -> Mapping[str, str]:
    """Read labels: key=value, separated by commas."""
    found = _pairs(text)
    if not found or not all(
        _KEY.fullmatch(key) and _LABEL_VALUE.fullmatch(value) for key, value in found.items()
    ):
        raise Refused("labels, key=value, separated by commas", "team=ml,cost-center=4711")
    return found


def annotations(text: str) -> Mapping[str, str]:
    """Read annotations: key=value, separated by commas, which values cannot hold."""
    found = _pairs(text)
    if not found or not all(_KEY.fullmatch(key) for key in found):
        raise Refused("annotations, key=value, separated by commas", "example.com/owner=ml")
    return found


def tolerations(text: str) -> tuple[Toleration, ...]:
    """Read tolerations as kubectl writes taints: key=value:effect, or less of it, and commas."""
    found = []
    for one in text.split(","):
        taint, colon, effect = one.partition(":")
        key, equals, value = taint.partition("=")
        if (
            not _KEY.fullmatch(key)
            or not _LABEL_VALUE.fullmatch(value)
            or (colon and effect not in _EFFECTS)
        ):
            raise Refused(
                "taints, key=value:effect, separated by commas; effect is one of "
                + ", ".join(_EFFECTS),
                "dedicated=ml:NoSchedule",
            )
        found.append(
            Toleration(key=key, value=value if equals else None, effect=effect if colon else None)
        )
    return tuple(found)


def cpu(text: str) -> str:
    """Read a share of a core."""
    if not _CPU.fullmatch(text):
        raise Refused("a share of a core, in thousandths or cores", "700m")
    return text


def cores_of(quantity: str) -> float:
    """Return the cores of a share that `cpu` reads."""
    return int(quantity[:-1]) / 1000 if quantity.endswith("m") else float(quantity)


def resources(*refused: str) -> Callable[[str], Mapping[str, str]]:
    """Return a reader of requests and limits, named as a ResourceQuota names them.

    Args:
        refused: those that another setting is for.
    """

    def read(text: str) -> Mapping[str, str]:
        found = _pairs(text)
        for name, quantity in found.items() or {"": ""}.items():
            readable = _CPU.fullmatch(quantity) if name.endswith("cpu") else bytes_of(quantity)
            if name in refused or not _RESOURCES.fullmatch(name) or not readable:
                raise Refused(
                    "requests and limits of cpu, memory, ephemeral-storage, separated by commas"
                    + (f", without {', '.join(refused)}" if refused else ""),
                    "requests.cpu=500m,requests.memory=1Gi",
                )
        return found

    return read


def _pairs(text: str) -> dict[str, str]:
    """Key=value, separated by commas; nothing where that is not what the text is."""
    pairs = [one.partition("=") for one in text.split(",")]
    if not all(key and equals for key, equals, _ in pairs):
        return {}
    return {key: value for key, _, value in pairs}
