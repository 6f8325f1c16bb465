from pathlib import Path

import pytest

from cluster.record import Record


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_a_replaced_file_comes_back_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text("the user's")
    Record("host").replace_file(file, "ours")
    Record("host").replace_file(file, "ours, newer")
    assert file.read_text() == "ours, newer"
    Record("host").restore_files()
    assert file.read_text() == "the user's"


def test_a_file_that_was_not_there_is_not_there_again(tmp_path: Path) -> None:
    Record("host").replace_file(tmp_path / "new/config", "ours")
    Record("host").restore_files()
    assert not (tmp_path / "new/config").exists()


def test_writing_the_same_again_is_no_change(tmp_path: Path) -> None:
    assert Record("host").replace_file(tmp_path / "config", "ours")
    assert not Record("host").replace_file(tmp_path / "config", "ours")


def test_a_link_comes_back_and_what_a_person_put_there_stays(tmp_path: Path) -> None:
    ours, theirs, real = tmp_path / "ours", tmp_path / "theirs", tmp_path / "real"
    real.mkdir()
    link = tmp_path / "link"
    link.symlink_to(theirs)
    Record("host").replace_link(link, ours)
    Record("host").replace_link(real, ours)
    assert link.readlink() == ours
    assert not real.is_symlink()
    Record("host").restore_files()
    assert link.readlink() == theirs
    assert real.is_dir()


def test_the_first_note_wins_and_only_the_owner_can_read_it(tmp_path: Path) -> None:
    Record("host").note("ip_forward", "0")
    Record("host").note("ip_forward", "1")
    assert Record("host").get("ip_forward") == "0"
    assert (tmp_path / "state/mlplatform/host.json").stat().st_mode & 0o077 == 0
    Record("host").forget()
    assert not Record("host").exists()
