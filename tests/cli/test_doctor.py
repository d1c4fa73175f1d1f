"""`looplab doctor script.py`: the script runs as `python script.py` would, and its training is diagnosed."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DATA = """
import os, sys
import torch
from torch import nn
from torch.nn import functional

torch.manual_seed(0)
X = torch.randn(256, 4)
Y = X.sum(dim=1, keepdim=True)

def batches():
    for _ in range(3):
        yield from zip(X.split(32), Y.split(32), strict=True)
"""
MODEL = "model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))\n"
OPTIMIZER = "optimizer = torch.optim.SGD(model.parameters(), lr=0.05)\n"
LOOP = """
loss_fn = nn.MSELoss()
for x, y in batches():
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    optimizer.step()
"""
PILING = LOOP.replace("    optimizer.zero_grad()\n", "")
HEALTHY = DATA + MODEL + OPTIMIZER + LOOP
ILL = DATA + MODEL + OPTIMIZER + PILING


def command(*words: str) -> list[str]:
    return [str(Path(sys.executable).with_name("looplab")), *words]  # `python -m` looks for modules where it stands


def run(folder: Path, source: str, *words: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    (folder / "script.py").write_text(source)
    return subprocess.run(
        command("doctor", *options, "script.py", *words), capture_output=True, text=True, cwd=folder, check=False
    )


def plain(folder: Path, source: str, *words: str) -> subprocess.CompletedProcess[str]:
    (folder / "script.py").write_text(source)
    return subprocess.run(
        [sys.executable, "script.py", *words], capture_output=True, text=True, cwd=folder, check=False
    )


def report(folder: Path, source: str, *options: str) -> dict[str, Any]:
    """What a script's training is said to be, of all of whose steps much is seen."""
    said = run(folder, source, options=("--every", "1", "--json", "report.json", *options))
    assert said.returncode == 0, said.stderr
    found: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return found


def faults(found: dict[str, Any]) -> list[str]:
    return [each["fault"] for each in found["findings"] if each["level"] == "fault"]


SEEN = """
import __main__, os, pickle, sys, warnings
import beside
class Mine: ...
print(sys.argv, __name__, __file__, __package__, __spec__, __doc__, __annotations__, sys.path[0], beside.__file__)
print(sys.modules["__main__"].Mine is Mine, type(pickle.loads(pickle.dumps(Mine()))) is Mine, os.getcwd())
print("\\x1b[31mred\\x1b[0m, then \\rback, \\u202e", type(sys.stdout).__name__, sys.stdout.errors, sys.stderr.errors)
print("to the other", file=sys.stderr)
warnings.warn("my own", UserWarning)
import typer
print(typer.__file__)
"""


def test_a_script_sees_and_prints_what_it_does_without_the_doctor(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("")
    (tmp_path / "typer.py").write_text("'''A module of the person's, named as one that looplab uses.'''")
    expected = plain(tmp_path, SEEN, "a", "--json", "--", "--help")
    said = run(tmp_path, SEEN, "a", "--json", "--", "--help")
    assert said.stdout == expected.stdout
    assert said.stderr.startswith(expected.stderr)
    assert "Nothing was watched: the script did not import PyTorch." in said.stderr
    assert said.returncode == 0


STATE = """
import hashlib, random
import numpy as np
state = [*model.state_dict().values(), *(each.grad for each in model.parameters()), torch.get_rng_state()]
print(*(hashlib.sha256(each.numpy().tobytes()).hexdigest() for each in state), random.random(), np.random.random())
"""
TRAINED = (
    DATA.replace("import torch\n", "os.environ['OMP_NUM_THREADS'] = '1'\nimport torch\n")
    + "import random, numpy as np\nrandom.seed(0); np.random.seed(0)\n"
    + MODEL.replace("nn.ReLU()", "nn.ReLU(), nn.Dropout(0.2), nn.BatchNorm1d(8)")
    + OPTIMIZER
    + LOOP
    + "print(torch.get_num_threads())\n"
    + STATE
)


def test_no_bit_of_the_training_changes(tmp_path: Path) -> None:
    expected, said = plain(tmp_path, TRAINED), run(tmp_path, TRAINED, options=("--every", "1"))
    assert said.stdout == expected.stdout
    assert len(said.stdout.split()) > 10
    assert "Healthy: no fault was found. Looked at 24 steps" in said.stderr
    assert "Note: Watched: Sequential, SGD, MSELoss." in said.stderr


def test_a_fault_is_called_while_the_script_runs_and_reported_after_it(tmp_path: Path) -> None:
    said = run(tmp_path, ILL + "print('end', file=sys.stderr)\n")
    called, end = said.stderr.index("looplab: Gradients pile up"), said.stderr.index("end\n")
    assert called < end < said.stderr.index("1 fault found, the most likely first. Looked at 24 steps")
    assert said.stderr.index("1. Gradients pile up from step to step (no_zero_grad, fault, 98 % sure)") > end
    assert said.stdout == ""
    assert said.returncode == 0, "the script's own"


@pytest.mark.parametrize(
    ("ending", "status"),
    [("sys.exit(3)", 3), ("sys.exit('a reason')", 1)],
)
def test_the_status_is_the_scripts_own(ending: str, status: int, tmp_path: Path) -> None:
    said, expected = run(tmp_path, ILL + ending), plain(tmp_path, ILL + ending)
    assert said.returncode == expected.returncode == status
    assert "no_zero_grad" in said.stderr
    assert expected.stderr in said.stderr


def test_an_error_of_the_script_is_shown_as_python_shows_it_with_the_findings_beside_it(tmp_path: Path) -> None:
    source = ILL + "def inner():\n    try:\n        [].pop()\n    finally:\n        {}['none']\ninner()\n"
    said, expected = run(tmp_path, source), plain(tmp_path, source)
    assert said.returncode == expected.returncode == 1
    assert expected.stderr.count("Traceback") == 2
    assert expected.stderr in said.stderr
    assert said.stderr.index("KeyError: 'none'\n") < said.stderr.index("1 fault found")
    assert "It ended with KeyError: 'none'" in said.stderr


def test_no_line_of_looplab_stands_in_a_traceback(tmp_path: Path) -> None:
    broken = HEALTHY.replace("loss_fn(model(x), y)", "loss_fn(model(x[:, :3] if x is X[:32] else x[:, :2]), y)")
    said = run(tmp_path, broken)
    assert said.returncode == 1
    shown = said.stderr[said.stderr.index("Traceback") : said.stderr.index("RuntimeError: ")]
    assert "script.py" in shown
    assert str(Path("looplab", "doctor")) not in shown
    assert str(Path("looplab", "cli")) not in shown


def test_control_c_ends_the_script_with_130_and_the_findings_so_far(tmp_path: Path) -> None:
    waiting = ILL + "import time\nprint('waits', flush=True)\ntime.sleep(200)\n"
    (tmp_path / "script.py").write_text(waiting)
    process = subprocess.Popen(
        command("doctor", "script.py"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "waits\n"
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=100)
    assert process.returncode == 130
    assert "Stopped.\n" in error
    assert "no_zero_grad" in error
    assert "Traceback" not in error


GAN = """
G, D = nn.Linear(4, 4), nn.Sequential(nn.Linear(4, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
of_g, of_d = torch.optim.Adam(G.parameters()), torch.optim.Adam(D.parameters())
loss_fn = nn.BCEWithLogitsLoss()
for x, _ in batches():
    fake = G(torch.randn(32, 4))
    of_d.zero_grad()
    (loss_fn(D(x), torch.ones(32, 1)) + loss_fn(D(fake.detach()), torch.zeros(32, 1))).backward()
    of_d.step()
    of_g.zero_grad()
    loss_fn(D(fake), torch.ones(32, 1)).backward()
    of_g.step()
"""


@pytest.mark.parametrize(("options", "watched"), [((), "Linear, Adam"), (("--optimizer", "2"), "Sequential, Adam")])
def test_of_two_optimizers_in_a_loop_one_is_watched_and_no_fault_is_claimed(
    options: tuple[str, ...], watched: str, tmp_path: Path
) -> None:
    found = report(tmp_path, DATA + GAN, *options)
    assert faults(found) == []
    number, other = (2, 1) if options else (1, 2)
    assert found["notes"][0] == f"Watched: {watched}, BCEWithLogitsLoss."
    assert (
        found["notes"][1]
        == f"The script made 2 optimizers; number {number} was watched. For another: --optimizer {other}."
    )
    assert "findings are only worth a look" in found["notes"][2]


SWEEP = "for size in (1, 2, 3):\n    " + f"{MODEL}{OPTIMIZER}{PILING}".strip().replace("\n", "\n    ")
SWEEP = SWEEP.replace("    loss_fn(model", "    if size == 1: optimizer.zero_grad()\n        loss_fn(model")


def test_of_models_that_are_made_one_after_another_the_first_is_watched_until_the_next(tmp_path: Path) -> None:
    found = report(tmp_path, DATA + SWEEP)
    assert (found["steps"], faults(found)) == (24, [])
    said = "The script made 3 optimizers; number 1 was watched, until the next was made. For another: --optimizer 2."
    assert found["notes"][1] == said
    found = report(tmp_path, DATA + SWEEP, "--optimizer", "3")
    assert (found["steps"], faults(found)) == (24, ["no_zero_grad"])


LBFGS = """
optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=4)
def closure():
    optimizer.zero_grad()
    loss = functional.mse_loss(model(X), Y)
    loss.backward()
    return loss
for _ in range(6):
    optimizer.step(closure)
"""
FUNCTIONAL = PILING.replace("loss_fn(model(x), y)", "functional.mse_loss(model(x).flatten(), y)")
SELDOM = OPTIMIZER + LOOP.replace("    optimizer.step()\n", "")
OLD = "old = nn.Linear(4, 1)\noptimizer = torch.optim.SGD(old.parameters(), lr=0.1)\n"
METHODS = """
class Coder(nn.Module):
    def __init__(self):
        super().__init__()
        self.inward, self.outward = nn.Linear(4, 8), nn.Linear(8, 1)
    def encode(self, x):
        return self.inward(x)
model = Coder()
"""
LAZY = "model = nn.Sequential(nn.LazyLinear(8), nn.ReLU(), nn.Linear(8, 1))\n"
TWO = """
first, second = nn.Linear(4, 8), nn.Linear(8, 1)
optimizer = torch.optim.SGD([*first.parameters(), *second.parameters()], lr=0.05)
model = lambda x: second(first(x))
"""
COMPILED = "model = torch.compile(model, backend='eager')\n"
CALLS = LOOP.replace("model(x)", "model.outward(model.encode(x))")


@pytest.mark.parametrize(
    ("source", "steps", "found", "watched"),
    [
        pytest.param(MODEL + LBFGS, 6, [], "Sequential, LBFGS", id="lbfgs"),
        pytest.param(
            MODEL + OPTIMIZER + FUNCTIONAL,
            24,
            ["target_shape_broadcast", "no_zero_grad"],
            "Sequential, SGD",
            id="functional",
        ),
        pytest.param(MODEL + SELDOM, 24, ["no_optimizer_step"], "Sequential, SGD, MSELoss", id="no step"),
        pytest.param(
            MODEL + OLD + LOOP,
            23,
            ["optimizer_wrong_params"],
            "Sequential, SGD, MSELoss, from the second step on",
            id="another model's parameters",
        ),
        pytest.param(METHODS + OPTIMIZER + CALLS, 23, [], "Coder, SGD, MSELoss, from the second step on", id="methods"),
        pytest.param(
            LAZY + OPTIMIZER + PILING,
            23,
            ["no_zero_grad"],
            "Sequential, SGD, MSELoss, from the second step on",
            id="lazy",
        ),
        pytest.param(
            TWO + PILING, 23, ["no_zero_grad"], "Linear and Linear, SGD, MSELoss, from the second step on", id="two"
        ),
        pytest.param(MODEL + COMPILED + OPTIMIZER + LOOP, 24, [], "OptimizedModule, SGD, MSELoss", id="compiled"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_the_parts_are_found(source: str, steps: int, found: list[str], watched: str, tmp_path: Path) -> None:
    said = report(tmp_path, DATA + source)
    assert said["notes"][0] == f"Watched: {watched}."
    assert said["steps"] == steps
    assert set(faults(said)) == set(found)


BY_HAND = """
for x, y in batches():
    functional.mse_loss(model(x), y).backward()
    with torch.no_grad():
        for each in model.parameters():
            each -= 0.1 * each.grad
            each.grad = None
"""
TENSORS = """
w = torch.zeros(4, 1, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
model = lambda x: x @ w
"""
PICTURE = """
picture = nn.Parameter(torch.randn(32, 4))
optimizer = torch.optim.SGD([picture], lr=0.1)
for _ in range(5):
    optimizer.zero_grad()
    model(picture).square().mean().backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("source", "why"),
    [
        pytest.param(MODEL + BY_HAND, "the script made no optimizer of torch.optim", id="no optimizer"),
        pytest.param(
            TENSORS + LOOP, "no module was called with gradients on once an optimizer was made", id="no model"
        ),
        pytest.param(
            MODEL + PICTURE,
            "the parameters of the optimizer (SGD) belong to no module that was called with gradients on",
            id="a picture",
        ),
        pytest.param(
            MODEL + OPTIMIZER + LOOP.replace(".backward()", ""),
            "the model was called, but backward() never was",
            id="no backward",
        ),
        pytest.param(
            MODEL + OLD + LOOP.replace("optimizer.step()", "pass"),
            "no module that was called has the parameters of the optimizer (SGD), whose step was never called",
            id="no step of another model's optimizer",
        ),
    ],
)
def test_where_there_is_nothing_to_watch_a_sentence_says_why(source: str, why: str, tmp_path: Path) -> None:
    said = report(tmp_path, DATA + source)
    assert said["notes"] == [f"Nothing was watched: {why}."]
    assert (said["healthy"], said["steps"]) == (None, 0)


def test_an_optimizer_that_was_never_made_cannot_be_watched(tmp_path: Path) -> None:
    said = run(tmp_path, HEALTHY, options=("--optimizer", "2"))
    assert "Nothing can be said: no step was seen.\n" in said.stderr
    assert "Nothing was watched: optimizer 2 was asked for, and the script made 1." in said.stderr


OTHERS = """
from torch.utils.data import DataLoader, TensorDataset
torch.set_num_threads(1)  # OpenMP's threads do not survive a fork
def main():
    rows = TensorDataset(X, Y)
    for context in ("fork", "spawn"):
        for x, y in DataLoader(rows, batch_size=32, num_workers=1, multiprocessing_context=context):
            loss_fn(model(x), y).backward()
            optimizer.step()
    child = os.fork()
    if not child:
        for x, y in batches():
            (loss_fn(model(x), y) / 0).backward()
            optimizer.step()
        sys.exit(7)
    print("the child's status:", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
loss_fn = nn.MSELoss()
if __name__ == "__main__":
    main()
"""


def test_processes_that_a_script_starts_tell_nothing(tmp_path: Path) -> None:
    said = run(tmp_path, DATA + MODEL + OPTIMIZER + OTHERS)
    assert said.stdout == "the child's status: 7\n"
    assert "nan_loss" not in said.stderr
    assert said.stderr.count("looplab: ") == said.stderr.count("Watched: ") == 1
    assert "Looked at 16 steps" in said.stderr


def test_a_training_in_a_thread_is_waited_for(tmp_path: Path) -> None:
    threaded = DATA + MODEL + OPTIMIZER + "def train():\n    " + LOOP.strip().replace("\n", "\n    ")
    said = run(tmp_path, f"{threaded}\nimport threading\nthreading.Thread(target=train).start()\n")
    assert "Looked at 24 steps" in said.stderr


def test_no_hook_is_left_when_the_script_has_ended(tmp_path: Path) -> None:
    source = HEALTHY + (
        "import atexit, warnings\n"
        "from torch.optim import optimizer as global_\n"
        "def left():\n"
        "    print(nn.Module.__call__.__name__, torch.optim.Optimizer.__init__.__name__, end=' ')\n"
        "    print(torch.autograd.backward.__module__, warnings.showwarning.__module__, end=' ')\n"
        "    hooks = [*model._forward_pre_hooks, *loss_fn._forward_hooks, *optimizer._optimizer_step_pre_hooks]\n"
        "    print(hooks, [*global_._global_optimizer_pre_hooks, *global_._global_optimizer_post_hooks])\n"
        "    print(nn.Module.__call__ is nn.Module._wrapped_call_impl, sys.meta_path[0].__class__.__name__)\n"
        "atexit.register(left)\n"
    )
    assert run(tmp_path, source).stdout == plain(tmp_path, source).stdout


def test_json_alone_goes_to_standard_output_where_that_is_asked_for(tmp_path: Path) -> None:
    printing = HEALTHY + "print('of the script')\nos.system('echo of its child')\n"
    said = run(tmp_path, printing, options=("--json", "-"))
    assert json.loads(said.stdout)["healthy"] is True
    assert "of the script\n" in said.stderr
    assert "of its child\n" in said.stderr
    assert "Healthy: no fault was found." in said.stderr


def test_the_page_is_written(tmp_path: Path) -> None:
    run(tmp_path, ILL, options=("--html", "report.html"))
    page = (tmp_path / "report.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "Gradients pile up from step to step" in page


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.py", None, "none.py: expected a Python script, got no file there. Check the name and the folder."),
        (".", None, ".: expected a Python script, got a folder. Name a file in it."),
        ("a.py", b"def f(:\n", "a.py: expected a Python script, got 'invalid syntax' in line 1"),
        ("a.py", b"x = 1\n\x00", "a.py: expected a Python script, got "),
        ("a.py", b"\xff\xfe\x00", "a.py: expected a Python script, got "),
        ("a.ipynb", b"{}", "a.ipynb: expected a Python script, got a notebook. Save it as a script: jupyter nbconvert"),
    ],
)
def test_what_is_no_script_is_a_sentence(name: str, content: bytes | None, said: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    ended = subprocess.run(command("doctor", name), capture_output=True, text=True, cwd=tmp_path, check=False)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"looplab: {said}")
    assert len(ended.stderr.splitlines()) == 1


def test_a_report_that_cannot_be_written_is_told_before_the_script_runs(tmp_path: Path) -> None:
    said = run(tmp_path, "print('ran')", options=("--json", "."))
    assert said.stderr == "looplab: .: expected a file that can be written, got a folder. Name a file in it.\n"
    assert (said.returncode, said.stdout) == (2, "")
