"""Waiting ends, and says what was seen last."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from smoke_tests.wait import wait_until


def answers(*values: object) -> Callable[[], object]:
    """A probe that gives these answers, one a call; an exception is raised."""
    remaining: Iterator[object] = iter(values)

    def probe() -> object:
        value = next(remaining)
        if isinstance(value, Exception):
            raise value
        return value

    return probe


def test_the_first_true_answer_is_returned() -> None:
    probe = answers(None, ConnectionError("refused"), "ready", "later")
    assert wait_until(probe, timeout_s=1, interval_s=0.001, describe="it is ready") == "ready"


def test_the_last_error_is_reported_and_is_the_cause() -> None:
    probe = answers(ConnectionError("refused"), KeyError("status"))
    with pytest.raises(TimeoutError) as timeout:
        wait_until(probe, timeout_s=0.015, interval_s=0.01, describe="it answers")
    assert str(timeout.value) == ("waited 0.015 s until it answers; last error: KeyError: 'status'")
    assert isinstance(timeout.value.__cause__, KeyError)


def test_the_last_answer_is_reported_where_nothing_was_raised() -> None:
    probe = answers(ConnectionError("refused"), [])
    with pytest.raises(TimeoutError, match=r"last answer: \[\]") as timeout:
        wait_until(probe, timeout_s=0.015, interval_s=0.01, describe="pods are ready")
    assert timeout.value.__cause__ is None


def test_what_is_asked_is_asked_once_even_without_time() -> None:
    assert wait_until(answers("ready"), timeout_s=0, describe="it is ready") == "ready"


def test_an_interruption_by_a_person_is_not_swallowed() -> None:
    def interrupted() -> object:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wait_until(interrupted, timeout_s=1, describe="it is ready")
