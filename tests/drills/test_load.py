from drills.load import Call, answers, outage_s, slowest_s


def call(began: float, ended: float, status: int | str = 200) -> Call:
    return Call(key=f"metric-{began}", status=status, began=began, ended=ended)


def test_an_outage_lasts_until_the_last_call_that_failed() -> None:
    calls = [call(0, 1), call(1, 5, 503), call(2, 3), call(5, 7, "ConnectionError"), call(7, 8)]
    assert outage_s(calls, since=1) == 6


def test_where_nothing_failed_there_was_no_outage() -> None:
    assert outage_s([call(0, 1)], since=0) == 0
    assert outage_s([], since=0) == 0


def test_calls_are_summed_up_for_a_person() -> None:
    calls = [call(0, 1), call(1, 4), call(4, 5, 503)]
    assert slowest_s(calls) == 3
    assert answers(calls) == "200: 2, 503: 1"
