"""The README says what is; what can be checked of that is checked here."""

import re
from pathlib import Path

import yaml

from cluster.bare.host import PACKAGES
from toolchain import programs

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_tables_of_settings_are_those_of_the_schema() -> None:
    schema = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    rows = [
        f"| `{key}` | `{entry['default']}` | {entry['description']} |"
        for key, entry in schema.items()
        if not key.startswith("pulumi:")
    ]
    tables = README.split("| Key | Default | What it is |\n|---|---|---|\n")[1:]
    found = [row for table in tables for row in table.partition("\n\n")[0].splitlines()]
    assert sorted(found) == sorted(rows)


def test_the_table_of_changes_has_every_setting_once() -> None:
    schema = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    table = README.partition("| Key | On a filled stack |\n")[2].partition("\n\n")[0]
    first_cells = [line.split("|")[1] for line in table.splitlines()]
    keys = re.findall(r"`(\w+)`", "".join(first_cells))
    assert sorted(keys) == sorted(key for key in schema if not key.startswith("pulumi:"))


def test_every_package_that_is_installed_is_listed() -> None:
    assert ", ".join(f"`{name}`" for name in PACKAGES) in README


def test_every_make_target_in_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = set(re.findall(r"`make (?:-s )?([a-z-]+)", README))
    assert named <= targets
    assert targets - {"help"} <= named


def test_every_version_that_is_built_is_named() -> None:
    versions = {"pulumi": "3.259.0", "minikube": "1.38.1"}
    versions["Kubernetes"] = programs.KUBERNETES_VERSION.removeprefix("v")
    for name, version in versions.items():
        assert re.search(rf"^\|.*{name}.*\|.*{re.escape(version)}", README, re.M | re.I), name


def test_the_mlflow_of_the_client_is_the_servers() -> None:
    pin = re.compile(r"^mlflow==(\S+)", re.M)
    client = pin.search((ROOT / "requirements.txt").read_text())
    server = pin.search((ROOT / "images/mlflow/requirements.txt").read_text())
    assert client is not None
    assert server is not None
    assert client[1] == server[1]
