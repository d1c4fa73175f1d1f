"""Content is found wherever it lies, and its Python files import what stands beside them."""

import inspect
from pathlib import Path

import pytest

from looplab.content import COURSE_FILE, course_folder, lesson_folders, load_module


def test_the_course_that_came_with_looplab_is_found() -> None:
    assert (course_folder() / COURSE_FILE).is_file()


def test_lessons_come_in_the_order_in_which_they_are_read(tmp_path: Path) -> None:
    for name in ("2-b/2.10-late", "2-b/2.9-early", "1-a/1.1-first", "1-a/notes", "extras/3.1-not-in-a-module"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "2-b" / "2.1-a-file").touch()
    assert list(lesson_folders(tmp_path)) == ["1.1", "2.9", "2.10"]
    assert lesson_folders(tmp_path)["2.9"] == tmp_path / "2-b" / "2.9-early"


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
