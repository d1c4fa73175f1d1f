"""What an answer may do to itself and to its surroundings; each test's answer is a mistake or mischief."""

import builtins
import importlib
import os
import random
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from looplab.content import CONTENT_PACKAGES
from looplab.course.answers import limits
from looplab.course.answers.judge import judge
from looplab.course.exercises import Exercise, Verdict, WrongAnswer, call

Answer = Callable[[Tensor], Any]


def within(seconds: float, toy: Exercise, answer: object) -> Verdict:
    began = time.monotonic()
    verdict = judge(replace(toy, time_limit_seconds=0.3), answer)
    assert time.monotonic() - began < seconds
    return verdict


def test_right_answer(toy: Exercise, capsys: pytest.CaptureFixture[str]) -> None:
    verdict = judge(toy, lambda x: 2 * x)
    assert (verdict.passed, verdict.message, verdict.printed) == (True, "9.9.1 Double it: passed.", "")
    assert capsys.readouterr() == ("", "")


def test_wrong_answer(toy: Exercise) -> None:
    verdict = judge(toy, lambda x: 3 * x)
    assert not verdict
    assert verdict.message.startswith("double(x) is -3 for input -1 (element [0, 0]), expected -2; 2 of 3 elements")


def test_a_sentence_that_quotes_too_much_is_cut_in_its_middle(toy: Exercise) -> None:
    def check(answer: object) -> None:
        raise WrongAnswer(f"your answer is {answer}, expected a number.")

    verdict = judge(replace(toy, check=check), torch.arange(500.0))
    assert len(verdict.message) < 710
    assert verdict.message.startswith("your answer is tensor([")
    assert " … " in verdict.message
    assert verdict.message.endswith(", expected a number.")


def test_loop_without_end(toy: Exercise) -> None:
    def double(x: Tensor) -> Tensor:
        while True:
            x = x + 0

    verdict = within(60, toy, double)
    assert verdict.message.startswith("your double was still running after 0.3 s, at line ")
    assert verdict.message.endswith("`). Is there a loop that never ends?")


def test_loop_that_swallows_every_exception(toy: Exercise) -> None:
    def double(x: Tensor) -> Tensor:
        while True:
            try:
                time.sleep(0.001)
            except Exception:  # noqa: BLE001 - the learner's
                continue

    assert "was still running after 0.3 s" in within(60, toy, double).message


def test_loop_elsewhere_than_in_the_main_thread(toy: Exercise) -> None:
    def double(x: Tensor) -> Tensor:
        while True:
            pass

    verdicts: list[Verdict] = []
    for answer in (double, lambda x: 2 * x, lambda x: None):
        worker = threading.Thread(target=lambda answer=answer: verdicts.append(within(60, toy, answer)))
        worker.start()
        worker.join()
    assert "was still running after 0.3 s, at line" in verdicts[0].message
    assert verdicts[1].passed
    assert verdicts[2].message == "your answer returned nothing (None): is a return missing?"
    assert "answer" not in {thread.name for thread in threading.enumerate()}


def test_memory_that_grows(toy: Exercise, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("looplab.course.answers.judge.MEMORY_LIMIT_BYTES", 2**27)

    def double(x: Tensor) -> Tensor:
        hoard = []
        while True:
            hoard.append(torch.ones(10**6))

    verdict = judge(replace(toy, time_limit_seconds=10), double)
    assert verdict.message.startswith("your double used more than 0.125 GB of memory, at line ")
    assert verdict.message.endswith("`). Does a list or tensor grow in a loop?")


@pytest.mark.parametrize("allocate", [lambda: torch.ones(10**9), lambda: np.ones(10**9), lambda: bytearray(5 * 10**9)])
def test_one_huge_allocation(toy: Exercise, allocate: Callable[[], object]) -> None:
    def double(x: Tensor) -> Tensor:
        allocate()
        return x

    verdict = judge(toy, double)
    assert verdict.message.startswith("your double asked for more memory than a check may use at line ")


def test_megabytes_of_printing_are_cut(toy: Exercise, capsys: pytest.CaptureFixture[str]) -> None:
    def double(x: Tensor) -> Tensor:
        for _ in range(1000):
            print("x" * 9_999)
        return 2 * x

    verdict = judge(toy, double)
    assert verdict.passed
    assert len(verdict.printed) < 2100
    assert verdict.printed.endswith("…\n(cut: 10,000,000 characters in all)")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (SystemExit(3), "your double ended the program at line "),
        (KeyboardInterrupt(), "your double raised KeyboardInterrupt at line "),
        (GeneratorExit(), "your double raised GeneratorExit at line "),
        (MemoryError(), "your double asked for more memory than a check may use at line "),
    ],
)
def test_exceptions_that_end_programs(toy: Exercise, error: BaseException, sentence: str) -> None:
    def double(x: Tensor) -> Tensor:
        raise error

    assert judge(toy, double).message.startswith(sentence)


def test_pressing_stop_interrupts_the_cell(toy: Exercise) -> None:
    def double(x: Tensor) -> Tensor:
        os.kill(os.getpid(), 2)
        time.sleep(5)
        return x

    with pytest.raises(KeyboardInterrupt):
        judge(toy, double)


@pytest.fixture
def slow_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a module that takes a second and a half to import."""
    _write_slow(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield "slow_to_import"
    sys.modules.pop("slow_to_import", None)


def _write_slow(folder: Path, first: str = "pass") -> None:
    busy = "until = time.monotonic() + 1.5\nwhile time.monotonic() < until:\n    pass\n"
    (folder / "slow_to_import.py").write_text(f"import os, time\n{first}\n{busy}factor = 2\n")


@pytest.mark.parametrize("elsewhere", [False, True])
def test_an_import_is_not_broken_off_and_its_time_does_not_count(
    toy: Exercise, slow_module: str, elsewhere: bool
) -> None:
    def double(x: Tensor) -> Tensor:
        return x * int(importlib.import_module(slow_module).factor)

    def loops_after_importing(x: Tensor) -> Tensor:
        importlib.import_module(slow_module)
        while True:
            pass

    hurried = replace(toy, time_limit_seconds=1)
    late = judged(hurried, loops_after_importing, elsewhere)
    assert slow_module in sys.modules
    assert "was still running after 1 s" in late.message
    del sys.modules[slow_module]
    assert judged(hurried, double, elsewhere).passed


def judged(exercise: Exercise, answer: object, elsewhere: bool) -> Verdict:
    """The verdict, from the main thread or elsewhere than there."""
    if not elsewhere:
        return judge(exercise, answer)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(judge, exercise, answer).result()


def test_stop_pressed_while_importing_waits_for_the_module(toy: Exercise, slow_module: str, tmp_path: Path) -> None:
    _write_slow(tmp_path, first="os.kill(os.getpid(), 2)")
    with pytest.raises(KeyboardInterrupt):
        judge(toy, lambda x: x * int(importlib.import_module(slow_module).factor))
    assert sys.modules[slow_module].factor == 2


def test_a_timer_within_the_handler_of_stop_waits_for_the_module_too(
    toy: Exercise, slow_module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_slow(tmp_path, first="os.kill(os.getpid(), 2)")
    sent: list[int] = []
    overdrawn = limits._Budget.overdrawn

    def looks_and_is_interrupted(budget: limits._Budget, frame: FrameType | None) -> type[BaseException] | None:
        if budget.stop_pressed and not sent:
            sent.append(signal.SIGALRM)
            signal.raise_signal(signal.SIGALRM)
        return overdrawn(budget, frame)

    monkeypatch.setattr(limits._Budget, "overdrawn", looks_and_is_interrupted)
    with pytest.raises(KeyboardInterrupt):
        judge(toy, lambda x: x * int(importlib.import_module(slow_module).factor))
    assert sent
    assert sys.modules[slow_module].factor == 2


def test_a_check_within_an_import_has_its_limit_all_the_same(
    toy: Exercise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "checks_itself.py").write_text("import builtins\nverdict = builtins.looplab_check()\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("looplab.course.answers.limits._IMPORT_SECONDS", 5)

    def endless(x: Tensor) -> Tensor:
        while True:
            pass

    monkeypatch.setattr(builtins, "looplab_check", lambda: within(60, toy, endless), raising=False)
    try:
        verdict = importlib.import_module("checks_itself").verdict
    finally:
        sys.modules.pop("checks_itself", None)
    assert "was still running after 0.3 s" in verdict.message


def test_an_import_that_never_ends(toy: Exercise, slow_module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("looplab.course.answers.limits._IMPORT_SECONDS", 0.1)
    verdict = judge(replace(toy, time_limit_seconds=0.1), lambda _: importlib.import_module(slow_module))
    assert "was still running after 0.1 s" in verdict.message
    assert slow_module not in sys.modules


def test_nobody_answers_input(toy: Exercise) -> None:
    verdict = judge(toy, lambda x: input("how much? "))
    assert verdict.message.startswith("your answer asks for input() at line ")


def test_answer_that_breaks_the_check_itself(toy: Exercise) -> None:
    of_the_lesson: dict[str, Any] = {"__name__": f"{CONTENT_PACKAGES}9_9.exercises"}
    exec("def check(answer):\n    answer.shape\n", of_the_lesson)
    verdict = judge(replace(toy, check=of_the_lesson["check"]), 3)
    assert verdict.message == (
        "your double is something that this check cannot work with (AttributeError: 'int' object has no attribute "
        "'shape'). Compare it with the stub: what it is given, what it returns, which types and shapes."
    )


def test_answer_called_without_the_helper(toy: Exercise) -> None:
    def double(x: Tensor) -> Tensor:
        return x.twice()  # type: ignore[attr-defined, no-any-return]  # the learner's mistake

    def check(answer: Answer) -> None:
        answer(torch.ones(1))

    assert judge(replace(toy, check=check), double).message.startswith("your double raised AttributeError at line ")


def test_random_states_are_left_as_they_were(toy: Exercise) -> None:
    def double(x: Tensor) -> Tensor:
        random.seed(5), np.random.seed(5), torch.manual_seed(5)
        return 2 * x

    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    expected = random.random(), np.random.rand(), torch.rand(1).item()
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    assert judge(toy, double)
    assert (random.random(), np.random.rand(), torch.rand(1).item()) == expected


def test_every_check_begins_with_the_same_seed(toy: Exercise) -> None:
    drawn: list[Any] = []
    exercise = replace(toy, check=lambda answer: drawn.append(answer()))
    for seed in (1, 2):
        random.seed(seed), np.random.seed(seed), torch.manual_seed(seed)
        judge(exercise, lambda: (random.random(), np.random.rand(), torch.rand(1).item()))
    assert drawn[0] == drawn[1]


@contextmanager
def torch_put_back() -> Iterator[None]:
    threads = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_grad_enabled(True)
        torch.set_default_dtype(torch.float32)
        torch.set_num_threads(threads)


def test_torch_modes_are_left_as_they_were(toy: Exercise) -> None:
    inside: list[Any] = []

    def double(x: Tensor) -> Tensor:
        inside.append((torch.is_grad_enabled(), torch.get_default_dtype()))
        torch.set_grad_enabled(True)
        torch.set_default_dtype(torch.float16)
        torch.set_default_device("meta")
        torch.set_num_threads(1)
        np.seterr(all="raise")
        return 2 * x

    before = np.geterr()
    with torch_put_back():
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float64)
        torch.set_num_threads(2)
        judge(toy, double)
        assert (torch.is_grad_enabled(), torch.get_default_dtype()) == (False, torch.float64)
        assert (torch.get_num_threads(), torch.get_default_device().type) == (2, "cpu")
    assert inside == [(True, torch.float32)]
    assert np.geterr() == before


def test_warnings_are_neither_shown_nor_switched_off_for_good(toy: Exercise) -> None:
    def double(x: Tensor) -> Tensor:
        warnings.warn("careful", stacklevel=1)
        warnings.simplefilter("ignore")
        return 2 * x

    filters = list(warnings.filters)
    assert judge(toy, double)
    assert warnings.filters == filters


def test_figures_settings_and_show_are_left_as_they_were(toy: Exercise, monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    shown: list[str] = []
    monkeypatch.setattr(plt, "show", lambda: shown.append("shown"))
    mine, width = plt.figure(), plt.rcParams["lines.linewidth"]
    others = plt.figure()
    plt.figure(mine)

    def double(x: Tensor) -> Tensor:
        plt.figure()
        plt.rcParams["lines.linewidth"] = 99
        plt.show()
        return 2 * x

    try:
        assert judge(toy, double)
        assert plt.get_fignums() == [mine.number, others.number]
        assert plt.gcf() is mine
        assert plt.rcParams["lines.linewidth"] == width
        assert shown == []
    finally:
        plt.close("all")


def test_folder_and_input_are_left_as_they_were(toy: Exercise, tmp_path: Path) -> None:
    def double(x: Tensor) -> Tensor:
        os.chdir(tmp_path)
        return 2 * x

    folder, ask = Path.cwd(), builtins.input
    assert judge(toy, double)
    assert (Path.cwd(), builtins.input) == (folder, ask)


def test_a_check_changes_no_limit_or_timer_for_good(toy: Exercise) -> None:
    import resource
    import signal

    def ring(*_: object) -> None: ...

    handler = signal.signal(signal.SIGALRM, ring)
    timer = signal.setitimer(signal.ITIMER_REAL, 600)
    limits = resource.getrlimit(resource.RLIMIT_DATA)
    try:
        judge(replace(toy, time_limit_seconds=0.1), lambda x: time.sleep(1))
        assert signal.getsignal(signal.SIGALRM) is ring
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] < 600 - 0.1
        assert resource.getrlimit(resource.RLIMIT_DATA) == limits
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, handler)


def test_whatever_call_is_given(toy: Exercise) -> None:
    exercise = replace(toy, check=lambda answer: call(answer, torch.ones(2)))
    for answer in (None, 3, "double", object(), type, print, [1], Exercise):
        assert isinstance(judge(exercise, answer).message, str)
