"""Claim: on small networks `train_many` is hundreds of times faster than a PyTorch loop, several times faster than JAX.

Rivals take turns within one process; figures are medians, per replica and step, without the time to compile. `--quick`
measures less of everything, just to see that the benchmark runs; `--output` writes the JSON and the figure.
"""

import argparse
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from common import Work, matmul_rate, run_python, take_turns, versions, works, write_json
from looplab.replicas import Runs
from looplab.sweeps import train_many
from peers import PEERS

MakeModel = Callable[[], nn.Module]
FIGURE = Path(__file__).resolve().parents[1] / "docs" / "images" / "moons-256-loss-curves.png"

# Replicas and steps of the rivals, whose time is proportional to both (for JAX and torch.func: in their best batches).
RIVAL_SIZES: dict[str, Callable[[Work], tuple[int, int]]] = {
    "pytorch": lambda work: (1, work.steps),
    "torch.func": lambda work: (work.replicas, work.steps // 10 if work.batch_size is None else 29),
    "torch.compile": lambda work: (work.replicas, work.steps // 10 if work.batch_size is None else 29),
    "jax": lambda work: (work.replicas, work.steps),
    "scikit-learn": lambda work: (1, work.steps),
}


ANY_FUNCTION = "looplab, any function"
"""With a function that `train_many` must call for each model; a `partial` of `mlp` tells everything beforehand."""


def looplab(work: Work, replicas: int, steps: int, record_every: int = 1, make_model: MakeModel | None = None) -> Runs:
    """The call to measure, including drawing initial parameters and recording losses."""
    make_model = make_model or work.make_model
    return train_many(make_model, work.dataset, work.recipe(steps), seeds=replicas, record_every=record_every)


def compare(work: Work, *, turns: int, quick: bool) -> dict[str, Any]:
    """Measure all rivals and looplab in turns."""
    calls: dict[str, Callable[[], object]] = {}
    sizes: dict[str, tuple[int, int]] = {}
    missing: dict[str, str] = {}
    for name, maker in PEERS.items():
        if quick and name in ("torch.compile", "jax"):
            missing[name] = "left out by --quick"
            continue
        replicas, steps = RIVAL_SIZES[name](work)
        sizes[name] = (min(replicas, 8), 29) if quick else (replicas, steps)
        try:
            calls[name] = maker(work, *sizes[name])
        except Exception as error:  # noqa: BLE001  # anything that keeps a rival from running is reported
            missing[name] = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    sizes["looplab"] = (16, 29) if quick else (work.replicas, work.steps)
    runs = looplab(work, *sizes["looplab"])
    calls["looplab"] = lambda: looplab(work, *sizes["looplab"])
    sizes[ANY_FUNCTION] = sizes["looplab"]
    calls[ANY_FUNCTION] = lambda: looplab(work, *sizes["looplab"], make_model=lambda: work.make_model())
    rate = matmul_rate(size=256 if quick else 1024)
    seconds = take_turns(calls, turns)
    rate = max(rate, matmul_rate(size=256 if quick else 1024))
    each = {name: seconds[name] / (sizes[name][0] * sizes[name][1]) for name in seconds}
    replicas, steps = sizes["looplab"]
    flops = replicas * work.arithmetic(steps) / seconds["looplab"] / 1e9
    return {
        "backend": str(runs.backend),
        "microseconds per replica and step": {name: 1e6 * value for name, value in each.items()},
        "replicas and steps": {name: list(size) for name, size in sizes.items()},
        "times faster than": {name: each[name] / each["looplab"] for name in each if name != "looplab"},
        "looplab seconds": seconds["looplab"],
        "matrix products": {"torch GFLOP/s": rate, "looplab GFLOP/s": flops, "share": flops / rate},
        "not measured": missing,
    }


def verdicts(work: Work, measured: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each target, what was measured, and whether the target was met."""
    faster, share = measured["times faster than"], measured["matrix products"]["share"]
    found: list[dict[str, Any]] = []
    for name, wanted in work.targets.items():
        if name == "seconds":
            replicas, steps = measured["replicas and steps"]["looplab"]
            value, met = measured["looplab seconds"], measured["looplab seconds"] <= wanted
            what = f"seconds for {replicas} replicas × {steps} steps, at most"
        elif name == "matmul":
            value, met, what = share, share >= wanted, "share of torch's matrix-product rate, at least"
        else:
            value = faster.get(name)
            met, what = value is not None and value >= wanted, f"times faster than {name}, at least"
        found.append({"what": what, "target": wanted, "measured": value, "verdict": "met" if met else "MISSED"})
    return found


def scaling(work: Work, counts: list[int], steps: int) -> list[dict[str, float]]:
    """Time per replica and step of the whole call, for increasing numbers of replicas."""
    rows = []
    for count in counts:
        turns = 1 if count >= 100_000 else 3
        seconds = take_turns({"looplab": partial(looplab, work, count, steps, steps)}, turns)["looplab"]
        rows.append(
            {"replicas": count, "steps": steps, "microseconds per replica and step": 1e6 * seconds / count / steps}
        )
    return rows


MEMORY = """
import json, resource
from pathlib import Path
from looplab import Recipe, load, mlp
from looplab.sweeps import train_many
status = Path("/proc/self/status")
def reset():  # Linux forgets the peak so far, which importing and loading the kernels may have set
    if status.exists(): Path("/proc/self/clear_refs").write_text("5")
def peak():
    if not status.exists(): return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return 1024 * int(status.read_text().split("VmHWM:")[1].split()[0])
def run(replicas): return train_many(lambda: mlp(2, [8], 1), load("moons"),
    Recipe(optimizer="adam", lr=0.05, steps={steps}), seeds=replicas)
run(64)
reset()
before = peak()
runs = run({replicas})
kept = runs.parameters.nbytes + runs.train_loss.nbytes
print(json.dumps({{"replicas": {replicas}, "steps": {steps}, "parameters and losses bytes": kept,
    "memory bytes": peak() - before, "times": (peak() - before) / kept}}))
"""

STARTS = """
import json, time
started = time.perf_counter()
from looplab import Recipe, load, mlp
from looplab.sweeps import train_many
imported = time.perf_counter()
moons = load("moons")
def run(): train_many(lambda: mlp(2, [8], 1), moons, Recipe(optimizer="adam", lr=0.05, steps=10), seeds=4)
seconds = []
for _ in range(2):
    begun = time.perf_counter()
    run()
    seconds.append(time.perf_counter() - begun)
print(json.dumps({"import seconds": imported - started, "first call seconds": seconds[0],
    "second call seconds": seconds[1]}))
"""


def first_calls() -> dict[str, Any]:
    """The first call ever, which compiles, and the first call of a later process, which loads the code from disk."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"NUMBA_CACHE_DIR": folder, "XDG_CACHE_HOME": folder}
        return {"first ever": run_python(STARTS, environment), "later process": run_python(STARTS, environment)}


def draw(output: Path) -> None:
    """256 loss curves on moons, thin, with their median."""
    from looplab.figures import loss_curves
    from looplab.loop import Run

    work = works()[0]
    runs = looplab(work, 256, 1000)
    each = [
        Run(
            model=runs.model(r),
            train_loss=runs.train_loss[r],
            validation_loss=None,
            recipe=runs.recipe,
            seconds=0.0,
            steps=1000,
            kept_step=1000,
        )
        for r in range(len(runs))
    ]
    figure = loss_curves(each, title="256 networks 2→8→1 on moons, one call of train_many")
    output.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(output, dpi=160, facecolor="white")


def measure(*, quick: bool) -> dict[str, Any]:
    """Everything, as one report."""
    chosen = works()
    results: dict[str, Any] = {}
    for work in chosen:
        measured = compare(work, turns=2 if quick else 5, quick=quick)
        results[work.name] = {**measured, "targets": verdicts(work, measured)}
    counts = [64, 256] if quick else [64, 1000, 10_000, 100_000]
    more_counts = [1, 16] if quick else [1, 10, 100, 1000, 10_000]
    report = {
        "claim": "trains small networks hundreds of times faster than a PyTorch loop",
        "quick": quick,
        "versions": versions(),
        "works": results,
        "scaling on moons": scaling(chosen[0], counts, 20 if quick else chosen[0].steps),
        "looplab by replicas": {work.name: scaling(work, more_counts, 29) for work in chosen},
    }
    if not quick:
        report["memory"] = run_python(MEMORY.format(replicas=10_000, steps=1000))
        report["first calls"] = first_calls()
    return {**report, "missed": missed(report)}


def missed(report: Mapping[str, Any]) -> list[str]:
    """Every target that was not met, in words."""
    found = [
        f"{name}: {row['what']} {row['target']}; measured {row['measured']}"
        for name, result in report["works"].items()
        for row in result["targets"]
        if row["verdict"] != "met"
    ]
    times = [row["microseconds per replica and step"] for row in report["scaling on moons"]]
    if max(times) > 1.1 * min(times):
        found.append(
            f"time linear in replicas within 10 %; a replica's step takes {min(times):.3g} to {max(times):.3g} µs, "
            f"{times[0]:.3g} with the fewest replicas, among which the call's fixed cost is shared"
        )
    if report.get("memory", {}).get("times", 0) > 4:
        found.append(f"memory at most 4 × (parameters + losses); measured {report['memory']['times']:.2f}")
    starts = report.get("first calls", {})
    for name, limit in (("first ever", 8.0), ("later process", 0.5)):
        start = starts.get(name, {})
        extra = start.get("first call seconds", 0) - start.get("second call seconds", 0)
        if extra > limit:
            found.append(f"{name}: first call at most {limit} s above the second; measured {extra:.2f}")
    return found


def main() -> None:
    """Measure, print JSON, and name the missed targets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="measure less of everything")
    parser.add_argument("--output", type=Path, help="write the JSON here, and the figure of the README")
    options = parser.parse_args()
    torch.manual_seed(0)
    report = measure(quick=options.quick)
    write_json(report, options.output)
    if options.output and not options.quick:
        draw(FIGURE)
    for line in report["missed"]:
        print(f"MISSED: {line}")


if __name__ == "__main__":
    main()
