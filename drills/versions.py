"""Versions of a registered model that behave as a drill wants it, and the alias that moves."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from drills.stand import Stand
from smoke_tests.model_files import forget_python
from smoke_tests.wait import wait_until

NAME, ALIAS = "drill", "champion"
SETTING = f"{{name: {NAME}, alias: {ALIAS}}}"
"""What the setting `models` has to hold."""
PART = f"model-{NAME}"
"""The part of the stack that serves it, and the name of its Deployment."""
TIMES = 100
"""A prediction is its input times this, plus the mark of the version."""
HANGS_AT = -1
"""The input at which a prediction hangs."""
_MODEL = Path(__file__).with_name("served_model.py")
_EXAMPLE = {"dataframe_split": {"columns": ["number"], "data": [[1]]}}
_SETTLES_S = 120


class Versions:
    """Registers versions; to be used in a block of the stand's `client`."""

    def __init__(self, stand: Stand) -> None:
        """Make the registered model.

        Args:
            stand: the stack.
        """
        from mlflow.tracking import MlflowClient

        self._client = MlflowClient()
        self._client.create_registered_model(NAME)
        self._tag = f"mlplatform.{stand.request.stack}"

    def register(self, behaviour: str, *, busy_s: float = 0) -> str:
        """Register a version, and return its number, which is also its mark.

        Args:
            behaviour: what it does: `healthy`, one that `served_model` knows, or `has other
                requirements`.
            busy_s: seconds of processor time that a prediction takes.
        """
        mark = len(self._client.search_model_versions(f"name='{NAME}'")) + 1
        with tempfile.TemporaryDirectory() as scratch:
            directory = Path(scratch, "model")
            config = {
                "behaviour": behaviour,
                "busy_s": busy_s,
                "hangs_at": HANGS_AT,
                "times": TIMES,
                "mark": mark,
            }
            _save(directory, config)
            run = self._client.create_run("0")
            self._client.log_artifacts(run.info.run_id, str(directory), "model")
        source = f"runs:/{run.info.run_id}/model"
        return self._client.create_model_version(NAME, source, run.info.run_id).version

    def point(self, version: str) -> None:
        """Move the alias."""
        self._client.set_registered_model_alias(NAME, ALIAS, version)

    def unpoint(self) -> None:
        """Delete the alias."""
        self._client.delete_registered_model_alias(NAME, ALIAS)

    def receipt(self, version: str) -> str:
        """What the registry says of a version; nothing yet is empty."""
        return self._client.get_model_version(NAME, version).tags.get(self._tag, "")

    def receipts(self) -> list[str]:
        """What the registry says of all of them, the oldest first."""
        found = self._client.search_model_versions(f"name='{NAME}'")
        return [self.receipt(str(number + 1)) for number in range(len(found))]

    def promote(self, version: str) -> str:
        """Move the alias, and return the new receipt once it says how that ended."""
        before = self.receipt(version)
        self.point(version)
        return self.settled(version, before)

    def settled(self, version: str, before: str = "") -> str:
        """Wait until a version serves or has failed, and return its receipt.

        Args:
            version: its number.
            before: a receipt of old.
        """

        def settled() -> str:
            receipt = self.receipt(version)
            return "" if receipt == before or receipt.startswith("retired") else receipt

        return wait_until(
            settled, timeout_s=_SETTLES_S, describe=f"version {version} serves or has failed"
        )


def _save(directory: Path, config: Mapping[str, Any]) -> None:
    """Write the files of a version."""
    import mlflow.pyfunc

    mlflow.pyfunc.save_model(
        directory, python_model=str(_MODEL), model_config=dict(config), pip_requirements=[]
    )
    (directory / "serving_input_example.json").write_text(json.dumps(_EXAMPLE))
    forget_python(directory)
    if config["behaviour"] == "has other requirements":
        file = directory / "MLmodel"
        facts = yaml.safe_load(file.read_text())
        facts["flavors"]["sklearn"] = {"sklearn_version": "0.24.2"}
        file.write_text(yaml.safe_dump(facts))
