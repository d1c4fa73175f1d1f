"""Experiments are found where they lie, without being run."""

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from looplab.content import COURSE_FILE
from looplab.errors import ChoiceError, ExperimentError, LooplabError
from looplab.experiments import (
    experiment_files,
    find_experiment,
    find_file,
    find_files,
    is_stale,
    list_experiments,
    load_ledger,
    run,
    save_report,
)

Write = Callable[..., Path]


def lesson(folder: Path, name: str) -> Path:
    """The folder of a lesson in a course of the test's own."""
    folder.mkdir(exist_ok=True)
    (folder / COURSE_FILE).touch()
    return folder / name


def test_a_new_folder_in_a_course_is_found_with_nothing_else_touched(write: Write, tmp_path: Path) -> None:
    course = tmp_path / "course"
    first, second = lesson(course, "1-one/1.1-first"), lesson(course, "2-two/2.10-last")
    write(first / "experiments" / "draws_are_uniform.py")
    assert list_experiments(course) == ["draws-are-uniform"]
    write(second / "experiments" / "a_second.py", "from ._shared import make\nexperiment = make('{id}')\n")
    write(second / "experiments" / "_shared.py", ("experiment = ", "make = lambda id: "), ('"{id}"', "id"))
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


def test_two_lessons_cannot_have_one_experiment(write: Write, tmp_path: Path) -> None:
    paths = [write(lesson(tmp_path, name) / "experiments" / "same.py") for name in ("1-a/1.1-a", "1-a/1.2-b")]
    with pytest.raises(ExperimentError) as caught:
        list_experiments(tmp_path)
    assert str(caught.value) == (
        f"experiment 'same': expected one file, got {paths[0]} and {paths[1]}. Rename one of them."
    )


def test_nothing_is_run_to_know_what_there_is(write: Write, tmp_path: Path) -> None:
    write(tmp_path / "explodes.py", "1 / 0\nexperiment = 1\n")
    write(tmp_path / "broken.py", "experiment = (\n")
    write(tmp_path / "imports.py", "from .explodes import experiment\n")
    write(tmp_path / "helper.py", "def f():\n    experiment = 1\n")
    write(tmp_path / "_hidden.py")
    write(tmp_path / "notes.txt")
    assert list_experiments(tmp_path) == ["broken", "explodes", "imports"]


CLAIMS = {
    "as in the file": ((), "Near a half."),
    "in pieces": (('"Near a half."', '("Near "\n    "a half.")'), "Near a half."),
    "with looplab's name before it": (("= Experiment(", "= experiments.Experiment("), "Near a half."),
    "computed": (('"Near a half."', 'f"Near {1 / 0}."'), ""),
    "a number": (('"Near a half."', "5"), ""),
    "one of two": (("experiment = ", "other = Experiment(claim='Another.')\nexperiment = "), ""),
    "none": ("from .elsewhere import experiment", ""),
}


@pytest.mark.parametrize(("change", "claim"), CLAIMS.values(), ids=CLAIMS)
def test_the_claim_is_read_without_running_the_file(write: Write, tmp_path: Path, change: object, claim: str) -> None:
    path = write(tmp_path / "mine.py", *([change] if change else []))
    path.write_text("1 / 0\n" + path.read_text())
    assert find_file(path).written_claim() == claim


def test_a_claim_of_a_file_that_is_not_python_cannot_be_read(write: Write, tmp_path: Path) -> None:
    path = write(tmp_path / "mine.py", "x = 1\nexperiment = (\n")
    with pytest.raises(ExperimentError) as caught:
        find_file(path).written_claim()
    assert str(caught.value) == f"{path}:2: SyntaxError: '(' was never closed"


def test_the_command_can_be_pasted_into_a_shell(write: Write, tmp_path: Path) -> None:
    path = write(tmp_path / "my own's" / "one.py")
    for file in (find_file(path), *experiment_files(path.parent).values()):
        assert shlex.split(file.command) == [str(path)]
        assert shlex.split(file.with_ledger("a b").command) == [str(path), "--ledger", "a b"]
        assert file.with_ledger("a b").entry == Path("a b/one.json")


@pytest.mark.parametrize("name", ["a" * 300, f"{'b' * 300}.py", "a\0b", "a\0b.py", "", ".", "..", "~", "-"])
def test_a_name_that_no_file_can_have(name: str) -> None:
    for find in (find_file, lambda name: find_files([name])):
        with pytest.raises(LooplabError, match=r"^[^\n]*: expected [^\n]*$"):
            find(name)


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


def test_ids_files_and_folders_may_be_named_together(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = write(tmp_path / "mine" / "one.py"), write(tmp_path / "mine" / "two.py")
    (tmp_path / "activation-on-sine").mkdir()  # an id is an id, whatever lies here
    monkeypatch.chdir(tmp_path)
    files = find_files(["activation-on-sine", "mine/two.py", "mine", str(one)])
    assert [file.command for file in files] == ["activation-on-sine", "mine/two.py", "mine/one.py", str(one)]
    assert files[0].path == experiment_files()["activation-on-sine"].path
    assert two.samefile(files[1].path)


def test_a_lesson_s_file_keeps_its_ledger_however_it_is_named(write: Write, tmp_path: Path) -> None:
    of_course = find_file("activation-on-sine")
    assert find_file(of_course.path).entry == of_course.entry
    assert find_file(of_course.path.parents[1] / "experiments" / of_course.path.name).entry.samefile(of_course.entry)
    path = write(tmp_path / "experiments" / "mine.py")  # a folder that is no lesson's
    assert find_file(path).entry == tmp_path / "experiments" / "measured" / "mine.json"


def test_a_path_that_is_no_file_with_an_experiment(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("mine.py"))
    write(Path("folder/one.py"))
    Path("empty").mkdir()
    Path("notes.txt").touch()
    said = {}
    folder = "expected a Python file, got a folder. looplab experiment list folder shows what is in it."
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
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
