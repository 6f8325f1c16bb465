import json
import os
from pathlib import Path

import pytest

from images.builders import Buildah, Docker, find_builder
from toolchain.process import Failed


class Programs:
    """Programs on a PATH of their own that write down how they were called."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def add(self, name: str, *, body: str = "") -> None:
        program = self.directory / name
        log = self.directory / "calls"
        program.write_text(
            f'#!/bin/sh\necho "{name} $*" >> {log}\n'
            f'echo "$PIP_INDEX_URL" > {self.directory}/index\n{body}\n'
        )
        program.chmod(0o755)

    def calls(self) -> list[str]:
        return (self.directory / "calls").read_text().splitlines()


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", f"{directory}:/bin:/usr/bin")
    for name in ("docker", "buildah"):
        # Whatever the machine has is hidden until a test adds its own.
        (directory / name).write_text("")
    return Programs(directory)


def test_docker_is_used_where_an_engine_answers(programs: Programs) -> None:
    programs.add("docker")
    programs.add("buildah")
    assert isinstance(find_builder(), Docker)


def test_buildah_is_used_where_docker_has_no_engine(programs: Programs) -> None:
    programs.add("docker", body="exit 1")
    programs.add("buildah")
    assert isinstance(find_builder(), Buildah)


def test_without_any_builder_a_person_learns_what_to_install(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(programs.directory))
    with pytest.raises(Failed, match="start docker, or install buildah"):
        find_builder()


@pytest.mark.parametrize("builder", [Docker(), Buildah()])
def test_an_index_with_a_password_is_not_an_argument(
    builder: Docker | Buildah, programs: Programs, tmp_path: Path
) -> None:
    programs.add(builder.program, body="echo '[]'")
    index = "http://someone:secret@packages.example/simple"
    builder.build("localhost/x:1", tmp_path, {"PIP_INDEX_URL": index, "BASE": "localhost/base:1"})
    call = programs.calls()[-1]
    assert "--build-arg=PIP_INDEX_URL" in call
    assert "secret" not in call
    assert (programs.directory / "index").read_text().strip() == index


@pytest.mark.parametrize("builder", [Docker(), Buildah()])
def test_a_failed_build_shows_its_last_lines_and_what_to_do(
    builder: Docker | Buildah, programs: Programs, tmp_path: Path
) -> None:
    body = 'case $1 in build) seq 100; echo "no space left" >&2; exit 3 ;; esac; echo "[]"'
    programs.add(builder.program, body=body)
    with pytest.raises(Failed) as failure:
        builder.build("localhost/x:1", tmp_path, {})
    message = str(failure.value)
    assert "exit code 3" in message
    assert "no space left" in message
    assert " 90\n" in message
    assert " 70\n" not in message
    assert "to do: mend" in message


def test_buildah_removes_what_a_killed_build_left_on_the_same_base(
    programs: Programs, tmp_path: Path
) -> None:
    containers = [
        {"id": "ours", "imagename": "localhost/base:1"},
        {"id": "theirs", "imagename": "localhost/other:1"},
    ]
    programs.add("buildah", body=f"echo '{json.dumps(containers)}'")
    Buildah().build("localhost/x:1", tmp_path, {"BASE": "localhost/base:1"})
    assert [call for call in programs.calls() if " rm " in call] == ["buildah rm ours"]


@pytest.mark.parametrize(("listed", "size"), [("879 MB", 879_000_000), ("1.2 GB", 1_200_000_000)])
def test_buildah_tells_an_images_size(programs: Programs, listed: str, size: int) -> None:
    programs.add("buildah", body=f"echo '{json.dumps([{'size': listed}])}'")
    assert Buildah().size("localhost/x:1") == size


def test_an_archive_is_replaced_and_holds_the_images_name(
    programs: Programs, tmp_path: Path
) -> None:
    archive = tmp_path / "x.tar"
    archive.write_text("old")
    programs.add("buildah", body=f"test ! -e {archive}")
    Buildah().export("localhost/x:1", archive)
    assert programs.calls() == [
        f"buildah push localhost/x:1 docker-archive:{archive}:localhost/x:1"
    ]


def test_debian_is_made_once_for_the_same_recipe(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs.add("buildah")
    monkeypatch.setattr(Buildah, "build", lambda *_: pytest.fail("built again"))
    first, second = Buildah().debian(), Buildah().debian()
    assert first == second
    assert first is not None
    assert first.startswith("localhost/mlplatform/debian:trixie-")
    assert os.environ["PATH"].startswith(str(programs.directory))


def test_a_push_by_docker_leaves_no_second_name(programs: Programs) -> None:
    programs.add("docker")
    Docker().push("localhost/x:1", "registry.example.com/x:1")
    assert programs.calls() == [
        "docker tag localhost/x:1 registry.example.com/x:1",
        "docker push registry.example.com/x:1",
        "docker image rm registry.example.com/x:1",
    ]


@pytest.mark.parametrize(
    ("said", "published"),
    [
        ("manifest is of type application/vnd.oci.image.manifest.v1+json (not a list type)", True),
        ("reading manifest 1 in registry.example.com/x: manifest unknown", False),
    ],
)
def test_buildah_sees_a_published_image_in_what_it_calls_an_error(
    programs: Programs, said: str, published: bool
) -> None:
    programs.add("buildah", body=f'echo "Error: {said}" >&2; exit 125')
    assert Buildah().published("registry.example.com/x:1") is published


@pytest.mark.parametrize("builder", [Docker(), Buildah()])
def test_a_build_gets_the_hosts_proxies(
    builder: Docker | Buildah,
    programs: Programs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://someone:secret@proxy.example:3128")
    programs.add(builder.program, body="echo '[]'")
    builder.build("localhost/x:1", tmp_path, {})
    assert "--build-arg=HTTPS_PROXY" in programs.calls()[-1]
    assert "secret" not in programs.calls()[-1]


def test_a_build_is_repeated_once_where_the_kernel_would_not_seal_memory(
    programs: Programs, tmp_path: Path
) -> None:
    body = (
        'case $1 in build) echo "sealing memfd copy: Device or resource busy" >&2; exit 1 ;; esac'
    )
    programs.add("buildah", body=f"{body}; echo '[]'")
    with pytest.raises(Failed, match="sealing"):
        Buildah().build("localhost/x:1", tmp_path, {})
    assert sum(" build " in f" {call} " for call in programs.calls()) == 2
