"""The address of a stack: the one that its ingress controller gave, if it answers there."""

import socket
from collections.abc import Callable, Iterator

import pytest

from cluster import address
from toolchain.process import Failed

AWAY = "127.0.0.2"
"""Nobody listens there."""


@pytest.fixture(autouse=True)
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """An ingress at a port of this machine, and a user who set nothing."""
    monkeypatch.delenv("INGRESS_ADDRESS", raising=False)
    monkeypatch.setattr(address.socket, "getaddrinfo", getaddrinfo)
    with socket.create_server((address.THIS_MACHINE, 0)) as server:
        monkeypatch.setattr(address, "PORT", server.getsockname()[1])
        yield server


def getaddrinfo(
    host: str, *rest: object, lookup: Callable[..., object] = socket.getaddrinfo, **options: object
) -> object:
    """Names that end so are nobody's, and no server needs to be asked for them."""
    if host.endswith(".invalid"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return lookup(host, *rest, **options)


def serve(monkeypatch: pytest.MonkeyPatch, *statuses: list[dict[str, str]]) -> None:
    """Let the Ingress have these addresses: at the first look, at the second, and so on."""
    looks = iter(statuses)
    monkeypatch.setattr(
        address,
        "get",
        lambda *_: [{"spec": {}, "status": {"loadBalancer": {"ingress": next(looks)}}}],
    )


def test_the_address_is_that_of_the_ingress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "answers", lambda *_: True)
    serve(monkeypatch, [{"ip": "192.168.49.2"}])
    assert address.ingress_address("minikube", "mlplatform-dev") == "192.168.49.2"


@pytest.mark.parametrize(
    "entry",
    [
        {"type": "IPAddress", "value": "192.168.49.2"},
        {"type": "Hostname", "value": "127.0.0.1"},
    ],
)
def test_where_routes_take_the_place_of_ingresses_the_address_is_that_of_their_gateway(
    monkeypatch: pytest.MonkeyPatch, entry: dict[str, str]
) -> None:
    found = {
        "ingress": [],
        "httproutes.gateway.networking.k8s.io": [
            {"spec": {"parentRefs": [{"namespace": "infra", "name": "public"}]}}
        ],
        "gateway": [
            {
                "spec": {"listeners": [{"protocol": "HTTP"}]},
                "status": {"addresses": [entry]},
            }
        ],
    }
    monkeypatch.setattr(address, "get", lambda _context, kind, *_: found[kind])
    monkeypatch.setattr(address, "answers", lambda *_: True)
    assert address.ingress_address("minikube", "mlplatform-dev") == entry["value"]


def test_what_a_person_says_is_taken_without_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INGRESS_ADDRESS", "192.0.2.1")
    assert address.ingress_address("minikube", "mlplatform-dev") == "192.0.2.1"


def test_a_node_that_cannot_be_reached_is_reached_by_its_published_port(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    serve(monkeypatch, [{"ip": AWAY}])
    assert address.ingress_address("minikube", "mlplatform-dev") == address.THIS_MACHINE


def test_where_nobody_answers_it_says_so_at_once(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener.close()
    serve(monkeypatch, [{"ip": AWAY}])
    with pytest.raises(Failed, match="minikube tunnel --profile=minikube"):
        address.ingress_address("minikube", "mlplatform-dev", patience_s=60)


def test_a_load_balancer_may_take_its_time_and_have_a_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(address, "POLL_S", 0)
    serve(monkeypatch, [], [{"hostname": "not-yet.invalid"}], [{"hostname": "localhost"}])
    assert address.ingress_address("team", "mlplatform-dev", patience_s=60) == "127.0.0.1"


@pytest.mark.parametrize(
    ("status", "reason"),
    [([], "no controller serves its class"), ([{"hostname": "a.invalid"}], "nobody knows")],
)
def test_an_ingress_without_an_address_is_named(
    status: list[dict[str, str]], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, status)
    with pytest.raises(Failed, match=reason):
        address.ingress_address("minikube", "mlplatform-dev")


def test_an_ingress_with_a_certificate_is_asked_by_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    """A company's may not listen at port 80 at all."""
    ingress = {"spec": {"tls": [{}]}, "status": {"loadBalancer": {"ingress": [{"ip": AWAY}]}}}
    asked: list[int] = []
    monkeypatch.setattr(address, "get", lambda *_: [ingress])
    monkeypatch.setattr(address, "answers", lambda _, port: asked.append(port) or True)
    assert address.ingress_address("team", "mlplatform-dev") == AWAY
    assert asked == [443]
