"""Render the measured tables of README.md and docs from benchmarks/results, each between two marker lines.

`--check` changes nothing and exits with status 1 if a table differs from the JSON.
"""

import argparse
import json
import sys
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from claim_tables import claim_stability
from comparison_tables import compare_coverage, compare_honesty, compare_tables
from doctor_tables import doctor_alarms, doctor_peers, doctor_recall, doctor_watch
from scale_tables import compare_scale
from sklearn_tables import sklearn_mlp

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
MEAN_OF_MEANS = "the mean of the parts' means"
RIVALS = {
    "looplab": "looplab, `partial(mlp, …)`",
    "looplab, any function": "looplab, any other function",
    "jax": "JAX `jit(vmap(scan))`",
    "torch.compile": "`torch.func` and `torch.compile`",
    "torch.func": "`torch.func`",
    "scikit-learn": "scikit-learn",
    "pytorch": "PyTorch loop",
}


def replicas(report: Mapping[str, Any]) -> str:
    """How fast networks train: the table, and a sentence on how it was measured."""
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
            f"Medians on {where} with {rivals}, in turns; in brackets, how many times faster looplab is.",
            *_calls(report),
            "`make bench` measures again; benchmarks/results/replicas.json holds every number.",
        ]
    )


def _calls(report: Mapping[str, Any]) -> list[str]:
    """What the first call costs, and how the time depends on the replicas; a quick run leaves this out."""
    if "first calls" not in report:
        return []
    first = {process: times["first call seconds"] for process, times in report["first calls"].items()}
    counts = report["scaling on moons"]
    each = [f"{row['microseconds per replica and step']:.2f} with {row['replicas']:,}" for row in counts]
    ever, later = first["first ever"], first["later process"]
    return [
        f"The first call on a machine compiles the kernels in {ever:.1f} s; in a later process it takes {later:.2f} s.",
        "In a clone, `make learn` and `make test` have compiled them already.",
        f"Replicas share the fixed cost of a call: on the moons a step takes {', '.join(each)} replicas.",
    ]


def plain_numba(report: Mapping[str, Any]) -> str:
    """What the engine's own compiler buys, and what compiling takes."""
    works, first = report["works"], report["first calls"]
    spent = {name: result["microseconds of one core per replica and step"] for name, result in works.items()}
    lines = ["| | " + " | ".join(works) + " |", "|---|" + "---:|" * len(works)]
    for name, title in (("fused", "the engine"), ("plain", "plain numba")):
        cells = [f"{each[name]['median']:.3g}" for each in spent.values()]
        lines.append(f"| {title}, µs of one core per replica and step | " + " | ".join(cells) + " |")
    ratios = [f"{result['plain divided by fused']:.2f}" for result in works.values()]
    lines.append("| plain divided by the engine | " + " | ".join(ratios) + " |")
    for name, title in (("fused", "the engine"), ("plain", "plain numba")):
        cells = [f"{first[name][work]:.2g}" for work in works]
        lines.append(f"| {title}, s of the first call in a process, nothing cached | " + " | ".join(cells) + " |")
    about, turns = report["versions"], next(iter(works.values()))["turns"]
    return "\n".join(
        [
            *lines,
            "",
            f"Medians of {turns} turns on one thread of an {about['processor']} (LLVM's {report['llvm']})",
            f"with numba {about['numba']}; the ratio is the median within a turn. `make bench` measures again;",
            "benchmarks/results/plain_numba.json holds every number.",
        ]
    )


def resume_kills(report: Mapping[str, Any]) -> str:
    """How often a training was killed, and what came of it."""
    kills, runs, differ = report["kills"], report["runs"], report["runs_that_differ"]
    return "\n".join(
        [
            f"Tried: {runs} trainings of {report['steps']} steps, by `train` and by each backend of `train_many`, with",
            f"dropout, Adam and a schedule, were killed {kills} times at random instants; {differ or 'none'} ended",
            "otherwise than a run nobody disturbed. `benchmarks/resume_kills.py` does it again.",
        ]
    )


def shared_training(report: Mapping[str, Any]) -> str:
    """How near several processes come to one, and what a step of theirs takes."""
    worst, line, steps = report["largest difference"], report["all-reduce, fitted"], report["seconds a step"]
    narrow = report["mean loss of the last epoch, by seed"]
    count, about = report["processes"], report["versions"]
    losses = [sum(narrow[name]) / len(narrow[name]) for name in ("float32", "bfloat16")]
    rows = [
        ("one process", "one process"),
        (f"{count} processes, DDP", "ddp"),
        ("the same, as the model has it", "model"),
        (f"{count} processes, FSDP2", "fsdp"),
    ]
    widths = steps["by width"]
    table = [
        "| ms a step | " + " | ".join(f"{each['parameters']:,.0f} parameters" for each in widths.values()) + " |",
        "|---|" + "---:|" * len(widths),
        *(
            f"| {title} | " + " | ".join(_plain(1e3 * each[name]) for each in widths.values()) + " |"
            for title, name in rows
        ),
    ]
    nearness = (
        f"After {report['steps']} steps of Adam on the digits, over {report['seeds']} seeds, no parameter is further "
        f"from that of one process than about {worst['ddp']:.0e} with DDP and {worst['fsdp']:.0e} with FSDP2 of "
        f"{count} processes, or than {worst['micro_batch_size=40']:.0e} in parts of 40, 40 and 21 rows. "
        f"The mean of these parts' means ends {worst[MEAN_OF_MEANS]:.2g} away. "
        f"bfloat16 reaches a loss of {losses[1]:.4f} where float32 reaches {losses[0]:.4f}."
    )
    conditions = (
        f"Batches of {steps['batch_size']} rows, each process on one thread of {about['cores']} cores "
        f"({about['processor']}), torch {about['torch']}. The model: a share of the rows, and an all-reduce of "
        f"{1e6 * line['seconds of a message']:.0f} µs and {1e9 * line['seconds of a byte']:.2g} ns a byte, fitted to "
        f"{len(report['seconds of an all-reduce'])} sizes. benchmarks/results/shared_training.json holds every number."
    )
    if report["load of the machine before"] > about["cores"]:
        conditions, table = "How long a step takes was measured on a busy machine and is left out here.", []
    return "\n".join(
        [*textwrap.wrap(nearness, 120), "", *table, *([""] if table else []), *textwrap.wrap(conditions, 120)]
    )


def grid(report: Mapping[str, Any]) -> str:
    """Whether there is a size at which looplab is slower than a rival, and where."""
    points = {
        f"{name}, {replicas}": one
        for name, shape in report["shapes"].items()
        for replicas, one in shape["replicas"].items()
    }
    about, counts = report["versions"], [name.removeprefix("R=") for name in _replica_counts(report)]
    faster = [
        f"{title} takes {_plain(min(times.values()))} to {_plain(max(times.values()))} times looplab's"
        for title, times in (("a PyTorch loop", _times(points, "loop")), ("JAX", _times(points, "jax")))
        if times
    ]
    behind = [
        f"- slower than {title} ({times[name]:.2f}): {name}"
        for title, times in (("a PyTorch loop", _times(points, "loop")), ("JAX", _times(points, "jax")))
        for name in times
        if times[name] < 1
    ]
    return "\n".join(
        [
            f"{len(report['shapes'])} shapes, each with R = {', '.join(counts)} replicas in a call; processor time per",
            f"replica and step on one thread ({about['processor']}), in a training of 1,000 steps, medians in turns:",
            f"{'; '.join(faster)}.",
            *(["", *behind, ""] if behind else []),
            "`benchmarks/grid.py` goes on where it was stopped; benchmarks/results/grid.json holds every number.",
        ]
    )


def _replica_counts(report: Mapping[str, Any]) -> list[str]:
    return list(next(iter(report["shapes"].values()))["replicas"])


def _times(points: Mapping[str, Any], rival: str) -> dict[str, float]:
    """How many times looplab's processor time a rival takes at each point."""
    key = f"times_faster_than_{rival}"
    return {name: one[key]["processor"] for name, one in points.items() if key in one}


def vmapped_or_loop(report: Mapping[str, Any]) -> str:
    """How much the choice between stacked steps and the loop costs."""
    calls = report["calls"]
    ratios = [call["auto_over_sooner"] for call in calls.values()]
    kinds = {name.rpartition(",")[0] for name in calls}
    counts = sorted({int(name.split()[-2]) for name in calls})
    return "\n".join(
        [
            f"Over {len(calls)} calls ({len(kinds)} modules, {counts[0]} to {counts[-1]} replicas,",
            f"{report['steps']} steps, one thread) `auto` took {min(ratios):.2f} to {max(ratios):.2f} times the",
            "processor time of the better backend.",
            "`benchmarks/vmapped_or_loop.py` measures it; benchmarks/results/vmapped_or_loop.json holds every number.",
        ]
    )


Tables = dict[str, Callable[[Mapping[str, Any]], str]]
README: Tables = {
    "replicas": replicas,
    "grid": grid,
    "compare_honesty": compare_honesty,
    "claim_stability": claim_stability,
}
ENGINE: Tables = {"plain_numba": plain_numba}
TRAINING: Tables = {"resume_kills": resume_kills}
DISTRIBUTED: Tables = {"shared_training": shared_training}
DOCTOR: Tables = {
    "doctor_recall": doctor_recall,
    "doctor_watch_recall": doctor_recall,
    "doctor_watch": doctor_watch,
    "doctor_alarms": doctor_alarms,
    "doctor_alarms_nets": doctor_alarms,
    "doctor_peers": doctor_peers,
}
MANY: Tables = {"vmapped_or_loop": vmapped_or_loop}
COMPARE: Tables = {
    "compare_coverage": compare_coverage,
    "compare_tables": compare_tables,
    "compare_scale": compare_scale,
}
SKLEARN: Tables = {"sklearn_mlp": sklearn_mlp}


def _cell(result: Mapping[str, Any], name: str) -> str:
    each = result["microseconds per replica and step"]
    if name not in each:
        return "not measured"
    times = result["times faster than"].get(name)
    return f"{each[name]:.3g}" if times is None else f"{_plain(each[name])} ({_plain(times)}×)"


def _plain(value: float) -> str:
    """Two or three significant digits, without an exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 10 else f"{value:.0f}"


def replaced(text: str, name: str, table: str) -> str:
    """The text with a table between its markers.

    Raises:
        ValueError: the markers do not both occur exactly once.
    """
    begin, end = (f"[//]: # (measured {name}: {side})" for side in ("begin", "end"))
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"expected the lines '{begin}' and '{end}', each once")
    before, rest = text.split(begin)
    return f"{before}{begin}\n\n{table}\n\n{end}{rest.split(end)[1]}"


def written(document: Path, tables: Tables, results: Path) -> tuple[str, str]:
    """The document as it is, and as it should be.

    Raises:
        SystemExit: a file or a marker is missing.
    """
    text = wanted = document.read_text(encoding="utf-8")
    try:
        for name, render in tables.items():
            report = json.loads((results / f"{name}.json").read_text(encoding="utf-8"))
            wanted = replaced(wanted, name, render(report))
    except (OSError, ValueError) as error:
        sys.exit(f"{document}: {error}")
    return text, wanted


def main() -> None:
    """Write the tables into the documents, or check that they are up to date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 if a table is out of date")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "results", help="the folder of the JSON")
    parser.add_argument("--readme", type=Path, help="this README alone")
    options = parser.parse_args()
    documents = {
        ROOT / "README.md": README,
        DOCS / "engine.md": ENGINE,
        DOCS / "training.md": TRAINING,
        DOCS / "many-trainings.md": MANY,
        DOCS / "distributed.md": DISTRIBUTED,
        DOCS / "doctor.md": DOCTOR,
        DOCS / "compare.md": COMPARE,
        DOCS / "scikit-learn.md": SKLEARN,
    }
    for document, tables in ({options.readme: README} if options.readme else documents).items():
        text, wanted = written(document, tables, options.results)
        if options.check and wanted != text:
            sys.exit(f"{document}: a table is not what {options.results} says; run python benchmarks/table.py")
        if not options.check:
            document.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    main()
