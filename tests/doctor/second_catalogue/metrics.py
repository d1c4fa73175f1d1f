"""Honest measures of a model's outputs; higher is better."""

from torch import Tensor
from torch.nn import functional


def accuracy(out: Tensor, y: Tensor) -> float:
    """Share of right classes; one column holds the class's number itself."""
    guess = out.argmax(-1) if out.dim() > 1 and out.shape[-1] > 1 else out.reshape(-1).round()
    return float((guess == y.reshape(-1)).float().mean())


def over_zero(out: Tensor, y: Tensor) -> float:
    """Share of right answers where an output above 0 means yes."""
    return float(((out > 0).float() == y).float().mean())


def by_class(out: Tensor, y: Tensor) -> float:
    """The mean over the classes of the share of their rows that is found."""
    guess = out.argmax(1)
    return sum(float((guess[y == k] == k).float().mean()) for k in y.unique()) / len(y.unique())


def found(out: Tensor, y: Tensor) -> float:
    """The mean of the shares of yes and of no that are found, where an output above 0 means yes."""
    yes = y > 0.5
    return float((out[yes] > 0).float().mean() + (out[~yes] <= 0).float().mean()) / 2


def r2(out: Tensor, y: Tensor) -> float:
    """The share of the targets' variance that is explained, over all columns."""
    out = out.reshape(y.shape)
    return float(1 - ((out - y) ** 2).sum() / ((y - y.mean(0)) ** 2).sum())


def likelihood(out: Tensor, y: Tensor) -> float:
    """The mean log probability of the true class, as cross-entropy reads the outputs."""
    return -float(functional.cross_entropy(out, y))


def log_odds_likelihood(out: Tensor, y: Tensor) -> float:
    """The mean log probability of yes or no, as BCE with logits reads the outputs."""
    return -float(functional.binary_cross_entropy_with_logits(out, y))
