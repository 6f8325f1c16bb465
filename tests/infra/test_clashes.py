import pytest

from mlplatform import clashes
from mlplatform.existing import Existing
from mlplatform.settings import parse_settings

SETTINGS = parse_settings({}, "pr-1", {"minikube": True})
NAMESPACE = "mlplatform-pr-1"


def test_a_host_of_another_namespace_is_refused_by_name() -> None:
    [problem] = clashes.host_problems(SETTINGS, {"mlflow-minio.pr-1.local": "mlplatform-pr-2"})
    assert problem.key == "minioHost"
    assert "mlplatform-pr-2" in problem.got


def test_the_hosts_of_the_stack_itself_are_no_clash() -> None:
    own: dict[str, str] = {"mlflow-server.pr-1.local": NAMESPACE, "x.y": NAMESPACE}
    assert clashes.host_problems(SETTINGS, own) == []


def test_other_hosts_of_other_namespaces_are_no_clash() -> None:
    others = {"mlflow-server.local": "mlplatform-dev", "shop.local": "shop"}
    assert clashes.host_problems(SETTINGS, others) == []


@pytest.mark.parametrize(
    "existing",
    [
        pytest.param(Existing(), id="a new stack"),
        pytest.param(Existing(owners={NAMESPACE: "us"}, runs=True), id="its own"),
        pytest.param(Existing(owners={NAMESPACE: ""}), id="half made, and given free"),
        pytest.param(Existing(owners={NAMESPACE: "them"}, durable=True), id="left by a durable"),
        pytest.param(Existing(owners={"mlplatform-dev": "them"}), id="beside others"),
    ],
)
def test_a_namespace_of_its_own_or_of_nobody_is_taken(existing: Existing) -> None:
    assert clashes.refuse_anothers("pr-1", existing, "us") == "us"


@pytest.mark.parametrize(
    "existing",
    [
        pytest.param(Existing(owners={NAMESPACE: "them"}, runs=True), id="ephemeral"),
        pytest.param(Existing(owners={NAMESPACE: "them"}, runs=True, durable=True), id="durable"),
        pytest.param(Existing(owners={NAMESPACE: "them"}), id="ephemeral, half made"),
        pytest.param(Existing(owners={NAMESPACE: ""}, runs=True), id="given free, still there"),
    ],
)
def test_a_namespace_of_another_state_is_refused_with_the_way_on(existing: Existing) -> None:
    with pytest.raises(clashes.NotOurs, match="make down STACK=pr-1"):
        clashes.refuse_anothers("pr-1", existing, "us")


def test_a_renamed_stack_is_refused_with_its_old_name() -> None:
    existing = Existing(owners={"mlplatform-old": "us"})
    with pytest.raises(clashes.NotOurs, match="pulumi stack rename old"):
        clashes.refuse_anothers("pr-1", existing, "us")
