"""Asks for known flaws of MinIO as it is built here: each has its answer in minio.toml, or is new.

The Go project's database comes as a Go module, as old as the version that module/go.mod pins.
"""

import json
import os
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from toolchain import build, go, programs
from toolchain.process import Failed, run, say
from toolchain.programs import Program

_HERE = Path(__file__).resolve().parent
PROGRAM = Program(
    name="govulncheck",
    processor_s=60,
    # Beside this file, not among what users build; the path is one from toolchain/modules.
    module="../../policy/govulncheck/module",
)
DATABASE = "golang.org/x/vulndb"


def main() -> int:
    """Print what has no answer, and answers that are no longer needed; return how many."""
    build.ensure([PROGRAM, programs.MINIO])
    tools = build.directory(PROGRAM) / "bin"
    minio = build.directory(programs.MINIO) / "bin/minio"
    with tempfile.TemporaryDirectory() as database:
        run([tools / "indexdb", f"-vulns={_reports()}", f"-out={database}"], timeout=120)
        scan = [tools / "govulncheck", "-mode=binary", f"-db=file://{database}", "-format=json"]
        found = _found(run([*scan, minio], timeout=300))
    answers: dict[str, str] = tomllib.loads((_HERE / "minio.toml").read_text())
    new, old = sorted(found.keys() - answers.keys()), sorted(answers.keys() - found.keys())
    for name in new:
        say(f"{name}: {found[name]}")
    for name in old:
        say(f"{name}: is answered, and no longer found")
    print(f"govulncheck: {len(found)} known flaws in MinIO, {len(new)} of them without an answer")
    return len(new) + len(old)


def _reports() -> Path:
    """The database's module, checked against go.sum."""
    compiler = go.own() or go.from_wheel(build.directory(programs.GO))
    environment = dict(os.environ) | {"GOMODCACHE": str(go.caches() / "modules")}
    download = [compiler, "mod", "download", "-json", DATABASE]
    printed = run(download, timeout=600, env=environment, cwd=_HERE / "module")
    return Path(json.loads(printed)["Dir"]) / "data/osv"


def _found(printed: str) -> dict[str, str]:
    """Module and first version without it, by flaw."""
    findings = (message["finding"] for message in _messages(printed) if "finding" in message)
    return {
        one["osv"]: f"{one['trace'][0]['module']}, fixed in {one.get('fixed_version', 'none')}"
        for one in findings
    }


def _messages(text: str) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder()
    while text := text.lstrip():
        message, end = decoder.raw_decode(text)
        yield message
        text = text[end:]


if __name__ == "__main__":
    try:
        sys.exit(1 if main() else 0)
    except Failed as failure:
        sys.exit(str(failure))
