"""How fast a large artifact moves between a client and the store."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from mlflow.artifacts import download_artifacts
from mlflow.tracking import MlflowClient

SIZE_MB = 1000
MB = 1_000_000


def transfer_mb_per_second(client: MlflowClient, experiment_id: str) -> tuple[float, float]:
    """Log a file of 1 GB with MLflow's client and download it again.

    Needs as much room in the temporary directory.

    Returns:
        Up and down, in MB (10^6 bytes) per second.

    Raises:
        RuntimeError: What came back has another size.
    """
    run_id = client.create_run(experiment_id).info.run_id
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "large.bin")
        with file.open("wb") as written:
            for _ in range(SIZE_MB):
                written.write(os.urandom(MB))

        start = time.perf_counter()
        client.log_artifact(run_id, str(file))
        up_s = time.perf_counter() - start
        file.unlink()

        start = time.perf_counter()
        download_artifacts(run_id=run_id, artifact_path=file.name, dst_path=directory)
        down_s = time.perf_counter() - start
        size = file.stat().st_size
        if size != SIZE_MB * MB:
            raise RuntimeError(f"{SIZE_MB * MB} bytes went up and {size} came down")
    return SIZE_MB / up_s, SIZE_MB / down_s
