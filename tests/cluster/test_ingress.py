from typing import Any

import pytest
import yaml

from cluster import ingress
from cluster.kind import Kind
from toolchain.process import Failed


def test_the_ingress_says_the_address_of_the_node_where_it_is() -> None:
    """Kubernetes puts in what is named in $(...), and leaves alone what it does not know."""
    [deployment] = [
        found for found in yaml.safe_load_all(ingress._manifest()) if found["kind"] == "Deployment"
    ]
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert "--providers.kubernetesingress.ingressendpoint.ip=$(NODE_ADDRESS)" in container["args"]
    [variable] = [entry for entry in container["env"] if entry["name"] == "NODE_ADDRESS"]
    assert variable["valueFrom"] == {"fieldRef": {"fieldPath": "status.hostIP"}}


def test_beside_minikubes_own_addon_the_setting_that_uses_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def get(_context: str, kind: str, *_: str) -> list[dict[str, Any]]:
        return [{"metadata": {"name": "ingress-nginx"}}] if kind == "namespace" else []

    monkeypatch.setattr(ingress, "get", get)
    with pytest.raises(Failed, match="pulumi config set ingressClass nginx"):
        ingress.install(Kind.MINIKUBE, "minikube")
