"""What may be installed is written down with its hashes, and the audit never takes silence for a clean bill."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HASHED = ROOT / "requirements"

pytestmark = pytest.mark.checkout


def pinned(path: Path) -> dict[str, list[str]]:
    """Of each requirement in a file, the hashes that it allows."""
    entries = re.split(r"\n(?=[A-Za-z])", path.read_text().partition("\n")[2])
    return {entry.split(" ")[0].split("\n")[0]: re.findall(r"--hash=sha256:([0-9a-f]{64})", entry) for entry in entries}


@pytest.mark.parametrize("name", sorted(path.name for path in HASHED.glob("*.txt")))
def test_every_package_is_pinned_with_hashes(name: str) -> None:
    entries = pinned(HASHED / name)
    assert entries
    assert all("==" in requirement and hashes for requirement, hashes in entries.items())


def test_pip_and_uv_are_given_the_same_versions() -> None:
    for_uv = set(pinned(HASHED / "all.txt"))
    for_pip = set((ROOT / "constraints.txt").read_text().splitlines()[1:])
    assert for_pip <= for_uv


def test_everything_that_is_asked_for_is_pinned() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    asked += [name for names in project["project"]["optional-dependencies"].values() for name in names]
    known = {requirement.partition("==")[0] for requirement in pinned(HASHED / "all.txt")} | {"looplab"}
    names = {re.split(r"[\[<>=~ ]", requirement)[0].lower() for requirement in asked}
    assert names <= known
    built_by = {re.split(r"[<>=~ ]", name)[0] for name in project["build-system"]["requires"]}
    assert built_by <= {requirement.partition("==")[0] for requirement in pinned(HASHED / "build.txt")}


def test_a_file_of_another_hash_is_refused(tmp_path: Path) -> None:
    uv = shutil.which("uv") or shutil.which("uv", path=str(ROOT / ".tools/uv/bin"))
    assert uv is not None, "make puts uv into .tools"
    with zipfile.ZipFile(tmp_path / "altered-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("altered-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: altered\nVersion: 1.0\n")
        wheel.writestr("altered-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("altered-1.0.dist-info/RECORD", "")
    (tmp_path / "pins.txt").write_text(f"altered==1.0 --hash=sha256:{'0' * 64}\n")
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, tmp_path / "env"], check=True)
    command: list[str | Path] = [uv, "pip", "install", "-p", tmp_path / "env", "--offline", "--no-index", "--no-cache"]
    command += ["--find-links", tmp_path, "-c", tmp_path / "pins.txt", "altered"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
    said = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert said.returncode != 0
    assert "ash mismatch" in said.stderr


def audited(tmp_path: Path, *, prints: str) -> subprocess.CompletedProcess[str]:
    """What the audit makes of an auditor's words."""
    (tmp_path / "words").write_text(prints)
    auditor = tmp_path / "auditor"
    auditor.write_text(f"#!/bin/sh\ncat '{tmp_path / 'words'}'\n")
    auditor.chmod(0o755)
    command: list[str | Path] = [sys.executable, ROOT / "tools" / "audit.py", auditor, "pins.txt"]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_audit_names_what_is_known_against_a_version(tmp_path: Path) -> None:
    advisory = {"id": "PYSEC-1", "fix_versions": ["1.1"]}
    packages = [
        {"name": "weak", "version": "1.0", "vulns": [advisory]},
        {"name": "fine", "version": "1.0", "vulns": []},
        {"name": "new", "skip_reason": "not found"},
    ]
    said = audited(tmp_path, prints=json.dumps({"dependencies": packages}))
    assert said.returncode == 1
    assert said.stdout == (
        "weak 1.0: PYSEC-1, mended in 1.1\n2 packages audited, 1 unknown to the database, advisories: 1\n"
    )


@pytest.mark.parametrize("words", ["", '{"dependencies": [{"name": "a", "skip_reason": "not found"}]}', "{}", "[]"])
def test_an_audit_that_could_ask_nobody_says_so(tmp_path: Path, words: str) -> None:
    said = audited(tmp_path, prints=words)
    assert said.returncode == 2
    assert re.search("could not ask|could be reached", said.stdout)
