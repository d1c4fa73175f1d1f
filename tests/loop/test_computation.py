"""How one process computes a training otherwise: in parts, in bfloat16, with activations computed anew."""

import gc
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from looplab import Checkpoint, Computation, LooplabError, Recipe, Run, Training, load, mlp, train
from looplab.errors import ChoiceError, ModelError, ProcessesError, RecipeError
from looplab.loop.computing.blocks import recompute, stop_recomputing
from looplab.loop.computing.processes import lost_processes
from looplab.loop.computing.shares import parts_of
from looplab.loop.losses import objective_of

ROWS, HELD_OUT = load("moons").subset(torch.arange(101)).split(0.8, seed=0)
RECIPE = Recipe(optimizer="adam", lr=0.02, steps=10, batch_size=19, seed=3)


def model() -> nn.Module:
    return mlp(2, [9, 8], 1)


def with_dropout() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1))


class Residual(nn.Sequential):
    """A sequence that does something else than one."""

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = inputs
        for layer in self:
            hidden = layer(hidden)
        outputs: Tensor = inputs + hidden
        return outputs


def residual() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 8), *(Residual(nn.Linear(8, 8), nn.Tanh()) for _ in range(5)), nn.Linear(8, 1))


class Wrapped(nn.Module):
    """Residual blocks outside of a sequence and inside of a list."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.own = nn.Linear(2, 8), Residual(nn.Sequential(nn.Linear(8, 8), nn.Tanh()), nn.Dropout(0.3))
        self.blocks = nn.ModuleList([Residual(nn.Linear(8, 8), nn.Dropout(0.2)) for _ in range(2)])
        self.last = nn.Linear(8, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = self.own(self.first(inputs))
        for block in self.blocks:
            hidden = block(hidden)
        outputs: Tensor = self.last(hidden)
        return outputs


def close(one: Run, other: Run, tolerance: float = 2e-6) -> None:
    torch.testing.assert_close(one.train_loss, other.train_loss, rtol=tolerance, atol=tolerance)
    for mine, theirs in zip(one.model.parameters(), other.model.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("rows", [1, 3, 7, 19, 1000])
@pytest.mark.parametrize("weighted", [False, True])
def test_parts_of_any_size_add_up_to_the_batch(rows: int, weighted: bool) -> None:
    weights = torch.linspace(0.0, 2.0, len(ROWS)) if weighted else None
    whole = train(model, ROWS, RECIPE, row_weights=weights, metrics=["accuracy"])
    parts = train(
        model,
        ROWS,
        RECIPE,
        row_weights=weights,
        metrics=["accuracy"],
        computation=Computation(micro_batch_size=rows),
    )
    close(whole, parts)
    assert torch.equal(whole.train_metrics["accuracy"], parts.train_metrics["accuracy"])


def test_a_mean_of_the_parts_means_would_be_another_training() -> None:
    """What the test above is worth: with 19 rows in parts of 4, 4, 4, 4 and 3 the mean of means is far away."""
    whole = train(model, ROWS, replace(RECIPE, optimizer="sgd", lr=0.5))
    torch.manual_seed(RECIPE.seed)
    wrong, generator = model(), torch.Generator().manual_seed(RECIPE.seed)
    optimizer = torch.optim.SGD(wrong.parameters(), lr=0.5)
    batches: list[Tensor] = []
    for _ in range(10):
        batches = batches or list(torch.randperm(len(ROWS), generator=generator).split(19))
        pieces = batches.pop(0).split(4)
        optimizer.zero_grad()
        for piece in pieces:
            loss = nn.functional.binary_cross_entropy_with_logits(wrong(ROWS.inputs[piece]), ROWS.targets[piece])
            (loss / len(pieces)).backward()
        optimizer.step()
    apart = [(p - q).abs().max().item() for p, q in zip(whole.model.parameters(), wrong.parameters(), strict=True)]
    assert max(apart) > 1e-3


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("most", [None, 1, 4])
@pytest.mark.parametrize("rows", [1, 2, 5, 17])
def test_parts_hold_each_row_once_in_order_and_all_processes_have_as_many(
    rows: int, most: int | None, size: int
) -> None:
    X, y = torch.arange(float(rows))[:, None], torch.zeros(rows, 1)
    objective = objective_of(None, load("sine"))
    of_each = [list(parts_of((X, y, None), objective, rank, size, most, X.dtype)) for rank in range(size)]
    assert len({len(parts) for parts in of_each}) == 1
    inputs = [part.batch[0][: part.rows] for parts in of_each for part in parts]
    assert torch.cat(inputs).equal(X)
    shares = sum(float(part.batch[2].sum()) for parts in of_each for part in parts if part.batch[2] is not None)
    assert shares == pytest.approx(size)
    assert all([part.is_last for part in parts].index(True) == len(parts) - 1 for parts in of_each)
    assert all(len(part.batch[0]) <= (most or rows) for parts in of_each for part in parts)


@pytest.mark.parametrize("make_model", [model, with_dropout, residual, Wrapped])
def test_activations_that_are_computed_anew_give_the_same_run(make_model: Callable[[], nn.Module]) -> None:
    plain = train(make_model, ROWS, RECIPE, validation=HELD_OUT)
    anew = train(make_model, ROWS, RECIPE, validation=HELD_OUT, computation=Computation(activation_checkpointing=True))
    assert torch.equal(plain.train_loss, anew.train_loss)
    assert all(torch.equal(p, q) for p, q in zip(plain.model.parameters(), anew.model.parameters(), strict=True))
    assert not any("forward" in vars(module) for module in anew.model.modules())


def kept_bytes(network: nn.Module, inputs: Tensor) -> int:
    """The bytes of what autograd keeps for the gradient, parameters aside."""
    kept: dict[int, int] = {}
    own = {parameter.data_ptr() for parameter in network.parameters()}

    def pack(tensor: Tensor) -> Tensor:
        if tensor.data_ptr() not in own:
            kept[tensor.data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        outputs = network(inputs)
    gc.collect()
    assert outputs.requires_grad
    return sum(kept.values())


def test_computing_anew_keeps_less() -> None:
    network, inputs = mlp(8, [64] * 15, 1), torch.randn(256, 8)
    before = kept_bytes(network, inputs)
    recompute(network)
    assert kept_bytes(network, inputs) < before / 2
    stop_recomputing(network)
    assert kept_bytes(network, inputs) == before


def test_bfloat16_trains_nearly_alike_and_hands_back_float32() -> None:
    wide = train(model, ROWS, RECIPE)
    narrow = train(model, ROWS, RECIPE, computation=Computation(precision="bfloat16"))
    assert not torch.equal(wide.train_loss, narrow.train_loss)
    close(wide, narrow, 0.05)
    assert {parameter.dtype for parameter in narrow.model.parameters()} == {torch.float32}


def test_the_model_computes_in_bfloat16_and_the_loss_in_float32() -> None:
    seen: list[torch.dtype] = []

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        seen.append(outputs.dtype)
        return (outputs - targets).square()

    class Looking(nn.Linear):
        def forward(self, inputs: Tensor) -> Tensor:
            outputs = super().forward(inputs)
            seen.append(outputs.dtype)
            return outputs

    seen.clear()
    how = Computation(precision="bfloat16")
    train(lambda: Looking(2, 1), ROWS, replace(RECIPE, steps=1), loss=loss, computation=how)
    assert seen[-2:] == [torch.bfloat16, torch.float32]


class Pulled(BaseException):
    """The plug was pulled."""


def test_a_training_in_parts_goes_on_from_its_checkpoint_to_the_bit(tmp_path: Path) -> None:
    how, path = Computation(micro_batch_size=5, precision="bfloat16"), tmp_path / "run.ckpt"
    whole = train(model, ROWS, RECIPE, computation=how, callbacks=[lambda training: None])

    def pull(training: Training) -> None:
        if training.step == 7:
            raise Pulled

    with pytest.raises(Pulled):
        train(model, ROWS, RECIPE, computation=how, callbacks=[pull], checkpoint=Checkpoint(path, every=4))
    run = train(model, ROWS, RECIPE, computation=how, callbacks=[lambda training: None], checkpoint=path)
    assert torch.equal(run.train_loss, whole.train_loss)
    other = replace(how, micro_batch_size=6)
    with pytest.raises(LooplabError, match="computation with micro_batch_size=5 instead of 6"):
        train(model, ROWS, RECIPE, computation=other, callbacks=[lambda training: None], checkpoint=path)


class Counting(nn.Module):
    """Counts its passes in a buffer, and its outputs depend on it."""

    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 4), nn.Linear(4, 1))
        self.register_buffer("count", torch.zeros(()))

    def forward(self, inputs: Tensor) -> Tensor:
        self.count += 1
        outputs: Tensor = self.layers(inputs) + self.count
        return outputs


def remembering() -> nn.Module:
    class Remembering(nn.Linear):
        seen = 0.0

        def forward(self, inputs: Tensor) -> Tensor:
            outputs = super().forward(inputs) + self.seen
            self.seen = float(inputs.mean())
            return outputs

    return Remembering(2, 1)


def batch_normed() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))


def one_number(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs - targets).square().mean().sqrt()


PARTS, ANEW = Computation(micro_batch_size=4), Computation(activation_checkpointing=True)
REFUSED: dict[str, tuple[type[LooplabError], Callable[[], Any], str]] = {
    "no computation": (
        RecipeError,
        lambda: train(model, ROWS, RECIPE, computation="ddp"),  # type: ignore[arg-type]
        r"computation: expected a looplab\.Computation, got a text \(str\)\. Write Computation\(parallel='ddp'\)",
    ),
    "unknown kind": (
        ChoiceError,
        lambda: Computation(parallel="dpp"),  # type: ignore[arg-type]
        r"parallel: expected one of ddp, fsdp, got 'dpp'\. Did you mean 'ddp'\?",
    ),
    "unknown precision": (
        ChoiceError,
        lambda: Computation(precision="float16"),  # type: ignore[arg-type]
        r"precision: expected one of bfloat16, got 'float16'",
    ),
    "no rows": (
        RecipeError,
        lambda: Computation(micro_batch_size=0),
        r"micro_batch_size: expected a whole number of rows, at least 1, got 0\. Leave it out",
    ),
    "no truth value": (
        RecipeError,
        lambda: Computation(activation_checkpointing=2),  # type: ignore[arg-type]
        r"activation_checkpointing: expected True or False, got 2",
    ),
    "no torchrun": (
        ProcessesError,
        lambda: train(model, ROWS, RECIPE, computation=Computation(parallel="ddp")),
        r"parallel='ddp': expected one of several processes that torchrun started, got a process without RANK\. Start",
    ),
    "float64": (
        RecipeError,
        lambda: train(
            lambda: model().double(), ROWS.to(torch.float64), RECIPE, computation=Computation(precision="bfloat16")
        ),
        r"precision='bfloat16': expected data in float32, got 'moons' in float64\. Leave one of them out\.",
    ),
    "batch norm": (
        ModelError,
        lambda: train(batch_normed, ROWS, replace(RECIPE, batch_size=None), computation=PARTS),
        r"the model with micro_batch_size=4: .* that row alone, got batch norm \(layer '1'\)",
    ),
    "batch norm anew": (
        ModelError,
        lambda: train(batch_normed, ROWS, replace(RECIPE, batch_size=None), computation=ANEW),
        r"with activation_checkpointing=True: expected a model that a forward pass leaves as it was, got batch norm",
    ),
    "counting": (
        ModelError,
        lambda: train(Counting, ROWS, RECIPE, computation=PARTS),
        r"with micro_batch_size=4: expected a model that a forward pass leaves as it was, got buffer count, which each",
    ),
    "counting anew": (ModelError, lambda: train(Counting, ROWS, RECIPE, computation=ANEW), r"got buffer count, which"),
    "remembering": (
        ModelError,
        lambda: train(remembering, ROWS, RECIPE, computation=PARTS),
        r"got attribute seen, which keeps what rows have told it",
    ),
    "one number": (
        ModelError,
        lambda: train(model, ROWS, RECIPE, loss=one_number, computation=PARTS),
        r"loss one_number over parts of a batch: expected the loss of each row, got one number for the whole batch",
    ),
    "rows that are passed over": (
        ModelError,
        lambda: train(
            lambda: mlp(4, [5], 3),
            load("iris"),
            RECIPE,
            loss=nn.CrossEntropyLoss(ignore_index=1),
            computation=PARTS,
        ),
        r"loss CrossEntropyLoss over parts of a batch: expected a mean over the rows, which parts add up to, got",
    ),
    "no blocks": (
        ModelError,
        lambda: train(lambda: nn.Linear(2, 1), ROWS, RECIPE, computation=ANEW),
        r"with activation_checkpointing=True: expected one with an nn\.Sequential or an nn\.ModuleList of blocks",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_computed_so_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for variable in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(variable, raising=False)
    kind, call, message = REFUSED[name]
    with pytest.raises(kind, match=message):
        call()


def test_batch_norm_in_bfloat16_alone_is_trained() -> None:
    recipe = replace(RECIPE, batch_size=None)
    run = train(batch_normed, ROWS, recipe, computation=Computation(precision="bfloat16"))
    close(train(batch_normed, ROWS, recipe), run, 0.1)


def test_a_try_leaves_the_model_and_the_random_numbers_as_they_are() -> None:
    plain = train(with_dropout, ROWS, RECIPE)
    parts = train(with_dropout, ROWS, RECIPE, computation=Computation(micro_batch_size=1000))
    close(plain, parts)


def test_a_lost_process_is_told_from_other_errors() -> None:
    message = r"another process of this training: expected one that takes part in each step, got none any more \("
    with pytest.raises(ProcessesError, match=message), lost_processes():
        raise RuntimeError("[../gloo/transport/tcp/pair.cc:534] Connection closed by peer [127.0.0.1]:24612")
    with pytest.raises(RuntimeError, match=re.escape("mat1 and mat2")), lost_processes():
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU is there")
@pytest.mark.parametrize("how", [Computation(micro_batch_size=5), Computation(activation_checkpointing=True)])
def test_on_a_gpu_parts_add_up_as_well(how: Computation) -> None:
    close(
        train(lambda: model().cuda(), ROWS, RECIPE),
        train(lambda: model().cuda(), ROWS, RECIPE, computation=how),
        1e-5,
    )
