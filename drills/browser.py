"""The UI's pages in a real browser: what must be there appears, and its console has no error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from selenium.common.exceptions import TimeoutException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from drills import chromium
from drills.row import Row
from drills.stand import Stand, deployed
from front_door.request import Request
from toolchain.paths import cache_directory
from toolchain.process import say

PAGE_TIMEOUT_S = 30
EXPERIMENT, PROMPT, WINE = "pairings", "pairing", "Grüner Veltliner"
MODEL = "seed-wine-quality"
# Errors in the console of any MLflow of this version, its own server on a laptop included.
_EXPECTED = (
    # A chart took more than one frame to find its size.
    "ResizeObserver loop completed with undelivered notifications",
)


@dataclass(frozen=True)
class Page:
    """A page of the UI.

    Attributes:
        name: what it is called here.
        path: where it is.
        texts: what a person must see on it.
    """

    name: str
    path: str
    texts: tuple[str, ...]


def run(request: Request) -> Iterator[Row]:
    """Fill a stack and look at each page of its UI; the pictures stay in the cache directory."""
    chromium.install()
    pictures = cache_directory() / "browser"
    pictures.mkdir(exist_ok=True)
    with deployed(request, "browser", {"ephemeral": "false"}) as stand:
        stand.seed("small")
        pages = _fill(stand)
        with chromium.started(stand.settings) as browser:
            for page in pages:
                picture = pictures / f"{page.name.replace(' ', '-')}.png"
                problems = _look(browser, stand.settings.tracking_uri, page, picture)
                say("\n".join([f"{page.name}: {picture}", *problems]))
                yield Row(
                    f"the page {page.name}",
                    "its texts appear, 0 errors in the console",
                    f"{len(problems)} problems",
                    passed=not problems,
                )


def _fill(stand: Stand) -> list[Page]:
    """Add what the seed has not, a prompt and a trace, and list the pages that show it all."""
    with stand.client():
        # MLflow reads its environment when it is imported.
        import mlflow
        from mlflow import genai

        client = mlflow.MlflowClient()
        genai.register_prompt(PROMPT, "What goes with {{ wine }}?", commit_message="first try")
        genai.set_prompt_alias(PROMPT, "production", 1)
        mlflow.set_experiment(EXPERIMENT)
        with mlflow.start_span("pair") as span:
            span.set_inputs({"wine": WINE})
            span.set_outputs("asparagus")
        mlflow.flush_trace_async_logging()
        ids = {found.name: found.experiment_id for found in client.search_experiments()}
        (trial,) = client.search_runs([ids[MODEL]], "metrics.val_loss < 100", max_results=1)
    seed = f"/#/experiments/{ids[MODEL]}"
    name, run = str(trial.info.run_name), f"{seed}/runs/{trial.info.run_id}"
    charts = ("train_loss", "val_loss", name)
    return [
        Page("home", "/", ("Welcome to MLflow", MODEL)),
        Page("experiments", "/#/experiments", (MODEL, EXPERIMENT)),
        Page("runs", f"{seed}/runs", ("search-1", "matching runs")),
        Page("run", run, (name, "Parameters", "val_loss")),
        Page("run with charts", f"{run}/model-metrics", charts),
        Page("models", "/#/models", (MODEL, "Version 2")),
        Page("model version", f"/#/models/{MODEL}/versions/1", (MODEL, "Version 1", "Schema")),
        Page("prompts", "/#/prompts", (PROMPT, "Version 1")),
        Page("prompt", f"/#/prompts/{PROMPT}", ("What goes with", "first try")),
        Page("traces", f"/#/experiments/{ids[EXPERIMENT]}/traces", (WINE, "asparagus")),
    ]


def _look(browser: Chrome, tracking_uri: str, page: Page, picture: Path) -> list[str]:
    """Open a page, wait for its texts, take a picture; return a line per text or error."""
    browser.get("about:blank")  # else two addresses that differ after the # are one page
    browser.get_log("browser")
    browser.get(f"{tracking_uri}{page.path}")
    problems = [
        f"  {text!r} did not appear within {PAGE_TIMEOUT_S} s"
        for text in page.texts
        if not _appears(browser, text)
    ]
    browser.save_screenshot(str(picture))
    for entry in browser.get_log("browser"):
        if not any(expected in entry["message"] for expected in _EXPECTED):
            problems.append(f"  console: {entry['message']}")
    return problems


def _appears(browser: Chrome, text: str) -> bool:
    def is_there(seen: Chrome) -> bool:
        return text in seen.find_element(By.TAG_NAME, "body").text

    try:
        return WebDriverWait(browser, PAGE_TIMEOUT_S).until(is_there)
    except TimeoutException:
        return False
