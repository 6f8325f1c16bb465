from pathlib import Path

import pytest
import yaml

from mlplatform_server.serving.requirements import differences

INSTALLED = {"scikit-learn": "1.9.1", "torch": "2.9.0+cpu", "xgboost": None}


def found(
    directory: Path, requirements: str | None = None, python: str = "3.13.5", **flavors: object
) -> list[str]:
    all_flavors = {"python_function": {"python_version": "3.13.1"}, **flavors}
    (directory / "MLmodel").write_text(yaml.safe_dump({"flavors": all_flavors}))
    if requirements is not None:
        (directory / "requirements.txt").write_text(requirements)
    return differences(directory, python, INSTALLED.get)


def test_the_same_packages_are_accepted(tmp_path: Path) -> None:
    assert found(tmp_path, "mlflow==3.17.2\nscikit-learn==1.9.1\n", sklearn={}) == []


def test_another_python_is_refused_but_not_another_patch_of_it(tmp_path: Path) -> None:
    assert found(tmp_path, python="3.13.9") == []
    assert found(tmp_path, python="3.12.1") == ["it was made with Python 3.13, this is 3.12"]


def test_another_version_of_the_flavours_package_is_refused_by_name(tmp_path: Path) -> None:
    requirements = "numpy==1.0\nscikit_learn==1.5.0 # pinned\n"
    assert found(tmp_path, requirements, sklearn={}) == [
        "it needs scikit_learn==1.5.0, this is 1.9.1"
    ]


def test_a_package_that_is_not_there_is_named(tmp_path: Path) -> None:
    requirements = "xgboost==3.1.0\n"
    assert found(tmp_path, requirements, xgboost={}) == [
        "it needs xgboost==3.1.0, which is not installed"
    ]


def test_what_the_flavour_recorded_counts_where_the_requirements_are_silent(tmp_path: Path) -> None:
    for requirements in (None, "-r other.txt\n--index-url https://a.example.com\n"):
        refused = found(tmp_path, requirements, sklearn={"sklearn_version": "1.4.2"})
        assert refused == ["it needs scikit-learn==1.4.2, this is 1.9.1"]


@pytest.mark.parametrize("pin", ["torch==2.9.0", "torch>=2.8,<3", "torch"])
def test_what_fits_a_requirement_is_accepted(tmp_path: Path, pin: str) -> None:
    assert found(tmp_path, pin, pytorch={}) == []


def test_other_packages_are_mlflows_to_warn_of(tmp_path: Path) -> None:
    assert found(tmp_path, "pandas==0.1\nscikit-learn==1.9.1", sklearn={}, canary={}) == []
