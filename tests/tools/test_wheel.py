"""What a wheel lacks, holds beside the sources, or holds otherwise, is told file by file."""

import importlib.util
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.checkout

FILES = {
    "src/looplab/loop/run.py": "run = 1\n",
    "src/looplab/doctor/templates/page.html": "<p>",
    "course/1-loop/1.1-step/lesson.md": "# A step\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "checkout" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    cache = tmp_path / "checkout" / "src" / "looplab" / "loop" / "__pycache__" / "run.pyc"
    cache.parent.mkdir()
    cache.write_text("made")
    return tmp_path / "checkout"


def packed(folder: Path, **changes: str | None) -> Path:
    """A wheel with what the sources hold, but for these changes; None leaves a file out."""
    held = {name.replace("src/", "").replace("course/", "looplab/_course/"): text for name, text in FILES.items()}
    held["looplab-0.1.0.dist-info/METADATA"] = "Name: looplab\n"
    with zipfile.ZipFile(folder / "looplab.whl", "w") as wheel:
        for name, text in {**held, **changes}.items():
            if text is not None:
                wheel.writestr(name, text)
    return folder / "looplab.whl"


def told(wheel: Path, root: Path) -> list[str]:
    path = Path(__file__).parents[2] / "tools" / "wheel.py"
    spec = importlib.util.spec_from_file_location("wheel_tool", path)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    differences: list[str] = tool.differences(wheel, root)
    assert tool.main(wheel, root) == bool(differences)
    return differences


def test_a_wheel_with_the_same_files_differs_in_nothing(root: Path, tmp_path: Path) -> None:
    assert told(packed(tmp_path), root) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"looplab/_course/1-loop/1.1-step/lesson.md": None},
            "the wheel lacks looplab/_course/1-loop/1.1-step/lesson.md",
        ),
        ({"looplab/loop/run.py": "run = 2\n"}, "the wheel holds another looplab/loop/run.py than the sources"),
        ({"looplab/old.py": ""}, "the wheel holds looplab/old.py, which the sources lack"),
    ],
)
def test_each_difference_is_told(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, str | None], said: str
) -> None:
    assert told(packed(tmp_path, **changes), root) == [said]
    assert capsys.readouterr().err == f"looplab: {said}\n"
