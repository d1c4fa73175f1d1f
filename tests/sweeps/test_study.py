"""Studies in files, and the command that runs them."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import torch
from typer.testing import CliRunner

from looplab import Recipe, Runs, load, mlp, train_many
from looplab.cli import app
from looplab.errors import LooplabError
from looplab.sweeps import engines
from looplab.sweeps.study import read_study
from looplab.sweeps.summary import summary

STUDY = """
seeds = 9

[data]
name = "moons"
validation = 0.25

[model]
kind = "mlp"
widths = [8]
activation = "tanh"

[recipe]
optimizer = "adam"
steps = 20

[vary]
lr = [0.01, 0.1]
widths = [[4], [8, 8]]

[record]
every = 5
metrics = ["accuracy"]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "study.toml"
    file.write_text(STUDY)
    return file


@pytest.fixture(autouse=True)
def work_is_done_here(monkeypatch: pytest.MonkeyPatch, executors: SimpleNamespace) -> None:
    monkeypatch.setitem(engines.ENGINES, "local", lambda stack, address, workers: executors.Here())


def test_a_study_is_the_call_that_it_describes(path: Path) -> None:
    found = read_study(path).run(None, None)
    dataset, validation = load("moons").split(0.75, seed=0)
    wanted = train_many(
        lambda widths: mlp(2, widths, 1, "tanh"),
        dataset,
        Recipe(optimizer="adam", lr=0.01, steps=20),
        seeds=9,
        vary={"lr": [0.01, 0.1], "widths": [[4], [8, 8]]},
        validation=validation,
        record_every=5,
        metrics=["accuracy"],
    )
    assert found.columns == wanted.columns
    assert torch.equal(found.parameters.nan_to_num(-1), wanted.parameters.nan_to_num(-1))
    assert found.validation_loss is not None
    assert wanted.validation_loss is not None
    assert torch.equal(found.validation_loss, wanted.validation_loss)


def test_tables_lie_beside_the_study_and_are_standardized_by_the_rows_to_learn_from(tmp_path: Path) -> None:
    pd.DataFrame({"x": range(40), "y": [2.0 * x for x in range(40)]}).to_csv(tmp_path / "t.csv", index=False)
    text = 'seeds = 2\n[data]\ntable = "t.csv"\ntarget = "y"\nvalidation = 0.5\nstandardize = true\n'
    text += '[model]\nkind = "linear"\n[recipe]\noptimizer = "sgd"\nlr = 0.1\nsteps = 2\n'
    (tmp_path / "study.toml").write_text(text)
    study = read_study(tmp_path / "study.toml")
    assert study.validation is not None
    assert len(study.dataset) == len(study.validation) == 20
    assert abs(float(study.dataset.inputs.mean())) < 1e-6 < abs(float(study.validation.inputs.mean()))
    assert len(study.run(None, None)) == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seeds = 9", "", "seeds: expected how many, or a list of them, got none"),
        ("seeds = 9", "seed = 9", "seed: expected one of seeds, .*Did you mean 'seeds'"),
        ("seeds = 9", "seeds = 0", "seeds: expected at least one, got 0"),
        ("[model]", "[modell]", "modell: expected one of model, .*Did you mean 'model'"),
        ("seeds = 9", "seeds = 9\nvary = 3", "TOML, got Cannot"),
        ("[vary]\nlr", "[variant]\nlr", "variant: expected one of "),
        ('name = "moons"', 'name = "mons"', "dataset: expected one of moons"),
        ('name = "moons"', "", r"\[data\]: expected either the name of a dataset or a table, got neither"),
        ('name = "moons"', 'name = "moons"\ntable = "x.csv"', "got both"),
        ('name = "moons"', 'table = "no.csv"', r"\[data\] target: expected the column to predict, got none"),
        ('name = "moons"', 'table = "no.csv"\ntarget = "y"', r"no\.csv"),
        ("validation = 0.25", "validation = 2", r"\[data\] validation: expected a share of the rows between 0 and 1"),
        ("validation = 0.25", "standardize = 1", r"\[data\] standardize: expected true or false, got 1"),
        ("validation = 0.25", "options = 1", r"\[data\] options: expected names and values, got 1"),
        ('kind = "mlp"', 'kind = "mpl"', r"\[model\] kind: expected one of mlp, linear"),
        ('kind = "mlp"', 'kind = "linear"', r"\[model\] widths: expected "),
        ("widths = [8]", "width = [8]", r"\[model\] width: expected one of widths"),
        ('optimizer = "adam"', 'optimizer = "adma"', "adma"),
        ("steps = 20", "stepps = 20", r"\[recipe\] stepps: expected one of steps"),
        ("steps = 20", 'steps = "many"', "steps: expected "),
        ("lr = [0.01, 0.1]", "lrs = [0.01, 0.1]", r"\[vary\] lrs: expected one of lr"),
        ("lr = [0.01, 0.1]", "lr = 0.01", r"\[vary\] lr: expected a list of values, got 0\.01"),
        ("lr = [0.01, 0.1]", "", r"\[recipe\] lr: expected one, here or in \[vary\], got none"),
        ("every = 5", "each = 5", r"\[record\] each: expected one of "),
        ('metrics = ["accuracy"]', 'metrics = ["acuracy"]', "accuracy"),
    ],
    ids=lambda text: None,
)
def test_each_mistake_is_a_sentence_that_names_the_file(path: Path, old: str, new: str, message: str) -> None:
    assert old in STUDY
    path.write_text(STUDY.replace(old, new))
    done = CliRunner().invoke(app, ["sweep", str(path)])
    assert isinstance(done.exception, LooplabError)
    said = str(done.exception)
    assert said.startswith(f"study {path}")
    assert "\n" not in said
    with pytest.raises(LooplabError, match=message):
        raise done.exception


def test_a_file_that_is_not_there_or_is_none_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LooplabError, match="expected a TOML file, got no such file"):
        read_study(tmp_path / "no.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(LooplabError, match="expected TOML, got "):
        read_study(tmp_path / "bytes.toml")


def test_the_command_prints_a_table_keeps_what_is_done_and_writes_what_is_asked_for(path: Path, tmp_path: Path) -> None:
    words = ["sweep", str(path), "--save", str(tmp_path / "runs.zip"), "--table", str(tmp_path / "runs.csv")]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    header, *rows = done.stdout.splitlines()
    assert header.split() == ["lr", "widths", "seeds", "failed", "validation_loss", "low", "high", "lowest"]
    assert len(rows) == 4 + 1
    assert rows[-1].startswith("36 runs, 0 failed, ")
    assert rows[-1].endswith(f"kept in {tmp_path / 'study.sweep'}")
    assert list((tmp_path / "study.sweep").glob("sweep-*/chunk-*"))
    assert len(Runs.load(tmp_path / "runs.zip")) == len(pd.read_csv(tmp_path / "runs.csv")) == 36


def test_a_summary_has_a_row_a_combination_and_the_best_first() -> None:
    recipe = Recipe(optimizer="sgd", lr=0.1, steps=30)
    vary: dict[str, Any] = {"lr": [1e20, 0.001, 0.5], "widths": [[4]]}
    runs = train_many(lambda widths: mlp(2, widths, 1), load("moons"), recipe, seeds=8, vary=vary)
    found = summary(runs)
    assert found["lr"].tolist() == [0.5, 0.001, 1e20]
    assert found["failed"].tolist() == [0, 0, 8]
    assert found["widths"].tolist() == [[4]] * 3
    assert (found["low"] <= found["train_loss"])[:2].all()
    assert found.loc[2, ["train_loss", "low", "lowest"]].isna().all()
    alone = summary(train_many(lambda: mlp(2, [4], 1), load("moons"), recipe, seeds=3))
    assert len(alone) == 1
    assert alone[["low", "high"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--on", "rya"], "--on: expected one of ray, "),
        (["--address", "tcp://here"], "--address: expected none with --on local"),
        (["--on", "dask", "--address", "tcp://here:1", "--workers", "2"], "--workers: expected none with a cluster"),
    ],
    ids=["engine", "address", "workers"],
)
def test_impossible_engines_are_sentences(path: Path, arguments: list[str], message: str) -> None:
    done = CliRunner().invoke(app, ["sweep", str(path), *arguments])
    with pytest.raises(LooplabError, match=message):
        raise done.exception or AssertionError(done.output)
