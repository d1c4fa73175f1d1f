"""A reader's own file is run by the same rules as the course's, with what stands beside it."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from looplab import experiments
from looplab.experiments import Trial, find_experiment, find_file, is_stale, load_ledger, run, save_report, verify

Write = Callable[..., Path]


def test_a_reader_s_file_is_run_measured_and_verified(write: Write, tmp_path: Path) -> None:
    path = write(tmp_path / "draws_are_uniform.py")
    file = find_file(path)
    report = run(str(path))
    assert (report.id, report.verdict, report.seeds) == ("draws-are-uniform", "holds", 16)
    assert save_report(report, file.entry) == tmp_path / "measured" / "draws-are-uniform.json"
    assert load_ledger(path).table().equals(report.table())
    [verification] = verify([path])
    assert (verification.status, verification.id) == ("confirmed", "draws-are-uniform")
    assert "holds with seeds 16 to 23" in str(verification)
    path.write_text(path.read_text().replace("0.4", "0.3"))
    [verification] = verify([path])
    assert str(verification) == (
        f"draws-are-uniform: changed since it was measured; measure it: looplab experiment run {path} --save"
    )


def test_a_copy_of_an_experiment_gives_what_the_course_s_gives(tmp_path: Path) -> None:
    path = tmp_path / "wider_fails_less.py"
    path.write_text(find_file("wider-fails-less").path.read_text())
    ours, theirs = run(path, seeds=8), run("wider-fails-less", seeds=8)
    assert ours.table().equals(theirs.table())
    assert ours.source == theirs.source


def test_an_experiment_at_hand_is_run_without_a_file() -> None:
    report = run(
        replace(
            find_experiment("updates-per-epoch"),
            arms=(Trial(name="one", measure=float),),
            verdict=(experiments.rules.typically_above("one", 0),),
        ),
        seeds=8,
    )
    assert (report.source, report.arms[0].values.tolist()) == ("", [0, 1, 2, 3, 4, 5, 6, 7])


@pytest.mark.parametrize("line", ["from helper import middle", "from .helper import middle"])
def test_what_stands_beside_a_file_is_imported_and_counts(write: Write, tmp_path: Path, line: str) -> None:
    """By its bare name as in a script, also inside a function that is called when the experiment runs."""
    change = ("    return float(torch.rand(50).mean())", f"    {line}\n    return middle()")
    path = write(tmp_path / "with_helper.py", change)
    helper = write(tmp_path / "helper.py", "import torch\n\ndef middle():\n    return float(torch.rand(50).mean())\n")
    before = (list(sys.path), "helper" in sys.modules)
    first = run(path, seeds=8)
    assert first.verdict in ("holds", "undecided")
    helper.write_text("def middle():\n    return 7.0\n")
    second = run(path, seeds=8)
    assert second.arms[0].values.tolist() == [7.0] * 8
    assert first.source != second.source
    assert (list(sys.path), "helper" in sys.modules) == before


def test_the_fingerprint_is_of_what_was_run(write: Write, tmp_path: Path) -> None:
    """A file that changes while its experiment runs leaves an entry that is stale."""
    change = 'import pathlib; path = pathlib.Path(__file__); path.write_text(path.read_text() + "X = 1\\n")'
    path = write(tmp_path / "changes_itself.py", ("    return float", f"    {change}\n    return float"))
    file = find_file(path)
    assert is_stale(run(path, seeds=8), file)


def test_a_number_of_any_kind_is_a_number(write: Write, tmp_path: Path) -> None:
    for number in (
        "torch.tensor(0.5, requires_grad=True)",
        "torch.tensor([0.5])",
        "__import__('numpy').float32(0.5)",
        "0.5",
    ):
        path = write(tmp_path / "mine.py", ("float(torch.rand(50).mean())", number))
        assert run(path, seeds=8).arms[0].values.tolist() == [0.5] * 8
