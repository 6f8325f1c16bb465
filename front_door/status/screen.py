"""The screen."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from front_door.finding import Finding
from front_door.models import ServedModel
from front_door.status.look import Event, Status
from front_door.status.traffic import Traffic

_OFF = "off: `pulumi config set monitoring scrape` or builtin, then `make up`"


def screen(status: Status) -> RenderableType:
    """Lay a status out.

    Args:
        status: what is shown.
    """
    wrong = sum(finding.wrong for finding in status.findings)
    health = Text("well", "green") if not wrong else Text(f"{wrong} wrong", "bold red")
    head = Text.assemble((f"stack {status.stack}", "bold"), "  ", health, f"  {status.time}")
    backup = Text.assemble(("last backup  ", "bold"), status.last_backup or "none")
    parts: list[RenderableType] = [head, _findings(status.findings), _traffic(status.traffic)]
    return Group(*parts, backup, *_models(status.models), _events(status.events))


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _findings(findings: Sequence[Finding]) -> Table:
    table = _table("", "part", "")
    for finding in findings:
        mark = Text("!!", "bold red") if finding.wrong else Text("ok", "green")
        table.add_row(mark, Text(finding.name), Text(finding.text))
    return table


def _traffic(traffic: Sequence[Traffic] | None) -> RenderableType:
    if traffic is None:
        return Text.assemble(("requests     ", "bold"), _OFF)
    table = _table("requests", "per second", "p50", "p99")
    for one in traffic:
        table.add_row(one.part, f"{one.per_second:.1f}", _ms(one.p50_s), _ms(one.p99_s))
    return table


def _ms(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1000:.0f} ms"


def _models(models: Sequence[ServedModel]) -> list[RenderableType]:
    if not models:
        return []
    table = _table("model", "wanted", "serving", "state", "")
    for model in models:
        cells = (model.name, model.wanted or "-", model.serving or "-", model.state, model.reason)
        table.add_row(*map(Text, cells))
    return [table]


def _events(events: Sequence[Event]) -> Table:
    table = _table("events", "", "")
    for event in events:
        style = "yellow" if event.type == "Warning" else "dim"
        row = (event.time[11:19], event.about, event.text)
        table.add_row(*(Text(cell, style, overflow="ellipsis", no_wrap=True) for cell in row))
    return table
