"""The models that a stack serves, as settings and as objects."""

import json
from typing import Any

import pytest

from mlplatform import model_values, names, scrapes
from mlplatform.components import auth
from mlplatform.components import model as component
from mlplatform.existing import Existing
from mlplatform.problems import SettingsError
from mlplatform.values import Refused
from mlplatform_server import users
from mlplatform_server.promoter import rollout
from mlplatform_server.serving import __main__ as server
from mlplatform_server.serving import pin
from tests.infra.conftest import recorded
from tests.infra.recorder import Recording, record

ONE = {"models": "[{name: wine, alias: champion}]"}


@pytest.fixture
def models() -> Recording:
    return recorded("models")


def test_a_stack_that_serves_nothing_has_nothing_of_it(dev: Recording) -> None:
    kinds = {one.kind for one in dev.objects}
    assert not kinds & {"Role", "RoleBinding", "ServiceAccount"}
    assert [one.object["metadata"]["name"] for one in dev.of_kind("Deployment")] == [
        "mlflow-server"
    ]
    assert "models" not in dev.outputs


def test_models_are_read_with_the_defaults_of_what_is_not_said() -> None:
    one, two = model_values.models(
        """
        - name: wine-pyfile-model
          alias: champion
        - {name: Churn 2, alias: on, path: churn, host: churn.example.com, replicas: 2,
           maxReplicas: 4, resources: "requests.cpu=500m", inputLimit: 1Mi, timeout: 5,
           schemaDetails: true}
        """
    )
    assert one == model_values.Model(
        name="wine-pyfile-model",
        alias="champion",
        path="wine-pyfile-model",
        host=None,
        replicas=1,
        max_replicas=None,
        resources={},
        input_limit="10Mi",
        timeout=60,
        schema_details=False,
        requirements="strict",
    )
    assert (two.alias, two.part, two.host) == ("on", "model-churn", "churn.example.com")
    assert (two.replicas, two.max_replicas, two.timeout) == (2, 4, 5)
    assert (two.resources, two.input_limit) == ({"requests.cpu": "500m"}, "1Mi")
    assert two.schema_details


def test_a_refused_field_is_named_with_its_model() -> None:
    with pytest.raises(Refused) as refused:
        model_values.models("[{name: a, alias: b}, {name: c, alias: d, timeout: 1 minute}]")
    assert refused.value.got == "'1 minute' in model 2"
    assert refused.value.want.startswith("in its timeout a whole number")
    assert refused.value.example == "timeout: 2"


def test_pulumi_declares_neither_the_version_nor_what_an_autoscaler_counts(
    models: Recording,
) -> None:
    wine, churn = models.one("Deployment", "model-wine"), models.one("Deployment", "model-churn")
    for one in (wine, churn):
        assert pin.ANNOTATION not in one.pod["metadata"]["annotations"]
    assert wine.object["spec"]["replicas"] == 1
    assert "replicas" not in churn.object["spec"]
    bounds = models.one("HorizontalPodAutoscaler", "model-churn").object["spec"]
    assert (bounds["minReplicas"], bounds["maxReplicas"]) == (2, 4)
    assert bounds["scaleTargetRef"]["name"] == "model-churn"


def test_old_pods_serve_until_the_new_ones_do(models: Recording) -> None:
    strategy = models.one("Deployment", "model-wine").object["spec"]["strategy"]
    assert strategy["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_program_and_server_mean_the_same() -> None:
    assert component.PINNED == pin.ANNOTATION
    assert component.CONTAINER == rollout.CONTAINER
    assert scrapes.PORT == server.METRICS_PORT
    assert component.public_hosts.MODEL_PORT == server.PORT
    assert {names.MODEL_READER, names.MODEL_PROMOTER} == set(users.MACHINES)
    for user in (names.ADMIN, *users.MACHINES):
        assert auth.password_variable(user) == users.password_variable(user)


def test_a_pod_learns_its_version_from_its_own_annotation(models: Recording) -> None:
    for container in models.one("Deployment", "model-wine").containers:
        variables = {one["name"]: one for one in container["env"]}
        field = variables["MODEL_PIN"]["valueFrom"]["fieldRef"]["fieldPath"]
        assert field == f"metadata.annotations['{pin.ANNOTATION}']"


def test_the_model_itself_knows_no_way_to_mlflow_nor_to_the_store() -> None:
    direct = record(ONE | {"artifacts": "direct"}).one("Deployment", "model-wine")
    fetching, serving = direct.containers
    names = {one["name"] for one in fetching["env"]}
    assert {"MLFLOW_TRACKING_URI", "AWS_SECRET_ACCESS_KEY", "MLFLOW_S3_ENDPOINT_URL"} <= names
    assert not names & {"MODEL_TOKEN"}
    assert not {one["name"] for one in serving["env"]} & names - {
        "MODEL_PIN",
        "MODEL_DIRECTORY",
        "HOME",
        "TMPDIR",
    }


def test_each_model_has_a_token_of_its_own_where_mlflow_has_passwords(models: Recording) -> None:
    for part in ("model-wine", "model-churn"):
        deployment = models.one("Deployment", part)
        assert deployment.secrets_read["MODEL_TOKEN"] == (part, "token")
        assert len(models.secret_values[part]["token"]) >= 24
        assert deployment.pod["metadata"]["annotations"]["mlplatform/token"]
    without = record(ONE | {"auth": "false"})
    assert "model-wine" not in without.secret_values
    assert "MODEL_TOKEN" not in without.one("Deployment", "model-wine").secrets_read


def test_only_what_needs_a_login_has_it_and_the_migration_job_makes_it(models: Recording) -> None:
    def read_by(secret: str) -> set[str]:
        return {one.name for one in models.workloads if secret in json.dumps(one.pod)}

    assert read_by("auth-mlplatform-model-reader") == {
        "model-wine-deployment",
        "model-churn-deployment",
        "migration-job",
    }
    assert read_by("auth-mlplatform-promoter") == {"promoter-deployment", "migration-job"}
    assert read_by("auth-admin") == {"migration-job"}
    assert models.secret_values["auth-mlplatform-promoter"]["username"] == "mlplatform-promoter"
    fetching, _ = models.one("Deployment", "model-wine").containers
    assert "auth-mlplatform-model-reader" in json.dumps(fetching)
    job = models.one("Job", "migration").pod["metadata"]["annotations"]
    assert "mlplatform/auth-mlplatform-promoter" in job


def test_the_promoter_may_touch_the_models_and_nothing_else(models: Recording) -> None:
    role = models.one("Role", "promoter").object
    assert role["rules"] == [
        {
            "apiGroups": ["apps"],
            "resources": ["deployments"],
            "resourceNames": ["model-wine", "model-churn"],
            "verbs": ["get", "patch"],
        },
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
    ]
    binding = models.one("RoleBinding", "promoter").object
    account = models.one("ServiceAccount", "promoter").name
    assert binding["roleRef"]["name"] == role["metadata"].get("name", "promoter")
    assert [subject["kind"] for subject in binding["subjects"]] == ["ServiceAccount"]
    pod = models.one("Deployment", "promoter").pod["spec"]
    assert pod["serviceAccountName"] == binding["subjects"][0]["name"]
    assert account


def test_only_the_promoter_has_an_account(models: Recording) -> None:
    with_account = [one.name for one in models.workloads if "serviceAccountName" in one.pod["spec"]]
    assert with_account == ["promoter-deployment"]


def test_the_promoter_is_told_what_to_follow(models: Recording) -> None:
    told = json.loads(models.one("Deployment", "promoter").environment["MODELS"])
    assert told == [
        {"part": "model-wine", "name": "wine", "alias": "champion"},
        {"part": "model-churn", "name": "Churn 2", "alias": "live"},
    ]


def routes(recording: Recording) -> dict[str, tuple[str, str]]:
    """Host and path by Service."""
    found = {}
    for ingress in recording.of_kind("Ingress"):
        [rule] = ingress.object["spec"]["rules"]
        [path] = rule["http"]["paths"]
        found[path["backend"]["service"]["name"]] = (rule["host"], path["path"])
    return found


def test_models_share_a_host_or_have_one_of_their_own(models: Recording) -> None:
    found = routes(models)
    assert found["model-wine"] == ("mlflow-model.local", "/wine")
    assert found["model-churn"] == ("churn.example.com", "/")
    assert models.one("Deployment", "model-wine").environment["MODEL_PATH"] == "/wine"
    assert models.one("Deployment", "model-churn").environment["MODEL_PATH"] == ""
    assert [one["url"] for one in models.outputs["models"]] == [
        "http://mlflow-model.local/wine",
        "http://churn.example.com",
    ]


def test_a_gateway_leads_to_models_too() -> None:
    recording = record(ONE | {"gateway": "infra/public"})
    route = recording.one("HTTPRoute", "model-wine").object["spec"]
    assert route["hostnames"] == ["mlflow-model.local"]
    assert route["rules"][0]["matches"] == [{"path": {"type": "PathPrefix", "value": "/wine"}}]


def test_limits_of_a_request_reach_the_server() -> None:
    config = {"models": "[{name: wine, alias: champion, inputLimit: 2Mi, timeout: 7}]"}
    deployment = record(config).one("Deployment", "model-wine")
    assert deployment.environment["MODEL_BODY_LIMIT"] == str(2 * 2**20)
    assert deployment.environment["MODEL_TIMEOUT_S"] == "7"


@pytest.mark.parametrize(
    ("ephemeral", "enough"), [("true", range(6, 11)), ("false", range(66, 90))]
)
def test_a_pod_has_time_for_its_requests_unless_the_stack_is_ephemeral(
    ephemeral: str, enough: range
) -> None:
    """Half of it is what Kubernetes then waits before it looks at the namespace again."""
    deployment = record(ONE | {"ephemeral": ephemeral}).one("Deployment", "model-wine")
    assert deployment.pod["spec"]["terminationGracePeriodSeconds"] in enough


def test_a_stack_waits_for_the_end_of_a_model_but_not_for_its_registration(
    models: Recording,
) -> None:
    annotations = models.one("Deployment", "model-wine").object["metadata"]["annotations"]
    assert annotations["pulumi.com/waitFor"] == "jsonpath={.metadata.uid}"
    assert "pulumi.com/skipAwait" not in annotations


def test_resources_are_those_of_the_model(models: Recording) -> None:
    limits = models.one("Deployment", "model-churn").container["resources"]["limits"]
    assert limits["memory"] == "2Gi"


def test_a_model_may_bring_its_own_packages() -> None:
    given = {"models": "[{name: wine, alias: champion, requirements: venv}]"}
    named = given | {"packageIndex": "https://packages.example.com/simple"}
    fetching, installing, serving = record(named).one("Deployment", "model-wine").containers
    variables = {one["name"]: one.get("value") for one in installing["env"]}
    assert variables["UV_DEFAULT_INDEX"] == named["packageIndex"]
    paths = [one["value"] for one in serving["env"] if one["name"] == "PYTHONPATH"]
    assert paths == [variables["PYTHONPATH"]]
    assert "MLFLOW_TRACKING_PASSWORD" not in variables
    assert fetching["name"] == "fetch"
    own = record(given).one("Deployment", "model-wine").containers[1]
    assert "UV_DEFAULT_INDEX" not in {one["name"] for one in own["env"]}


def test_a_version_may_name_its_image() -> None:
    recording = record({"models": "[{name: wine, alias: champion, requirements: image}]"})
    [told] = json.loads(recording.one("Deployment", "promoter").environment["MODELS"])
    deployment = recording.one("Deployment", "model-wine")
    assert told["image"] == deployment.container["image"]


def test_only_several_pods_have_a_budget(models: Recording) -> None:
    assert [one.name for one in models.of_kind("PodDisruptionBudget")] == [
        "model-churn-disruption-budget"
    ]


def test_a_host_that_another_stack_serves_is_refused() -> None:
    from mlplatform import changes
    from mlplatform.settings import parse_settings

    existing = Existing(hosts={"mlflow-model.local": "mlplatform-other"})
    with pytest.raises(SettingsError) as refused:
        changes.refuse(parse_settings(ONE, "dev", {"minikube": True}), existing)
    found: Any = refused.value.problems
    assert [problem.key for problem in found] == ["models"]
