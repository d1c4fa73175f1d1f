"""Content is found wherever it lies, and its Python files import what stands beside them."""

import importlib
import inspect
import sys
from pathlib import Path

import pytest

import looplab
from looplab.content import COURSE_FILE, as_script, course_folder, lesson_folder_of, lesson_folders, load_module
from looplab.errors import LooplabError


def test_the_course_that_came_with_looplab_is_found() -> None:
    assert (course_folder() / COURSE_FILE).is_file()


def test_lessons_come_in_the_order_in_which_they_are_read(tmp_path: Path) -> None:
    for name in ("2-b/2.10-late", "2-b/2.9-early", "1-a/1.1-first", "1-a/notes", "extras/3.1-not-in-a-module"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "2-b" / "2.1-a-file").touch()
    assert list(lesson_folders(tmp_path)) == ["1.1", "2.9", "2.10"]
    assert lesson_folders(tmp_path)["2.9"] == tmp_path / "2-b" / "2.9-early"


def test_a_number_belongs_to_one_folder(tmp_path: Path) -> None:
    for name in ("1-a/1.1-first", "1-a/1.1-second"):
        (tmp_path / name).mkdir(parents=True)
    with pytest.raises(
        LooplabError, match=r"lesson 1\.1: expected one folder, got .*1\.1-first and .*1\.1-second\. Ren"
    ):
        lesson_folders(tmp_path)


def test_a_course_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(LooplabError, match=r"course: expected a folder with lessons, got .*none, which is no folder"):
        lesson_folders(tmp_path / "none")


def test_a_module_takes_what_stands_beside_it(tmp_path: Path) -> None:
    for folder, number in (("one", 1), ("two", 2)):  # the same names in two folders do not meet
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "helper.py").write_text(f"NUMBER = {number}\n")
        (tmp_path / folder / "module.py").write_text("from .helper import NUMBER\n")
    assert [load_module(tmp_path / folder / "module.py").NUMBER for folder in ("one", "two")] == [1, 2]


def test_a_module_runs_once_and_again_when_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text("VALUE = [1]\n")
    first = load_module(path)
    assert load_module(path) is first
    path.write_text("VALUE = [2]\n")
    assert load_module(path).VALUE == [2]
    assert inspect.getsource(load_module(path)) == "VALUE = [2]\n"


def test_what_a_module_raises_comes_through_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("1 / 0\n")
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            load_module(path)


def test_a_module_is_run_again_when_what_it_takes_from_beside_it_has_changed(tmp_path: Path) -> None:
    module, helper, deeper = (tmp_path / f"{name}.py" for name in ("module", "helper", "deeper"))
    module.write_text("from .helper import number\nNUMBER = number()\n")
    helper.write_text("from . import deeper\n\ndef number():\n    return deeper.NUMBER\n")
    deeper.write_text("NUMBER = 1\n")
    assert load_module(module).NUMBER == 1
    deeper.write_text("NUMBER = 2\n")
    assert load_module(module).NUMBER == 2
    deeper.unlink()
    with pytest.raises(ImportError, match="deeper"):
        load_module(module)


def test_nothing_is_written_beside_a_module(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("NUMBER = 1\n")
    for name, line in (("dotted", "from .helper import NUMBER"), ("bare", "from helper import NUMBER")):
        (tmp_path / f"{name}.py").write_text(f"{line}\n")
        with as_script(tmp_path):
            assert load_module(tmp_path / f"{name}.py").NUMBER == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bare.py", "dotted.py", "helper.py"]


@pytest.mark.parametrize("name", ["a.b.py", "two words.py", "1st.py"])
def test_a_file_of_any_name_is_a_module(tmp_path: Path, name: str) -> None:
    (tmp_path / "helper.py").write_text("NUMBER = 1\n")
    (tmp_path / name).write_text("from .helper import NUMBER\n")
    assert load_module(tmp_path / name).NUMBER == 1


BESIDE = {
    "a file": ("helper.py", "helper"),
    "a package": ("helper/__init__.py", "helper"),
    "a module of a package": ("helper/part.py", "helper.part"),
}


@pytest.mark.parametrize(("file", "name"), BESIDE.values(), ids=BESIDE)
def test_a_script_takes_what_stands_beside_it_by_its_bare_name(tmp_path: Path, file: str, name: str) -> None:
    path, modules = list(sys.path), dict(sys.modules)
    for number in (1, 2, 3):  # the same names in several folders do not meet, and each is run anew when it has changed
        folder = tmp_path / str(number % 2)
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(f"NUMBER = {number}\n")
        (folder / "script.py").write_text(f"import {name}\nNUMBER = {name}.NUMBER\nSAME = helper\n")
        with as_script(folder):
            first = load_module(folder / "script.py")
            assert importlib.import_module(name.partition(".")[0]) is first.SAME  # later too, when the script runs
        with as_script(folder):
            assert load_module(folder / "script.py") is first
        assert number == first.NUMBER
    assert sys.path == path
    assert {key for key in set(sys.modules) - set(modules) if not key.startswith("looplab_content_")} == set()


def test_what_was_imported_outside_of_the_script_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_helper.py").write_text("NUMBER = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    outside = importlib.import_module("own_helper")
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry != str(tmp_path)])
    (tmp_path / "own_helper.py").write_text("NUMBER = 20\n")
    (tmp_path / "script.py").write_text("from own_helper import NUMBER\n")
    with as_script(tmp_path):
        assert load_module(tmp_path / "script.py").NUMBER == 20
    assert sys.modules.pop("own_helper") is outside


def test_looplab_itself_is_no_file_beside_a_script() -> None:
    before = {name: module for name, module in sys.modules.items() if name.startswith("looplab")}
    with as_script(Path(looplab.__file__).parents[1]):
        assert importlib.import_module("looplab.content") is before["looplab.content"]
        importlib.import_module("looplab.experiments.rules")
    assert all(sys.modules[name] is module for name, module in before.items())
    assert "looplab.experiments.rules" in sys.modules


def test_a_script_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import sys\nsys.path.pop(0)\n1 / 0\n")
    (tmp_path / "script.py").write_text("import broken\n")
    path = list(sys.path)
    with pytest.raises(ZeroDivisionError), as_script(tmp_path):
        load_module(tmp_path / "script.py")
    assert sys.path == path
    assert "broken" not in sys.modules


def test_the_lesson_that_a_file_belongs_to(tmp_path: Path) -> None:
    lesson = tmp_path / "course" / "1-a" / "1.1-first"
    (lesson / "experiments").mkdir(parents=True)
    assert lesson_folder_of(lesson / "experiments" / "x.py") is None  # no course.toml, no course
    (tmp_path / "course" / COURSE_FILE).touch()
    assert lesson_folder_of(lesson / "experiments" / "x.py") == lesson_folder_of(lesson) == lesson
    assert lesson_folder_of(lesson.parent / "x.py") is None
    assert lesson_folder_of(Path("/")) is None
