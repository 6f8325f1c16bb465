"""Which contexts are found."""

import os
from pathlib import Path

import pytest

from mlplatform.kubeconfig import KubeconfigError, contexts


def written(path: Path, *names: str) -> str:
    path.write_text("contexts:\n" + "".join(f"- name: {name}\n" for name in names))
    return str(path)


def test_contexts_of_all_listed_files_are_found_once_each(tmp_path: Path) -> None:
    files = [written(tmp_path / "a", "minikube", "kind"), written(tmp_path / "b", "kind", "eks")]
    environment = {"KUBECONFIG": os.pathsep.join([*files, str(tmp_path / "missing"), ""])}
    assert list(contexts(environment)) == ["minikube", "kind", "eks"]


def test_a_minikube_is_known_by_its_own_mark(tmp_path: Path) -> None:
    mark = "extensions: [{name: context_info, extension: {provider: minikube.sigs.k8s.io}}]"
    other = "extensions: [{name: other, extension: {}}]"
    (tmp_path / "config").write_text(
        f"contexts: [{{name: ours, context: {{{mark}}}}}, {{name: minikube, context: {{{other}}}}}]"
    )
    found = contexts({"KUBECONFIG": str(tmp_path / "config")})
    assert found == {"ours": True, "minikube": False}


@pytest.mark.parametrize("environment", [{}, {"KUBECONFIG": ""}])
def test_without_the_variable_the_users_own_file_is_read(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert contexts(environment) == {}
    (tmp_path / ".kube").mkdir()
    written(tmp_path / ".kube" / "config", "minikube")
    assert list(contexts(environment)) == ["minikube"]


@pytest.mark.parametrize("content", ["", "contexts: null", "kind: Config"])
def test_a_file_without_contexts_has_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "config").write_text(content)
    assert contexts({"KUBECONFIG": str(tmp_path / "config")}) == {}


@pytest.mark.parametrize(
    "content", ["contexts: [", "contexts: [{}]", "contexts: [1]", "[]", "x", "\0"]
)
def test_a_file_that_is_no_kubeconfig_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "config").write_text(content)
    with pytest.raises(KubeconfigError, match="config cannot be read"):
        contexts({"KUBECONFIG": str(tmp_path / "config")})
