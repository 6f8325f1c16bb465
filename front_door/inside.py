"""Asks the database and the store for a stack's sake. `make doctor` has MLflow's pod run this.

It is handed over as text, so that a pod of any age can run it: it imports what its image has, and
nothing of this project.
"""

import json
import os
import sys
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy
import urllib3
from minio import Minio, MinioAdmin
from minio.credentials.providers import StaticProvider
from sqlalchemy.exc import DBAPIError

TIMEOUT_S = 3


_CONNECTIONS = """
SELECT count(datid) AS used, current_setting('max_connections')::int AS most FROM pg_stat_activity
"""


def database() -> tuple[str | None, dict[str, int]]:
    """Why the database does not answer, or None; how many connections it has, and at most."""
    engine = sqlalchemy.create_engine(
        os.environ["MLFLOW_BACKEND_STORE_URI"], connect_args={"connect_timeout": TIMEOUT_S}
    )
    try:
        with engine.connect() as connection:
            row = connection.execute(sqlalchemy.text(_CONNECTIONS)).one()
    except DBAPIError as error:
        return str(error.orig).strip(), {}
    return None, dict(row._mapping)


def store(bucket: str, root: dict[str, str]) -> tuple[str | None, list[list[int]]]:
    """Why the store does not answer MLflow, or None; free and all bytes of each of its drives.

    Args:
        bucket: MLflow's bucket.
        root: user and password of the store's root, who alone may ask for drives; nothing where the
            store is not the stack's.
    """
    url = urlsplit(os.environ["MLFLOW_S3_ENDPOINT_URL"])
    pool = urllib3.PoolManager(timeout=TIMEOUT_S, retries=False)
    address: dict[str, Any] = {
        "endpoint": url.netloc,
        "secure": url.scheme == "https",
        "http_client": pool,
    }
    keys = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
    problem, drives = None, []
    try:
        region = os.environ["AWS_DEFAULT_REGION"]
        client = Minio(credentials=StaticProvider(*keys), region=region, **address)
        if not client.bucket_exists(bucket):
            problem = f"there is no bucket {bucket}"
        if root:
            admin = MinioAdmin(
                credentials=StaticProvider(root["user"], root["password"]), **address
            )
            for server in json.loads(admin.info())["servers"]:
                drives += [[drive["availspace"], drive["totalspace"]] for drive in server["drives"]]
    except Exception as error:
        problem = f"{type(error).__name__}: {error}"
    return problem, drives


def main() -> None:
    """Read bucket and root from standard input, print what was found."""
    asked = json.load(sys.stdin)
    away, figures = database()
    problem, drives = store(asked["bucket"], asked["root"])
    found = {"database": away, "figures": figures, "store": problem, "drives": drives}
    print(json.dumps(found))


main()
