"""Where secrets are, and where they must not be."""

import json
import re

import pytest
from mlflow.store.model_registry.dbmodels.models import EncryptedString
from mlflow.utils.crypto import CRYPTO_KEK_PASSPHRASE_ENV_VAR, KEKManager
from sqlalchemy.engine.default import DefaultDialect

from mlplatform.existing import Existing
from mlplatform.previous import PreviousProvider
from mlplatform.random_text import RandomTextProvider
from mlplatform.recording import Declared, holds_secret
from tests.infra.conftest import CONFIGURATIONS
from tests.infra.recorder import Recording, record

CHOSEN = [
    CONFIGURATIONS["own-cluster"][key]
    for key in ("postgresPassword", "minioRootPassword", "s3SecretKey")
]


def test_secrets_are_in_secret_objects_only(recording: Recording) -> None:
    for one in recording.objects:
        if one.kind == "Secret":
            assert holds_secret(one.inputs["stringData"])
            assert not holds_secret(one.inputs["metadata"])
        else:
            assert not holds_secret(one.inputs), one.name


def test_chosen_and_generated_values_appear_in_secret_objects_only(
    recording: Recording,
) -> None:
    # The owner in the namespace's annotation is random too, but opens nothing.
    values = ["Generated-for-credentials-", *CHOSEN]
    for one in recording.objects:
        if one.kind != "Secret":
            assert not [value for value in values if value in json.dumps(one.inputs)], one.name


def credentials(recording: Recording) -> dict[str, Declared]:
    return {
        one.name: one
        for one in recording.declared
        if one.type.endswith(":RandomText") and one.name.startswith("credentials-")
    }


def test_a_chosen_password_is_used_and_none_generated(own_cluster: Recording) -> None:
    generated = set(credentials(own_cluster))
    assert generated == {
        "credentials-minio-root-user",
        "credentials-s3-access-key",
        "credentials-webhook-key",
        "credentials-fingerprint-key",
    }
    in_secrets = json.dumps(own_cluster.secret_values)
    assert all(value in in_secrets for value in CHOSEN)


def test_generated_credentials_are_secrets_in_the_state_too(dev: Recording) -> None:
    found = credentials(dev)
    assert len(found) == 7
    assert all(one.secret_outputs == ("value",) for one in found.values())


def test_keys_are_exported_as_secrets_and_nothing_else_is_secret(owning: Recording) -> None:
    assert owning.secret_outputs == {"s3AccessKey", "s3SecretKey"}


def test_what_one_server_encrypts_for_a_webhook_the_next_can_read(
    dev: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY"
    secret, key = dev.one("Deployment", "mlflow-server").secrets_read[name]
    length = credentials(dev)["credentials-webhook-key"].inputs["length"]
    text = (RandomTextProvider().create({"length": length}).outs or {})["value"]
    recorded = dev.secret_values[secret][key]
    generated = "Generated-for-credentials-webhook-key"
    monkeypatch.setenv(name, recorded.replace(generated, text))
    encrypted = EncryptedString().process_bind_param("shared", DefaultDialect())
    assert EncryptedString().process_result_value(encrypted, DefaultDialect()) == "shared"


def test_the_passphrase_of_the_gateway_comes_back_with_the_key_of_webhooks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def passphrase(key: str) -> str:
        found = record(existing=Existing(webhook_key=key))
        read = found.one("Deployment", "mlflow-server").secrets_read
        secret, name = read[CRYPTO_KEK_PASSPHRASE_ENV_VAR]
        return found.secret_values[secret][name]

    assert passphrase("kept=") == passphrase("kept=") != passphrase("another=")
    monkeypatch.setenv(CRYPTO_KEK_PASSPHRASE_ENV_VAR, passphrase("kept="))
    assert not KEKManager().using_default_passphrase


def test_a_server_is_told_the_key_before_for_as_long_as_there_is_no_other() -> None:
    provider = PreviousProvider()
    states = [provider.create({"value": "first"}).outs or {}]
    for value in ("second", "third"):
        assert provider.diff("previous", states[-1], states[-1]).changes is False
        assert provider.diff("previous", states[-1], {"value": value}).changes
        states.append(provider.update("previous", states[-1], {"value": value}).outs or {})
    assert [state["previous"] for state in states] == ["", "first", "second"]


def test_generated_text_is_long_random_and_never_changes() -> None:
    provider = RandomTextProvider()
    made = [provider.create({"length": 32.0}).outs for _ in range(2)]
    values = [outs["value"] for outs in made if outs is not None]
    assert all(re.fullmatch("[A-Za-z0-9]{32}", value) for value in values)
    assert values[0] != values[1]
    assert provider.diff("generated", {"length": 32.0}, {"length": 64.0}).changes is False


def test_generated_text_has_letters_and_digits_however_the_dice_fall() -> None:
    provider = RandomTextProvider()
    for _ in range(200):  # 30 of 100 texts of 7 characters would have no digit
        value = (provider.create({"length": 7.0}).outs or {})["value"]
        assert re.search("[0-9]", value)
        assert re.search("[A-Za-z]", value)


@pytest.mark.parametrize("length", [0.0, 1.0])
def test_a_text_too_short_for_both_is_made_all_the_same(length: float) -> None:
    value = (RandomTextProvider().create({"length": length}).outs or {})["value"]
    assert len(value) == length


def test_every_generated_password_has_at_least_24_characters(dev: Recording) -> None:
    lengths = {name: one.inputs["length"] for name, one in credentials(dev).items()}
    passwords = [length for name, length in lengths.items() if re.search("password|secret", name)]
    assert len(passwords) == 3
    assert min(passwords) >= 24
    assert min(lengths.values()) >= 20
