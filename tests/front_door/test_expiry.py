from datetime import UTC, datetime, timedelta

import pytest

from front_door import expiry
from toolchain.process import Failed

NOW = datetime(2030, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ttl", "expires"),
    [
        ("30m", "2030-01-01T12:30:00Z"),
        ("4h", "2030-01-01T16:00:00Z"),
        ("3d", "2030-01-04T12:00:00Z"),
    ],
)
def test_a_time_to_live_becomes_a_moment(
    ttl: str, expires: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTL", ttl)
    assert expiry.from_environment(NOW) == expires


def test_no_time_to_live_is_no_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TTL", raising=False)
    assert expiry.from_environment(NOW) is None


@pytest.mark.parametrize("ttl", ["4", "h", "-4h", "0h", "4 h", "1.5h", "tomorrow", "4s"])
def test_what_is_no_duration_is_refused(ttl: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTL", ttl)
    with pytest.raises(Failed, match="TTL=4h"):
        expiry.from_environment(NOW)


def test_a_moment_is_past_from_that_second_on() -> None:
    assert expiry.is_past("2030-01-01T12:00:00Z", NOW)
    assert not expiry.is_past("2030-01-01T12:00:01Z", NOW)


@pytest.mark.parametrize("mark", [None, "", "soon", "2020-01-01", "2020-01-01T00:00:00+00:00"])
def test_what_cannot_be_read_never_expires(mark: str | None) -> None:
    assert not expiry.is_past(mark, NOW)


def test_durations_are_short() -> None:
    assert expiry.duration(timedelta(days=3, hours=4, minutes=5)) == "3d4h"
    assert expiry.duration(timedelta(minutes=12)) == "12m"
    assert expiry.duration(timedelta(seconds=40)) == "40s"
