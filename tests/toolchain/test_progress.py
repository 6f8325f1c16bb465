import time

import pytest

from toolchain import progress
from toolchain.progress import Progress


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def state(of: Progress, clock: Clock) -> str:
    """What the thread would write, without waiting for it."""
    return of._state(clock.now)


def test_the_time_of_all_is_known_before_the_first_part_begins(clock: Clock) -> None:
    whole = Progress("built", {"large": 600, "small": 120}, at_once=2, pace=1)
    assert str(whole) == "large, small (about 6 min)"
    assert clock.now == 0


def test_share_and_time_to_go_follow_the_weights(clock: Clock) -> None:
    whole = Progress("built", {"large": 300, "small": 100})
    with whole.part("large"):
        clock.now = 100
        assert state(whole, clock) == "25%, about 5 min to go: large 100 s"


def test_a_slower_machine_is_believed_once_a_part_is_done(clock: Clock) -> None:
    whole = Progress("built", {"first": 100, "second": 100})
    with whole.part("first"):
        clock.now = 200
    assert state(whole, clock).startswith("50%, about 3 min to go")


def test_a_part_that_takes_longer_than_known_is_never_called_done(clock: Clock) -> None:
    whole = Progress("built", {"only": 100})
    with whole.part("only"):
        clock.now = 1000
        assert state(whole, clock).startswith("95%")


def test_of_two_side_by_side_the_one_that_takes_longer_is_told() -> None:
    images, programs = Progress("built", {"image": 200}), Progress("built", {"program": 600})
    with images.shown(), programs.shown(), images.part("image"), programs.part("program"):
        assert progress.longest() is programs
    with images.shown():
        assert progress.longest() is images


def test_a_log_gets_lines_and_no_control_characters(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = Progress("built", {"only": 100})
    with whole.shown(), whole.part("only"):
        clock.now = 30
    told = capsys.readouterr().err
    assert told == "  built only in 30 s (1 of 1, 30 s in all)\n"


def test_a_terminal_keeps_one_line(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(progress, "REDRAW_EVERY_S", 0.001)
    whole = Progress("built", {"only": 100})
    told, end = "", time.monotonic() + 5
    with whole.part("only"), whole.shown():
        clock.now = 60
        while "60%" not in told and time.monotonic() < end:
            told += capsys.readouterr().err
    assert "60%, about 40 s to go: only 60 s" in told
    assert "\n" not in told
    assert told.startswith("\r\x1b[K")
