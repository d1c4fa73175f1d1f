"""`looplab capstone new | check` and `looplab certificate`, from an empty folder to an answer."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from looplab import capstone
from looplab.course.answers import print_progress, read_progress
from looplab.errors import CapstoneError, LooplabError

LIMITS = "Drawn rings say nothing about real tables, and one split says nothing about others."


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The learner's folder."""
    monkeypatch.setenv("LOOPLAB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def looplab(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return ran("-m", "looplab", *arguments, folder=folder)


def ran(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False)


def write_report(project: Path, said: str) -> str:
    """Fill in the report as a learner would, with the number that the check has shown; returns the number."""
    measured = re.search(r"✓ seeds: (\w+ \S+ \[\S+ \S+\] over \d+ seeds)", said)
    assert measured, said
    path = project / "report.md"
    text = path.read_text()
    found = f"The network ended with {measured[1]}: a network is worth it.\n\n## What it does not show"
    text = text.replace("## What it does not show", found)
    path.write_text(f"{text}\n{LIMITS}\n")
    return measured[1]


def test_from_an_empty_folder_to_an_honest_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = looplab("capstone", "new", "project", folder=tmp_path)
    assert made.returncode == 0, made.stderr
    assert made.stdout == "made: project\nNext: cd project, read README.md, then: python training.py\n"
    project = tmp_path / "project"
    assert sorted(path.name for path in project.iterdir()) == ["README.md", "capstone.toml", "report.md", "training.py"]

    trained = ran("training.py", folder=project)
    assert trained.returncode == 0, trained.stderr

    before = looplab("capstone", "check", folder=project)
    assert before.returncode == 1, before.stderr
    marks = [line[0] for line in before.stdout.splitlines() if line[0] in "✓✗"]
    assert marks == ["✓"] * 5 + ["✗"] * 2, before.stdout
    assert "✗ honest sentence: nothing stands under 'What was found' in report.md." in before.stdout
    assert before.stdout.endswith("2 of 7 still to do.\n")
    entry = read_progress()["capstone"]
    assert (entry.attempts, entry.passed) == (1, None)

    measured = write_report(project, before.stdout)
    after = looplab("capstone", "check", str(project), folder=tmp_path)
    assert after.returncode == 0, after.stdout
    assert after.stdout.endswith("Nothing is missing.\n")
    assert read_progress()["capstone"].passed is not None
    print_progress()
    assert "Capstone: nothing was missing on " in capsys.readouterr().out

    report = project / "report.md"
    report.write_text(report.read_text().replace(measured, "accuracy 0.999 [0.998, 1.000] over 20 seeds"))
    assert looplab("capstone", "check", "project", folder=tmp_path).returncode == 1


def test_check_runs_nothing_of_the_learners(tmp_path: Path) -> None:
    project = capstone.new_capstone(tmp_path / "project")
    (project / "training.py").write_text("from pathlib import Path\nPath('ran').touch()\n")
    (project / "looplab.py").write_text("from pathlib import Path\nPath('ran').touch()\n")
    code = "from looplab.cli import main; import sys; sys.argv = ['looplab', 'capstone', 'check', 'project']; main()"
    checked = ran("-c", code, folder=tmp_path)
    assert checked.returncode == 1, checked.stderr
    assert checked.stdout.count("✗") == 7
    assert not list(tmp_path.rglob("ran"))
    assert not list(project.rglob("__pycache__"))


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "notes.txt").write_text("mine")
    refused = looplab("capstone", "new", "project", folder=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr == (
        "looplab: project: expected a new or an empty folder, got one that holds something. Choose another name.\n"
    )
    assert [path.name for path in (tmp_path / "project").iterdir()] == ["notes.txt"]


def test_a_file_of_that_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "project").write_text("mine")
    with pytest.raises(CapstoneError, match=r"expected a new or an empty folder, got a file\."):
        capstone.new_capstone(tmp_path / "project")
    assert (tmp_path / "project").read_text() == "mine"


def test_a_table_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = "\n".join(f"{i},{'ab'[i % 2]},{2.5 * i + 0.01 * (i % 3)}" for i in range(60))
    (tmp_path / 'the "best" houses.csv').write_text(f"size,kind,price\n{rows}\n")
    project = capstone.new_capstone("mine/project", 'the "best" houses.csv', "price")
    plan = capstone.read_plan(project)
    assert (plan.target, plan.metric, plan.seeds) == ("price", "r2", 20)
    assert plan.title == 'A capstone about the "best" houses'
    assert Path(plan.data).resolve() == tmp_path / 'the "best" houses.csv'
    assert "price" in plan.question


@pytest.mark.parametrize(
    ("data", "target", "sentence"),
    [
        ("houses.csv", None, "--data and --target: expected both or neither, got no column to predict. Add --target."),
        (None, "price", "--data and --target: expected both or neither, got no table. Add --data."),
        ("none.csv", "price", "none.csv"),
        ("houses.csv", "prize", "price"),
    ],
)
def test_a_table_that_cannot_be_used_makes_no_folder(
    data: str | None, target: str | None, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "houses.csv").write_text("size,price\n" + "\n".join(f"{i},{3 * i}" for i in range(20)) + "\n")
    with pytest.raises(LooplabError) as caught:
        capstone.new_capstone("project", data, target)
    assert sentence in str(caught.value)
    assert not (tmp_path / "project").exists()


def test_check_outside_a_project_is_one_sentence(tmp_path: Path, home: Path) -> None:
    checked = looplab("capstone", "check", folder=tmp_path)
    assert checked.returncode == 2
    assert checked.stderr == (
        "looplab: capstone .: expected a folder with a capstone.toml, got none. "
        "Make a project with: looplab capstone new my-project\n"
    )
    assert not home.exists()


def test_a_certificate_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    written = looplab("certificate", "--output", "mine.html", "--name", "A Reader", folder=tmp_path)
    assert written.returncode == 0, written.stderr
    assert written.stdout == "written: mine.html\n"
    assert "<h1>Learn the Training Loop with PyTorch: A Reader</h1>" in (tmp_path / "mine.html").read_text()
