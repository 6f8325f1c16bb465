import subprocess

import pytest

from front_door import card
from front_door.phases import Phases
from front_door.request import Request

OUTPUTS = {
    "trackingUri": "http://mlflow-server.local",
    "s3EndpointUrl": "http://mlflow-minio.local",
    "mlflowHost": "mlflow-server.local",
    "minioHost": "mlflow-minio.local",
    "bucket": "mlflow",
    "s3AccessKey": "AKEY",
    "s3SecretKey": "it's; $(a) secret",
}


def test_the_export_lines_survive_a_shell() -> None:
    script = f'{card.exports(OUTPUTS)}\nprintf %s "$AWS_SECRET_ACCESS_KEY $MLFLOW_TRACKING_URI"'
    printed = subprocess.run(
        ["sh", "-c", script], check=True, capture_output=True, text=True, timeout=10
    )
    assert printed.stdout == "it's; $(a) secret http://mlflow-server.local"


def test_the_hosts_line_is_one_of_etc_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "ingress_address", lambda *_: "192.168.49.2")
    line = card.hosts_line(Request("dev", None), OUTPUTS)
    addresses, _, comment = line.partition(" # ")
    assert addresses == "192.168.49.2 mlflow-server.local mlflow-minio.local"
    assert comment == "mlplatform stack dev"


def test_the_card_says_all_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "outputs", lambda _stack: OUTPUTS)
    phases = Phases(1)
    with phases.phase("pulumi up"):
        pass
    text = card.card(Request("pr-42", None), phases)
    assert "http://mlflow-server.local" in text
    assert "make down STACK=pr-42" in text
    assert "pulumi up" in text
    assert OUTPUTS["s3SecretKey"] not in text
    assert OUTPUTS["s3AccessKey"] not in text
