"""`make scan` asks checkov too: its Kubernetes checks, over every preset and what none turns on."""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from toolchain import virtual_environment
from toolchain.paths import ROOT
from toolchain.process import Failed, run, say

SKIPPED = {
    "CKV_K8S_15": "pull always: a tag is made of its content, so what is there is what was meant",
    "CKV_K8S_35": "secrets as files: the three servers take theirs from the environment",
    "CKV_K8S_43": "images by digest: there is none before a push, and the tag is made of content",
}
_HERE = Path(__file__).resolve().parent


def main() -> int:
    """Print what fails, and return how much it is."""
    program = virtual_environment.separate(_HERE / "requirements.txt") / "checkov"
    with tempfile.TemporaryDirectory(prefix="mlplatform-checkov-") as directory:
        stacks = [*sorted((ROOT / "presets").glob("*.yaml")), _HERE / "optional.yaml"]
        for stack in stacks:
            (Path(directory) / stack.name).write_text(_rendered(stack))
        command = [program, "--directory", directory, "--framework", "kubernetes"]
        command += ["--skip-download", "--soft-fail", "--compact", "--output", "json"]
        command += ["--skip-check", ",".join(SKIPPED)]
        results = json.loads(run(command, timeout=300))["results"]
    failed: list[dict[str, Any]] = results["failed_checks"]
    for one in failed:
        say(f"{one['check_id']} {one['check_name']}: {one['resource']} of {one['file_path'][1:]}")
    ids = {one["check_id"] for one in [*failed, *results["passed_checks"]]}
    print(f"checkov: {len(failed)} failed; {len(ids)} checks over {len(stacks)} stacks")
    for name, reason in SKIPPED.items():
        print(f"  skipped {name}, {reason}")
    return len(failed)


def _rendered(stack: Path) -> str:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "infra")}
    command = ["python", "-m", "mlplatform.render", stack.stem, stack]
    return run(command, timeout=60, env=environment, cwd=ROOT)


if __name__ == "__main__":
    try:
        sys.exit(1 if main() else 0)
    except Failed as failure:
        sys.exit(str(failure))
