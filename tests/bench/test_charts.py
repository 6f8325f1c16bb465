"""What a Gantt chart shows."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from bench.timeline.path import critical_path
from bench.timeline.svg import gantt_svg
from bench.timeline.text import gantt_text
from bench.timeline.timeline import Timeline, timeline
from tests.bench.timelines import recorded_dependencies, recorded_events, update, waits, work

SVG = "{http://www.w3.org/2000/svg}"
WIDTH = 100
SHORT = update(
    work("quick & <critical>", 1, 1.01), work("quick", 1, 1.04), work("slow", 2, 4.5), end=5
)
SHORT_PATH = critical_path(SHORT, waits(slow=["quick & <critical>"]))


@pytest.fixture(scope="module")
def up() -> Timeline:
    return timeline(recorded_events(), recorded_dependencies())


def row(text: str, name: str) -> str:
    return next(line for line in text.splitlines() if line[2:].startswith(f"{name} "))


def drawn(up: Timeline) -> ElementTree.Element:
    return ElementTree.fromstring(gantt_svg(up.spans, up.path, "up"))  # noqa: S314 - our own


def test_critical_bars_are_marked_and_others_are_not(up: Timeline) -> None:
    text = gantt_text(up.spans, up.path, WIDTH)
    assert row(text, "migration-job").startswith("▶")
    assert "█" in row(text, "migration-job")
    assert row(text, "bucket-job").startswith(" ")
    assert "░" in row(text, "bucket-job")


def test_a_bar_is_as_long_as_its_share_and_ends_with_its_seconds(up: Timeline) -> None:
    text = gantt_text(up.spans, up.path, WIDTH)
    bars = {name: row(text, name).count("█") for name in ("migration-job", "mlflow-deployment")}
    assert bars["migration-job"] / bars["mlflow-deployment"] == pytest.approx(12.7 / 3.7, rel=0.2)
    assert row(text, "migration-job").endswith(" 12.7 s")


def test_a_bar_stands_where_its_seconds_are_on_the_axis(up: Timeline) -> None:
    text = gantt_text(up.spans, up.path, WIDTH)
    axis = text.splitlines()[0]
    deployment = row(text, "mlflow-deployment").index("█")  # from 20.5 s on
    assert axis.index("20") <= deployment <= axis.index("22")


@pytest.mark.parametrize("width", [80, 160])
def test_the_chart_is_no_wider_than_the_terminal(up: Timeline, width: int) -> None:
    text = gantt_text(up.spans, up.path, width)
    assert max(len(line) for line in text.splitlines()) <= width


def test_short_resources_are_left_out_and_counted_unless_critical() -> None:
    text = gantt_text(SHORT, SHORT_PATH, WIDTH)
    assert "quick & <critical>" in text
    assert "  quick  " not in text
    assert "without 1 resource under 0.05 s" in text


def test_the_end_of_a_long_wait_is_explained(up: Timeline) -> None:
    text = gantt_text(up.spans, up.path, 200)
    assert "after 10.64 s: [Pod mlplatform-dev/migration-job-78b7dcb3-s8ctl]: Container" in text
    assert "SuccessfulCreate" not in text, "0.02 s after the message before it"


def test_the_picture_has_a_bar_per_row_and_an_arrow_per_wait(up: Timeline) -> None:
    picture = drawn(up)
    classes = [element.get("class") for element in picture.iter()]
    legend = {"bar": 1, "critical": 2, "arrow": 1}
    assert classes.count("critical") - legend["critical"] == len(up.path)
    assert classes.count("arrow") - legend["arrow"] == len(up.path) - 1
    others = [span for span in up.spans if span.seconds >= 0.05]
    others = [span for span in others if span not in {step.span for step in up.path}]
    assert classes.count("bar") - legend["bar"] == len(others) > 0


def test_an_arrow_leads_from_the_end_of_one_bar_to_the_start_of_the_next(up: Timeline) -> None:
    picture = drawn(up)

    def bar(name: str) -> dict[str, str]:
        return next(
            rectangle.attrib
            for rectangle in picture.iter(f"{SVG}rect")
            if f" {name}: " in rectangle.findtext(f"{SVG}title", "")
        )

    migration, deployment = bar("migration-job"), bar("mlflow-deployment")
    end = float(migration["x"]) + float(migration["width"])
    arrow = list(picture.iter(f"{SVG}path"))[-2].attrib["d"]
    assert float(arrow[1:].split()[0]) == pytest.approx(end, abs=0.2)
    assert f"H{deployment['x']}V" in arrow
    assert arrow.endswith(f"V{deployment['y']}")


def test_names_are_escaped_in_the_picture() -> None:
    picture = drawn(Timeline(SHORT, SHORT_PATH))
    texts = [element.text for element in picture.iter(f"{SVG}text")]
    assert "quick & <critical>" in texts


def test_the_picture_needs_nothing_but_itself(up: Timeline) -> None:
    svg = gantt_svg(up.spans, up.path, "up")
    assert svg.replace('xmlns="http://www.w3.org/2000/svg"', "").count("http") == 0
    assert "href" not in svg
    assert "@import" not in svg


def test_the_same_update_is_always_drawn_alike(up: Timeline) -> None:
    again = timeline(recorded_events(), recorded_dependencies())
    assert gantt_text(again.spans, again.path, WIDTH) == gantt_text(up.spans, up.path, WIDTH)
    assert gantt_svg(again.spans, again.path, "up") == gantt_svg(up.spans, up.path, "up")
