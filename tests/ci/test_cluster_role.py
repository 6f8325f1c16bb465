"""The rights that ci/cluster-role.yaml gives, against what a stack is made of."""

from pathlib import Path

import pytest
import yaml

from front_door.leftovers import images
from mlplatform.components import pod_monitors
from mlplatform.existing import Existing
from mlplatform.recording import Declared
from tests.infra.conftest import CONFIGURATIONS, recorded
from tests.infra.recorder import record

ROLE = yaml.safe_load((Path(__file__).parents[2] / "ci/cluster-role.yaml").read_text())
TO_MANAGE = {"get", "list", "watch", "create", "patch", "delete"}


def rights(group: str, resource: str) -> set[str]:
    return {
        verb
        for rule in ROLE["rules"]
        if group in rule["apiGroups"] and resource in rule["resources"]
        for verb in rule["verbs"]
    }


def resource_of(one: Declared) -> tuple[str, str]:
    group, _, version = one.object["apiVersion"].rpartition("/")
    assert version == "v1" or (group, version) == ("autoscaling", "v2")
    plural = f"{one.kind.lower()}es" if one.kind.endswith("ss") else f"{one.kind.lower()}s"
    return group, plural.replace("policys", "policies")


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_the_role_may_manage_every_kind_of_object_that_a_stack_has(configuration: str) -> None:
    for one in recorded(configuration).objects:
        assert rights(*resource_of(one)) >= TO_MANAGE, one.kind


def test_the_role_may_manage_what_only_some_settings_make() -> None:
    gateway = {"gateway": "infra/public", "serviceAccountAnnotations": "a=b"}
    cert_manager = {"tls": "cert-manager"}
    operator = Existing(offers=lambda api: api == pod_monitors.API)
    monitored = record({"monitoring": "scrape"}, existing=operator)
    runs = (record(gateway), record(cert_manager), monitored)
    for one in (one for run in runs for one in run.objects):
        assert rights(*resource_of(one)) >= TO_MANAGE, one.kind


def test_the_role_may_look_for_all_that_names_an_image() -> None:
    for resource in images.HOLDERS.split(","):
        assert any(rights(group, resource) >= {"get", "list"} for group in ("", "apps", "batch"))


def test_the_role_gives_nothing_away_of_what_belongs_to_the_cluster() -> None:
    for resource in ("nodes", "persistentvolumes"):
        assert rights("", resource) <= {"get", "list", "watch"}
    assert not rights("rbac.authorization.k8s.io", "clusterroles")
