"""The dashboard's queries, judged by Prometheus' own tool."""

import json
from pathlib import Path

import pytest
import yaml

from drills.dashboard import DASHBOARD, queries
from tests.promtool import promtool
from toolchain.process import run


def test_each_query_is_one_and_about_no_other_stack(tmp_path: Path) -> None:
    program = promtool()
    if program is None:
        pytest.skip("promtool is on Debian, or on PATH")
    found = [query for _, query in queries("mlplatform-dev")]
    assert len(found) > 10
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(found)]
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    run([program, "check", "rules", file], timeout=60)
    assert not [query for query in found if '{namespace="mlplatform-dev"' not in query]


def test_panels_do_not_lie_on_each_other() -> None:
    places = [panel["gridPos"] for panel in json.loads(DASHBOARD.read_text())["panels"]]
    corners = [(place["x"], place["y"]) for place in places]
    assert len(set(corners)) == len(corners)
    assert {(place["w"], place["h"]) for place in places} == {(12, 7)}
