"""Files that would have a wrong answer pass, tried on every exercise: the verdict is made where they cannot write."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from looplab.course.answers import check_file, file_check, read_progress
from looplab.course.answers.contract import until_answer
from looplab.course.exercises import Exercise, list_exercises
from looplab.course.reading import find_lesson
from looplab.course.reading.imports import imports_of

HEAD = "import gc, os, struct, sys, types\nimport msgspec, torch\nfrom torch import nn\n"

CLAIM = """
CLAIMS = [
    {"number": "0" * 32, "passed": True, "message": "passed.", "kind": "value", "value": b"\\xc3", "fault": ""},
    {"phase": "done", "passed": True, "verdict": {"passed": True}},
]
def claim(numbers=()):
    said = [msgspec.msgpack.encode(each) for each in CLAIMS]
    said += [msgspec.msgpack.encode({**CLAIMS[0], "number": number}) for number in numbers]
    for handle in range(64):
        for each in said:
            try:
                os.write(handle, struct.pack("<Q", len(each)) + each)
            except OSError:
                pass
    for folder in {os.getcwd(), os.environ.get("LOOPLAB_HOME", "."), os.environ.get("TMPDIR", ".")}:
        for name in ("report.json", "verdict.json", "progress.json"):
            try:
                with open(os.path.join(folder, name), "w") as file:
                    file.write('{"passed": true}')
            except OSError:
                pass
"""

ALWAYS = """
class Always:
    def __init__(self, *given, **named): pass
    def __call__(self, *given, **named): return self
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __contains__ = __lt__
    def __hash__(self): return 0
    def __bool__(self): return True
    def __float__(self): return 0.0
    def __abs__(self): return self
    def __sub__(self, other): return self
    __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __sub__
    def __len__(self): return 3
    def __iter__(self): return iter([self] * 3)
    def __getitem__(self, place): return self
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self
class AlwaysNumber(float):
    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __hash__ = float.__hash__
    __sub__ = __rsub__ = __abs__ = lambda self, *other: 0.0
class AlwaysTensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, given=(), named=None):
        return True
"""

FORGERIES = {
    "a report and the end of Python": CLAIM + "def ANSWER(*given, **named):\n    claim()\n    os._exit(0)\n",
    "a report and SystemExit": CLAIM + "def ANSWER(*given, **named):\n    claim()\n    raise SystemExit(0)\n",
    "another judge": """
def agree(*given, **named):
    return given[0] if given else ""
for module in list(sys.modules.values()):
    for name in ("expect_close", "expect_tensor", "expect_module", "expect_unchanged", "allclose", "isclose", "equal",
                 "fault_of", "in_words", "call", "check", "verdict_of", "record", "recorded", "isinstance"):
        if isinstance(getattr(module, name, None), types.FunctionType | types.BuiltinFunctionType):
            setattr(module, name, agree)
torch.Tensor.__eq__ = torch.Tensor.equal = torch.Tensor.allclose = lambda self, other, *more: True
def ANSWER(*given, **named):
    return given[0] if given else True
""",
    "an exercise without its check": """
for thing in gc.get_objects():
    if type(thing).__name__ == "Exercise":
        object.__setattr__(thing, "check", lambda answer: None)
from looplab.course.exercises import exercise
exercise.WrongAnswer.__init__ = lambda self, *given: sys.exit(0)
def ANSWER(*given, **named):
    return 0.0
""",
    "what equals everything": ALWAYS + "def ANSWER(*given, **named):\n    return Always()\n",
    "what is everything": ALWAYS + "ANSWER = Always()\n",
    "a number that equals everything": ALWAYS + "def ANSWER(*given, **named):\n    return AlwaysNumber(17.125)\n",
    "a tensor that equals everything": ALWAYS
    + "def ANSWER(*given, **named):\n    return torch.full((3, 7), 17.125).as_subclass(AlwaysTensor)\n",
    "other replies": CLAIM
    + """
from looplab.course.answers import asking, channel, file_check_process, keeper
def say(self, content):
    return asking.written_said(asking.Said(kind="value", value=b"\\xc3", changed=[(1, 0, b"\\xc3"), (-1, 0, b"\\xc3")]))
keeper.Keeper.say = say
before = file_check_process._Check._reply
def reply(self, question, **fields):
    claim([question.number])
    before(self, question, **{**fields, "fault": "", "wrong": ""})
file_check_process._Check._reply = reply
def ANSWER(*given, **named):
    return True
""",
    "inputs that are all alike": """
import random
from looplab.course.answers import keeper
keeper.random_states = lambda: b""
def ANSWER(*given, **named):
    torch.set_rng_state(torch.zeros_like(torch.get_rng_state()).index_fill(0, torch.arange(8, 16), 1))
    random.random = torch.rand = torch.randn = torch.randint = lambda *size, **more: torch.zeros(())
    return 0.0
""",
}

EVERY = list_exercises()
_EACH = 3
TRIED = [
    (exercise, [*FORGERIES][(_EACH * place + more) % len(FORGERIES)])
    for place, exercise in enumerate(EVERY)
    for more in range(len(FORGERIES) if os.environ.get("LOOPLAB_EVERY_FORGERY") else _EACH)
]
"""Some of the forgeries on each exercise, each on many; with LOOPLAB_EVERY_FORGERY=1, all on all."""


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Exercise, str], object]:
    """Has a source checked as a learner's file is, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def checked(exercise: Exercise, source: str) -> object:
        path = tmp_path / "answer.py"
        path.write_text(source, encoding="utf-8")
        return check_file(exercise.id, path)

    return checked


@pytest.mark.parametrize(("exercise", "kind"), TRIED, ids=[f"{exercise.id}-{kind}" for exercise, kind in TRIED])
def test_a_forged_answer_does_not_pass(exercise: Exercise, kind: str, check: Callable[[Exercise, str], object]) -> None:
    verdict = check(exercise, HEAD + FORGERIES[kind].replace("ANSWER", exercise.answer))
    assert not verdict, f"{kind} passes"
    assert read_progress()[exercise.id].passed is None


@pytest.mark.slow
@pytest.mark.parametrize("exercise", EVERY, ids=lambda exercise: exercise.id)
def test_the_solution_passes_from_a_file(
    exercise: Exercise, check: Callable[[Exercise, str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = replace(exercise, time_limit_seconds=200.0)  # however busy the machine is
    monkeypatch.setattr(file_check, "find_exercise", lambda *_: patient)
    lesson = find_lesson(exercise.lesson)
    text = next(text for text in lesson.exercises if text.id == exercise.id)
    assert text.solution is not None
    before = imports_of(fence.source for fence in lesson.cells if fence.line < text.line)
    verdict = check(exercise, f"{before}\n{until_answer(text.solution.source, exercise.answer)}")
    assert verdict, verdict


def test_every_exercise_is_tried() -> None:
    assert {exercise.id for exercise, _ in TRIED} == {exercise.id for exercise in EVERY}
    assert {kind for _, kind in TRIED} == set(FORGERIES)
