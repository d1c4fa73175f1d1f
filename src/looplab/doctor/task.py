"""What a training is to learn, and how well outputs do it, measured without the training's own loss and metric."""

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["Score", "Task", "first_tensor", "score", "task_of"]

Kind = Literal["regression", "binary", "multiclass", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Task:
    """What targets look like.

    Attributes:
        kind: of the task; "unknown" where targets are no tensor.
        classes: how many classes the targets name; 0 in regression.
        shares: of the classes among the targets, by number; empty in regression.
    """

    kind: Kind
    classes: int = 0
    shares: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Score:
    """How well outputs fit targets.

    Attributes:
        unexplained: the loss (cross-entropy, or squared error) over that of the best constant answer: 0 is perfect, 1
            knows nothing, more is worse than nothing. NaN where outputs are not finite.
        share: accuracy, or the coefficient of determination R².
        answers: the share of the answer that was given most often; in regression NaN.
        balanced: mean share of each class's rows that were told right; in regression as `share`.
    """

    unexplained: float
    share: float
    answers: float
    balanced: float


def first_tensor(value: Any) -> Tensor | None:
    """The first tensor in what a model returned."""
    if isinstance(value, Tensor):
        return value
    values = value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else ()
    return next((found for each in values if (found := first_tensor(each)) is not None), None)


def task_of(targets: Any) -> Task:
    """The task that targets (whole numbers, 0 and 1, rows with a single 1, or numbers) belong to."""
    if not isinstance(targets, Tensor) or targets.numel() == 0:
        return Task(kind="unknown")
    values = targets.detach().double()
    if not bool(torch.isfinite(values).all()):
        values = values[torch.isfinite(values)]
    if targets.ndim == 2 and targets.shape[1] > 2 and _is_one_hot(values):
        return _classes(values.argmax(dim=1))
    whole = bool((values == values.round()).all()) and values.numel() > 0
    distinct = len(values.unique()) if whole else 0
    if not targets.is_floating_point() or targets.dtype == torch.bool:
        return _classes(values.flatten().long())
    if whole and set(values.unique().tolist()) <= {0.0, 1.0}:
        return Task(kind="binary", classes=2, shares=_shares(values.flatten().long(), 2))
    if (
        whole
        and 2 < distinct <= 20
        and values.min() == 0
        and values.max() == distinct - 1
        and values.numel() > 10 * distinct
    ):
        return _classes(values.flatten().long())  # class numbers that were made floats
    return Task(kind="regression")


def score(outputs: Tensor, targets: Tensor, task: Task) -> Score | None:
    """How well outputs fit targets; None where their shapes do not tell which belongs to which."""
    outputs, targets = outputs.detach().float().cpu(), targets.detach().cpu()
    if task.kind == "regression":
        return _regression(outputs, targets.float())
    if task.kind == "binary" and outputs.numel() == targets.numel():
        return _binary(outputs.flatten(), targets.flatten().float())
    if task.kind in {"binary", "multiclass"}:
        return _multiclass(outputs, targets)
    return None


def _is_one_hot(values: Tensor) -> bool:
    return bool(((values == 0) | (values == 1)).all()) and bool((values.sum(dim=1) == 1).all())


def _classes(labels: Tensor) -> Task:
    classes = int(labels.max()) + 1 if len(labels) else 0
    if classes > 10_000 or (len(labels) and int(labels.min()) < -100):
        return Task(kind="unknown")
    labels = labels[labels >= 0]  # -100 marks what a loss passes over
    kind: Kind = "binary" if classes <= 2 else "multiclass"
    return Task(kind=kind, classes=max(classes, 2), shares=_shares(labels, max(classes, 2)))


def _shares(labels: Tensor, classes: int) -> tuple[float, ...]:
    counts = torch.bincount(labels, minlength=classes).double()
    return tuple((counts / counts.sum().clamp(min=1)).tolist())


def _regression(outputs: Tensor, targets: Tensor) -> Score | None:
    if outputs.numel() != targets.numel():
        return None
    outputs, targets = outputs.reshape(len(targets), -1), targets.reshape(len(targets), -1)
    error = (outputs - targets).square().mean()
    spread = targets.var(dim=0, unbiased=False).mean()  # of all columns: one that hardly varies counts little
    if not bool(spread > 0):
        return None
    unexplained = float(error / spread)
    return Score(unexplained=unexplained, share=1 - unexplained, answers=float("nan"), balanced=1 - unexplained)


def _binary(outputs: Tensor, targets: Tensor) -> Score:
    are_probabilities = bool(((outputs >= 0) & (outputs <= 1)).all())
    answers = (outputs > (0.5 if are_probabilities else 0.0)).float()
    logits = torch.logit(outputs.double().clamp(1e-7, 1 - 1e-7)) if are_probabilities else outputs.double()
    loss = float(functional.binary_cross_entropy_with_logits(logits, targets.double()))
    share = float(targets.mean())
    positive = float(answers.mean())
    return Score(
        unexplained=_over(loss, (1 - share, share)),
        share=float((answers == targets).float().mean()),
        answers=max(positive, 1 - positive),
        balanced=_balanced(answers.long(), targets.long()),
    )


def _multiclass(outputs: Tensor, targets: Tensor) -> Score | None:
    if targets.is_floating_point() and targets.shape == outputs.shape:
        targets = targets.argmax(dim=1)
    targets = targets.long().flatten() if targets.ndim == 2 and targets.shape[1] == 1 else targets.long()
    flat = _rows_of_classes(outputs, targets)
    if flat is None:
        return None
    targets = targets.flatten()
    known = targets >= 0
    flat, targets = flat[known].double(), targets[known]
    if not len(targets) or int(targets.max()) >= flat.shape[1]:
        return None
    are_probabilities = bool((flat >= 0).all()) and torch.allclose(
        flat.sum(dim=1), torch.ones(len(flat), dtype=flat.dtype), atol=1e-3
    )
    logs = flat.clamp(min=1e-7).log() if are_probabilities else functional.log_softmax(flat, dim=1)
    answers = flat.argmax(dim=1)
    shares = torch.bincount(targets, minlength=flat.shape[1]).double() / len(targets)
    return Score(
        unexplained=_over(float(functional.nll_loss(logs, targets)), tuple(shares.tolist())),
        share=float((answers == targets).double().mean()),
        answers=float(torch.bincount(answers).max()) / len(answers),
        balanced=_balanced(answers, targets),
    )


def _balanced(answers: Tensor, targets: Tensor) -> float:
    right = (answers == targets).double()
    return float(torch.stack([right[targets == each].mean() for each in targets.unique()]).mean())


def _rows_of_classes(outputs: Tensor, targets: Tensor) -> Tensor | None:
    """Outputs with the classes along the second and last dimension, a row for each target."""
    if outputs.ndim == targets.ndim + 1 and outputs.ndim >= 2:
        if outputs.shape[:-1] == targets.shape:
            return outputs.reshape(-1, outputs.shape[-1])
        if outputs.shape[0] == targets.shape[0] and outputs.shape[2:] == targets.shape[1:]:  # as cross_entropy wants it
            return outputs.movedim(1, -1).reshape(-1, outputs.shape[1])
    if outputs.ndim >= 2 and outputs.numel() == targets.numel() * outputs.shape[-1] and outputs.shape[-1] > 1:
        return outputs.reshape(-1, outputs.shape[-1])
    return None


def _over(loss: float, shares: tuple[float, ...]) -> float:
    """A cross-entropy over that of the best constant answer, which is the classes' entropy."""
    entropy = -sum(share * torch.log(torch.tensor(share, dtype=torch.float64)).item() for share in shares if share > 0)
    return loss / entropy if entropy > 1e-9 else float("nan")
