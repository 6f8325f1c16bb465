import pytest

from policy.pip_audit.__main__ import _told


def test_what_could_not_be_asked_about_is_not_called_clean(
    capsys: pytest.CaptureFixture[str],
) -> None:
    flaw = {"id": "PYSEC-1", "fix_versions": ["2"], "aliases": [], "description": ""}
    packages = [
        {"name": "old", "version": "1", "vulns": [flaw]},
        {"name": "sound", "version": "1", "vulns": []},
        {"name": "unknown", "skip_reason": "not found"},
    ]
    assert _told("a.lock", packages) == 1
    said = capsys.readouterr()
    assert "1 known flaws in 3 packages of a.lock; 1 could not be asked about" in said.out
    assert "old 1: PYSEC-1, fixed in 2" in said.err
