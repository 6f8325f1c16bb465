"""The S3 stores that MLflow may be given, as processes of this machine."""

import contextlib
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import requests
from botocore.config import Config
from minio.credentials.providers import StaticProvider

from mlplatform.components.seaweedfs import identities
from mlplatform_server.bucket import prepare
from smoke_tests.wait import wait_until
from tests import processes
from toolchain import build, programs

BUCKET, OTHER = "mlflow", "another"
KEY = ("access-key-of-mlflow", "secret-key-of-mlflow")
_ROOT = ("access-key-of-root", "secret-key-of-root")
_START_TIMEOUT_S = 60


@dataclass(frozen=True)
class Store:
    """A store with MLflow's bucket, another bucket, and MLflow's key.

    Attributes:
        endpoint_url: its S3 API.
        root_key: access key and secret key that may do everything.
        identity_port: where SeaweedFS is told of keys.
    """

    endpoint_url: str
    root_key: tuple[str, str] = field(repr=False)
    identity_port: int = 0

    def client(self, key: tuple[str, str] = KEY, **options: Any) -> Any:
        """A boto3 client that asks once."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id=key[0],
            aws_secret_access_key=key[1],
            config=Config(
                retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, **options
            ),
        )


@contextlib.contextmanager
def minio(directory: Path, name: str = "minio") -> Iterator[Store]:
    """MinIO, prepared as the bucket Job does.

    Args:
        directory: an empty one.
        name: what the program is called: `silo` in the fork that goes on with MinIO.
    """
    built = processes.minio_program()
    if built is None:
        raise FileNotFoundError("MinIO is not built: make images")
    program = directory / name
    shutil.copy(built, program)
    with processes.minio_server(program, directory) as server:
        store = Store(server.endpoint_url, (server.user, server.password))
        prepare(server.endpoint_url, StaticProvider(*store.root_key), BUCKET, *KEY)
        store.client(store.root_key).create_bucket(Bucket=OTHER)
        yield store


@contextlib.contextmanager
def seaweedfs(directory: Path) -> Iterator[Store]:
    """SeaweedFS, whose keys and rights are in a file.

    Args:
        directory: an empty one.
    """
    build.ensure([programs.SEAWEEDFS])
    (directory / "s3.json").write_text(identities(_ROOT, KEY))
    (directory / "data").mkdir()
    ports = {name: processes.unused_port() for name in ("s3", "filer", "master", "volume")}
    ports |= {f"{name}.port.grpc": processes.unused_port() for name in ports}
    listening = [
        f"-{name if '.' in name else f'{name}.port'}={port}" for name, port in ports.items()
    ]
    command = [
        build.directory(programs.SEAWEEDFS) / "bin/weed",
        "server",
        f"-dir={directory / 'data'}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-filer",
        "-s3",
        f"-s3.config={directory / 's3.json'}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-master.volumeSizeLimitMB=64",
        "-volume.max=0",
        *listening,
    ]
    with (directory / "log").open("w") as log:
        environment = os.environ | {"WEED_JWT_FILER_SIGNING_KEY": secrets.token_hex(32)}
        process = subprocess.Popen(command, cwd=directory, env=environment, stdout=log, stderr=log)
    store = Store(f"http://127.0.0.1:{ports['s3']}", _ROOT, identity_port=ports["s3.port.grpc"])
    try:
        wait_until(
            lambda: requests.get(f"{store.endpoint_url}/healthz", timeout=2).ok,
            timeout_s=_START_TIMEOUT_S,
            describe=f"SeaweedFS is ready; its log is {directory / 'log'}",
        )
        prepare(store.endpoint_url, StaticProvider(*_ROOT), BUCKET, *KEY, user_is_made=True)
        store.client(_ROOT).create_bucket(Bucket=OTHER)
        yield store
    finally:
        process.kill()
        process.wait()
