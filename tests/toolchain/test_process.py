from pathlib import Path

import pytest

from toolchain import process
from toolchain.process import Failed, run, show, succeeds


def test_a_failure_holds_the_last_lines_and_what_to_do() -> None:
    with pytest.raises(Failed, match=r"(?s)exit code 3.*the reason.*to do: try harder"):
        run(["sh", "-c", "echo the reason >&2; exit 3"], timeout=5, todo="try harder")


def test_a_program_that_hangs_is_ended_with_its_children() -> None:
    with pytest.raises(Failed, match="no end after 0 s"):
        run(["sh", "-c", "sleep 60 & wait"], timeout=0.2)


def test_a_missing_program_is_a_failure_and_not_a_traceback() -> None:
    with pytest.raises(Failed, match="No such file"):
        run(["no-such-program"], timeout=5)
    assert not succeeds(["no-such-program"])


def test_standard_input_reaches_the_program() -> None:
    assert run(["cat"], timeout=5, stdin="text") == "text"


def test_what_a_watch_raises_interrupts_the_program_which_may_end_in_its_own_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "WATCH_EVERY_S", 0.05)
    started, ended = tmp_path / "started", tmp_path / "ended"
    script = f"trap 'sleep 0.2; touch {ended}; exit' INT; touch {started}; sleep 60 & wait"

    def watch() -> None:
        if started.exists():
            raise Failed("an end", "none", "")

    with pytest.raises(Failed, match="wanted: an end"):
        show(["sh", "-c", script], timeout=None, watch=watch)
    assert ended.exists()


def test_a_watched_program_that_fails_says_so() -> None:
    with pytest.raises(Failed, match="exit code 3"):
        show(["sh", "-c", "exit 3"], timeout=None, watch=lambda: None)
