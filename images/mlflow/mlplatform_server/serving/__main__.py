"""The server's process: check, load and try the version, and only then listen."""

import gc
import os
import signal
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from mlplatform_server.serving import pin
from mlplatform_server.waiting import fail_for_good, required

if TYPE_CHECKING:
    from mlplatform_server.serving.scoring import Scorer

PORT = 8080
METRICS_PORT = 9090
_EXAMPLE = "serving_input_example.json"
# Longer than ingress controllers keep an unused connection (Traefik: 90 s): the side that closes
# one just as it is used again turns that request into a 502.
_KEEP_ALIVE_S = 120


def main() -> None:
    """Serve the version that the environment names.

    Raises:
        SystemExit: it cannot be served here; the last line says why, for whoever reads the pod.
    """
    # The kernel ignores it for a process 1 that does not say what to do. uvicorn says so later, and
    # raises it again when it has ended.
    signal.signal(signal.SIGTERM, end)
    version = pin.read(required("MODEL_PIN"))
    if version is None:
        fail_for_good("No version is pinned")
    began = time.monotonic()
    # What is loaded stays: to look for garbage among it costs a part of the start.
    gc.disable()
    loaded = scorer(Path(required("MODEL_DIRECTORY")))
    gc.freeze()
    gc.enable()
    from mlplatform_server.access_log import Logged
    from mlplatform_server.serving.application import Application, Rules
    from mlplatform_server.serving.metrics import Metrics

    metrics = Metrics(version, time.monotonic() - began)
    metrics.serve(METRICS_PORT)
    rules = Rules(
        path=os.environ.get("MODEL_PATH", ""),
        token=os.environ.pop("MODEL_TOKEN", None),
        body_limit=int(required("MODEL_BODY_LIMIT")),
        timeout_s=float(required("MODEL_TIMEOUT_S")),
    )
    print(f"{version.name} {version.version} answers", flush=True)
    uvicorn.run(
        Logged(Application(loaded, rules, metrics)),
        host="0.0.0.0",  # noqa: S104 - a pod
        port=PORT,
        lifespan="off",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=int(rules.timeout_s),
    )


def end(_signal_number: int, _frame: object) -> None:
    """Leave at once: nothing is served, and threads with predictions that hang would be awaited."""
    os._exit(0)


def scorer(directory: Path) -> "Scorer":
    """Load a model and let it predict its own example.

    Args:
        directory: its files.

    Raises:
        SystemExit: it is not to be served, for the reason that is printed.
    """
    import mlflow.pyfunc

    from mlplatform_server.serving.requirements import differences
    from mlplatform_server.serving.scoring import JSON, Scorer

    if found := differences(directory):
        fail_for_good(f"Other requirements: {'; '.join(found)}")
    try:
        model = mlflow.pyfunc.load_model(str(directory))
    except Exception as error:
        traceback.print_exc()
        fail_for_good(f"It cannot be loaded: {type(error).__name__}: {error}".splitlines()[0])
    made = Scorer(model, schema_details=os.environ.get("MODEL_SCHEMA_DETAILS") == "true")
    example = directory / _EXAMPLE
    if example.exists():
        answer = made.answer(example.read_bytes(), JSON)
        if answer.status != 200:
            fail_for_good(f"It fails its own example: {answer.body}")
    return made


if __name__ == "__main__":
    main()
