"""Makes the bucket, and the user that may do with it what MLflow does, and nothing else."""

import sys
from typing import Any
from urllib.parse import urlsplit

import urllib3
from minio import Minio, MinioAdmin
from minio.credentials.providers import StaticProvider
from minio.error import MinioAdminException, S3Error, ServerError

from mlplatform_server.waiting import NotYet, required, wait_for


def policy(bucket: str) -> dict[str, Any]:
    """Return what MLflow does with its bucket: list, read, write and delete objects, in parts too.

    Args:
        bucket: name of the bucket.
    """

    def allow(actions: list[str], resource: str) -> dict[str, Any]:
        names = [f"s3:{action}" for action in actions]
        return {"Effect": "Allow", "Action": names, "Resource": [f"arn:aws:s3:::{resource}"]}

    on_bucket = ["ListBucket", "GetBucketLocation", "ListBucketMultipartUploads"]
    on_objects = ["GetObject", "PutObject", "DeleteObject"]
    on_parts = ["AbortMultipartUpload", "ListMultipartUploadParts"]
    return {
        "Version": "2012-10-17",
        "Statement": [allow(on_bucket, bucket), allow(on_objects + on_parts, f"{bucket}/*")],
    }


def bucket_exists(store: Minio, bucket: str) -> bool:
    """Ask once whether there is the bucket.

    Args:
        store: the store, as root.
        bucket: name of the bucket.

    Raises:
        NotYet: nothing answers yet, or the store says that it is not ready.
        SystemExit: it refuses for good: root's name or password.
    """
    try:
        return store.bucket_exists(bucket)
    except (urllib3.exceptions.HTTPError, ServerError) as error:
        raise NotYet(str(error)) from error
    except S3Error as error:
        if error.response.status >= 500:
            raise NotYet(str(error.code)) from error
        sys.exit(f"The store refuses: {error.code} {error.message}")


def prepare(
    endpoint_url: str, root: StaticProvider, bucket: str, access_key: str, secret_key: str
) -> None:
    """Make the bucket, the policy and the user, or bring them to what is asked for.

    Args:
        endpoint_url: the store, `http://<host>:<port>`.
        root: who may do all this.
        bucket: name of the bucket.
        access_key: name of the user.
        secret_key: the user's secret, in force from now on.

    Raises:
        SystemExit: the store does not answer in time or refuses.
    """
    url = urlsplit(endpoint_url)
    # The default would try five times for five minutes each.
    pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=2, read=10), retries=False)
    address = {"endpoint": url.netloc, "secure": url.scheme == "https", "http_client": pool}
    store = Minio(credentials=root, **address)
    if wait_for("The store", lambda: bucket_exists(store, bucket)):
        print(f"Bucket {bucket} is there", flush=True)
    else:
        store.make_bucket(bucket)
        print(f"Bucket {bucket} is made", flush=True)

    admin = MinioAdmin(credentials=root, **address)
    policy_name = f"artifacts-of-{bucket}"
    try:
        admin.policy_add(policy_name, policy=policy(bucket))
        admin.user_add(access_key, secret_key)
        admin.policy_set(policy_name, user=access_key)
    except MinioAdminException as error:
        sys.exit(f"The store refuses to make the user: {error}")
    print("The user may use the bucket", flush=True)


if __name__ == "__main__":
    prepare(
        required("S3_ENDPOINT_URL"),
        StaticProvider(required("MINIO_ROOT_USER"), required("MINIO_ROOT_PASSWORD")),
        required("BUCKET"),
        required("S3_ACCESS_KEY"),
        required("S3_SECRET_KEY"),
    )
