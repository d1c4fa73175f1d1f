"""Whatever looplab writes × what can be in the way: no room, a read-only folder, a link, a careful umask."""

import ast
import os
import resource
import shutil
import tempfile
import webbrowser
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import torch.distributed as dist
from torch._C._distributed_c10d import HashStore

import looplab
from looplab import Recipe, capstone, compare, linear, train_many
from looplab.cli.compare import predict_command
from looplab.cli.doctor import doctor
from looplab.cli.experiment import run_
from looplab.cli.sweep import sweep
from looplab.comparison.many import compare_many
from looplab.content import course_folder
from looplab.course.answers.progress import record
from looplab.course.pages import all_pages, post, rendering
from looplab.course.pages.builder import CourseBuilder
from looplab.course.pages.certificate import write_certificate
from looplab.course.pages.export import export_lesson
from looplab.course.pages.search_data import write_search_data
from looplab.course.reading import find_lesson
from looplab.course.running import cache
from looplab.course.running.execution import Execution, _working_folder
from looplab.course.serve.home import Home
from looplab.course.serve.learning import _open_browser
from looplab.course.serve.notebooks import notebook_for
from looplab.course.serve.server import _trim_jupyterlab
from looplab.course.template import new_lesson
from looplab.course.watch.answer_files import answer_files
from looplab.errors import FileError, LooplabError
from looplab.experiments import find_file, load_ledger, new_experiment, save_report
from looplab.files.system_errors import as_file_error
from looplab.loop.checkpoints.file import checkpoint_bytes, write_checkpoint
from looplab.loop.computing.folder import write_folder
from looplab.loop.computing.processes import Processes
from looplab.replicas.fused.code_cache import cache_code
from looplab.replicas.fused.machine_code import MachineCode
from looplab.replicas.plan import Trained
from looplab.sweeps import engines
from looplab.sweeps.chunks import Chunk
from looplab.sweeps.kept import KeptChunks

SOURCE = Path(looplab.__file__).parent
WRITE = {"write_whole", "whole_file", "write_new", "make_folder", "make_trusted_folder", "locked"}
TOYS = Path(__file__).parents[1] / "course" / "toy_course"
PIECE = {
    "replicas": np.arange(1),
    "trained": {each.name: None for each in fields(Trained)} | {"attributes": [], "parameters": np.zeros((1, 99))},
}
EXECUTION = Execution(outputs=(), seconds=1.0)
STUDY = """
seeds = 1
[data]
name = "moons"
[model]
kind = "linear"
[recipe]
optimizer = "sgd"
lr = 0.1
steps = 1
"""
CHUNK = checkpoint_bytes({"chunk": Chunk(0, 0, 1, "fused").name("k" * 16), "piece": PIECE})
TRIAL = """
from looplab.experiments import Experiment, Trial, rules

experiment = Experiment(
    id="writing-trial",
    question="Is a seed its own remainder?",
    claim="It lies between nothing and one.",
    arms=(Trial(name="seed", measure=lambda seed: seed % 10 / 10),),
    measured="remainder",
    verdict=(rules.typically_within("seed", 0.0, 1.0),),
    seeds=10,
)
"""


@dataclass(frozen=True)
class Made:
    """What has been computed and is to be written."""

    comparison: Any
    runs: Any
    folder: Path
    kept: Path


@dataclass(frozen=True)
class Writer:
    """One of looplab's files that writes: what has it write, below a folder, and where that goes."""

    write: Callable[[Made, Path], object]
    goes: str
    is_quiet: bool = False  # goes on without what it could not write
    is_new: bool = False  # leaves what has the name already


def _progress(made: Made, folder: Path) -> None:
    del made
    os.environ["LOOPLAB_HOME"] = str(folder)
    try:
        said = record("9.9.1", passed=True)
    finally:
        del os.environ["LOOPLAB_HOME"]
    if said:
        raise FileError(said)


def _machine_code(made: Made, folder: Path) -> None:
    del made
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    try:
        cache_code(MachineCode(b"x" * 100, ()))
    finally:
        del os.environ["NUMBA_CACHE_DIR"]


def _execution(made: Made, folder: Path) -> None:
    del made
    cache.executed(find_lesson("1.1"), folder)


def _builder(made: Made, folder: Path) -> None:
    del made
    CourseBuilder(folder / "pages", cache=folder)._note([])


def _pages(made: Made, folder: Path) -> None:
    del made
    all_pages.build_course(folder / "pages")


def _rendered(made: Made, folder: Path) -> None:
    del made
    try:
        rendering.render(folder, folder / "out", folder / "doctrees", title="Toys")
    except LooplabError as error:
        if "Sphinx stopped" not in str(error):  # there are no pages, of which only the configuration is written here
            raise


def _lesson(made: Made, folder: Path) -> None:
    del made
    course = folder / "course"
    if not course.exists():
        with as_file_error(course, expected="a folder"):
            shutil.copytree(TOYS, course)
            (course / "course.toml").write_text('title = "Toys"\n\n[modules]\n9 = "Toys"\n')
    new_lesson("9.8", "More", course=course)


def _sweep(made: Made, folder: Path) -> None:
    """The command, whose work is done here, and kept where nothing is in the way."""
    before, engines.ENGINES["local"] = engines.ENGINES["local"], lambda stack, address, workers: _Here()
    try:
        sweep(made.folder / "study.toml", folder=made.kept, table=folder / "runs.csv")
    finally:
        engines.ENGINES["local"] = before


def _doctor(made: Made, folder: Path) -> None:
    """The command, on a script that trains nothing; it ends with the script's status."""
    with suppress(SystemExit):
        doctor(made.folder / "script.py", json=folder / "d.json")


def _kept(made: Made, folder: Path) -> None:
    del made
    KeptChunks(folder, "k" * 16, {}).put(Chunk(0, 0, 1, "fused"), CHUNK)


class _Here:
    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        future.set_result(function(*arguments))
        return future


def _evidence(made: Made, folder: Path) -> None:
    """Into a capstone that is there."""
    plan = folder / "capstone.toml"
    if not plan.exists():
        with as_file_error(plan, expected="a file"):
            shutil.copyfile(made.folder / "capstone.toml", plan)
    capstone.keep(folder, baseline=made.comparison)


def _shared_checkpoint(made: Made, folder: Path) -> None:
    """Of one process, which is alone."""
    dist.init_process_group("gloo", store=HashStore(), rank=0, world_size=1)
    try:
        write_folder(folder / "c", {"step": 1, "w": torch.ones(9)}, Processes())
    finally:
        dist.destroy_process_group()


WRITERS = {
    "replicas/fused/code_cache.py": Writer(_machine_code, "*.kernels", is_quiet=True),
    "replicas/storage.py": Writer(lambda made, folder: made.runs.save(folder / "runs.npz"), "runs.npz"),
    "comparison/report.py": Writer(lambda made, folder: made.comparison.report(folder / "r.html"), "r.html"),
    "comparison/saved.py": Writer(lambda made, folder: made.comparison.save(folder / "model"), "model"),
    "comparison/many.py": Writer(
        lambda made, folder: compare_many(["x"], lambda table: made.comparison, folder / "m"), "m/summary.csv"
    ),
    "cli/compare.py": Writer(
        lambda made, folder: predict_command(
            made.folder / "model", str(made.folder / "x.csv"), output=folder / "p.csv"
        ),
        "p.csv",
    ),
    "cli/doctor.py": Writer(_doctor, "d.json"),
    "cli/experiment.py": Writer(
        lambda made, folder: run_(str(made.folder / "writing_trial.py"), figure=folder / "f.png"), "f.png"
    ),
    "experiments/ledger.py": Writer(
        lambda made, folder: save_report(load_ledger(find_file("zero-grad-order")), folder / "l.json"), "l.json"
    ),
    "experiments/template.py": Writer(
        lambda made, folder: new_experiment("my-question", folder), "my_question.py", is_new=True
    ),
    "loop/checkpoints/file.py": Writer(
        lambda made, folder: write_checkpoint(folder / "c", {"step": 1, "w": torch.ones(9)}), "c"
    ),
    "loop/computing/folder.py": Writer(_shared_checkpoint, "c/step-*/*"),
    "course/answers/progress.py": Writer(_progress, "progress.json"),
    "cli/sweep.py": Writer(_sweep, "runs.csv"),
    "sweeps/kept.py": Writer(_kept, "sweep-*/chunk-*"),
    "course/serve/home.py": Writer(lambda made, folder: Home(folder=folder / "home").make(), "home", is_new=True),
    "course/serve/learning.py": Writer(
        lambda made, folder: _open_browser("http://127.0.0.1", folder / "open.html"), "open.html", is_quiet=True
    ),
    "course/serve/notebooks.py": Writer(
        lambda made, folder: notebook_for("2.4", folder, lambda: "x" * 100), "2.4.ipynb", is_new=True
    ),
    "course/serve/server.py": Writer(
        lambda made, folder: _trim_jupyterlab(Home(folder=folder)), "jupyter/config/labconfig/page_config.json"
    ),
    "course/running/execution.py": Writer(
        lambda made, folder: _working_folder(folder), "ipython/profile_default/ipython_kernel_config.py"
    ),
    "course/running/cache.py": Writer(_execution, "**/*.json"),
    "course/template.py": Writer(_lesson, "course/*/9.8-more/lesson.md", is_new=True),
    "course/pages/all_pages.py": Writer(_pages, f"pages/{all_pages.MARKER}"),
    "course/pages/rendering.py": Writer(_rendered, "configuration/conf.py"),
    "course/pages/export.py": Writer(
        lambda made, folder: export_lesson("1.1", to="notebook", output=folder), "*.ipynb"
    ),
    "course/pages/post.py": Writer(lambda made, folder: post.write_post(_plain_lesson(), folder, None), "*.md"),
    "course/pages/certificate.py": Writer(lambda made, folder: write_certificate(folder / "c.html"), "c.html"),
    "capstone/keeping.py": Writer(_evidence, "evidence/*.json"),
    "capstone/making.py": Writer(lambda made, folder: capstone.new_capstone(folder / "own"), "own/*", is_new=True),
    "course/pages/builder.py": Writer(_builder, "pages/built.json"),
    "course/pages/search_data.py": Writer(
        lambda made, folder: write_search_data(SimpleNamespace(found_docs=[]), folder), "search-data.js"
    ),
    "course/watch/answer_files.py": Writer(
        lambda made, folder: answer_files("2.4", folder)[0].make(), "2.4.1-*.py", is_new=True
    ),
}
"""Every file of looplab that writes, by its path."""

each_writer = pytest.mark.parametrize("name", WRITERS)


def _plain_lesson() -> Any:
    """A lesson of words alone."""
    return find_lesson("1.1")


@pytest.fixture(scope="module")
def made() -> Iterator[Made]:
    folder = Path(tempfile.mkdtemp(prefix="looplab-test-"))  # which every user can reach
    x = torch.linspace(-1, 1, 40)
    table = pd.DataFrame({"x": x.tolist(), "z": (x**2).tolist(), "y": (2 * x).tolist()})
    table.to_csv(folder / "x.csv", index=False)
    (folder / "writing_trial.py").write_text(TRIAL)
    (folder / "study.toml").write_text(STUDY)
    (folder / "script.py").write_text("import torch\n")
    (folder / "capstone.toml").write_text('title = "Lines"\nquestion = "Is it a line?"\ndata = "moons"\n')
    kept = Path(tempfile.mkdtemp(prefix="looplab-test-"))
    kept.chmod(0o777)
    found = compare(table, "y", seeds=2, folds=2, repeats=1, curve=False)
    found.save(folder / "model")
    runs = train_many(
        lambda: linear(2, 1), looplab.load("moons"), Recipe(optimizer="sgd", lr=0.1, steps=1), seeds=2, backend="loop"
    )
    folder.chmod(0o755)
    for file in folder.iterdir():
        file.chmod(0o644)
    yield Made(found, runs, folder, kept)
    shutil.rmtree(folder)
    shutil.rmtree(kept)


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """No lesson is run, no page built and no browser opened: what is written of them is."""

    async def executed(*arguments: object) -> Execution:
        return EXECUTION

    monkeypatch.setattr(cache, "execute_async", executed)
    monkeypatch.setattr(post, "executed", lambda *arguments: _outputs())
    monkeypatch.setattr(all_pages, "_build_all", lambda builder, *, quiet: builder.output.mkdir(parents=True))
    monkeypatch.setattr(webbrowser, "open", lambda address: True)


def _outputs() -> Execution:
    return Execution(outputs=tuple(() for _ in find_lesson("1.1").cells), seconds=1.0)


@contextmanager
def files_of_at_most(size_bytes: int) -> Iterator[None]:
    """The system refuses to let any file grow beyond that, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_every_writer_is_tried() -> None:
    found = set()
    for path in SOURCE.rglob("*.py"):
        if path.is_relative_to(course_folder()) or path.is_relative_to(SOURCE / "files"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = {alias.name for alias in node.names} if isinstance(node, ast.ImportFrom) else set()
            if WRITE & names:
                found.add(path.relative_to(SOURCE).as_posix())
    assert found == set(WRITERS)


def _tries(writer: Writer) -> AbstractContextManager[Any]:
    return nullcontext() if writer.is_quiet else pytest.raises(LooplabError)


def _written(folder: Path, writer: Writer) -> list[Path]:
    return sorted(path for path in folder.glob(writer.goes) if path.is_file() or path.is_dir())


@each_writer
@pytest.mark.usefixtures("capsys")  # what is printed goes to no file
def test_without_room_nothing_is_left_and_what_was_there_stays(name: str, made: Made, tmp_path: Path) -> None:
    writer = WRITERS[name]
    writer.write(made, tmp_path)
    before = {path: path.read_bytes() for path in _written(tmp_path, writer) if path.is_file()}
    if name == "course/serve/home.py":
        return  # makes folders alone, which take no room
    assert before
    if writer.is_new:
        shutil.rmtree(tmp_path)
        tmp_path.mkdir()
        if name == "course/template.py":
            with suppress(LooplabError):
                _lesson(made, tmp_path)
            shutil.rmtree(next(tmp_path.glob("course/*/9.8-more")))
        before = {}
    elif name == "course/running/cache.py":  # keeps what is whole, and writes nothing
        for path in before:
            path.write_bytes(b"{")
            before[path] = b"{"
    names = {path for path in tmp_path.rglob("*") if "__pycache__" not in path.parts}
    with files_of_at_most(3), _tries(writer) as caught:
        writer.write(made, tmp_path)
    if not writer.is_quiet:
        assert "file too large" in str(caught.value).lower()
        assert "\n" not in str(caught.value)
    assert {path: path.read_bytes() for path in before} == before
    left = {path for path in tmp_path.rglob("*") if path.is_file() and "__pycache__" not in path.parts} - names
    assert not left


@each_writer
def test_a_read_only_folder_is_a_sentence(
    name: str, made: Made, reachable: Path, tmp_path: Path, somebody: Callable[[], AbstractContextManager[None]]
) -> None:
    writer = WRITERS[name]
    writer.write(made, tmp_path)  # loads what is loaded late, which another user may not be able to read
    if name == "course/template.py":
        with suppress(LooplabError):
            _lesson(made, reachable)
        shutil.rmtree(next(reachable.glob("course/*/9.8-more")))
    for path in (reachable, *reachable.rglob("*")):
        path.chmod(0o555)
    with somebody(), _tries(writer) as caught:
        writer.write(made, reachable)
    if not writer.is_quiet:
        assert "permission denied" in str(caught.value).lower()
        assert "\n" not in str(caught.value)
    assert not _written(reachable, writer)


@each_writer
def test_a_link_is_written_through_or_refused(name: str, made: Made, tmp_path: Path) -> None:
    writer, folder, elsewhere = WRITERS[name], tmp_path / "here", tmp_path / "elsewhere"
    folder.mkdir()
    writer.write(made, folder)
    (path, *_) = _written(folder, writer)
    if path.is_dir():
        shutil.rmtree(path)
        elsewhere.mkdir()
    else:
        path.unlink()
        elsewhere.write_text("somebody's")
    path.symlink_to(elsewhere)
    try:
        writer.write(made, folder)
    except LooplabError as error:
        assert "\n" not in str(error)  # noqa: PT017 - one of two things that may happen
        assert elsewhere.read_text() == "somebody's"
    else:
        replaced = name in ("course/pages/all_pages.py", "loop/computing/folder.py")  # the folder is replaced whole
        assert path.is_symlink() or replaced
        if elsewhere.is_file():
            assert (elsewhere.read_text(errors="replace") == "somebody's") == (writer.is_new or replaced)


@each_writer
@pytest.mark.usefixtures("umask")
def test_a_careful_umask_keeps_others_out(name: str, made: Made, tmp_path: Path) -> None:
    os.umask(0o077)
    folder = tmp_path / "here"
    folder.mkdir()
    writer = WRITERS[name]
    writer.write(made, folder)
    assert _written(folder, writer)
    copied = {"course", *(path.name for path in TOYS.rglob("*"))}
    for path in folder.rglob("*"):
        if path.name not in copied:
            assert path.stat().st_mode & 0o077 == 0, path
