"""`looplab experiment list | run | measure | verify | new`."""

import shutil
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from looplab import cli
from looplab.cli.experiment import experiment_app
from looplab.errors import ChoiceError, LooplabError, MissingExtraError
from looplab.experiments import find_file, list_experiments, load_ledger

ID = "relu-mlp-fails-on-some-seeds"
MINE = """
from looplab.experiments import Experiment, Trial, rules

experiment = Experiment(
    id="mine",
    question="Are seeds numbers?",
    claim="Seeds are typically above 1.",
    arms=(Trial(name="seed", measure=float),),
    measured="the seed",
    verdict=(rules.typically_above("seed", 1),),
    seeds=16,
    verify_seeds=8,
)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the reader's own, in which they stand."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def mine(folder: Path) -> Path:
    path = folder / "mine.py"
    path.write_text(MINE)
    return path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(experiment_app, list(arguments))


def test_run_prints_draws_and_saves_and_verify_reads(folder: Path) -> None:
    drawn = folder / "figure.png"
    result = call("run", ID, "--seeds", "32", "--figure", str(drawn), "--ledger", "mine")
    assert result.exit_code == 0, result.output
    assert "8 ReLU units" in result.stdout
    assert "8 ReLU units is above 0.15 for more than 20% of the seeds:" in result.stdout
    assert f"ledger: mine/{ID}.json" in result.stdout
    assert drawn.read_bytes().startswith(b"\x89PNG")

    listed = call("list", "--ledger", "mine")
    assert listed.stdout.count("[not measured]") == len(list_experiments()) - 1
    assert f"{ID}  [" in listed.stdout
    assert ", 32 seeds]" in listed.stdout

    verified = call("verify", ID, "--seeds", "16", "--ledger", "mine")
    assert verified.exit_code == 0, verified.output
    assert "with seeds 32 to 47" in verified.stdout


def test_list_shows_the_course_s_ledger() -> None:
    listed = call("list")
    assert listed.exit_code == 0, listed.output
    assert listed.stdout.count("  [holds, ") + listed.stdout.count("  [refuted, ") == len(list_experiments())
    assert load_ledger(ID).claim in listed.stdout


def test_run_saves_only_when_asked(folder: Path, mine: Path) -> None:
    assert call("run", "mine.py", "--seeds", "8").exit_code == 0
    assert list(folder.iterdir()) == [mine]


@pytest.mark.parametrize(
    ("options", "ledger"), [(["--save"], "measured"), (["--ledger", "a b"], "a b"), (["--save", "--ledger", "c"], "c")]
)
def test_a_reader_s_own_file_is_run_saved_listed_and_verified(
    folder: Path, mine: Path, options: list[str], ledger: str
) -> None:
    kept = [] if ledger == "measured" else ["--ledger", ledger]
    said = call("run", "mine.py", "--seeds", "12", "--figure", "mine.SVG", *options)
    assert said.exit_code == 0, said.output
    entry = folder / ledger / "mine.json"
    assert f"ledger: {entry.relative_to(folder)}\nfigure: mine.SVG\n" in said.stdout
    assert "<svg" in (folder / "mine.SVG").read_text()
    assert call("list", ".", *kept).stdout == "mine  [holds, 12 seeds]\n    Seeds are typically above 1.\n"
    verified = call("verify", "mine.py", *kept)
    assert (verified.exit_code, verified.stdout.split(" (")[0]) == (
        0,
        "mine: confirmed, holds in the ledger, holds with seeds 12 to 19",
    )
    mine.write_text(MINE.replace('"the seed"', '"seed"'))
    assert call("list", "mine.py", *kept).stdout.splitlines()[0] == "mine  [changed since it was measured]"
    stale = call("verify", ".", *kept)
    assert stale.exit_code == 1
    shutil.rmtree(entry.parent)
    for verified in (stale, call("verify", "mine.py", *kept)):
        remedy = verified.stdout.strip().partition("looplab experiment ")[2]
        assert remedy.startswith("run ")
    assert call("list", ".", *kept).stdout.splitlines()[0] == "mine  [not measured]"


def test_listing_runs_none(mine: Path) -> None:
    mine.write_text("import pathlib\n\npathlib.Path('ran').touch()\n" + MINE)
    Path("broken.py").write_text("experiment = (\n")
    Path("other.py").write_text("from mine import experiment\n")
    listed = call("list", ".")
    assert listed.stdout.splitlines() == [
        "broken  [cannot be run]",
        "    broken.py:1: SyntaxError: '(' was never closed",
        "mine  [not measured]",
        "    Seeds are typically above 1.",
        "other  [not measured]",
    ]
    assert not Path("ran").exists()


def test_a_damaged_entry_is_listed_as_such(mine: Path) -> None:
    call("run", "mine.py", "--save")
    Path("measured/mine.json").write_text("{")
    listed = call("list", "mine.py")
    assert listed.exit_code == 0
    assert listed.stdout.splitlines()[:2] == ["mine  [ledger damaged]", "    Seeds are typically above 1."]
    assert listed.stdout.endswith("Measure it: looplab experiment run mine.py --save.\n")


def test_verify_fails_when_there_is_nothing_to_verify() -> None:
    result = call("verify", ID, "--ledger", "empty")
    assert result.exit_code == 1
    assert result.stdout == (
        f"{ID}: not in the ledger; measure it: looplab experiment run {ID} --ledger empty --save\n"
    )


def test_a_stale_entry_is_listed_as_such() -> None:
    call("run", ID, "--seeds", "8", "--ledger", "mine")
    path = find_file(ID).with_ledger("mine").entry
    source = '"source": "'
    path.write_text(path.read_text().replace(source, source + "f", 1))
    assert f"{ID}  [changed since it was measured]" in call("list", "--ledger", "mine").stdout
    assert call("verify", ID, "--ledger", "mine").exit_code == 1


def test_measure_writes_the_ledger(mine: Path) -> None:
    Path("folder").mkdir()
    Path("folder/other.py").write_text(MINE.replace('"mine"', '"other"').replace("above 1", "below 99"))
    result = call("measure", "folder", "mine.py", "--ledger", "kept")
    assert result.exit_code == 0, result.output
    files = [find_file(path).with_ledger("kept") for path in ("folder/other.py", "mine.py")]
    assert [load_ledger(file).seeds for file in files] == [16, 16]
    assert [line.rpartition(",")[0] for line in result.stdout.splitlines()] == [
        "other: holds, 16 seeds",
        "mine: holds, 16 seeds",
    ]


def test_nothing_is_measured_when_one_name_is_wrong(folder: Path, mine: Path) -> None:
    result = call("measure", "mine.py", "wider-fails")
    assert isinstance(result.exception, ChoiceError)
    Path("no_more.py").write_text("experiment = 1 / 0\n")
    result = call("measure", "mine.py", "no_more.py")
    assert str(result.exception) == "no_more.py:1: ZeroDivisionError: division by zero"
    assert not (folder / "measured").exists()


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("figure.bmp", "--figure: expected a file that ends in .png, .svg, .pdf, got '.bmp'"),
        ("figure", "--figure: expected a file that ends in .png, .svg, .pdf, got no ending"),
        ("missing/figure.png", "--figure: expected a folder that exists, got missing"),
        ("folder.png", "--figure: expected a file, got the folder folder.png"),
    ],
)
def test_a_figure_that_cannot_be_written_is_refused_at_once(file: str, message: str) -> None:
    Path("folder.png").mkdir()
    result = call("run", ID, "--figure", file)
    assert str(result.exception) == message
    assert result.stdout == ""


def test_a_figure_without_the_part_for_figures_is_refused_at_once(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("looplab.figures")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = call("run", "mine.py", "--figure", "mine.png")
    assert isinstance(result.exception, MissingExtraError)
    assert result.stdout == ""


@pytest.mark.parametrize("command", [["run", "mine.py"], ["measure", "mine.py"]])
@pytest.mark.parametrize("ledger", ["mine.py", "mine.py/in", "/dev/null", "a" * 300])
def test_a_ledger_that_cannot_be_written_is_refused_at_once(mine: Path, command: list[str], ledger: str) -> None:
    result = call(*command, "--ledger", ledger)
    assert isinstance(result.exception, LooplabError)
    assert ": expected a " in str(result.exception)
    assert "\n" not in str(result.exception)
    assert result.stdout == ""


def test_new_writes_what_runs(folder: Path) -> None:
    result = call("new", "my-question", "--folder", "a b")
    assert result.exit_code == 0, result.output
    assert result.stdout == "a b/my_question.py\nRun it: looplab experiment run 'a b/my_question.py'\n"
    assert call("run", "a b/my_question.py", "--seeds", "8").exit_code == 0
    assert str(call("new", "my-question", "--folder", "a b").exception) == (
        "a b/my_question.py: expected a new file, got one that exists. Choose another id."
    )


def test_a_mistake_is_one_line_and_status_2(
    mine: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    mine.write_text("x = 1\n1 / 0\n")
    monkeypatch.setattr(sys, "argv", ["looplab", "experiment", "run", "mine.py"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 2
    assert capfd.readouterr() == ("", "looplab: mine.py:2: ZeroDivisionError: division by zero\n")
