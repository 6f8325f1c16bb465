"""The rules of the alerts, judged by Prometheus' own tool."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlplatform import monitoring
from tests.promtool import promtool
from toolchain.paths import ROOT
from toolchain.process import run

RULES = ROOT / "infra/mlplatform/alerts.yaml"
CASES = Path(__file__).with_name("alerts.test.yaml")


@pytest.fixture(scope="module")
def program() -> Path:
    found = promtool()
    if found is None:
        pytest.skip("promtool is on Debian, or on PATH")
    return found


def rules(text: str) -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def test_each_alert_fires_for_its_fault_and_for_nothing_less(program: Path, tmp_path: Path) -> None:
    for file in (RULES, CASES):
        shutil.copy(file, tmp_path)
    run([program, "test", "rules", CASES.name], timeout=60, cwd=tmp_path)


def test_a_stack_s_rules_are_rules_and_about_no_other_stack(program: Path, tmp_path: Path) -> None:
    text = monitoring.alerts("pr-42")
    (tmp_path / "alerts.yaml").write_text(text)
    run([program, "check", "rules", "alerts.yaml"], timeout=60, cwd=tmp_path)
    assert "NAMESPACE" not in text
    for rule in rules(text):
        first = rule["expr"].partition("}")[0]
        assert 'namespace="mlplatform-pr-42"' in first, rule["alert"]
        assert rule["labels"]["namespace"] == "mlplatform-pr-42"


def test_every_alert_has_a_case_and_a_runbook_of_three_lines() -> None:
    book = (ROOT / "docs/monitoring.md").read_text()
    for rule in rules(RULES.read_text()):
        assert f'alertname="{rule["alert"]}"' in CASES.read_text()
        assert rule["annotations"]["runbook"] == f"docs/monitoring.md#{rule['alert'].lower()}"
        lines = re.search(rf"^### {rule['alert']}\n\n((?:[^\n]+\n)+)", book, re.MULTILINE)
        assert lines is not None, rule["alert"]
        assert lines[1].count("\n") == 3, rule["alert"]
