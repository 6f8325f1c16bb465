from typing import Any

from mlplatform import clashes
from mlplatform.settings import parse_settings

SETTINGS = parse_settings({}, "pr-1", ["minikube"])


def ingress(namespace: str, host: str) -> dict[str, Any]:
    return {"metadata": {"namespace": namespace}, "spec": {"rules": [{"host": host}]}}


def test_a_host_of_another_namespace_is_refused_by_name() -> None:
    [problem] = clashes.host_problems(
        SETTINGS, [ingress("mlplatform-pr-2", "mlflow-minio.pr-1.local")]
    )
    assert problem.key == "minioHost"
    assert "mlplatform-pr-2" in problem.got


def test_the_hosts_of_the_stack_itself_are_no_clash() -> None:
    own = [ingress("mlplatform-pr-1", host) for host in ("mlflow-server.pr-1.local", "x.y")]
    assert clashes.host_problems(SETTINGS, own) == []


def test_other_hosts_of_other_namespaces_are_no_clash() -> None:
    others = [ingress("mlplatform-dev", "mlflow-server.local"), ingress("shop", "shop.local")]
    assert clashes.host_problems(SETTINGS, others) == []
