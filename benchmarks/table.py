"""Render the measured table of README.md from benchmarks/results/replicas.json, between two marker lines.

`--check` changes nothing and exits with status 1 if the table is not what the JSON says.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "[//]: # (measured: begin)", "[//]: # (measured: end)"
RIVALS = {
    "looplab": "looplab",
    "jax": "JAX `jit(vmap(scan))`",
    "torch.compile": "`torch.func` and `torch.compile`",
    "torch.func": "`torch.func`",
    "scikit-learn": "scikit-learn",
    "pytorch": "PyTorch loop",
}


def render(report: Mapping[str, Any]) -> str:
    """The table, and a sentence on how it was measured."""
    works = report["works"]
    lines = [
        "| µs per replica and step | " + " | ".join(works) + " |",
        "|---|" + "---:|" * len(works),
    ]
    for name, title in RIVALS.items():
        cells = [_cell(result, name) for result in works.values()]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    about = report["versions"]
    where = f"{about['cores']} cores ({about['processor']})"
    rivals = f"PyTorch {about['torch']}, JAX {about['jax']} and scikit-learn {about['scikit-learn']}"
    return "\n".join(
        [
            *lines,
            "",
            f"Medians on {where} with {rivals}, in turns; in brackets how many times faster looplab is.",
            "`make bench` measures again; benchmarks/results/replicas.json holds every number.",
        ]
    )


def _cell(result: Mapping[str, Any], name: str) -> str:
    each = result["microseconds per replica and step"]
    if name not in each:
        return "not measured"
    times = result["times faster than"].get(name)
    return f"{each[name]:.3g}" if times is None else f"{_plain(each[name])} ({_plain(times)}×)"


def _plain(value: float) -> str:
    """Two or three significant digits, without an exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 10 else f"{value:.0f}"


def replaced(text: str, table: str) -> str:
    """The text with the table between the markers.

    Raises:
        ValueError: the markers are not there, each once.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"expected the lines '{BEGIN}' and '{END}', each once")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.split(END)[1]}"


def main() -> None:
    """Write the table into README.md, or check that it is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 if the table is out of date")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "results" / "replicas.json")
    parser.add_argument("--readme", type=Path, default=ROOT / "README.md")
    options = parser.parse_args()
    text = options.readme.read_text(encoding="utf-8")
    try:
        wanted = replaced(text, render(json.loads(options.results.read_text(encoding="utf-8"))))
    except (OSError, ValueError) as error:
        sys.exit(f"{options.readme}: {error}")
    if options.check and wanted != text:
        sys.exit(f"{options.readme}: the table is not what {options.results} says; run python benchmarks/table.py")
    if not options.check:
        options.readme.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    main()
