"""Measure a stack's served model beside MLflow's own server: `python -m bench.serving_rates N`.

The stack is the one that the smoke tests' environment names; it serves `serving.MODEL`.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.memory import group_memory_mb, memory_mb
from bench.plain_server import answers_at, plain_server
from bench.scoring_client import measure
from bench.serving import ALIAS, MODEL
from bench.table import side_by_side
from smoke_tests.client import environment, plain_environment
from smoke_tests.model_files import forget_python
from smoke_tests.namespace import Namespace
from smoke_tests.network import resolve
from smoke_tests.settings import Settings, load_settings
from smoke_tests.wait import wait_until

if TYPE_CHECKING:
    from smoke_tests.wine import Wine

KINDS = ("plain", "stack")
CLIENTS = (1, 8)
DURATION_S = 5
_PART = f"model-{MODEL}"
_ALONE_S = 60
Row = tuple[str, str, tuple[float, float]]
"""What, its unit, and the value of each kind."""


def main() -> None:
    """Measure, and print the table."""
    settings = load_settings(os.environ)
    with (
        environment(plain_environment(settings), settings.hosts),
        resolve(settings.hosts, settings.ingress_address),
        tempfile.TemporaryDirectory() as scratch,
    ):
        print(compare(settings, Path(scratch, "model"), int(sys.argv[1])))


def compare(settings: Settings, directory: Path, repetitions: int) -> str:
    """Let both serve the same files, measure them in turn, and return the table of medians.

    Args:
        settings: the stack.
        directory: where the files are kept.
        repetitions: how often.
    """
    # MLflow must be imported inside: see client.environment.
    from smoke_tests.wine import load

    wine = load(None)
    _register(wine, directory)
    row = wine.features.head(1).to_dict(orient="split", index=False)
    body = json.dumps({"dataframe_split": row}).encode()
    answers_at(settings.models[0].url)
    # The one without a version goes then.
    wait_until(
        lambda: len(Namespace(settings.context, settings.namespace).pods(_PART)) == 1,
        timeout_s=_ALONE_S,
        describe="the pod that serves is alone",
    )
    rounds = [_measure(settings, directory, body) for _ in range(repetitions)]
    rows = [
        (
            what,
            unit,
            [statistics.median(one) for one in zip(*(row[2] for row in same), strict=True)],
        )
        for same in zip(*rounds, strict=True)
        for what, unit, _ in same[:1]
    ]
    return side_by_side(KINDS, rows)


def _measure(settings: Settings, directory: Path, body: bytes) -> list[Row]:
    """Start both anew, and measure each."""
    url, namespace = settings.models[0].url, Namespace(settings.context, settings.namespace)
    [pod] = namespace.replace_pods(_PART)
    answers_at(url)
    rows: list[Row] = []
    with plain_server(directory) as plain:
        for clients in CLIENTS:
            first, second = (
                measure(asked, body, clients=clients, duration_s=DURATION_S)
                for asked in (plain.url, url)
            )
            who = "1 client" if clients == 1 else f"{clients} clients"
            rows += [
                (
                    f"{who}, p{share}",
                    "ms",
                    (first.percentile_ms(share), second.percentile_ms(share)),
                )
                for share in (50, 99)
            ]
            rows.append((who, "requests/s", (first.per_second, second.per_second)))
        memory = group_memory_mb(plain.group), memory_mb(namespace, f"deployment/{_PART}")
        rows.append(("memory then", "MB", memory))
    if pod.started_at and pod.ready_at:
        ready_s = (pod.ready_at - pod.started_at).total_seconds()
        rows.append(
            ("start to ready (of the stack's to the second)", "s", (plain.started_s, ready_s))
        )
    return rows


def _register(wine: Wine, directory: Path) -> None:
    """Train, and register what is served."""
    import mlflow.sklearn
    from mlflow.models import infer_signature
    from mlflow.tracking import MlflowClient

    from smoke_tests.wine import train

    trained = train(wine, 0.5)
    mlflow.sklearn.save_model(  # pyright: ignore[reportPrivateImportUsage]
        trained,
        directory,
        signature=infer_signature(wine.features, trained.predict(wine.features)),
        input_example=wine.features.head(2),
    )
    forget_python(directory)
    client = MlflowClient()
    run_id = client.create_run("0").info.run_id
    client.log_artifacts(run_id, str(directory), "model")
    client.create_registered_model(MODEL)
    version = client.create_model_version(MODEL, f"runs:/{run_id}/model", run_id)
    client.set_registered_model_alias(MODEL, ALIAS, version.version)


if __name__ == "__main__":
    main()
