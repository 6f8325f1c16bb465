"""What MinIO's last public release has wrong, and the one that is made here has not."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests import processes
from tests.images import stores
from tests.images.stores import BUCKET, Store

REPLICATION = "x-minio-replication-server-side-encryption"
SEALED = {
    f"{REPLICATION}-sealed-key": "AAAA",
    f"{REPLICATION}-seal-algorithm": "DAREv2-HMAC-SHA256",
    f"{REPLICATION}-iv": "AAAA",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    if processes.minio_program() is None:
        pytest.skip("MinIO is not built: make images")
    with stores.minio(tmp_path_factory.mktemp("minio")) as found:
        yield found


def test_headers_of_a_replication_do_not_make_an_object_unreadable(store: Store) -> None:
    """CVE-2026-34204."""
    s3 = store.client()

    def seal(request: Any, **_: Any) -> None:
        for name, value in SEALED.items():
            request.headers[name] = value

    s3.meta.events.register("before-sign.s3.PutObject", seal)
    s3.put_object(Bucket=BUCKET, Key="sealed", Body=b"content")
    assert s3.get_object(Bucket=BUCKET, Key="sealed")["Body"].read() == b"content"


def test_an_object_is_not_queried(store: Store) -> None:
    """CVE-2026-39414: one long line would take all memory."""
    s3 = store.client()
    s3.put_object(Bucket=BUCKET, Key="table.csv", Body=b"a,b\n1,2\n")
    with pytest.raises(ClientError, match="NotImplemented"):
        s3.select_object_content(
            Bucket=BUCKET,
            Key="table.csv",
            Expression="select * from s3object",
            ExpressionType="SQL",
            InputSerialization={"CSV": {}},
            OutputSerialization={"CSV": {}},
        )
