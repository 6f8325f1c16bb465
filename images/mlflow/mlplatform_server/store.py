"""The S3 store as the server uses it: no call waits long for it, and its absence is a 503."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from boto3.session import Session
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as NotConnected
from mlflow.environment_variables import (
    MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE,
    MLFLOW_S3_ENDPOINT_URL,
)
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INTERNAL_ERROR, TEMPORARILY_UNAVAILABLE
from mlflow.store.artifact.s3_artifact_repo import BOTO_TO_MLFLOW_ERROR

from mlplatform_server.waiting import NotYet

CONNECT_TIMEOUT_S = 2
READ_TIMEOUT_S = 4
"""One call, and the one that clears up after it, end within 10 s."""

_AWAY = (NotConnected, HTTPClientError, IncompleteReadError)


@cache
def client() -> BaseClient:
    """The S3 client of this process.

    It asks once: whoever asked the server gets a 503 and asks again.
    """
    # A session of its own: the default one is not made for several threads (boto3#1592).
    return Session().client(
        "s3",
        endpoint_url=MLFLOW_S3_ENDPOINT_URL.get(),
        config=Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            retries={"total_max_attempts": 1, "mode": "standard"},
            max_pool_connections=64,
            s3={"addressing_style": MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE.get()},
        ),
    )


def require_bucket(bucket: str) -> None:
    """Find the bucket, with MLflow's key.

    Raises:
        NotYet: nothing answers yet, the key is not known yet, or there is no such bucket.
    """
    try:
        client().head_bucket(Bucket=bucket)
    except (BotoCoreError, ClientError) as error:
        raise NotYet(str(error)) from error


@contextmanager
def answers() -> Iterator[None]:
    """Turn what the store, or its absence, says into an answer of MLflow's server.

    Raises:
        MlflowException: 503 where asking again helps, 404 for what is not there, 403 for a key that
            is not good, 500 for the rest.
    """
    try:
        yield
    except _AWAY as error:
        message = f"The artifact store does not answer: {error}"
        raise MlflowException(message, error_code=TEMPORARILY_UNAVAILABLE) from error
    except ClientError as error:
        raise MlflowException(f"The artifact store refuses: {error}", _code(error)) from error
    except Exception as error:
        # boto3 and MLflow put one of the above into an exception of their own.
        if not isinstance(error.__context__, (ClientError, *_AWAY)):
            raise
        with answers():
            raise error.__context__ from None


def _code(error: ClientError) -> int:
    if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
        return TEMPORARILY_UNAVAILABLE
    return BOTO_TO_MLFLOW_ERROR.get(error.response["Error"]["Code"], INTERNAL_ERROR)
