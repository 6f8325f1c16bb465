import pytest

from toolchain.process import Failed, run, succeeds


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
