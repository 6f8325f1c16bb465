"""Makes the bucket, and the user that may do with it what MLflow does, and nothing else."""

import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import urllib3
from minio import Minio, MinioAdmin
from minio.credentials.providers import StaticProvider
from minio.error import MinioAdminException, S3Error, ServerError

from mlplatform_server.waiting import NotYet, Refused, required, wait_for

OLD_KEY_TIME = timedelta(minutes=5)
"""How long a key is good for once there is another: servers that hold it are being replaced."""
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_METRICS = "metrics"
_METRICS_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["admin:Prometheus"]}],
}


def policy(bucket: str, until: str | None = None) -> dict[str, Any]:
    """Return what MLflow does with its bucket: list, read, write and delete objects, in parts too.

    Args:
        bucket: name of the bucket.
        until: when the policy allows nothing any more, in UTC; None for never.
    """
    condition = {} if until is None else {"DateLessThan": {"aws:CurrentTime": until}}

    def allow(actions: list[str], resource: str) -> dict[str, Any]:
        names = [f"s3:{action}" for action in actions]
        return {
            "Effect": "Allow",
            "Action": names,
            "Resource": [f"arn:aws:s3:::{resource}"],
            **({"Condition": condition} if condition else {}),
        }

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
        Refused: it does not take root's name or password.
    """
    try:
        return store.bucket_exists(bucket)
    except (urllib3.exceptions.HTTPError, ServerError) as error:
        raise NotYet(str(error)) from error
    except S3Error as error:
        if error.response.status >= 500:
            raise NotYet(str(error.code)) from error
        raise Refused(f"{error.code} {error.message}") from error


def retire_others(
    admin: MinioAdmin,
    users: Mapping[str, Any],
    bucket: str,
    policy_name: str,
    access_key: str,
    now: datetime,
) -> None:
    """Let every other key of the bucket end soon, and delete those that have ended.

    Args:
        admin: the store, as root.
        users: those that it has.
        bucket: name of the bucket.
        policy_name: name of the policy of the key in force.
        access_key: the key in force.
        now: the time.
    """
    ending = f"{policy_name}-until-"
    for other, user in users.items():
        held = user.get("policyName", "")
        if other == access_key:
            continue
        if held == policy_name:
            until = (now + OLD_KEY_TIME).strftime(_MOMENT)
            admin.policy_add(ending + until, policy=policy(bucket, until))
            admin.policy_set(ending + until, user=other)
            print(f"A key of before is good until {until}", flush=True)
        elif held.startswith(ending) and held.removeprefix(ending) < now.strftime(_MOMENT):
            admin.user_remove(other)
            print("A key that has ended is deleted", flush=True)


def let_read_metrics(
    admin: MinioAdmin, users: Mapping[str, Any], key: tuple[str, str] | None
) -> None:
    """Let one user read the store's metrics, and none of before.

    Args:
        admin: the store, as root.
        users: those that it has.
        key: access key and secret key; None for nobody.
    """
    if key is not None:
        admin.policy_add(_METRICS, policy=_METRICS_POLICY)
        admin.user_add(*key)
        admin.policy_set(_METRICS, user=key[0])
    for name, user in users.items():
        if user.get("policyName") == _METRICS and (key is None or name != key[0]):
            admin.user_remove(name)


def prepare(
    endpoint_url: str,
    root: StaticProvider,
    bucket: str,
    access_key: str,
    secret_key: str,
    *,
    user_is_made: bool = False,
    metrics_key: tuple[str, str] | None = None,
) -> None:
    """Make the bucket, the policy and the user, or bring them to what is asked for.

    Args:
        endpoint_url: the store, `http://<host>:<port>`.
        root: who may do all this.
        bucket: name of the bucket.
        access_key: name of the user.
        secret_key: the user's secret, in force from now on.
        user_is_made: whether the store, another than MinIO, has the user from a file of its own.
        metrics_key: access key and secret key of a user that may read metrics, and nothing else;
            None for none.

    Raises:
        SystemExit: the store does not answer in time or refuses.
    """
    url = urlsplit(endpoint_url)
    # The default would try five times for five minutes each. Where network policies are enforced, a
    # new pod is refused for a second or two, after some times in silence (icmp_ratelimit): who asks
    # anew is answered sooner.
    pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=0.5, read=10), retries=False)
    address = {"endpoint": url.netloc, "secure": url.scheme == "https", "http_client": pool}
    store = Minio(credentials=root, **address)
    if wait_for("The store", lambda: bucket_exists(store, bucket)):
        print(f"Bucket {bucket} is there", flush=True)
    else:
        store.make_bucket(bucket)
        print(f"Bucket {bucket} is made", flush=True)

    if user_is_made:
        # Imported where it is needed: MinIO's Job does without boto3's half second.
        from mlplatform_server.bucket_check import check, s3_client

        # SeaweedFS takes some seconds to make room for the first object of a bucket.
        check(s3_client(endpoint_url, access_key, secret_key), bucket)
        return
    admin = MinioAdmin(credentials=root, **address)
    policy_name = f"artifacts-of-{bucket}"
    try:
        admin.policy_add(policy_name, policy=policy(bucket))
        admin.user_add(access_key, secret_key)
        admin.policy_set(policy_name, user=access_key)
        # To be told once is enough: it comes encrypted, by what is made to take its time.
        users = json.loads(admin.user_list())
        retire_others(admin, users, bucket, policy_name, access_key, datetime.now(UTC))
        let_read_metrics(admin, users, metrics_key)
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
        user_is_made="USER_IS_MADE" in os.environ,
        metrics_key=(required("METRICS_ACCESS_KEY"), required("METRICS_SECRET_KEY"))
        if "METRICS_ACCESS_KEY" in os.environ
        else None,
    )
