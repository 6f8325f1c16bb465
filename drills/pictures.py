"""`python -m drills.pictures`: the README's pictures, of the stack that STACK names.

It deploys that stack and adds the seed's data to it, and both stay. That of the dashboard is of a
stack of its own, which does not: it takes five minutes to have something to tell.
"""

from __future__ import annotations

import base64
import html
import sys

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from drills import chromium, dashboard, dashboard_picture
from drills.command import make
from drills.stand import Stand
from front_door import request
from front_door.deployment import prepare
from front_door.ending import told
from front_door.phases import Phases
from front_door.request import Request
from smoke_tests.wait import wait_until
from toolchain.paths import ROOT
from toolchain.process import Failed, say

PICTURES = ROOT / "pictures"
CARD = "MLflow is ready"
MODEL, METRIC = "seed-wine-quality", "best_val_rmse"
PAGE_TIMEOUT_S = 30
WATCHED_S = 600
_TERMINAL = (
    "display:inline-block;margin:0;padding:24px;"
    "background:#1e1e2e;color:#cdd6f4;font:16px/1.4 monospace"
)


def main() -> int:
    """Take them."""
    PICTURES.mkdir(exist_ok=True)
    asked = request.from_environment()
    prepare(asked, Phases(1))
    chromium.install()
    ended = make("up", asked)
    if ended.failed:
        raise Failed(f"stack {asked.stack} to take pictures of", ended.printed, "mend it, repeat")
    stand = Stand(asked)
    stand.seed("small")
    status = make("status", asked, {"ONCE": "1", "COLUMNS": "110"}).printed
    with chromium.started(stand.settings) as browser:
        _take(browser, _as_page(ended.printed[ended.printed.index(CARD) :]), "make-up", CARD)
        _take(browser, _as_page(status), "make-status", "last backup")
        _take(browser, _charts(stand), "charts", METRIC)
    _draw_dashboard(asked)
    return 0


def _draw_dashboard(asked: Request) -> None:
    with dashboard.in_use(asked) as stand:
        settings = stand.settings

        def is_told() -> bool:
            dashboard.ask_the_model(settings)
            return dashboard_picture.is_told(settings)

        wait_until(is_told, timeout_s=WATCHED_S, describe="lines to draw", interval_s=1)
        dashboard_picture.draw(settings, PICTURES / "dashboard.png")


def _as_page(text: str) -> str:
    """What a terminal shows, as the address of a page that looks like it."""
    page = f'<body style="margin:0"><pre style="{_TERMINAL}">{html.escape(text)}</pre>'
    return f"data:text/html;charset=utf-8;base64,{base64.b64encode(page.encode()).decode()}"


def _charts(stand: Stand) -> str:
    """Address of the charts of the seed's search."""
    with stand.client():
        import mlflow  # It reads its environment when it is imported.

        experiment = mlflow.MlflowClient().get_experiment_by_name(MODEL)
        assert experiment is not None  # noqa: S101 - the seed has made it
        path = f"/#/experiments/{experiment.experiment_id}/runs?compareRunsMode=CHART"
        return f"{stand.settings.tracking_uri}{path}"


def _take(browser: Chrome, address: str, name: str, text: str) -> None:
    browser.get(address)
    body = WebDriverWait(browser, PAGE_TIMEOUT_S)
    body.until(lambda seen: text in seen.find_element(By.TAG_NAME, "body").text)
    picture = PICTURES / f"{name}.png"
    shown = browser.find_elements(By.TAG_NAME, "pre") or [browser.find_element(By.TAG_NAME, "body")]
    shown[0].screenshot(str(picture))
    say(f"{picture}")


with told("pictures"):
    sys.exit(main())
