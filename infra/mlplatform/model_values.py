"""Reader of the models that a stack serves: a list in YAML; see `values` for all other readers."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from mlplatform import addresses, pod_values, values
from mlplatform.values import Refused

_EXAMPLE = "[{name: wine, alias: champion}]"
_REQUIRED = ("name", "alias")
STRICT, VENV, IMAGE = "strict", "venv", "image"


@dataclass(frozen=True, kw_only=True)
class Model:
    """A registered model that is served.

    Attributes:
        name: its name in the registry.
        alias: the alias that says which version.
        path: the first part of its path, and what its objects are called by.
        host: a host of its own; None for the one of all models, where it is below its path.
        replicas: how many pods, or the fewest.
        max_replicas: how many a HorizontalPodAutoscaler may make of them; None for no such.
        resources: requests and limits, such as `requests.cpu`, in place of our own.
        input_limit: what a request may hold, a Kubernetes quantity.
        timeout: seconds that a request may take.
        schema_details: whether a client whose input does not fit is told what would.
        requirements: what becomes of a version that was made with other packages than the server's:
            it is refused (strict), gets its own (venv), or an image that a tag names (image).
    """

    name: str
    alias: str
    path: str
    host: str | None
    replicas: int
    max_replicas: int | None
    resources: Mapping[str, str]
    input_limit: str
    timeout: int
    schema_details: bool
    requirements: str

    @property
    def part(self) -> str:
        """The part of the stack that it is, and the name of its objects."""
        return f"model-{self.path}"


def _name(text: str) -> str:
    # https://mlflow.org/docs/latest/ml/model-registry: these would not do in a path of its UI.
    if not text or len(text) > 250 or re.search(r"[/:\x00-\x1f]", text):
        raise Refused("the name of a registered model", "wine")
    return text


def _alias(text: str) -> str:
    if not re.fullmatch(r"[\w-]{1,255}", text, re.ASCII) or re.fullmatch(r"v[0-9]+|latest", text):
        raise Refused("an alias as MLflow takes it", "champion")
    return text


def _path(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?", text):
        raise Refused("lower-case letters, digits and inner hyphens, at most 40 characters", "wine")
    return text


_replicas = values.count(at_most=50, because="more are a matter of another cluster")
# Each is described in README.md.
_FIELDS: Mapping[str, tuple[Callable[[str], Any], Any]] = {
    "name": (_name, None),
    "alias": (_alias, None),
    "path": (_path, None),  # the name, where that will do
    "host": (addresses.host, None),
    "replicas": (_replicas, 1),
    "maxReplicas": (_replicas, None),
    "resources": (pod_values.resources(), {}),
    "inputLimit": (values.byte_quantity("10Mi", at_least="1k"), "10Mi"),
    "timeout": (values.count(at_most=3600, because="seconds; more is a job, not a request"), 60),
    "schemaDetails": (values.boolean, False),
    "requirements": (values.choice(STRICT, VENV, IMAGE), STRICT),
}


def models(text: str) -> tuple[Model, ...]:
    """Read the models: a list of mappings in YAML, or `none`."""
    if text == "none":
        return ()
    try:
        # Every scalar as the text it is: a name 1.10 and an alias `on` stay what they are.
        found = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - makes nothing but text
    except yaml.YAMLError:
        found = None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found) or not found:
        raise Refused("none, or models as a list in YAML", _EXAMPLE)
    read = tuple(_model(place, one) for place, one in enumerate(found, start=1))
    for what, given in (
        ("path", [one.path for one in read]),
        ("host", [one.host for one in read if one.host is not None]),
    ):
        twice = [value for value, times in Counter(given).items() if times > 1]
        if twice:
            raise Refused(
                f"each {what} once", f"{what}: {twice[0]}-2", got=f"{what} {twice[0]} twice"
            )
    return read


def _model(place: int, given: Mapping[str, Any]) -> Model:
    """Read one, with a message that says which one and which of its fields is wrong."""
    for field in (*given, *(name for name in _REQUIRED if name not in given)):
        if field not in _FIELDS or not isinstance(given.get(field), str):
            raise Refused(
                f"name and alias, and any of {', '.join([*_FIELDS][2:])}",
                _EXAMPLE,
                got=f"'{field}' {'unknown' if field in given else 'missing'} in model {place}",
            )
    fields: dict[str, Any] = {}
    for field, (reader, default) in _FIELDS.items():
        text = given.get(field)
        if field == "path" and text is None:
            text = given["name"]
        try:
            fields[field] = default if text is None else reader(text)
        except Refused as refused:
            raise Refused(
                f"in its {field} {refused.want}",
                f"{field}: {refused.example}",
                got=f"'{text}' in model {place}",
            ) from refused
    most = fields["maxReplicas"]
    if most is not None and most < fields["replicas"]:
        raise Refused(
            "a maxReplicas of at least its replicas",
            f"maxReplicas: {fields['replicas']}",
            got=f"'{most}' in model {place}",
        )
    return Model(
        max_replicas=fields.pop("maxReplicas"),
        input_limit=fields.pop("inputLimit"),
        schema_details=fields.pop("schemaDetails"),
        **fields,
    )
