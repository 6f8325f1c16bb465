"""Only the stack's own hosts resolve to the ingress, and only for a while."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from smoke_tests.network import resolve

INGRESS = "192.0.2.7"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """What reaches the resolver of the machine; nothing is looked up."""
    hosts: list[object] = []

    def record(host: object, *_: object, **__: object) -> list[object]:
        hosts.append(host)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", record)
    with resolve({"mlflow-server.local", "mlflow-minio.local"}, INGRESS):
        yield hosts


def test_the_two_hosts_resolve_to_the_ingress(asked: list[object]) -> None:
    socket.getaddrinfo("mlflow-server.local", 80)
    socket.getaddrinfo(host="mlflow-minio.local", port=80)
    assert asked == [INGRESS, INGRESS]


def test_a_hosts_name_may_be_written_in_capitals(asked: list[object]) -> None:
    socket.getaddrinfo("MLflow-Server.local", 80)
    assert asked == [INGRESS]


@pytest.mark.parametrize("host", ["local", "evil-mlflow-server.local", "127.0.0.1", None, b"host"])
def test_any_other_host_is_left_alone(asked: list[object], host: bytes | str | None) -> None:
    socket.getaddrinfo(host, 80)
    assert asked == [host]


@pytest.mark.parametrize("host", ["mlflow-minio.local", "localhost", "minio", "minio.n.svc"])
def test_a_client_without_other_names_finds_the_trackings_host_alone(host: str) -> None:
    with resolve({"mlflow-server.local"}, "127.0.0.1", others=False):
        assert socket.getaddrinfo("mlflow-server.local", 80)[0][4][0] == "127.0.0.1"
        with pytest.raises(socket.gaierror, match="kept from this client"):
            socket.getaddrinfo(host, 80)


def fail_while_resolving() -> None:
    with resolve({"mlflow-server.local"}, INGRESS):
        raise RuntimeError


def test_afterwards_the_resolver_is_the_machines_own_again() -> None:
    original = socket.getaddrinfo
    with pytest.raises(RuntimeError):
        fail_while_resolving()
    assert socket.getaddrinfo is original
