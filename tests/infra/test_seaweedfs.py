"""SeaweedFS in the place of MinIO."""

import json
from typing import Any

import pytest

from mlplatform import changes
from mlplatform.existing import Claim, Existing
from mlplatform.problems import SettingsError
from mlplatform.settings import parse_settings
from mlplatform_server.bucket import policy
from tests.infra.recorder import Recording, record

CHOSEN = {"store": "seaweedfs"}


@pytest.fixture(scope="module")
def seaweedfs() -> Recording:
    return record(CHOSEN)


def test_it_is_found_where_minio_would_be(seaweedfs: Recording) -> None:
    server = seaweedfs.one("StatefulSet", "minio")
    assert "/seaweedfs:" in server.container["image"]
    assert server.container["command"][0] == "weed"
    mlflow = seaweedfs.one("Deployment", "mlflow-server").environment
    assert mlflow["MLFLOW_S3_ENDPOINT_URL"] == "http://minio:9000"


def test_mlflows_key_may_do_what_it_may_in_minio(seaweedfs: Recording) -> None:
    file = json.loads(seaweedfs.secret_values["seaweedfs"]["s3.json"])
    [mlflow] = [one for one in file["identities"] if one["name"] == "mlflow"]
    assert "actions" not in mlflow, "they would be rights beside those of the policy"
    assert mlflow["policyNames"] == [one["name"] for one in file["policies"]]
    granted = json.loads(file["policies"][0]["content"])["Statement"]
    assert rights(granted) == rights(policy("mlflow")["Statement"])
    key = seaweedfs.secret_values["artifact-store"]
    assert mlflow["credentials"] == [{"accessKey": key["accessKey"], "secretKey": key["secretKey"]}]


def rights(statements: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    return {
        (one["Effect"], action, resource)
        for one in statements
        for action in one["Action"]
        for resource in one["Resource"]
    }


def test_its_parts_sign_what_they_ask_of_each_other(seaweedfs: Recording) -> None:
    server = seaweedfs.one("StatefulSet", "minio")
    place = server.secrets_read["WEED_JWT_FILER_SIGNING_KEY"]
    assert place == ("seaweedfs", "signing-key")
    secret = seaweedfs.secret_values["seaweedfs"]
    assert len(secret["signing-key"]) == 64
    assert secret["password"] not in secret["signing-key"]


def test_nothing_of_it_but_the_s3_api_is_reached_from_other_pods(seaweedfs: Recording) -> None:
    arguments = seaweedfs.one("StatefulSet", "minio").container["args"]
    assert "-ip.bind=127.0.0.1" in arguments
    ports = seaweedfs.one("Service", "minio").object["spec"]["ports"]
    assert {port["targetPort"] for port in ports} == {"s3"}


@pytest.mark.parametrize(
    ("made_by", "config", "refused"),
    [
        ("minio", CHOSEN, True),
        ("seaweedfs", {}, True),
        ("seaweedfs", CHOSEN, False),
        ("minio", {}, False),
    ],
)
def test_a_store_does_not_take_over_the_volume_of_another(
    made_by: str, config: dict[str, str], refused: bool
) -> None:
    claim = Claim(name="minio-x1", part="minio", storage_class="standard", size="10Gi")
    settings = parse_settings(config, "dev", {"minikube": True})
    found = Existing(claims=[claim], store=made_by)
    if not refused:
        changes.refuse(settings, found)
        return
    with pytest.raises(SettingsError, match=f"while the volume is of {made_by}"):
        changes.refuse(settings, found)
