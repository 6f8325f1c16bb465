import pytest

from mlplatform_server.waiting import FAILED_FOR_GOOD, NotYet, Refused, required, wait_for


def test_the_answer_is_returned_once_there_is_one() -> None:
    answers = iter([None, None, "ready"])

    def ask() -> str:
        answer = next(answers)
        if answer is None:
            raise NotYet("starting")
        return answer

    assert wait_for("The store", ask, poll_s=0) == "ready"


def test_a_wait_ends_and_says_why() -> None:
    def ask() -> None:
        raise NotYet("connection refused")

    with pytest.raises(
        SystemExit, match=r"The store .* within 0 s; last reason: connection refused"
    ):
        wait_for("The store", ask, deadline_s=0, poll_s=0)


def test_a_refusal_that_stays_is_the_end_for_good(capsys: pytest.CaptureFixture[str]) -> None:
    def ask() -> None:
        raise Refused("wrong password")

    with pytest.raises(SystemExit) as end:
        wait_for("The store", ask, deadline_s=0, poll_s=0)
    assert end.value.code == FAILED_FOR_GOOD
    assert "The store refuses: wrong password" in capsys.readouterr().err


def test_a_server_that_takes_the_place_of_one_that_refuses_is_waited_for() -> None:
    answers = iter(["the old password is in force", None])

    def ask() -> str:
        if refusal := next(answers):
            raise Refused(refusal)
        return "ready"

    assert wait_for("The store", ask, poll_s=0) == "ready"


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_setting_is_named(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BUCKET", raising=False)
    if value is not None:
        monkeypatch.setenv("BUCKET", value)
    with pytest.raises(SystemExit, match="BUCKET is not set"):
        required("BUCKET")
