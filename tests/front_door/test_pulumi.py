import json
import os
import socket
from pathlib import Path

import pytest

from front_door import pulumi, request
from front_door.request import Request


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without any PULUMI_* variable, and a checkout without stacks."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(pulumi, "ROOT", tmp_path)
    for variable in [name for name in os.environ if name.startswith("PULUMI_")]:
        monkeypatch.delenv(variable)
    # Recorded, so that what `prepare` sets is taken back.
    for variable in ("BACKEND_URL", "SKIP_UPDATE_CHECK", "CONFIG_PASSPHRASE_FILE"):
        monkeypatch.setenv(f"PULUMI_{variable}", "")
        monkeypatch.delenv(f"PULUMI_{variable}")
    return tmp_path


def test_the_passphrase_is_made_once_and_only_its_owner_can_read_it() -> None:
    pulumi.prepare()
    file = Path(os.environ["PULUMI_CONFIG_PASSPHRASE_FILE"])
    first = file.read_text()
    pulumi.prepare()
    assert file.read_text() == first
    assert len(first) >= 32
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


def test_the_users_backend_and_passphrase_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://states")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "")
    pulumi.prepare()
    assert os.environ["PULUMI_BACKEND_URL"] == "s3://states"
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" not in os.environ


def test_settings_of_a_person_are_no_trace_and_a_bare_salt_is(home: Path) -> None:
    (home / "Pulumi.mine.yaml").write_text(
        "encryptionsalt: v1:x\nconfig:\n  mlplatform:replicas: '2'\n"
    )
    (home / "Pulumi.bare.yaml").write_text("encryptionsalt: v1:x\n")
    assert pulumi.traces("mine") == []
    assert pulumi.traces("bare") == [home / "Pulumi.bare.yaml"]


def test_history_and_backups_are_traces_of_their_own_stack_only(home: Path) -> None:
    backend = home / "state/mlplatform/pulumi/.pulumi"
    for kind in ("history", "backups"):
        for stack in ("pr-4", "pr-42"):
            (backend / kind / "mlplatform" / stack).mkdir(parents=True)
    assert pulumi.traces("pr-4") == [
        backend / "history/mlplatform/pr-4",
        backend / "backups/mlplatform/pr-4",
    ]


@pytest.mark.parametrize(("alive", "cancelled"), [(True, []), (False, [["cancel", "dev"]])])
def test_only_the_lock_of_a_dead_pulumi_is_dropped(
    alive: bool, cancelled: list[list[str]], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi.prepare()
    lock = home / "state/mlplatform/pulumi/.pulumi/locks/organization/mlplatform/dev/1.json"
    lock.parent.mkdir(parents=True)
    # No process has this number: it is above the kernel's greatest possible limit of 2^22.
    holder = os.getpid() if alive else 2**22 + 1
    lock.write_text(json.dumps({"pid": holder, "hostname": socket.gethostname()}))
    calls: list[list[str]] = []
    monkeypatch.setattr(
        pulumi, "_pulumi", lambda *words, **_: calls.append([words[0], words[2]]) or ""
    )
    pulumi._release_dead_lock("dev")
    assert calls == cancelled


def test_attributes_that_a_killed_pulumi_left_empty_are_dropped(home: Path) -> None:
    stacks = home / "state/mlplatform/pulumi/.pulumi/stacks/mlplatform"
    stacks.mkdir(parents=True)
    (stacks / "dead.json.attrs").write_text("")
    (stacks / "dead.json").write_text("{}")
    (stacks / "dev.json.attrs").write_text("{}")
    pulumi.prepare()
    assert {path.name for path in stacks.iterdir()} == {"dead.json", "dev.json.attrs"}


@pytest.mark.parametrize(
    ("request_", "settings", "expected"),
    [
        (Request("dev", None), "", {}),
        (Request("dev", "team"), "", {"context": "team"}),
        (Request("dev", "team"), "config:\n  mlplatform:context: team\n", {}),
        (Request("dev", None), "config:\n  mlplatform:context: team\n", {"context": "minikube"}),
    ],
)
def test_pulumi_deploys_to_the_context_that_was_asked_for(
    request_: Request,
    settings: str,
    expected: dict[str, str],
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(request, "ROOT", home)
    monkeypatch.setenv("MINIKUBE_PROFILE", "minikube")
    (home / "Pulumi.dev.yaml").write_text(settings)
    said: list[dict[str, str]] = []
    monkeypatch.setattr(pulumi, "configure", lambda _stack, values: said.append(values))
    monkeypatch.setattr(pulumi, "show", lambda *_, **__: None)
    monkeypatch.setattr(pulumi, "kubectl", lambda *_, **__: "")
    pulumi.prepare()
    pulumi.up(request_)
    assert said == [expected]
