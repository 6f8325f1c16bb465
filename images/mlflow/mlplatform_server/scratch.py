"""The volume for temporary files, which must not overflow: its pod would be evicted."""

import os
import tempfile
import threading
from pathlib import Path

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, TEMPORARILY_UNAVAILABLE

from mlplatform_server.waiting import required

_RESERVING = threading.Lock()


def reserve(path: str, size: int) -> None:
    """Make a file of the size it will have, so that what comes next finds less room.

    Args:
        path: the file, below the directory for temporary files.
        size: bytes that it will hold.

    Raises:
        MlflowException: 400 if it can never fit, 503 if it may once other files are gone.
    """
    limit = int(required("MLPLATFORM_SCRATCH_BYTES"))
    if size > limit:
        raise MlflowException(
            f"This file of {size} bytes is larger than the server's scratch volume of {limit}: "
            "fetch it from the store itself, with the stack's S3 key",
            error_code=INVALID_PARAMETER_VALUE,
        )
    with _RESERVING:
        if _used() + size > limit:
            raise MlflowException(
                "The server's scratch volume is taken by other transfers: try again",
                error_code=TEMPORARILY_UNAVAILABLE,
            )
        with Path(path).open("wb") as file:
            file.truncate(size)


def _used() -> int:
    total = 0
    for directory, _, names in os.walk(tempfile.gettempdir()):
        for name in names:
            try:
                total += (Path(directory) / name).stat().st_size
            except FileNotFoundError:  # its transfer has just ended
                continue
    return total
