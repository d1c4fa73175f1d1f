"""Write down what may be installed: the versions that were tested, each with the hashes of its files.

`constraints.txt` holds the versions of this environment, for pip. `requirements/` holds them again with hashes, for uv,
which refuses a file of another hash: everything looplab needs on any platform, the tools that build it, uv itself, and
the auditor. Run by `make constraints`.
"""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PINS, HASHED = ROOT / "constraints.txt", ROOT / "requirements"
OLDEST_PYTHON = "3.11.5"
TOOLS = {"build": "hatchling", "uv": "uv", "audit": "pip-audit"}


def main(uv: str) -> None:
    """Write all files anew."""
    frozen = _output(uv, "pip", "freeze", "-p", sys.executable, "--exclude-editable")
    pins = re.sub(r"\+[a-z0-9.]*$", "", frozen, flags=re.MULTILINE)
    PINS.write_text(f"# The versions that were tested, for pip: -c constraints.txt\n{pins}")
    HASHED.mkdir(exist_ok=True)
    everything = ["pyproject.toml", "--extra", "course", "--extra", "bench", "--group", "dev", "-c", str(PINS)]
    hashed = _with_hashes(uv, *everything)
    for wheel in _local_wheels():
        hashed = _also(hashed, wheel)
    _write("all.txt", "what looplab needs, including its tests and benchmarks", hashed)
    for name, package in TOOLS.items():
        _write(f"{name}.txt", f"{package} and what it needs", _with_hashes(uv, "-", asked=f"{package}\n"))


def _with_hashes(uv: str, *arguments: str, asked: str = "") -> str:
    """Versions and hashes for all platforms, as the package index has them."""
    options = ["--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes", "--no-header", "--no-annotate"]
    return _output(uv, "pip", "compile", "-q", "-p", sys.executable, *options, *arguments, asked=asked)


def _local_wheels() -> list[Path]:
    """The wheels pip is configured to find besides the index, such as torch's for machines without a GPU."""
    folders = os.environ.get("PIP_FIND_LINKS", "").split()
    return [wheel for folder in folders if Path(folder).is_dir() for wheel in sorted(Path(folder).glob("*.whl"))]


def _also(hashed: str, wheel: Path) -> str:
    """Also allow a wheel if it has the pinned version."""
    name, version = wheel.name.split("-")[:2]
    line = f"{name.replace('_', '-').lower()}=={version.partition('+')[0]} \\\n"
    with wheel.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return hashed.replace(f"\n{line}", f"\n{line}    --hash=sha256:{digest} \\\n")


def _write(name: str, what: str, content: str) -> None:
    head = f"# {what[0].upper()}{what[1:]}, with the hashes of all their files. `make constraints` writes it.\n"
    (HASHED / name).write_text(head + content)


def _output(*command: str, asked: str = "") -> str:
    without_links = {name: value for name, value in os.environ.items() if name != "UV_FIND_LINKS"}
    done = subprocess.run(command, input=asked, capture_output=True, text=True, cwd=ROOT, env=without_links)
    if done.returncode != 0:
        sys.exit(f"looplab: {' '.join(command[:3])} failed:\n{done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    main(sys.argv[1])
