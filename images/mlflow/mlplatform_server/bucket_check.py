"""Does once with a bucket of others what MLflow does all the time, and says what is refused."""

import os
import sys
import uuid
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from mlplatform_server.waiting import NotYet, required, wait_for

_PREFIX = "artifacts/.mlplatform-check-"
_CONTENT = b"mlplatform"


def check(store: Any, bucket: str) -> None:
    """Write, read, list and delete an object, in one piece and in parts.

    Args:
        store: an S3 client with MLflow's key.
        bucket: name of the bucket.

    Raises:
        SystemExit: the store does not answer in time, or refuses one of these.
    """
    place = {"Bucket": bucket, "Key": f"{_PREFIX}{uuid.uuid4().hex}"}

    def write() -> None:
        try:
            store.put_object(**place, Body=_CONTENT)
        except BotoCoreError as error:
            raise NotYet(str(error)) from error
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
                raise NotYet(str(error)) from error
            raise

    try:
        wait_for("The store", write)
        store.get_object(**place)["Body"].read()
        store.list_objects_v2(Bucket=bucket, Prefix=place["Key"])
        upload = {**place, "UploadId": store.create_multipart_upload(**place)["UploadId"]}
        part = store.upload_part(**upload, PartNumber=1, Body=_CONTENT)
        parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
        store.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        store.delete_object(**place)
    except ClientError as error:
        sys.exit(f"The store refuses what MLflow needs of bucket {bucket}: {error}")
    print(f"Bucket {bucket} can be used", flush=True)


def s3_client(endpoint_url: str, access_key: str, secret_key: str) -> Any:
    """Return a client that asks once.

    Args:
        endpoint_url: the store's S3 API.
        access_key: MLflow's access key.
        secret_key: its secret key.
    """
    return boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        region_name=os.environ.get("AWS_DEFAULT_REGION", "us-east-1"),
        config=Config(
            connect_timeout=2,
            read_timeout=10,
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
        ),
    )


if __name__ == "__main__":
    client = s3_client(
        required("S3_ENDPOINT_URL"),
        required("AWS_ACCESS_KEY_ID"),
        required("AWS_SECRET_ACCESS_KEY"),
    )
    check(client, required("BUCKET"))
