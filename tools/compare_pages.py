"""The differences between two folders of built pages, except for where code lies: for changes no reader should see.

    XDG_CACHE_HOME=kept looplab course build --output before
    XDG_CACHE_HOME=kept looplab course build --output after
    python tools/compare_pages.py before after

With one cache, lessons with the same code are run only once, so the times they print do not differ by chance. Not
compared: the hash Sphinx keeps of its settings, and the files and lines of looplab's own code that pages name.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

IGNORED = {".buildinfo"}
TEXTS = {".css", ".html", ".ipynb", ".js", ".md", ".txt"}
PLACE = re.compile(r"looplab(?:/\w+)+\.py, lines? \d+(?: to \d+)?")
LONGEST_LINE = 160


def differences(before: Path, after: Path) -> Iterator[str]:
    """A line for each file that is only in one folder, and the lines in which texts differ."""
    old, new = (
        {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()} for folder in (before, after)
    )
    for path in sorted((old | new) - {Path(name) for name in IGNORED}):
        if path not in new:
            yield f"{path}: only before"
        elif path not in old:
            yield f"{path}: only after"
        elif path.suffix in TEXTS:
            changed = list(unified_diff(_lines(before / path), _lines(after / path), lineterm="", n=0))[2:]
            yield from (f"{path}: {line[:LONGEST_LINE]}" for line in changed if not line.startswith("@@"))
        elif (before / path).read_bytes() != (after / path).read_bytes():
            yield f"{path}: other bytes"


def _lines(path: Path) -> list[str]:
    return PLACE.sub("looplab", path.read_text(encoding="utf-8")).splitlines()


def main() -> None:
    """Print the differences; exit status 1 if there are any."""
    arguments = argparse.ArgumentParser(description="What differs between two folders of built pages.")
    arguments.add_argument("before", type=Path)
    arguments.add_argument("after", type=Path)
    given = arguments.parse_args()
    for folder in (given.before, given.after):
        if not (folder / "index.html").is_file():
            arguments.error(f"{folder}: expected a folder of built pages, got none")
    found = list(differences(given.before, given.after))
    print("\n".join(found) if found else "The pages are the same.")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
