"""Compiled code is cached: later processes load it without numba, and whatever does not fit is compiled anew."""

import os
import shutil
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

import looplab
from looplab.replicas.fused import code_cache
from looplab.replicas.fused.code_cache import cache_code, read_cached_code
from looplab.replicas.fused.compiled import compiled_training
from looplab.replicas.fused.machine_code import MachineCode, load

CODE = MachineCode(b"\x00machine\ncode\xff", ("sqrt", "pow"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where code is kept during a test."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture(scope="module")
def machine_code() -> MachineCode:
    """The training loop, as every test before has kept it."""
    compiled_training()
    found = read_cached_code()
    assert found is not None
    return found


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_what_is_kept_is_read_as_it_was(folder: Path) -> None:
    assert read_cached_code() is None
    cache_code(CODE)
    assert read_cached_code() == CODE
    assert only_file(folder).suffix == ".kernels"


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: content[: len(content) // 2],
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
        lambda content: content.replace(b'"pow"', b'"paw"'),
        lambda content: bytes([content[0] ^ 1]) + content[1:],
        lambda content: b"another program's file",
        lambda content: b"\n\n" + content,
        lambda content: b"",
    ],
)
def test_a_damaged_file_counts_for_nothing_and_is_replaced(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    cache_code(CODE)
    path = only_file(folder)
    path.write_bytes(damage(path.read_bytes()))
    assert read_cached_code() is None
    cache_code(CODE)
    assert read_cached_code() == CODE


def test_a_file_that_cannot_be_read_counts_for_nothing(folder: Path) -> None:
    cache_code(CODE)
    path = only_file(folder)
    path.unlink()
    path.mkdir()
    assert read_cached_code() is None
    cache_code(CODE)  # cannot be written either


@pytest.mark.parametrize("setting", ["NUMBA_CPU_NAME", "NUMBA_ENABLE_AVX", "NUMBA_OPT"])
def test_other_settings_of_numba_have_a_file_of_their_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    cache_code(CODE)
    monkeypatch.setenv(setting, "1")
    assert read_cached_code() is None
    cache_code(CODE._replace(code=b"other"))
    monkeypatch.delenv(setting)
    assert read_cached_code() == CODE
    assert len(list(folder.iterdir())) == 2


def test_a_settings_file_of_numba_counts_like_a_setting(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cache_code(CODE)
    monkeypatch.chdir(tmp_path)
    assert read_cached_code() == CODE
    (tmp_path / ".numba_config.yaml").write_text("cpu_name: generic\n")
    assert read_cached_code() is None


def test_code_of_another_processor_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache_code(CODE)
    monkeypatch.setattr(code_cache, "processor", lambda: "another")
    assert read_cached_code() is None
    cache_code(CODE)
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("package", ["numba", "llvmlite"])
def test_code_of_another_version_is_replaced(folder: Path, monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    cache_code(CODE)
    monkeypatch.setattr(code_cache, "version", lambda name: "0" if name == package else version(name))
    assert read_cached_code() is None
    cache_code(CODE)
    assert read_cached_code() == CODE
    assert only_file(folder)


def test_code_of_another_format_is_replaced(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache_code(CODE)
    monkeypatch.setattr(code_cache, "_FORMAT", 0)
    assert read_cached_code() is None
    cache_code(CODE)
    assert only_file(folder)


SOURCES = ["replicas/fused/kernels/losses.py", "lanes/functions.py", "loop/losses/cross_entropy.py",
           "loop/optimizers/adam.py", "models/activations/tanh.py", "registry.py"]  # fmt: skip


@pytest.mark.parametrize("change", ["edit", "rename", "add"])
@pytest.mark.parametrize("source", SOURCES)
def test_code_of_other_sources_is_replaced(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str, change: str
) -> None:
    package = tmp_path / "package"
    shutil.copytree(Path(looplab.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__", "course"))
    path = package / source
    monkeypatch.setattr(code_cache, "_PACKAGE", package)
    monkeypatch.setattr(code_cache, "_SOURCES", package / "replicas" / "fused")
    cache_code(CODE)
    assert read_cached_code() == CODE
    if change == "edit":
        path.write_text(path.read_text() + "\n")
    elif change == "rename" and path.parent != package:
        path.rename(path.with_name("another.py"))
    else:
        (path.parent if path.parent != package else package / "lanes").joinpath("more.py").write_text("")
    assert read_cached_code() is None
    cache_code(CODE)
    assert read_cached_code() == CODE
    assert only_file(folder)


def test_code_lies_beside_its_source_or_where_that_is_read_only_in_the_cache_of_the_user(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(code_cache, "cache_folder", lambda: tmp_path / "user")
    monkeypatch.setattr(code_cache, "_SOURCES", tmp_path / "sources")
    cache_code(CODE)
    assert [path.parent for path in tmp_path.rglob("*.kernels")] == [tmp_path / "sources" / "__pycache__"]
    shutil.rmtree(tmp_path / "sources")
    (tmp_path / "sources").write_text("no folder can be made here")
    cache_code(CODE)
    assert read_cached_code() == CODE
    assert [path.parent for path in tmp_path.rglob("*.kernels")] == [tmp_path / "user"]
    shutil.rmtree(tmp_path / "user")
    (tmp_path / "user").write_text("nor here")
    cache_code(CODE)
    assert read_cached_code() is None


def test_code_that_needs_what_a_process_lacks_is_not_loaded(machine_code: MachineCode) -> None:
    assert load(machine_code) is not None
    assert load(machine_code._replace(needs=("no_such_function_anywhere",))) is None


SCRIPT = """
    import hashlib, os, sys, torch
    from looplab import Recipe, load, mlp
    from looplab.sweeps import train_many
    from looplab.replicas.fused import compiled

    def trained():
        recipe = Recipe(optimizer="adam", lr=0.05, steps=30, batch_size=32)
        runs = train_many(lambda: mlp(2, [8], 1), load("moons"), recipe, seeds=8, backend="fused")
        return hashlib.sha256(runs.parameters.numpy().tobytes() + runs.train_loss.numpy().tobytes()).hexdigest()
"""


def python(folder: Path, code: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(SCRIPT) + textwrap.dedent(code)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"NUMBA_CACHE_DIR": str(folder)},
    )  # fmt: skip


def said(process: "subprocess.Popen[str]") -> list[str]:
    out, err = process.communicate()
    assert process.returncode == 0, err
    return out.split()


def test_a_later_process_trains_without_numba(folder: Path, machine_code: MachineCode) -> None:
    cache_code(machine_code)
    assert said(python(folder, "print(trained(), 'numba' in sys.modules)"))[1] == "False"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system starts processes in another way")
def test_a_forked_process_trains_alike(folder: Path, machine_code: MachineCode) -> None:
    cache_code(machine_code)
    code = """
        torch.set_num_threads(1)  # OpenMP's threads do not survive a fork
        print(trained(), flush=True)
        if child := os.fork():
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        print(trained(), flush=True)
    """
    first, second = said(python(folder, code))
    assert first == second


@pytest.mark.slow
def test_two_processes_at_once_mend_a_damaged_file(folder: Path, machine_code: MachineCode) -> None:
    cache_code(machine_code)
    path = only_file(folder)
    path.write_bytes(path.read_bytes()[:1000])
    code = "print(trained(), 'numba' in sys.modules)"
    first, second = [said(process) for process in [python(folder, code) for _ in range(2)]]
    assert first == second
    assert first[1] == "True"
    assert only_file(folder) == path
    assert said(python(folder, code)) == [first[0], "False"]


@pytest.mark.slow
def test_where_no_object_file_can_be_loaded_each_process_compiles(folder: Path, machine_code: MachineCode) -> None:
    cache_code(machine_code)
    expected = said(python(folder, "print(trained())"))
    path = only_file(folder)
    kept_before = path.stat().st_mtime_ns
    assert said(python(folder, "compiled.load = lambda code: None; print(trained())")) == expected
    assert path.stat().st_mtime_ns == kept_before


@pytest.mark.usefixtures("folder")
class TestWhoMayWrite:
    """Code that somebody else could have written is not executed, and none is written where somebody else may write."""

    @pytest.mark.parametrize("permissions", [0o777, 0o1777, 0o702])
    def test_a_cache_folder_that_others_may_write_to_is_not_used(self, folder: Path, permissions: int) -> None:
        cache_code(CODE)
        folder.chmod(permissions)
        assert read_cached_code() is None
        only_file(folder).unlink()
        cache_code(CODE)
        assert list(folder.iterdir()) == []

    def test_a_folder_above_it_that_others_may_write_to_is_as_bad(self, folder: Path) -> None:
        cache_code(CODE)
        folder.parent.chmod(0o777)
        assert read_cached_code() is None
        shutil.rmtree(folder)
        cache_code(CODE)
        assert not folder.exists()

    def test_a_file_that_others_may_write_to_is_replaced(self, folder: Path) -> None:
        cache_code(CODE)
        only_file(folder).chmod(0o666)
        assert read_cached_code() is None
        cache_code(CODE)
        assert read_cached_code() == CODE

    def test_whatever_the_umask_what_is_written_is_trusted(self, folder: Path) -> None:
        before = os.umask(0)
        try:
            cache_code(CODE)
        finally:
            os.umask(before)
        assert read_cached_code() == CODE
        assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, only_file(folder))] == [0o755, 0o644]

    @pytest.mark.slow
    def test_training_works_and_only_costs_time(self, folder: Path, machine_code: MachineCode) -> None:
        cache_code(machine_code)
        expected = said(python(folder, "print(trained(), 'numba' in sys.modules)"))
        folder.chmod(0o777)
        assert said(python(folder, "print(trained(), 'numba' in sys.modules)")) == [expected[0], "True"]
        assert expected[1] == "False"
