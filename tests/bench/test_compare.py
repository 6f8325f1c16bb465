from collections import defaultdict
from collections.abc import Mapping

import pytest

from bench import compare
from bench.phases import PHASES, Measurement
from bench.table import Figure
from front_door.request import Request


def test_two_kinds_of_stack_are_measured_in_turn_and_stand_beside_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Mapping[str, str]] = []

    def measured(
        request: Request, repetitions: int, while_up: object, settings: Mapping[str, str]
    ) -> Measurement:
        assert repetitions == 1
        asked.append(settings)
        if callable(while_up):
            while_up(request)
        seconds = 10.0 if settings["auth"] == "false" else 12.0
        return Measurement(defaultdict(list, {phase: [seconds] for phase in PHASES}))

    monkeypatch.setattr(compare, "measure_phases", measured)
    monkeypatch.setattr(compare, "costs", lambda _: [Figure("log_metric", len(asked), "calls/s")])
    table = compare.compare(compare.SECURED, Request("dev", None), 2)
    assert [settings["tls"] for settings in asked] == ["off", "own", "off", "own"]
    lines = {line.split()[0]: line.split()[1:] for line in table.splitlines()[1:]}
    assert lines["destroy"] == ["10.0", "12.0", "1.20", "s"]
    assert lines["log_metric"] == ["3.0", "4.0", "1.33", "calls/s"]
