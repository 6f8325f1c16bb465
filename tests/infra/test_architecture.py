"""Which machines an image is for."""

import pytest

from mlplatform import architecture, changes, existing
from mlplatform.architecture import Node
from mlplatform.existing import Existing
from mlplatform.problems import SettingsError
from mlplatform.settings import Settings, parse_settings
from tests.infra.recorder import record

REGISTRY = {"imageRegistry": "registry.example.com/team"}
AMD64 = Node(architecture="amd64", labels={"kubernetes.io/arch": "amd64"})
ARM64 = Node(architecture="arm64", labels={"kubernetes.io/arch": "arm64", "pool": "ml"})


def settings(**config: str) -> Settings:
    return parse_settings(config, "dev", {"minikube": True})


def test_the_nodes_are_read_with_what_selects_them() -> None:
    metadata = {"name": "n", "labels": ARM64.labels}
    found = {"kind": "Node", "metadata": metadata}
    found["status"] = {"nodeInfo": {"architecture": "arm64"}}
    assert existing.read("mlplatform-dev", [], [found], lambda _: False).nodes == [ARM64]


def test_the_nodes_decide_which_images_a_stack_has() -> None:
    recording = record(REGISTRY, existing=Existing(nodes=[ARM64, ARM64]))
    images = {one.container["image"] for one in recording.workloads}
    assert {image.rpartition("-")[2] for image in images} == {"arm64"}


@pytest.mark.parametrize(
    ("config", "nodes", "image"),
    [
        (REGISTRY, [AMD64], "amd64"),
        ({**REGISTRY, "nodeSelector": "pool=ml"}, [AMD64, ARM64], "arm64"),
        (REGISTRY, [], None),
        ({}, [ARM64], None),
    ],
    ids=["its nodes", "those that may run it", "nodes not to be seen", "images of the machine"],
)
def test_the_architecture_is(config: dict[str, str], nodes: list[Node], image: str | None) -> None:
    assert architecture.of(settings(**config), nodes) == image


def test_nodes_of_two_architectures_are_refused_with_what_chooses_among_them() -> None:
    with pytest.raises(SettingsError, match=r"kubernetes\.io/arch=amd64"):
        changes.refuse(settings(**REGISTRY), Existing(nodes=[ARM64, AMD64]))
