"""The benchmark that measures claims with several sets of seeds and on one core: what turns, and where it goes on."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from looplab.experiments import run, save_report

pytestmark = pytest.mark.checkout  # the benchmarks do not come with the wheel

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "claim_stability.py"
EXPERIMENT = '''"""Above a half for the first seeds, and for later ones as the test says."""

import os
from pathlib import Path

from looplab.experiments import Experiment, Trial, rules


def measure(seed: int) -> float:
    with Path(__file__).with_suffix(".seeds").open("a") as file:
        print(seed, len(os.sched_getaffinity(0)), file=file)
    return float({value})


experiment = Experiment(
    id="{id}",
    question="Is it above a half?",
    claim="It is above a half.",
    arms=(Trial(name="arm", measure=measure),),
    measured="a number",
    verdict=(rules.rate_above("arm", exceeds=0.5, above=0.5),),
    seeds=32,
    verify_seeds=16,
)
'''


def put(folder: Path, id_: str, value: str) -> Path:
    """An experiment that is measured by a value of its seed, in the ledger beside it; its seeds begin to be counted."""
    path = folder / f"{id_}.py"
    path.write_text(EXPERIMENT.format(id=id_, value=value))
    save_report(run(path), folder / "measured" / f"{id_}.json")
    path.with_suffix(".seeds").unlink()
    return path


def stability(output: Path, *options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, options), "--output", str(output)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def seeds_of(path: Path) -> list[str]:
    return path.with_suffix(".seeds").read_text().split("\n")[:-1]


@pytest.mark.slow
def test_what_turns_is_listed_and_a_later_start_measures_only_what_is_missing(tmp_path: Path) -> None:
    steady, turns, mixed = (
        put(tmp_path, "steady", "1"),
        put(tmp_path, "turns", "seed < 64"),
        put(tmp_path, "mixed", "seed < 32 or seed % 2"),
    )
    output = tmp_path / "stability.json"
    first = stability(output, steady, turns, mixed)
    assert first.returncode == 0, first.stderr
    assert "turns: seeds 64 to 79: refuted (" in first.stdout
    assert "\nundecided: mixed\nturned: turns\nunfinished: none\nother verdict on one core: none\n" in first.stdout
    report = json.loads(output.read_text())
    assert report["same"] == ["steady"]
    assert report["same numbers on one core"] == ["mixed", "steady", "turns"]
    assert [one["first"] for one in report["claims"]["turns"]["sets"]] == [32, 48, 64]
    assert [one["verdict"] for one in report["claims"]["turns"]["sets"]] == ["holds", "holds", "refuted"]
    assert report["claims"]["turns"]["one_core"][0]["cores"] == 1
    assert len(seeds_of(steady)) == 64
    assert seeds_of(steady)[16:32] == [f"{seed} 1" for seed in range(32, 48)]

    unfinished: dict[str, Any] = report["claims"]["steady"]
    del unfinished["sets"][1:]
    unfinished["one_core"].clear()
    output.write_text(json.dumps(report))
    turns.write_text(turns.read_text().replace("seed < 64", "seed < 640"))
    save_report(run(turns), tmp_path / "measured" / "turns.json")
    for path in (steady, turns, mixed):
        path.with_suffix(".seeds").write_text("")
    second = stability(output, steady, turns, mixed)
    assert second.returncode == 0, second.stderr
    assert [line.split()[0] for line in seeds_of(steady)[:32]] == [str(seed) for seed in range(48, 80)]
    assert len(seeds_of(steady)) == 64  # the first set is needed again, to compare its numbers with those of one core
    assert seeds_of(mixed) == []
    report = json.loads(output.read_text())
    assert (report["same"], report["turned"]) == (["steady", "turns"], [])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--share", "9/4"], "--share: expected the second of four as 2/4, at most 1/"),
        (["no-such-claim"], "claim_stability: experiment: expected"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, options: list[str], said: str) -> None:
    done = stability(tmp_path / "stability.json", *options)
    assert done.returncode == 1
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1
