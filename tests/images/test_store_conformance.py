"""What MLflow needs of a store, asked of each that it may be given."""

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import requests
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from mlplatform_server.bucket_check import check
from smoke_tests.forgery import forgeries
from tests import processes
from tests.images import stores
from tests.images.stores import BUCKET, KEY, OTHER, Store

PART = b"p" * 5 * 2**20
STORES = {
    "minio": stores.minio,
    "silo": partial(stores.minio, name="silo"),
    "seaweedfs": stores.seaweedfs,
}


@pytest.fixture(scope="module", params=STORES)
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """Each store."""
    if request.param != "seaweedfs" and processes.minio_program() is None:
        pytest.skip("MinIO is not built: make images")
    with STORES[request.param](tmp_path_factory.mktemp(request.param)) as found:
        yield found


def put(s3: Any, key: str, body: bytes = b"content", **options: Any) -> dict[str, Any]:
    return s3.put_object(Bucket=BUCKET, Key=key, Body=body, **options)


def keys(s3: Any, prefix: str) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=BUCKET, Prefix=prefix, PaginationConfig={"PageSize": 2}
    )
    return [item["Key"] for page in pages for item in page.get("Contents", [])]


def test_the_check_of_external_buckets_passes(store: Store) -> None:
    check(store.client(), BUCKET)


def test_what_was_put_comes_back_with_its_headers(store: Store) -> None:
    s3 = store.client()
    put(s3, "put/ä b+c%", ContentType="text/plain", Metadata={"a": "b"})
    found = s3.get_object(Bucket=BUCKET, Key="put/ä b+c%")
    assert found["Body"].read() == b"content"
    assert (found["ContentType"], found["Metadata"]) == ("text/plain", {"a": "b"})
    ranged = s3.get_object(Bucket=BUCKET, Key="put/ä b+c%", Range="bytes=1-3")
    assert ranged["Body"].read() == b"ont"
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket=BUCKET, Key="put/nothing")


def test_lists_have_pages_prefixes_and_directories(store: Store) -> None:
    s3 = store.client()
    made = [f"list/{name}" for name in ("a", "b/1", "b/2", "c", "d")]
    for key in made:
        put(s3, key)
    assert keys(s3, "list/") == made
    page = s3.list_objects_v2(Bucket=BUCKET, Prefix="list/", Delimiter="/")
    assert [one["Prefix"] for one in page["CommonPrefixes"]] == ["list/b/"]
    assert [one["Key"] for one in page["Contents"]] == ["list/a", "list/c", "list/d"]


def test_an_upload_in_parts_is_one_object_or_none(store: Store) -> None:
    s3 = store.client()
    place = {"Bucket": BUCKET, "Key": "parts/object"}
    upload = {**place, "UploadId": s3.create_multipart_upload(**place)["UploadId"]}
    parts = [
        {"PartNumber": n, "ETag": s3.upload_part(**upload, PartNumber=n, Body=body)["ETag"]}
        for n, body in enumerate((PART, b"end"), start=1)
    ]
    assert len(s3.list_parts(**upload)["Parts"]) == 2
    assert keys(s3, "parts/") == []
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(**place)["Body"].read() == PART + b"end"
    given_up = s3.create_multipart_upload(Bucket=BUCKET, Key="parts/given-up")["UploadId"]
    s3.abort_multipart_upload(Bucket=BUCKET, Key="parts/given-up", UploadId=given_up)
    assert keys(s3, "parts/") == ["parts/object"]


def test_many_are_deleted_at_once_and_what_is_not_there_is_no_error(store: Store) -> None:
    s3 = store.client()
    for name in ("1", "2", "3"):
        put(s3, f"many/{name}")
    named = [{"Key": f"many/{name}"} for name in ("1", "2", "nothing")]
    assert "Errors" not in s3.delete_objects(Bucket=BUCKET, Delete={"Objects": named})
    assert keys(s3, "many/") == ["many/3"]


@pytest.mark.parametrize("when", ["when_required", "when_supported"])
def test_checksums_are_taken_and_given_back(store: Store, when: str) -> None:
    s3 = store.client(request_checksum_calculation=when, response_checksum_validation=when)
    sha256 = base64.b64encode(hashlib.sha256(b"content").digest()).decode()
    put(s3, f"sums/{when}", ChecksumAlgorithm="SHA256")
    found = s3.get_object(Bucket=BUCKET, Key=f"sums/{when}", ChecksumMode="ENABLED")
    assert (found["Body"].read(), found["ChecksumSHA256"]) == (b"content", sha256)
    wrong = base64.b64encode(zlib.crc32(b"other").to_bytes(4, "big")).decode()
    with pytest.raises(ClientError) as refusal:
        put(s3, "sums/wrong", ChecksumCRC32=wrong)
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_signed_urls_work_without_a_key_and_only_for_what_they_name(store: Store) -> None:
    s3 = store.client()
    place = {"Bucket": BUCKET, "Key": "signed"}
    url = s3.generate_presigned_url("put_object", Params=place, ExpiresIn=60)
    assert requests.put(url, data=b"by url", timeout=10).ok
    url = s3.generate_presigned_url("get_object", Params=place, ExpiresIn=60)
    assert requests.get(url, timeout=10).content == b"by url"
    assert requests.get(url.replace("/signed", "/other"), timeout=10).status_code == 403
    assert requests.get(url.partition("?")[0], timeout=10).status_code == 403


REFUSED: dict[str, Callable[[Any], object]] = {
    "list another bucket": lambda s3: s3.list_objects_v2(Bucket=OTHER),
    "read another bucket": lambda s3: s3.get_object(Bucket=OTHER, Key="key"),
    "write to another bucket": lambda s3: s3.put_object(Bucket=OTHER, Key="key"),
    "delete from another bucket": lambda s3: s3.delete_object(Bucket=OTHER, Key="key"),
    "make a bucket": lambda s3: s3.create_bucket(Bucket="third"),
    "delete a bucket": lambda s3: s3.delete_bucket(Bucket=BUCKET),
    "read the policy": lambda s3: s3.get_bucket_policy(Bucket=BUCKET),
    "set the policy": lambda s3: s3.put_bucket_policy(Bucket=BUCKET, Policy="{}"),
    "read versioning": lambda s3: s3.get_bucket_versioning(Bucket=BUCKET),
    "read the lifecycle": lambda s3: s3.get_bucket_lifecycle_configuration(Bucket=BUCKET),
    "read notifications": lambda s3: s3.get_bucket_notification_configuration(Bucket=BUCKET),
    "read encryption": lambda s3: s3.get_bucket_encryption(Bucket=BUCKET),
}


@pytest.mark.parametrize("action", REFUSED)
def test_the_scoped_key_is_refused_all_but_its_bucket(store: Store, action: str) -> None:
    with pytest.raises(ClientError) as refusal:
        REFUSED[action](store.client())
    assert refusal.value.response["Error"]["Code"] == "AccessDenied"


def test_the_scoped_key_sees_its_bucket_alone(store: Store) -> None:
    assert [one["Name"] for one in store.client().list_buckets()["Buckets"]] == [BUCKET]


def test_a_wrong_secret_opens_nothing(store: Store) -> None:
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        store.client((KEY[0], "not-the-secret-key")).list_objects_v2(Bucket=BUCKET)


@pytest.mark.parametrize("form", forgeries("", "", ""))
def test_a_write_forged_from_an_access_key_alone_is_refused(store: Store, form: str) -> None:
    key = f"forged with {form}"
    forgery = forgeries(KEY[0], "us-east-1", key)[form]
    url = f"{store.endpoint_url}/{BUCKET}/{key}"
    answer = requests.put(
        url, params=forgery.parameters, headers=forgery.headers, data=forgery.body, timeout=10
    )
    assert (answer.status_code, keys(store.client(), key)) == (403, [])


def test_a_signed_write_in_that_form_is_stored(store: Store) -> None:
    """As boto3 does it by https."""
    chunks = forgeries("", "", "")["no credential"]
    url = f"{store.endpoint_url}/{BUCKET}/signed-trailer"
    request = AWSRequest("PUT", url, dict(chunks.headers), chunks.body)
    request.context["checksum"] = {"request_algorithm": {"in": "trailer"}}
    S3SigV4Auth(Credentials(*KEY), "s3", "us-east-1").add_auth(request)
    assert requests.put(url, chunks.body, headers=dict(request.headers), timeout=10).ok
    stored = store.client().get_object(Bucket=BUCKET, Key="signed-trailer")
    assert stored["Body"].read() == b"forged"
