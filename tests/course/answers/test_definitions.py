"""From source to answer; `judge_source` runs in this process what `check_file` runs in one of its own."""

import pytest

from looplab.course.answers.contract import judge_source
from looplab.course.exercises import Exercise


def test_answer_of_a_source(toy: Exercise) -> None:
    assert judge_source(toy, "    def double(x):\n        return 2 * x\n")


def test_dataclasses_work_and_main_blocks_do_not_run(toy: Exercise) -> None:
    source = (
        "from dataclasses import dataclass\n@dataclass\nclass Pair:\n    x: int\n"
        "def double(x): return 2 * x\nif __name__ == '__main__': boom()\n"
    )
    assert judge_source(toy, source)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def double(x)\n    return x\n", "your file is not Python yet: expected ':' at line 1 (`def double(x)`)."),
        ("def double(x):\nreturn x\n", "your file is not Python yet: expected an indented block after function"),
        ("x = '\0'\n", "your file is not Python"),
        ("-" * 200_000 + "1\n", "your file is not Python"),
        (
            "import torch\nfrom math import sqrt\n_x = 1\ndef helper(): ...\ndef duble(x): return x\n",
            "your file defines no double. It defines duble, helper. Should duble be called double?",
        ),
        ("import torch\ndef f(x): return x\n", "your file defines no double. It defines f."),
        ("", "your file defines no double."),
        ("double = 3\n", "your answer is a whole number (int), expected something to call"),
        ("y = 1 / 0\n", "your file raised ZeroDivisionError at line 1 (`y = 1 / 0`): division by zero."),
        (
            "def double(x: nn.Module): ...\n",
            "your file uses nn at line 1 (`def double(x: nn.Module): ...`) before it is imported. Begin with: from",
        ),
        ("exit(1)\n", "your file ended the program at line 1 (`exit(1)`). Take the call of exit() out."),
    ],
)
def test_mistakes_of_a_file(toy: Exercise, source: str, message: str) -> None:
    verdict = judge_source(toy, source)
    assert not verdict.passed
    assert verdict.message.startswith(message)
    assert "\n" not in verdict.message
