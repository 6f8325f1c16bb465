"""What a schedule of cron comes to."""

from datetime import date, timedelta
from itertools import pairwise

_A_DAY_S = 24 * 60 * 60
# Any year with a 29th of February; two of them, for what comes once a year.
_FIRST_DAY = date(2024, 1, 1)
_DAYS = 2 * 366


def longest_pause_s(schedule: str) -> int:
    """Return the longest time between two of its moments, in seconds.

    Kubernetes' rules: where days of the month and of the week are both named, either will do
    (https://pkg.go.dev/github.com/robfig/cron).

    Args:
        schedule: five fields, as `values.schedule` has read them.
    """
    minute, hour, day, month, weekday = schedule.split()
    times = sorted(
        (h * 60 + m) * 60 for h in _numbers(hour, 0, 23) for m in _numbers(minute, 0, 59)
    )
    days, months = _numbers(day, 1, 31), _numbers(month, 1, 12)
    weekdays = {number % 7 for number in _numbers(weekday, 0, 7)}

    def is_on(one: date) -> bool:
        in_month, in_week = one.day in days, one.isoweekday() % 7 in weekdays
        either = "*" not in (day[0], weekday[0])
        return one.month in months and (in_month or in_week if either else in_month and in_week)

    on = [n for n in range(_DAYS) if is_on(_FIRST_DAY + timedelta(n))]
    within = [later - sooner for sooner, later in pairwise(times)]
    overnight = times[0] - times[-1]
    between = [(later - sooner) * _A_DAY_S + overnight for sooner, later in pairwise(on)]
    return max([*within, *between], default=_DAYS * _A_DAY_S)


def _numbers(field: str, lowest: int, highest: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        low = lowest if first == "*" else int(first)
        high = highest if first == "*" or (step and not last) else int(last or first)
        found |= set(range(low, high + 1, int(step or 1)))
    return found
