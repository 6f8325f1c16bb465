"""`python -m mlplatform.render STACK [FILE]`: a stack's objects as YAML, with secrets masked.

Neither engine nor cluster nor passphrase is asked, so it says what a new stack is made of.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pulumi
import yaml

from images.names import image_names
from mlplatform import names, recording, transforms
from mlplatform.existing import Existing
from mlplatform.keys import DEFAULTS
from mlplatform.problems import SettingsError
from mlplatform.recording import Declared
from mlplatform.settings import Settings, parse_settings

MASK = "masked-secret"
_ROOT = Path(__file__).resolve().parents[2]


def settings_of(stack: str, file: Path) -> Settings:
    """Read the settings of a stack.

    Args:
        stack: its name.
        file: its configuration; there need not be one.

    Raises:
        SettingsError: a value or a key cannot be used.
    """
    config = yaml.safe_load(file.read_text()) if file.exists() else None
    raw: dict[str, str] = {}
    encrypted: set[str] = set()
    for key, value in ((config or {}).get("config") or {}).items():
        name = key.removeprefix(f"{names.PROJECT}:")
        if key.startswith("pulumi:"):
            continue
        if isinstance(value, dict):
            encrypted.add(name)
            raw[name] = MASK
        else:
            raw[name] = value if isinstance(value, str) else json.dumps(value)
    # Without a kubeconfig only the name can tell a Minikube.
    context = raw.get("context", DEFAULTS["context"])
    return parse_settings(raw, stack, {context: context == DEFAULTS["context"]}, encrypted)


def objects(declared: Iterable[Declared], transform: Any = None) -> list[dict[str, Any]]:
    """Return the Kubernetes objects of a run as they go to the cluster, with secrets masked.

    Args:
        declared: what the run declared.
        transform: the user's function that has the last word on each; None for none.
    """
    found: list[dict[str, Any]] = []
    for one in declared:
        if one.type.startswith("kubernetes:"):
            masked = recording.unwrapped(recording.masked(one.inputs, MASK))
            # The provider gives those that have none a name that begins like this.
            masked["metadata"] = {"name": one.name, **masked["metadata"]}
            found.append(_transformed(transform, one, masked) if transform else masked)
    return sorted(
        found, key=lambda one: (one["kind"] != "Namespace", one["kind"], one["metadata"]["name"])
    )


def _transformed(transform: Any, one: Declared, manifest: dict[str, Any]) -> dict[str, Any]:
    """The object once the function has had its say, which Pulumi's mocks do not ask."""
    result = transform(
        pulumi.ResourceTransformArgs(
            custom=True,
            type_=one.type,
            name=one.name,
            props=manifest,
            opts=pulumi.ResourceOptions(),
        )
    )
    return manifest if result is None else dict(result.props)


def main() -> None:
    """Print the objects of a stack, with the configuration of another file if one is named."""
    stack, *files = sys.argv[1:]
    try:
        settings = settings_of(stack, Path(*files) if files else _ROOT / f"Pulumi.{stack}.yaml")
    except SettingsError as error:
        sys.exit(str(error))
    run = recording.run(settings, Existing(), image_names)
    transform = transforms.load(settings.transforms) if settings.transforms else None
    yaml.safe_dump_all(objects(run.declared, transform), sys.stdout)


if __name__ == "__main__":
    main()
