"""A training that two processes share is the training of one, within rounding."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from .cases import BASE, CASES, ROWS, STEPS, Case, of_run

pytestmark = pytest.mark.slow

Found = tuple[dict[str, Any], dict[str, Any]]
PARALLEL = ("ddp", "fsdp")


@pytest.mark.parametrize("name", CASES)
def test_two_processes_train_as_one_does(found: Found, name: str) -> None:
    alone = of_run(CASES[name].run(None))
    first, second = (of_process[name] for of_process in found)
    for parameter, value in alone["parameters"].items():
        torch.testing.assert_close(first["parameters"][parameter], value, rtol=2e-6, atol=2e-6)
        assert torch.equal(first["parameters"][parameter], second["parameters"][parameter])
    for record in ("train_loss", "validation_loss", "trajectory"):
        torch.testing.assert_close(first[record], alone[record], rtol=2e-6, atol=2e-6)
    assert first["train_metrics"].keys() == alone["train_metrics"].keys()
    for metric, values in alone["train_metrics"].items():
        assert torch.equal(first["train_metrics"][metric], values)
    assert [first[each] for each in ("model", "steps", "kept_step")] == [
        alone[each] for each in ("model", "steps", "kept_step")
    ]


def test_the_last_batches_are_unequal_and_one_process_has_none_of_a_row() -> None:
    """What the cases above are worth: without these, shares could be wrong and nobody would see it."""
    size = BASE.batch_size
    assert size is not None
    assert size % 2
    assert len(ROWS) % size % 2
    assert -(-len(ROWS) // size) < STEPS
    assert CASES["ddp, one row"].recipe.batch_size == 1


REFUSALS = {
    "batch norm": r"ModelError: the model with parallel='{}': expected a model whose output for a row depends on that "
    r"row alone, got batch norm (layer '1'). Use nn.LayerNorm or nn.GroupNorm",
    "centered": r"got outputs that change with the other rows",
    "other rows": r"ProcessesError: process 1: expected the training of process 0, got another dataset. Each process "
    r"must load the same rows in the same order",
    "other recipe": r"got another recipe",
    "other model": r"got another model. Each process",
    "one number": r"ModelError: loss one_number over parts of a batch: expected the loss of each row, got one number "
    r"for the whole batch. Let it return the loss of each row",
    "muon": r"RecipeError: optimizer with parallel='fsdp': expected an optimizer that updates each number by itself, "
    r"got 'muon', of whole matrices. Use parallel='ddp'",
    "trajectory": r"RecipeError: parallel='fsdp': expected no record of all parameters, got trajectory_every=2.",
    "file": r"cases.py: expected a folder, for the checkpoint of several processes, got a file.",
}


@pytest.mark.parametrize("parallel", PARALLEL)
@pytest.mark.parametrize("name", REFUSALS)
def test_what_would_not_be_the_same_training_is_refused_in_every_process(
    found: Found, name: str, parallel: str
) -> None:
    said = [of_process[f"{parallel} refuses {name}"]["says"] for of_process in found]
    assert REFUSALS[name].format(parallel) in said[0]
    assert said[0] == said[1]


@pytest.mark.parametrize("parallel", PARALLEL)
def test_processes_diverge_together_and_bring_the_whole_model_along(found: Found, parallel: str) -> None:
    for of_process in found:
        error = of_process[f"{parallel} refuses diverged"]
        assert error["says"].startswith("the loss at step 1 with learning rate 1e+30: expected a finite number, got")
        assert error["model"] == ["Sequential", "Linear", "ReLU", "Linear", "ReLU", "Linear"]
        assert [tuple(each.shape) for each in error["parameters"].values()][:2] == [(9, 2), (9,)]


@pytest.mark.parametrize("parallel", PARALLEL)
def test_a_process_that_stops_stops_all(found: Found, parallel: str) -> None:
    for of_process in found:
        run = of_process[f"{parallel}, stopped"]
        assert (run["steps"], run["stopped"]) == (3, "process 1 has seen enough")


def test_each_process_drops_other_units_and_the_same_ones_in_the_next_run(found: Found) -> None:
    first, second = (of_process["masks"] for of_process in found)
    half = len(first) // 2
    assert half == STEPS
    for step in range(STEPS):
        assert not torch.equal(first[step][:1], second[step][:1])
        assert torch.equal(first[step], first[step + half])
        assert torch.equal(second[step], second[step + half])


def test_bfloat16_of_two_processes_is_near_that_of_one_and_is_bfloat16(found: Found) -> None:
    narrow, wide = found[0]["bfloat16"]["train_loss"], Case(CASES["ddp, adam"].computation).run(None).train_loss
    assert not torch.equal(narrow, wide)
    torch.testing.assert_close(narrow, wide, rtol=0.02, atol=0.0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU is there")
@pytest.mark.parametrize("parallel", PARALLEL)
def test_processes_on_gpus_train_as_one_does(torchrun: Callable[..., str], tmp_path: Path, parallel: str) -> None:
    torchrun("on_gpus.py", tmp_path, processes=min(2, torch.cuda.device_count()))
    found = torch.load(tmp_path / "of-0.pt", weights_only=False)
    for name in (parallel, f"{parallel} again"):
        torch.testing.assert_close(found[name]["train_loss"], found["alone"]["train_loss"], rtol=1e-5, atol=1e-5)
        for parameter, value in found["alone"]["parameters"].items():
            torch.testing.assert_close(found[name]["parameters"][parameter], value, rtol=1e-5, atol=1e-5)
