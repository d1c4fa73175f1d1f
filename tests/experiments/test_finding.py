"""Experiments are found where they lie, without being run, and what is wrong with a reader's file is one sentence."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from looplab import experiments
from looplab.content import COURSE_FILE
from looplab.errors import ChoiceError, ExperimentError
from looplab.experiments import (
    Trial,
    experiment_files,
    find_experiment,
    find_file,
    find_files,
    is_stale,
    list_experiments,
    load_ledger,
    new_experiment,
    run,
    save_report,
    verify,
)

TRIAL = """
import torch
from looplab.experiments import Experiment, Trial, rules


def middle(seed: int) -> float:
    return float(torch.rand(50).mean())


experiment = Experiment(
    id="{id}",
    question="Where is the middle of uniform draws?",
    claim="Near a half.",
    arms=(Trial(name="uniform", measure=middle),),
    measured="mean of 50 draws",
    verdict=(rules.typically_within("uniform", 0.4, 0.6),),
    seeds=16,
    verify_seeds=8,
)
"""


def write(path: Path, text: str = TRIAL) -> Path:
    """A file with an experiment of its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace("{id}", path.stem.replace("_", "-")))
    return path


def lesson(folder: Path, name: str) -> Path:
    """The folder of a lesson in a course of the test's own."""
    folder.mkdir(exist_ok=True)
    (folder / COURSE_FILE).touch()
    return folder / name


def test_a_new_folder_in_a_course_is_found_with_nothing_else_touched(tmp_path: Path) -> None:
    course = tmp_path / "course"
    first, second = lesson(course, "1-one/1.1-first"), lesson(course, "2-two/2.10-last")
    write(first / "experiments" / "draws_are_uniform.py")
    assert list_experiments(course) == ["draws-are-uniform"]
    write(second / "experiments" / "a_second.py", "from ._shared import make\nexperiment = make('{id}')\n")
    write(
        second / "experiments" / "_shared.py",
        TRIAL.replace("experiment = ", "make = lambda id: ").replace('"{id}"', "id"),
    )
    assert list_experiments(course) == ["a-second", "draws-are-uniform"]
    file = find_file("a-second", course)
    assert file.entry == second / "measured" / "a-second.json"
    assert find_experiment("a-second", course).claim == "Near a half."
    assert list_experiments(second) == ["a-second"]
    report = run(file, seeds=8)
    save_report(report, file.entry)
    assert not is_stale(load_ledger(file), file)
    shared = second / "experiments" / "_shared.py"
    shared.write_text(shared.read_text().replace("0.4", "0.3"))
    assert is_stale(load_ledger(file), file)


def test_two_lessons_cannot_have_one_experiment(tmp_path: Path) -> None:
    paths = [write(lesson(tmp_path, name) / "experiments" / "same.py") for name in ("1-a/1.1-a", "1-a/1.2-b")]
    with pytest.raises(ExperimentError) as caught:
        list_experiments(tmp_path)
    assert str(caught.value) == (
        f"experiment 'same': expected one file, got {paths[0]} and {paths[1]}. Rename one of them."
    )


def test_nothing_is_run_to_know_what_there_is(tmp_path: Path) -> None:
    write(tmp_path / "explodes.py", "1 / 0\nexperiment = 1\n")
    write(tmp_path / "broken.py", "experiment = (\n")
    write(tmp_path / "imports.py", "from .explodes import experiment\n")
    write(tmp_path / "helper.py", "def f():\n    experiment = 1\n")
    write(tmp_path / "_hidden.py")
    write(tmp_path / "notes.txt")
    assert list_experiments(tmp_path) == ["broken", "explodes", "imports"]


def test_only_the_experiment_that_is_asked_for_is_loaded() -> None:
    code = """
import sys
from looplab import experiments
ids = experiments.list_experiments()
loaded = [len([name for name in sys.modules if name.startswith("looplab_content_")])]
experiments.find_file(ids[0]).fingerprint()
loaded.append(len([name for name in sys.modules if name.startswith("looplab_content_")]))
experiments.find_experiment("activation-on-sine")
loaded.append([name.split(".")[1] for name in sys.modules if name.startswith("looplab_content_") and "." in name])
print(loaded)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[0, 0, ['activation_on_sine']]"


def test_a_reader_s_file_is_run_measured_and_verified(tmp_path: Path) -> None:
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
def test_what_stands_beside_a_file_is_imported_and_counts(tmp_path: Path, line: str) -> None:
    """By its bare name as in a script, also inside a function that is called when the experiment runs."""
    text = TRIAL.replace("    return float(torch.rand(50).mean())", f"    {line}\n    return middle()")
    path = write(tmp_path / "with_helper.py", text)
    helper = write(tmp_path / "helper.py", "import torch\n\ndef middle():\n    return float(torch.rand(50).mean())\n")
    before = (list(sys.path), "helper" in sys.modules)
    first = run(path, seeds=8)
    assert first.verdict in ("holds", "undecided")
    helper.write_text("def middle():\n    return 7.0\n")
    second = run(path, seeds=8)
    assert second.arms[0].values.tolist() == [7.0] * 8
    assert first.source != second.source
    assert (list(sys.path), "helper" in sys.modules) == before


def test_the_fingerprint_is_of_what_was_run(tmp_path: Path) -> None:
    """A file that changes while its experiment runs leaves an entry that is stale."""
    change = 'import pathlib; path = pathlib.Path(__file__); path.write_text(path.read_text() + "X = 1\\n")'
    path = write(tmp_path / "changes_itself.py", TRIAL.replace("    return float", f"    {change}\n    return float"))
    file = find_file(path)
    assert is_stale(run(path, seeds=8), file)


def test_ids_files_and_folders_may_be_named_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = write(tmp_path / "mine" / "one.py"), write(tmp_path / "mine" / "two.py")
    (tmp_path / "activation-on-sine").mkdir()  # an id is an id, whatever lies here
    monkeypatch.chdir(tmp_path)
    files = find_files(["activation-on-sine", "mine/two.py", "mine", str(one)])
    assert [file.command for file in files] == ["activation-on-sine", "mine/two.py", "mine/one.py", str(one)]
    assert files[0].path == experiment_files()["activation-on-sine"].path
    assert two.samefile(files[1].path)


def test_a_lesson_s_file_keeps_its_ledger_however_it_is_named(tmp_path: Path) -> None:
    of_course = find_file("activation-on-sine")
    assert find_file(of_course.path).entry == of_course.entry
    assert find_file(of_course.path.parents[1] / "experiments" / of_course.path.name).entry.samefile(of_course.entry)
    path = write(tmp_path / "experiments" / "mine.py")  # a folder that is no lesson's
    assert find_file(path).entry == tmp_path / "experiments" / "measured" / "mine.json"


NONE = "expected a variable 'experiment' that is an Experiment, got none of that name"
OTHER_ID = "expected the id 'mine', after the file's name, got 'some-other'"
WRONG = {
    "no experiment": ("x = 1\n", f": {NONE}"),
    "another kind": (
        "experiment = {'id': 'mine'}\n",
        ": expected a variable 'experiment' that is an Experiment, got one that is a dict",
    ),
    "the class": (
        "from looplab.experiments import Experiment as experiment\n",
        ": expected a variable 'experiment' that is an Experiment, got one that is a type",
    ),
    "another name": (
        TRIAL.replace("experiment = ", "my_own = "),
        f": {NONE}. Rename 'my_own' to 'experiment'.",
    ),
    "another id": (
        TRIAL.replace("{id}", "some-other"),
        f": {OTHER_ID}. Rename the file to 'some_other.py', or change the id.",
    ),
    "a name it does not know": ("x = 1\n\ny = mlpp(1)\n", ":3: NameError: name 'mlpp' is not defined"),
    "no Python": ("x = 1\nexperiment = (\n", ":2: SyntaxError: '(' was never closed"),
    "indentation": (
        "if 1:\nx = 1\n",
        ":2: IndentationError: expected an indented block after 'if' statement on line 1",
    ),
    "null bytes": ("x = 1\0\n", ": "),
    "no message": ("assert 1 == 2\n", ":1: AssertionError"),
    "several lines": ("raise ValueError('one\\ntwo')\n", ":1: ValueError: one two"),
    "the end": ("import sys\nsys.exit('bye')\n", ":2: SystemExit: bye"),
    "what is not there": ("from .nowhere import x\n", ":1: ModuleNotFoundError: "),
    "deep inside a library": (
        "import torch\ntorch.ones(2) @ torch.ones(3)\n",
        ":2: RuntimeError: inconsistent tensor size",
    ),
    "looplab's own words": (
        "from looplab import load\n\nload('mooons')\n",
        ":3: dataset: expected one of moons, ",
    ),
    "a malformed id": (
        TRIAL.replace("{id}", "My experiment"),
        ":10: id: expected lower-case words with hyphens between, got 'My experiment'",
    ),
    "a forgotten comma": (
        TRIAL.replace("0.6),)", "0.6))"),
        ":10: verdict of 'mine': expected a tuple of rules, got Rule. Write verdict=(one,) for a single one.",
    ),
    "no arm": (
        TRIAL.replace("arms=(Trial", "arms=(7, Trial"),
        ":10: arms of 'mine': expected a tuple of arms and trials, got int",
    ),
    "a rule that nobody asked": (
        TRIAL.replace('within("uniform"', 'within("normal"'),
        ":10: verdict of 'mine': expected arms among uniform, got 'normal'",
    ),
    "no Unicode": (b"x = '\xff'\n", ":1: SyntaxError: (unicode error) 'utf-8' codec"),
    "no such encoding": (b"# coding: latin-99\n", ":1: SyntaxError: unknown encoding: latin-99"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_a_file_is_one_sentence(tmp_path: Path, text: str | bytes, message: str) -> None:
    path = tmp_path / "mine.py"
    path.write_bytes(text if isinstance(text, bytes) else text.replace("{id}", "mine").encode())
    for _ in range(2):
        with pytest.raises(ExperimentError) as caught:
            find_experiment(path)
        assert str(caught.value).startswith(f"{path}{message}")
        assert "\n" not in str(caught.value)
    with pytest.raises(ExperimentError) as caught:
        run(path, seeds=8)
    assert str(caught.value).startswith(f"{path}{message}")


def test_the_line_is_that_of_the_file_beside_which_is_wrong(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.py", "from .helper import f\nf()\n")
    write(tmp_path / "helper.py", "def f():\n    return 1 / 0\n")
    with pytest.raises(ExperimentError, match=r"^.*helper\.py:2: ZeroDivisionError: division by zero$"):
        find_experiment(path)
    write(tmp_path / "helper.py", "def f(:\n")
    with pytest.raises(ExperimentError, match=r"^.*helper\.py:1: SyntaxError: invalid syntax$"):
        find_experiment(path)
    with pytest.raises(ExperimentError, match=r"^.*helper\.py:1: SyntaxError: invalid syntax$"):
        find_file(path).fingerprint()


def test_a_link_to_a_file_is_the_file(tmp_path: Path) -> None:
    write(tmp_path / "there" / "mine.py", "from helper import NUMBER\n1 / NUMBER\n")
    write(tmp_path / "there" / "helper.py", "NUMBER = 0\n")
    link = tmp_path / "here.py"
    link.symlink_to(tmp_path / "there" / "mine.py")
    with pytest.raises(ExperimentError) as caught:
        find_experiment(link)
    assert str(caught.value) == f"{link}:2: ZeroDivisionError: division by zero"


RUNNING = {
    "a trial that raises": ("float(torch.rand(50).mean())", "1 / 0", ":7: ZeroDivisionError: division by zero"),
    "a trial that calls looplab wrongly": (
        "float(torch.rand(50).mean())",
        "__import__('looplab').load('mooons')",
        ":7: dataset: expected one of moons, ",
    ),
    "nothing": (
        "float(torch.rand(50).mean())",
        "None",
        "measure of 'mine', arm uniform: expected one number a seed, got NoneType for seed 0",
    ),
    "several numbers": (
        "float(torch.rand(50).mean())",
        "torch.rand(50)",
        "measure of 'mine', arm uniform: expected one number a seed, got Tensor for seed 0",
    ),
    "words": (
        "float(torch.rand(50).mean())",
        "'high'",
        "measure of 'mine', arm uniform: expected one number a seed, got str for seed 0",
    ),
}


@pytest.mark.parametrize(("before", "after", "message"), RUNNING.values(), ids=RUNNING)
def test_what_goes_wrong_while_it_runs_is_one_sentence(tmp_path: Path, before: str, after: str, message: str) -> None:
    path = write(tmp_path / "mine.py", TRIAL.replace(before, after))
    with pytest.raises(ExperimentError) as caught:
        run(path, seeds=8)
    assert str(caught.value).startswith(f"{path}{message}" if message.startswith(":") else message)


def test_a_number_of_any_kind_is_a_number(tmp_path: Path) -> None:
    for number in (
        "torch.tensor(0.5, requires_grad=True)",
        "torch.tensor([0.5])",
        "__import__('numpy').float32(0.5)",
        "0.5",
    ):
        path = write(tmp_path / "mine.py", TRIAL.replace("float(torch.rand(50).mean())", number))
        assert run(path, seeds=8).arms[0].values.tolist() == [0.5] * 8


def test_a_fault_of_looplab_s_own_is_not_blamed_on_the_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "mine.py")

    def broken(*_: object) -> object:
        raise AssertionError

    monkeypatch.setattr("looplab.experiments.running.judge", broken)
    with pytest.raises(AssertionError):
        run(path, seeds=8)


def test_a_path_that_is_no_file_with_an_experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("mine.py"))
    write(Path("folder/one.py"))
    Path("empty").mkdir()
    Path("notes.txt").touch()
    said = {}
    folder = "expected a Python file, got a folder. To see what is in it: looplab experiment list folder."
    for name in ("mien.py", "elsewhere/x.py", "folder", "folder/", "notes.txt", "./mine"):
        with pytest.raises(ExperimentError) as caught:
            find_file(name)
        said[name] = str(caught.value)
    assert said == {
        "mien.py": "mien.py: expected a file that exists, got none. Did you mean 'mine.py'?",
        "elsewhere/x.py": "elsewhere/x.py: expected a file that exists, got none",
        "folder": f"folder: {folder}",
        "folder/": f"folder: {folder}",
        "notes.txt": "notes.txt: expected a Python file, which ends in .py, got '.txt'",
        "./mine": "mine: expected a Python file, which ends in .py, got no ending",
    }
    for name, message in {
        "empty": "empty: expected a file in it that defines 'experiment', got none. looplab experiment new my-question"
        " writes one to begin with.",
    }.items():
        with pytest.raises(ExperimentError) as caught:
            find_files([name])
        assert str(caught.value) == message
    for where, got in (("nowhere", "none"), ("notes.txt", "a file")):
        with pytest.raises(ExperimentError) as caught:
            list_experiments(where)
        assert str(caught.value) == f"{where}: expected a folder with experiments, got {got}"


def test_an_unknown_id_lists_those_there_are_and_sees_a_file_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ChoiceError) as caught:
        find_file("activation-on-cosine")
    assert str(caught.value).endswith("got 'activation-on-cosine'. Did you mean 'activation-on-sine'?")
    write(Path("activation_on_cosine.py"))
    with pytest.raises(ExperimentError) as hinted:
        find_file("activation-on-cosine")
    assert str(hinted.value) == (
        "experiment: expected an id or a Python file, got 'activation-on-cosine'."
        " Did you mean 'activation_on_cosine.py'?"
    )


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    file = find_file(write(tmp_path / "mine.py"))
    file.path.unlink()
    with pytest.raises(ExperimentError) as caught:
        file.load()
    assert str(caught.value) == f"{file.path}: expected a file that can be read, got No such file or directory"


def test_a_new_experiment_runs_as_it_is_and_follows_the_rules(tmp_path: Path) -> None:
    path = new_experiment("is-mine-faster", tmp_path / "folder")
    assert path == tmp_path / "folder" / "is_mine_faster.py"
    report = run(path, seeds=32)
    assert (report.id, report.verdict) == ("is-mine-faster", "holds")
    assert report.question.endswith("?")
    assert report.claim.endswith(".")
    with pytest.raises(ExperimentError) as caught:
        new_experiment("is-mine-faster", tmp_path / "folder")
    assert str(caught.value) == f"{path}: expected a file that is new, got one that exists. Choose another id."
    with pytest.raises(ExperimentError, match="expected lower-case words with hyphens between, got 'is_mine'"):
        new_experiment("is_mine")
    with pytest.raises(ExperimentError, match="expected a place that can be written"):
        new_experiment("is-mine", path)


def test_no_experiment_is_named_where_experiments_are_found() -> None:
    source = Path(experiments.__file__).parents[1]
    named = [
        f"{path.relative_to(source)}: {name}"
        for path in source.rglob("*.py")
        if "course" not in path.parts
        for name in list_experiments()
        if name in path.read_text()
    ]
    assert named == []
