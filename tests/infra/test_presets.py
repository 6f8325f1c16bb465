"""The example files of presets/: each is a configuration that the program takes."""

from pathlib import Path

import pytest
import yaml

from mlplatform.keys import DEFAULTS
from tests.infra.conftest import CONFIGURATIONS, PRESETS, preset
from tests.infra.recorder import Recording, record


def test_there_is_one_for_each_way_of_use() -> None:
    assert PRESETS == ["minikube", "production", "team"]
    assert set(PRESETS) <= CONFIGURATIONS.keys(), "so that every rule of tests/infra holds for it"


@pytest.mark.parametrize("name", ["minikube", "production", "team"])
def test_it_says_how_it_is_used(name: str) -> None:
    text = (Path(__file__).parents[2] / f"presets/{name}.yaml").read_text()
    assert f"cp presets/{name}.yaml Pulumi." in text


def test_that_of_minikube_is_the_default_stack(dev: Recording) -> None:
    config = preset("minikube")
    assert config.items() <= DEFAULTS.items()
    made = {one.name: one.object for one in record(config).objects}
    assert made == {one.name: one.object for one in dev.objects}


def test_that_of_production_has_no_data_of_its_own() -> None:
    production = record(preset("production"))
    assert production.of_kind("PersistentVolumeClaim") == []
    assert production.of_kind("StatefulSet") == []
    assert len(production.of_kind("HorizontalPodAutoscaler")) == 1


def test_none_holds_a_secret() -> None:
    for name in PRESETS:
        text = (Path(__file__).parents[2] / f"presets/{name}.yaml").read_text()
        assert not {"postgresPassword", "s3SecretKey"} & set(preset(name))
        assert "secure:" not in yaml.dump(yaml.safe_load(text))
