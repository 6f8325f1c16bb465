import hashlib
import json
import subprocess
import tarfile
from pathlib import Path

from cluster.archive import ScratchImage, write


def test_an_archive_is_one_that_docker_load_reads(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(b"static")
    program.chmod(0o755)
    image = ScratchImage(
        name="registry.example/etcd:1",
        files={"/usr/local/bin/etcd": program},
        links={"/bin/etcd": "/usr/local/bin/etcd"},
        entrypoint=["/usr/local/bin/etcd"],
        user="10001:10001",
    )
    write(image, tmp_path / "image.tar")
    (tmp_path / "out").mkdir()
    subprocess.run(["tar", "--extract", "--file=../image.tar"], check=True, cwd=tmp_path / "out")
    [manifest] = json.loads((tmp_path / "out/manifest.json").read_text())
    assert manifest["RepoTags"] == ["registry.example/etcd:1"]
    config = json.loads((tmp_path / "out" / manifest["Config"]).read_text())
    assert config["config"]["User"] == "10001:10001"
    layer = tmp_path / "out" / manifest["Layers"][0]
    assert config["rootfs"]["diff_ids"] == [
        f"sha256:{hashlib.sha256(layer.read_bytes()).hexdigest()}"
    ]
    with tarfile.open(layer) as content:
        assert content.getmember("usr/local/bin/etcd").mode & 0o111
        assert content.getmember("bin/etcd").linkname == "/usr/local/bin/etcd"
    assert not (tmp_path / "image.layer").exists()


def test_the_same_files_make_the_same_archive(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(b"static")
    image = ScratchImage(name="a:1", files={"/program": program})
    archives = [tmp_path / "one.tar", tmp_path / "two.tar"]
    for archive in archives:
        program.touch()
        write(image, archive)
    layers = []
    for archive in archives:
        with tarfile.open(archive) as opened:
            layer = opened.extractfile("layer.tar")
            assert layer is not None
            layers.append(layer.read())
    assert layers[0] == layers[1]
