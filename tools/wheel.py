"""Say what of the sources a built wheel lacks, holds beside them, or holds otherwise.

A wheel with the same files is the same code, which its own tests ran; what is left to test in it is what depends on
where it lies. Run by `make test-wheel`: `python tools/wheel.py build/wheel/looplab-0.1.0-py3-none-any.whl`.
"""

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACES = {"src/looplab": "looplab", "course": "looplab/_course"}
"""Folders of the checkout, and where the wheel has them."""
MADE = {"__pycache__", ".ipynb_checkpoints", ".DS_Store"}


def main(wheel: Path, root: Path = ROOT) -> int:
    """Print each difference; 1 if there is one."""
    found = differences(wheel, root)
    for line in found:
        print(f"looplab: {line}", file=sys.stderr)
    return 1 if found else 0


def differences(wheel: Path, root: Path = ROOT) -> list[str]:
    """Each difference between the wheel and the sources, in a sentence."""
    sources = dict(_sources(root))
    with zipfile.ZipFile(wheel) as packed:
        names = {name for name in packed.namelist() if name.startswith("looplab/")}
        return [
            *(f"the wheel lacks {name}" for name in sorted(sources.keys() - names)),
            *(f"the wheel holds {name}, which the sources lack" for name in sorted(names - sources.keys())),
            *(
                f"the wheel holds another {name} than the sources"
                for name in sorted(names & sources.keys())
                if packed.read(name) != sources[name].read_bytes()
            ),
        ]


def _sources(root: Path) -> Iterator[tuple[str, Path]]:
    for folder, place in PLACES.items():
        for path in (root / folder).rglob("*"):
            if path.is_file() and not MADE.intersection(path.parts):
                yield f"{place}/{path.relative_to(root / folder).as_posix()}", path


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
