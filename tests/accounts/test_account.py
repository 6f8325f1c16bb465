"""Users, made against a stand-in for MLflow and for the cluster."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace
from typing import Any

import pytest

from accounts import account
from accounts.account import password_of, provide
from smoke_tests.settings import Settings, load_settings
from tests.smoke.test_settings import COMPLETE
from toolchain.process import Failed

ADMIN = {"MLPLATFORM_USERNAME": "admin", "MLPLATFORM_PASSWORD": "password-of-admin"}


class Stack:
    """MLflow's users and what they may do, and the Secrets of a namespace."""

    def __init__(self) -> None:
        self.passwords: dict[str, str] = {"admin": "password-of-admin", "bob": "password-of-bob"}
        self.admins = {"admin"}
        self.grants: dict[tuple[str, str], str] = {}
        self.secrets: dict[str, dict[str, str]] = {}
        self.commands: list[str] = []

    def answer(self, method: str, path: str, sent: dict[str, Any], login: tuple[str, str]) -> int:
        """The status of MLflow's answer, by the rules of its own."""
        user, password = login
        if self.passwords.get(user) != password:
            return 401
        if path.endswith("users/current"):
            return 200
        if user not in self.admins:
            return 403
        name = sent["username"]
        key = (name, sent.get("resource_type", ""))
        match (method, path.rpartition("/")[2]):
            case ("post", "create"):
                assert name not in self.passwords
                self.passwords[name] = sent["password"]
            case ("patch", "update-password"):
                self.passwords[name] = sent["password"]
            case ("patch", "update-admin"):
                (self.admins.add if sent["is_admin"] else self.admins.discard)(name)
            case ("post", "grant"):
                assert (sent["resource_id"], key in self.grants) == ("*", False)
                self.grants[key] = sent["permission"]
            case ("post", "revoke"):
                return 200 if self.grants.pop(key, None) else 404
            case _:
                return 200 if name in self.passwords else 404
        return 200


class Session:
    """Plain HTTP, as far as it goes."""

    def __init__(self, stack: Stack, login: tuple[str, str]) -> None:
        self.stack, self.auth = stack, login

    def request(self, method: str, url: str, **options: Any) -> SimpleNamespace:
        sent = options.get("params") or options.get("json") or {}
        path = url.removeprefix("http://mlflow-server.local")
        return SimpleNamespace(
            status_code=self.stack.answer(method, path, sent, self.auth), text="refused"
        )

    def get(self, url: str, **options: Any) -> SimpleNamespace:
        return self.request("get", url, **options)


@pytest.fixture
def settings() -> Settings:
    return load_settings(COMPLETE | ADMIN)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stack:
    made = Stack()

    def get(_context: str, _kind: str, name: str, *_: str) -> list[dict[str, Any]]:
        found = made.secrets.get(name)
        encoded = {k: base64.b64encode(v.encode()).decode() for k, v in (found or {}).items()}
        return [{"data": encoded}] if found else []

    def kubectl(_context: str, *arguments: str, stdin: str) -> str:
        manifest = json.loads(stdin)
        made.commands.append(" ".join(arguments))
        made.secrets[manifest["metadata"]["name"]] = manifest["stringData"]
        return ""

    monkeypatch.setattr(account, "http_session", lambda of: Session(made, of.login))
    monkeypatch.setattr(account, "get", get)
    monkeypatch.setattr(account, "kubectl", kubectl)
    return made


def test_a_user_gets_a_long_password_which_is_in_its_secret_and_in_no_command(
    settings: Settings, stack: Stack
) -> None:
    assert provide(settings, "alice", "user", new_password=False)
    password = stack.passwords["alice"]
    assert len(password) >= 24
    assert stack.secrets["mlflow-user-alice"] == {"username": "alice", "password": password}
    assert password_of(settings, "alice") == password
    assert password not in "".join(stack.commands)


def test_a_password_that_is_good_stays_and_another_comes_when_asked_for(
    settings: Settings, stack: Stack
) -> None:
    provide(settings, "alice", "user", new_password=False)
    first = stack.passwords["alice"]
    assert not provide(settings, "alice", "user", new_password=False)
    assert stack.passwords["alice"] == first
    assert provide(settings, "alice", "user", new_password=True)
    assert stack.passwords["alice"] != first
    assert password_of(settings, "alice") == stack.passwords["alice"]
    assert stack.passwords["bob"] == "password-of-bob"


@pytest.mark.parametrize("lost", ["secret", "password"])
def test_a_user_whose_secret_does_not_fit_gets_one_that_does(
    settings: Settings, stack: Stack, lost: str
) -> None:
    provide(settings, "alice", "user", new_password=False)
    if lost == "secret":
        del stack.secrets["mlflow-user-alice"]
    else:
        stack.passwords["alice"] = "changed-in-the-ui"
    assert provide(settings, "alice", "user", new_password=False)
    assert password_of(settings, "alice") == stack.passwords["alice"]


def test_a_user_may_do_what_its_last_role_says(settings: Settings, stack: Stack) -> None:
    for role, permissions, is_admin in (
        ("editor", {"EDIT"}, False),
        ("reader", {"READ"}, False),
        ("admin", set[str](), True),
        ("user", set[str](), False),
    ):
        provide(settings, "alice", role, new_password=False)
        assert set(stack.grants.values()) == permissions
        assert ("alice" in stack.admins) == is_admin
    provide(settings, "alice", "editor", new_password=False)
    provide(settings, "alice", None, new_password=True)
    assert set(stack.grants.values()) == {"EDIT"}


def test_an_administrator_whose_password_is_not_the_stacks_is_told_so(
    settings: Settings, stack: Stack
) -> None:
    stack.passwords["admin"] = "changed-in-the-ui"
    with pytest.raises(Failed, match="administrator's password"):
        provide(settings, "alice", "user", new_password=False)
    assert "alice" not in stack.passwords
