"""Whether a model is an affine function of what it is given, and where two of its linear layers follow each other."""

from dataclasses import dataclass

import torch
from torch import Tensor

from looplab.doctor.answers import lineage_of
from looplab.doctor.lineage import ADDING, PASSING
from looplab.doctor.operations import Operation
from looplab.doctor.probing import in_evaluation_mode, model_copy
from looplab.doctor.record import Record
from looplab.doctor.running import quiet
from looplab.doctor.task import first_tensor

__all__ = ["LinearPair", "is_affine", "linear_pairs"]

_KEEPS_LINEAR = (
    PASSING
    | ADDING
    | {"dropout", "dropout1d", "dropout2d", "dropout3d", "feature_dropout", "alpha_dropout", "mean", "sum", "neg"}
    | {"batch_norm", "avg_pool1d", "avg_pool2d", "avg_pool3d", "adaptive_avg_pool1d", "adaptive_avg_pool2d", "pad"}
    | {"avg_pool", "adaptive_avg_pool3d", "interpolate", "detach", "roll", "flip", "repeat"}
)
"""Operations that are linear in evaluation mode: nothing that comes between two layers and bends."""
_LAYERS = {"linear", "matmul", "mm", "addmm", "conv1d", "conv2d", "conv3d", "conv_transpose2d", "conv_transpose1d"}
ROUNDING = 1e-3
"""Of the answers' spread: a midpoint's answer is that close to the midpoint of answers where a model is affine."""


@dataclass(frozen=True, kw_only=True)
class LinearPair:
    """Two layers with nothing between them that bends.

    Attributes:
        first: index of the first layer's operation.
        second: of the second's.
        name: what the first one's operation is called.
        number: which of this name it is among those in the model's forward pass.
    """

    first: int
    second: int
    name: str
    number: int


def linear_pairs(record: Record) -> list[LinearPair]:
    """Layers of the first step that follow another one with nothing between them that bends."""
    lineage = lineage_of(record)
    on_the_way = lineage.to_loss()
    layers = {index for index in lineage.weighted() if record.operations[index].name in _LAYERS and index in on_the_way}
    found = []
    for second in sorted(layers):
        first = _layer_before(record.operations, second, layers)
        if first >= 0:
            name = record.operations[first].name
            number = sum(each.name == name and bool(each.module) for each in record.operations[:first])
            found.append(LinearPair(first=first, second=second, name=name, number=number))
    return found


def is_affine(record: Record) -> bool | None:
    """Whether the midpoint of two inputs is answered by the midpoint of their answers; None where it cannot be tried.

    Probabilities are compared by their logarithms or logits, so that a linear model with a softmax counts as affine.
    """
    model = model_copy(record.start)
    inputs = record.fed
    if model is None or inputs is None or not inputs.is_floating_point() or not record.batch_rows:
        return None
    batch = inputs[: record.batch_rows[0]]
    others = batch.roll(1, dims=0)
    with in_evaluation_mode(model):
        answers = [_logits(_answers(model, each)) for each in (batch, others, (batch + others) / 2)]
    first, second, middle = answers
    if first is None or second is None or middle is None:
        return None
    spread = float((first - second).abs().max())
    if spread <= 1e-6 * (1 + float(first.abs().max())):
        return None
    return float((middle - (first + second) / 2).abs().max()) < ROUNDING * spread


def _layer_before(operations: list[Operation], index: int, layers: set[int]) -> int:
    """The layer whose results come to this one unbent; -1 if there is none, or if others are added that do bend."""
    source = operations[index].sources[0] if operations[index].sources else -1
    while source >= 0:
        if source in layers:
            return source
        operation = operations[source]
        if operation.name not in _KEEPS_LINEAR:
            return -1
        if operation.name in ADDING and sum(each >= 0 for each in operation.sources) > 1:
            return -1  # a residual connection, or branches: one of them may bend
        source = next((each for each in operation.sources if each >= 0), -1)
    return -1


def _answers(model: torch.nn.Module, batch: Tensor) -> Tensor | None:
    try:
        with quiet(), torch.no_grad(), torch.random.fork_rng():
            torch.manual_seed(0)
            answers = first_tensor(model(batch))
    except Exception:  # noqa: BLE001  # the person's own code
        return None
    return None if answers is None or not bool(torch.isfinite(answers).all()) else answers.double()


def _logits(answers: Tensor | None) -> Tensor | None:
    if answers is None or answers.numel() == 0:
        return None
    if answers.ndim > 1 and answers.shape[-1] > 1:
        sums = answers.sum(dim=-1)
        if bool((answers > 0).all()) and torch.allclose(sums, torch.ones_like(sums), atol=1e-4):
            answers = answers.log()
        return answers - answers.mean(dim=-1, keepdim=True)
    if bool(((answers > 0) & (answers < 1)).all()):
        return torch.logit(answers)
    return answers
