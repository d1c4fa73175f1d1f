"""Whether a model computes each row by itself: what parts of a batch, and processes, take for granted."""

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from looplab.data import Dataset
from looplab.errors import ModelError
from looplab.loop.losses import Objective
from looplab.loop.surroundings import recording_gradients, seed_random_state
from looplab.models.particulars import fingerprints

__all__ = ["Tried", "tried"]

_ROWS = 8
_SAME = 1e-3


@dataclass(frozen=True)
class Tried:
    """What a copy of a model did with a few rows.

    Attributes:
        mixes: what in it depends on which rows come together, in words; None if nothing does.
        keeps: what it changes in each forward pass, in words; None if that is nothing.
        unused: whether the loss depends on only some of the parameters.
    """

    mixes: str | None
    keeps: str | None
    unused: bool

    def require(self, why: str, *, no_mixing: bool, no_keeping: bool) -> None:
        """Raise a `ModelError` for a model that cannot be computed in parts, or twice.

        Args:
            why: what was asked for.
            no_mixing: whether each row must be computed by itself.
            no_keeping: whether a forward pass must leave the model as it was.
        """
        fix = "Use nn.LayerNorm or nn.GroupNorm in place of batch norm, or leave this out."
        if no_mixing and self.mixes:
            expected = "a model whose output for a row depends on that row alone"
            raise ModelError(f"the model with {why}", expected=expected, got=self.mixes, fix=fix)
        if no_keeping and self.keeps:
            expected = "a model that a forward pass leaves as it was"
            raise ModelError(f"the model with {why}", expected=expected, got=self.keeps, fix=fix)


def tried(model: nn.Module, dataset: Dataset, objective: Objective) -> Tried:
    """Try copies of a model on a few rows together, and on some of them alone. The model stays as it is."""
    rows = min(len(dataset), _ROWS)
    few = max(1, rows // 2)
    device = next(model.parameters()).device
    X, y = dataset.inputs[:rows].to(device), dataset.targets[:rows].to(device)
    normed = next((name for name, module in model.named_modules() if _mixes_rows(module)), None)
    if normed is not None:
        return Tried(f"batch norm (layer '{normed}')", f"batch norm (layer '{normed}')", False)
    with torch.random.fork_rng(), recording_gradients():
        together, outputs = _called(model, X, seed=0)
        alone, of_few = _called(model, X[:few], seed=0)
        _, again = _called(model, X, seed=1)
        if not isinstance(outputs, Tensor) or len(outputs) != rows:  # the loop itself says what is wrong with them
            return Tried(None, None, False)
        draws = not torch.equal(outputs, again)
        objective.mean(outputs, y).backward()
    mixes = None if draws or _alike(outputs[:few], of_few) else "outputs that change with the other rows"
    before, first, second = _kept(model), _kept(together), _kept(alone)
    differing = next((name for name in first if first[name] != second.get(name)), None)
    changing = next((name for name in first if first[name] != before.get(name)), None)
    unused = any(each.grad is None for each in together.parameters() if each.requires_grad)
    mixes = mixes or (differing and f"{differing}, which keeps what rows have told it")
    return Tried(mixes, changing and f"{changing}, which each pass changes", unused)


def _called(model: nn.Module, X: Tensor, seed: int) -> tuple[nn.Module, Tensor]:
    seed_random_state(seed)
    each = copy.deepcopy(model)
    each.train()
    for module in each.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.eval()
    return each, each(X)


def _mixes_rows(module: nn.Module) -> bool:
    return isinstance(module, nn.modules.batchnorm._BatchNorm)


def _alike(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one, other, rtol=_SAME, atol=_SAME * float(one.detach().abs().max()))


def _kept(model: nn.Module) -> dict[str, object]:
    """Buffers and plain attributes."""
    buffers = {f"buffer {name}": buffer.tolist() for name, buffer in model.named_buffers()}
    plain = {
        f"attribute {path}.{name}" if path else f"attribute {name}": value
        for (path, name), value in fingerprints(model).items()
        if name != "training"
    }
    return {**buffers, **plain}
