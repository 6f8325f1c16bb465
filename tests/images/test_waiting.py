import pytest

from mlplatform_server.waiting import NotYet, required, wait_for


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


def test_a_refusal_is_not_asked_again() -> None:
    asked: list[str] = []

    def ask() -> None:
        asked.append("once")
        raise SystemExit("wrong password")

    with pytest.raises(SystemExit, match="wrong password"):
        wait_for("The store", ask)
    assert asked == ["once"]


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_setting_is_named(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BUCKET", raising=False)
    if value is not None:
        monkeypatch.setenv("BUCKET", value)
    with pytest.raises(SystemExit, match="BUCKET is not set"):
        required("BUCKET")
