from collections.abc import Iterator

import pytest

from drills import course
from drills.row import Row
from toolchain.process import Failed


def passing() -> Iterator[Row]:
    yield Row("kept", "0 lost", "0 lost", passed=True)


def failing() -> Iterator[Row]:
    yield from passing()
    raise Failed("a stack", "none\nat all", "make up")


def test_one_that_fails_is_a_row_and_the_next_runs_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert course.run("drill", {"first": failing, "second": passing}) == 1
    printed = capsys.readouterr().out
    assert "the drill itself" in printed
    assert "wanted: a stack" in printed
    assert printed.splitlines()[-1] == "2 of 3 passed"


def test_all_that_pass_are_a_success() -> None:
    assert course.run("drill", {"only": passing}) == 0


def test_what_is_asked_for_is_chosen_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["kills", "outages", "changes"]
    monkeypatch.delenv("DRILL", raising=False)
    assert course.chosen("DRILL", names) == names
    monkeypatch.setenv("DRILL", "changes,kills")
    assert course.chosen("DRILL", names) == ["changes", "kills"]
    monkeypatch.setenv("DRILL", "kils")
    with pytest.raises(Failed, match="choose from kills, outages, changes"):
        course.chosen("DRILL", names)
