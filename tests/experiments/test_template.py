"""The experiment to begin with."""

from pathlib import Path

import pytest

from looplab.errors import ExperimentError
from looplab.experiments import new_experiment, run


def test_a_new_experiment_runs_as_it_is_and_follows_the_rules(tmp_path: Path) -> None:
    path = new_experiment("is-mine-faster", tmp_path / "folder")
    assert path == tmp_path / "folder" / "is_mine_faster.py"
    report = run(path, seeds=32)
    assert (report.id, report.verdict) == ("is-mine-faster", "holds")
    assert report.question.endswith("?")
    assert report.claim.endswith(".")
    with pytest.raises(ExperimentError) as caught:
        new_experiment("is-mine-faster", tmp_path / "folder")
    assert str(caught.value) == f"{path}: expected a new file, got one that exists. Choose another id."
    with pytest.raises(ExperimentError, match="expected lower-case words with hyphens between, got 'is_mine'"):
        new_experiment("is_mine")
    with pytest.raises(ExperimentError, match="expected a place that can be written"):
        new_experiment("is-mine", path)
