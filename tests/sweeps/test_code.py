"""The name of a call changes with its code, and with nothing else."""

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from torch import nn

from looplab import mlp
from looplab.sweeps.code import code_digest

SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from torch import nn
import helper
from looplab.sweeps.code import code_digest

class Model(nn.Module):
    kinds = {"a", "b", "c", "d"}
    def forward(self, inputs):
        return helper.twice(inputs) if "a" in {"a", "b", "c", "d"} else inputs

print(code_digest([Model(), lambda: Model(), {"x", "y", "z"}]))
"""


def _printed(folder: Path, hash_seed: int, script: str = SCRIPT) -> str:
    command = [sys.executable, "-c", script, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": str(hash_seed)})
    return done.stdout


def test_other_processes_hash_the_same_code_alike_and_changes_of_helpers_otherwise(tmp_path: Path) -> None:
    helper = tmp_path / "helper.py"
    helper.write_text("def twice(x):\n    return x * 2\n")
    first = _printed(tmp_path, 1)
    helper.write_text("# moved, and commented on\n\n\ndef twice(x):\n    return x * 2  # indeed\n")
    assert _printed(tmp_path, 2) == first
    changed = SCRIPT.replace("helper.twice(inputs)", "helper.twice(inputs) + 1")
    assert _printed(tmp_path, 1, changed) != first


def test_what_a_function_takes_from_around_it_counts() -> None:
    def maker(width: int) -> object:
        return lambda: mlp(2, [width], 1)

    assert code_digest([maker(3)]) == code_digest([maker(3)]) != code_digest([maker(4)])
    assert code_digest([partial(mlp, 2, [3])]) != code_digest([partial(mlp, 2, [4])])


@pytest.mark.parametrize("body", ["inputs + 1", "inputs * 2", "self.layer(inputs)"])
def test_what_a_model_does_counts(body: str) -> None:
    def model(what: str) -> nn.Module:
        space: dict[str, object] = {}
        exec(
            f"class M(nn.Module):\n def forward(self, inputs):\n  return {what}",
            {"nn": nn, "__name__": "some_script"},
            space,
        )
        made: nn.Module = space["M"]()  # type: ignore[operator]
        return made

    assert code_digest([model(body)]) == code_digest([model(body)])
    assert code_digest([model(body)]) != code_digest([model("inputs - 7")])
