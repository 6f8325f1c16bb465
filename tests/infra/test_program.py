"""The program as Pulumi runs it: the whole of infra/, from its own directory."""

import os
import runpy
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest

from mlplatform.recording import Monitor

INFRA = Path(__file__).parents[2] / "infra"


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Monitor:
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text("contexts: [{name: minikube}]")
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    kubectl = tmp_path / "kubectl"
    kubectl.write_text("""#!/bin/sh\necho '{"items": []}'\n""")
    kubectl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(INFRA)
    monitor = Monitor()
    pulumi.runtime.set_mocks(monitor.mocks, "mlplatform", "dev", preview=False, monitor=monitor)
    return monitor


def test_the_program_makes_a_stack_and_exports_its_outputs(engine: Monitor) -> None:
    outputs: set[str] = set()

    @pulumi.runtime.test
    def run() -> None:
        pulumi.runtime.set_all_config({})
        runpy.run_path(".", run_name="__main__")
        outputs.update(cast(Any, pulumi.runtime.get_root_resource()).outputs)

    run()
    assert {"trackingUri", "namespace", "s3SecretKey"} <= outputs
    assert "kubernetes:apps/v1:Deployment" in {one.type for one in engine.declared}


def test_a_bad_configuration_declares_nothing(engine: Monitor) -> None:
    @pulumi.runtime.test
    def run() -> None:
        pulumi.runtime.set_all_config({"mlplatform:replicas": "0", "mlplatform:nonsense": "1"})
        with pytest.raises(pulumi.RunError, match="2 problems"):
            runpy.run_path(".", run_name="__main__")

    run()
    assert engine.declared == []


def test_the_entry_point_only_wires() -> None:
    assert len((INFRA / "__main__.py").read_text().splitlines()) <= 24
