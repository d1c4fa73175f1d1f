"""The numbers that people report of outputs and targets, higher being better."""

import warnings

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from looplab.doctor.task import Task

__all__ = ["known_metrics"]


def known_metrics(outputs: Tensor, targets: Tensor, task: Task) -> dict[str, float]:
    """Metrics by name, the most usual first; empty where shapes do not tell which output belongs to which target."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if task.kind == "regression":
                return _of_numbers(outputs, targets)
            return _of_classes(outputs, targets)
        except (ValueError, RuntimeError, IndexError):
            return {}


def _of_numbers(outputs: Tensor, targets: Tensor) -> dict[str, float]:
    if outputs.numel() != targets.numel():
        return {}
    found, right = outputs.reshape(len(targets), -1).double(), targets.reshape(len(targets), -1).double()
    errors = found - right
    squares = errors.square().mean()
    spread = (right - right.mean(dim=0)).square().mean()
    each = 1 - errors.square().mean(dim=0) / right.var(dim=0, unbiased=False).clamp(min=1e-30)
    pair = torch.stack([found.flatten(), right.flatten()])
    correlation = float(torch.corrcoef(pair)[0, 1])
    return {
        "R²": float(1 - squares / spread.clamp(min=1e-30)),
        "mean R² of the columns": float(each.mean()),
        "negative mean squared error": -float(squares),
        "negative root mean squared error": -float(squares.sqrt()),
        "negative mean absolute error": -float(errors.abs().mean()),
        "negative median absolute error": -float(errors.abs().median()),
        "negative Huber loss": -float(functional.huber_loss(found, right)),
        "explained variance": float(1 - errors.var(unbiased=False) / right.var(unbiased=False).clamp(min=1e-30)),
        "correlation": correlation,
        "squared correlation": correlation**2,
    }


def _of_classes(outputs: Tensor, targets: Tensor) -> dict[str, float]:
    if outputs.numel() == targets.numel() and (outputs.ndim != targets.ndim + 1 or outputs.shape[-1] == 1):
        scores = outputs.flatten().double()
        right = targets.flatten().long().numpy()
        inside = bool(((scores >= 0) & (scores <= 1)).all())
        found = (scores > (0.5 if inside else 0.0)).long().numpy()
        logits = torch.logit(scores.clamp(1e-12, 1 - 1e-12)) if inside else scores
        loss = float(functional.binary_cross_entropy_with_logits(logits, targets.flatten().double()))
        ranks: np.ndarray | None = scores.numpy()
        probabilities: np.ndarray | None = torch.sigmoid(logits).numpy()
    else:
        rows = outputs.movedim(1, -1) if outputs.ndim > 2 and outputs.shape[:-1] != targets.shape else outputs
        rows = rows.reshape(-1, rows.shape[-1]).double()
        labels = targets.argmax(dim=1) if targets.is_floating_point() and targets.shape == outputs.shape else targets
        kept = labels.flatten().long() >= 0
        rows, labels = rows[kept], labels.flatten().long()[kept]
        right, found = labels.numpy(), rows.argmax(dim=1).numpy()
        inside = bool((rows >= 0).all()) and bool(((rows.sum(dim=1) - 1).abs() < 1e-3).all())
        logs = rows.clamp(min=1e-12).log() if inside else functional.log_softmax(rows, dim=1)
        loss = float(functional.nll_loss(logs, labels))
        ranks = probabilities = logs.exp().numpy()[:, 1] if rows.shape[1] == 2 else None
    return _of_answers(right, found, loss, ranks, probabilities)


def _of_answers(
    right: np.ndarray,
    found: np.ndarray,
    loss: float,
    ranks: np.ndarray | None,
    probabilities: np.ndarray | None,
) -> dict[str, float]:
    from sklearn import metrics as m

    accuracy = float(np.mean(right == found))
    known = {
        "accuracy": accuracy,
        "negative error rate": accuracy - 1,
        "negative cross-entropy": -loss,
        "balanced accuracy": m.balanced_accuracy_score(right, found),
        "Matthews correlation": m.matthews_corrcoef(right, found),
        "kappa": m.cohen_kappa_score(right, found),
    }
    for average in ("macro", "micro", "weighted"):
        known[f"F1 ({average})"] = m.f1_score(right, found, average=average, zero_division=0)
        known[f"precision ({average})"] = m.precision_score(right, found, average=average, zero_division=0)
        known[f"recall ({average})"] = m.recall_score(right, found, average=average, zero_division=0)
    if ranks is not None and probabilities is not None and len(np.unique(right)) == 2:
        known["F1"] = m.f1_score(right, found, zero_division=0)
        known["precision"] = m.precision_score(right, found, zero_division=0)
        known["recall"] = m.recall_score(right, found, zero_division=0)
        known["area under the curve"] = m.roc_auc_score(right, ranks)
        known["average precision"] = m.average_precision_score(right, ranks)
        known["negative Brier score"] = -m.brier_score_loss(right, probabilities)
    return {name: float(value) for name, value in known.items()}
