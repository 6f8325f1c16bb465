"""The address of a stack is the one that its ingress controller gave."""

import pytest

from cluster import address
from toolchain.process import Failed


def ingress(*addresses: dict[str, str]) -> list[dict[str, object]]:
    return [{"status": {"loadBalancer": {"ingress": list(addresses)}}}]


def test_the_address_is_that_of_the_ingress(monkeypatch: pytest.MonkeyPatch) -> None:
    found = ingress({"hostname": "lb.example.com"}, {"ip": "192.168.49.2"})
    monkeypatch.setattr(address, "get", lambda *_: found)
    assert address.ingress_address("minikube", "mlplatform-dev") == "192.168.49.2"


@pytest.mark.parametrize("found", [[], ingress()])
def test_an_ingress_that_nobody_serves_is_named(
    monkeypatch: pytest.MonkeyPatch, found: list[dict[str, object]]
) -> None:
    monkeypatch.setattr(address, "get", lambda *_: found)
    with pytest.raises(Failed, match="no controller serves its class"):
        address.ingress_address("minikube", "mlplatform-dev")
