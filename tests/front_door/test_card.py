import shlex
import subprocess

import pytest

from front_door import card
from front_door.phases import Phases
from front_door.request import Request
from smoke_tests.settings import load_settings
from tests.smoke.test_settings import COMPLETE, SERVED

OUTPUTS = {
    "trackingUri": "http://mlflow-server.local",
    "s3EndpointUrl": "http://mlflow-minio.local",
    "mlflowHost": "mlflow-server.local",
    "minioHost": "mlflow-minio.local",
    "bucket": "mlflow",
    "context": "minikube",
    "s3AccessKey": "AKEY",
    "s3SecretKey": "it's; $(a) secret",
}


SETTINGS = load_settings(
    COMPLETE
    | {
        "MLPLATFORM_S3_SECRET_KEY": "it's; $(a) secret",
        "MLPLATFORM_USERNAME": "admin",
        "MLPLATFORM_PASSWORD": "p@ss%40'word",
    }
)


def test_the_export_lines_survive_a_shell() -> None:
    lines = card.exports(SETTINGS, show_secrets=True)
    script = f'{lines}\nprintf %s "$AWS_SECRET_ACCESS_KEY $MLFLOW_TRACKING_URI"'
    printed = subprocess.run(
        ["sh", "-c", script], check=True, capture_output=True, text=True, timeout=10
    )
    assert printed.stdout == "it's; $(a) secret http://mlflow-server.local"


def test_secrets_are_exported_to_whoever_asks_for_them_and_else_named() -> None:
    shown = card.exports(SETTINGS, show_secrets=True)
    hidden = card.exports(SETTINGS, show_secrets=False)
    assert "export MLFLOW_TRACKING_URI=http://mlflow-server.local" in hidden
    assert "export MLFLOW_TRACKING_USERNAME=admin" in hidden
    for secret in SETTINGS.secrets:
        assert shlex.quote(secret) in shown
        assert secret not in hidden
    assert "# with SHOW_SECRETS=1 also: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, " in hidden
    subprocess.run(["sh", "-euc", f'eval "{hidden}"'], check=True, timeout=10)


@pytest.mark.parametrize(
    ("system", "addresses"), [("Linux", ["192.168.49.2"]), ("Darwin", ["192.168.49.2", "::1"])]
)
def test_the_hosts_lines_are_those_of_etc_hosts(
    system: str, addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card, "ingress_address", lambda *_: "192.168.49.2")
    monkeypatch.setattr(card.platform, "system", lambda: system)
    lines = card.hosts_lines(Request("dev", None), OUTPUTS).splitlines()
    assert lines == [
        f"{address} mlflow-server.local mlflow-minio.local # mlplatform stack dev"
        for address in addresses
    ]


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


@pytest.mark.parametrize(
    ("more", "warned"),
    [
        ({}, False),
        ({"authSecret": "auth-admin"}, True),
        ({"authSecret": "auth-admin", "trackingUri": "https://mlflow-server.local"}, False),
    ],
)
def test_whoever_sends_passwords_by_plain_http_is_told(
    more: dict[str, str], warned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card, "outputs", lambda _stack: OUTPUTS | more)
    text = card.card(Request("dev", None), Phases(1))
    assert ("pulumi config set --stack dev tls own" in text) is warned


def test_where_a_model_answers_is_told_and_its_token_to_whoever_asks() -> None:
    settings = load_settings(COMPLETE | {"MLPLATFORM_MODELS": SERVED})
    shown = card.exports(settings, show_secrets=True)
    hidden = card.exports(settings, show_secrets=False)
    for text in (shown, hidden):
        assert "# wine@live answers at http://m.local/wine/invocations" in text
        assert "Secret model-wine" in text
    assert "canary" in shown
    assert "canary" not in hidden


def test_the_hosts_lines_hold_the_hosts_of_models_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "ingress_address", lambda *_: "192.168.49.2")
    urls = ("http://m.local/wine", "http://m.local/churn", "http://own.example.com")
    known = OUTPUTS | {"models": [{"url": url} for url in urls]}
    lines = card.hosts_lines(Request("dev", None), known).splitlines()
    assert lines[0].split()[3:5] == ["m.local", "own.example.com"]
