"""What is behind the journey: rows in Postgres, objects in the bucket, a key with few rights."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.client import BaseClient
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from mlflow.artifacts import download_artifacts
from mlflow.tracking import MlflowClient

from smoke_tests.client import store_session
from smoke_tests.database import query
from smoke_tests.namespace import Namespace
from smoke_tests.settings import Settings
from smoke_tests.store import key_prefix, keys
from smoke_tests.versions import MODEL_NAME, TrainedVersion


def test_the_run_is_a_row_in_postgres(
    namespace: Namespace, client: MlflowClient, experiment_id: str, versions: list[TrainedVersion]
) -> None:
    run_id = versions[1].run_id
    rows = query(
        namespace,
        "select experiment_id, status, params.value from runs join params using (run_uuid) "
        "where run_uuid = :'run_id' and params.key = 'alpha'",
        run_id=run_id,
    )
    assert rows == [[experiment_id, "FINISHED", client.get_run(run_id).data.params["alpha"]]]


def test_the_version_is_a_row_in_postgres(
    namespace: Namespace, versions: list[TrainedVersion]
) -> None:
    rows = query(
        namespace,
        "select run_id, source from model_versions "
        "where name = :'name' and version = cast(:'number' as integer)",
        name=MODEL_NAME,
        number=versions[1].number,
    )
    assert rows == [[versions[1].run_id, f"models:/{versions[1].model_id}"]]


def test_the_models_files_are_objects_in_the_bucket(
    settings: Settings,
    client: MlflowClient,
    s3: BaseClient,
    versions: list[TrainedVersion],
    tmp_path: Path,
) -> None:
    model_id = versions[1].model_id
    location = client.get_logged_model(model_id).artifact_location
    prefix = key_prefix(location, settings.bucket)
    objects = {
        key.removeprefix(prefix): s3.get_object(Bucket=settings.bucket, Key=key)["Body"].read()
        for key in keys(s3, settings.bucket, prefix)
    }
    download_artifacts(f"models:/{model_id}", dst_path=str(tmp_path))
    assert {"MLmodel", "model.skops"} <= objects.keys()
    assert objects == {
        # MLflow adds this file while it downloads.
        str(path.relative_to(tmp_path)): path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file() and path.name != "registered_model_meta"
    }


def test_mlflows_key_can_do_what_mlflow_needs(
    settings: Settings, s3: BaseClient, label: str
) -> None:
    bucket, prefix = settings.bucket, f"{label}/rights/"
    key = f"{prefix}key"
    place = {"Bucket": bucket, "Key": key}
    assert "LocationConstraint" in s3.get_bucket_location(Bucket=bucket)

    s3.put_object(**place, Body=b"one")
    assert s3.head_object(**place)["ContentLength"] == 3
    assert s3.get_object(**place)["Body"].read() == b"one"
    assert keys(s3, bucket, prefix) == [key]
    presigned = s3.generate_presigned_url("get_object", Params=place, ExpiresIn=60)
    # boto3 trusts those of the environment by itself.
    trusted = settings.store_ca_file or os.environ.get("AWS_CA_BUNDLE") or True
    assert requests.get(presigned, timeout=10, verify=trusted).content == b"one"

    upload = {**place, "UploadId": s3.create_multipart_upload(**place)["UploadId"]}
    s3.list_multipart_uploads(Bucket=bucket, Prefix=key)
    part = s3.upload_part(**upload, PartNumber=1, Body=b"two")
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    assert [found["PartNumber"] for found in s3.list_parts(**upload)["Parts"]] == [1]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(**place)["Body"].read() == b"two"
    s3.abort_multipart_upload(**place, UploadId=s3.create_multipart_upload(**place)["UploadId"])

    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}]})
    assert "Errors" not in deleted
    assert keys(s3, bucket, prefix) == []


# Each would do little harm if it were allowed: it names something that does not exist, or sends
# a document that is not valid. Rights are looked at before either.
REFUSED: dict[str, Callable[[BaseClient, str, str], object]] = {
    "make a bucket": lambda s3, _, other: s3.create_bucket(Bucket=other),
    "delete a bucket": lambda s3, _, other: s3.delete_bucket(Bucket=other),
    "list another bucket": lambda s3, _, other: s3.list_objects_v2(Bucket=other),
    "read another bucket": lambda s3, _, other: s3.get_object(Bucket=other, Key="key"),
    "write to another bucket": lambda s3, _, other: s3.put_object(Bucket=other, Key="key"),
    "read the policy": lambda s3, bucket, _: s3.get_bucket_policy(Bucket=bucket),
    "set the policy": lambda s3, bucket, _: s3.put_bucket_policy(Bucket=bucket, Policy="{}"),
    "read versioning": lambda s3, bucket, _: s3.get_bucket_versioning(Bucket=bucket),
    "read the lifecycle": lambda s3, bucket, _: s3.get_bucket_lifecycle_configuration(
        Bucket=bucket
    ),
    "read notifications": lambda s3, bucket, _: s3.get_bucket_notification_configuration(
        Bucket=bucket
    ),
    "read encryption": lambda s3, bucket, _: s3.get_bucket_encryption(Bucket=bucket),
}


@pytest.mark.own("minio")
@pytest.mark.parametrize("action", REFUSED)
def test_mlflows_key_is_refused_what_mlflow_does_not_need(
    settings: Settings, s3: BaseClient, label: str, action: str
) -> None:
    with pytest.raises(ClientError) as refusal:
        REFUSED[action](s3, settings.bucket, f"{label}-other")
    assert refusal.value.response["Error"]["Code"] == "AccessDenied"


@pytest.mark.own("minio")
def test_mlflows_key_sees_no_other_bucket(settings: Settings, s3: BaseClient) -> None:
    listed = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert listed == [settings.bucket]


@pytest.mark.own("minio")
def test_mlflows_key_is_refused_the_stores_administration(settings: Settings) -> None:
    request = AWSRequest(
        method="GET",
        url=f"{settings.s3_endpoint_url}/minio/admin/v3/list-users",
        headers={"X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD"},
    )
    key = Credentials(settings.s3_access_key, settings.s3_secret_key)
    SigV4Auth(key, "s3", settings.s3_region).add_auth(request)
    response = store_session(settings).get(
        str(request.url), headers=dict(request.headers), timeout=10
    )
    assert (response.status_code, "AccessDenied" in response.text) == (403, True)


@pytest.mark.own("minio")
def test_the_access_key_is_random_and_not_a_word(settings: Settings) -> None:
    # Some releases of MinIO let whoever knows an access key write, so it must not be guessed.
    key = settings.s3_access_key
    assert len(key) >= 16, f"{len(key)} characters"
    assert len(set(key)) >= 8, f"only {len(set(key))} different characters"
    assert any(c.isdigit() for c in key), "no digit in it: a word?"
    assert any(c.isalpha() for c in key), "no letter in it"
