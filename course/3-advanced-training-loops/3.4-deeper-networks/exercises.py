"""Exercises of lesson 3.4, "Deeper networks": gradients per layer, clipping, a residual block, batch norm."""

from looplab.course.exercises import Exercise, Planted

from ._checks import check_batch_norm, check_clip, check_gradient_norms, check_residual

__all__ = ["EXERCISES"]


def _norms(number: str, *, of: str = "layer.weight.grad", layers: str = "network", loss: str = "mse_loss") -> str:
    return (
        "from torch import nn\n"
        "def gradient_norms(network, X, y):\n"
        f"    nn.functional.{loss}(network(X), y).backward()\n"
        f"    return [({number.format(of)}).item() for layer in {layers} if isinstance(layer, nn.Linear)]"
    )


def _clip(total: str, factor: str, *, each: str = "g * factor") -> str:
    return (
        "import torch\n"
        "def clip(gradients, limit):\n"
        f"    total = {total}\n"
        f"    factor = {factor}\n"
        f"    return [{each} for g in gradients]"
    )


_TOTAL = "sum(g.square().sum() for g in gradients).sqrt()"


def _residual(result: str) -> str:
    return f"import torch\ndef residual(h, W1, b1, W2, b2):\n    inner = torch.relu(h @ W1 + b1)\n    return {result}"


_NORM = """
import torch


def batch_norm(z, mean, var, training):
    if {now}:
        m, v = {statistics}
        {update}
    else:
        m, v = mean, var
        {after}
    return (z - m) / {root}, mean, var
"""


def _norm(
    *,
    now: str = "training",
    statistics: str = "z.mean(dim=0), z.var(dim=0, correction=0)",
    update: str = "mean, var = 0.9 * mean + 0.1 * m, 0.9 * var + 0.1 * z.var(dim=0)",
    after: str = "pass",
    root: str = "(v + 1e-5).sqrt()",
) -> str:
    return _NORM.format(now=now, statistics=statistics, update=update, after=after, root=root)


EXERCISES = (
    Exercise(
        id="3.4.1",
        title="The gradient of each layer",
        answer="gradient_norms",
        check=check_gradient_norms,
        wrong=(
            Planted(source=_norms("{}.norm()", of="layer.weight"), message="norms of the weights"),
            Planted(source=_norms("{}.abs().sum()"), message="adds up sizes"),
            Planted(source=_norms("{}.square().sum()"), message="take the root"),
            Planted(source=_norms("{}.norm()", of="layer.bias.grad"), message="the biases' gradients"),
            Planted(source=_norms("{}.square().mean().sqrt()"), message="a mean, not a sum"),
            Planted(source=_norms("{}.norm()", layers="reversed(network)"), message="from the last layer"),
            Planted(source=_norms("{}.norm()", loss="l1_loss"), message="mean squared error"),
        ),
    ),
    Exercise(
        id="3.4.2",
        title="Clip by the global norm",
        answer="clip",
        check=check_clip,
        wrong=(
            Planted(
                source=_clip("None", "None", each="g * (limit / g.norm()).clamp(max=1)"),
                message="each tensor by itself",
            ),
            Planted(source=_clip(_TOTAL, "limit / total"), message="is left as it is"),
            Planted(source=_clip("None", "None", each="g.clamp(-limit, limit)"), message="number by number"),
            Planted(
                source=_clip(_TOTAL, "torch.minimum(limit / total, limit / limit * total / total)"),
                message="divides by a norm of 0",
            ),
            Planted(
                source=_clip("sum(g.norm() for g in gradients)", "limit / total if total > limit else 1.0"),
                message="adds up the norms",
            ),
            Planted(
                source=_clip(f"{_TOTAL} ** 2", "limit / total if total > limit else 1.0"),
                message="It forgets the root",
            ),
        ),
    ),
    Exercise(
        id="3.4.3",
        title="A residual block",
        answer="residual",
        check=check_residual,
        wrong=(
            Planted(source=_residual("torch.relu(h + inner @ W2 + b2)"), message="over the sum"),
            Planted(source=_residual("inner @ W2 + b2"), message="The shortcut is missing"),
            Planted(source=_residual("h + torch.relu(inner @ W2 + b2)"), message="only add and never take away"),
            Planted(source=_residual("h + (h @ W1 + b1) @ W2 + b2"), message="one linear layer"),
            Planted(source=_residual("torch.relu(h) + inner @ W2 + b2"), message="on the shortcut"),
            Planted(source=_residual("(h + inner @ W2 + b2) / 2"), message="halves"),
        ),
    ),
    Exercise(
        id="3.4.4",
        title="Batch norm, in training and after",
        answer="batch_norm",
        check=check_batch_norm,
        wrong=(
            Planted(
                source=_norm(statistics="z.mean(dim=0), z.var(dim=0)"), message="divides by one less than the rows"
            ),
            Planted(
                source=_norm(after="mean, var = 0.9 * mean + 0.1 * z.mean(dim=0), 0.9 * var + 0.1 * z.var(dim=0)"),
                message="in evaluation",
            ),
            Planted(
                source=_norm(
                    statistics="z.mean(dim=1, keepdim=True), z.var(dim=1, correction=0, keepdim=True)",
                    update="mean, var = 0.9 * mean + 0.1 * z.mean(dim=0), 0.9 * var + 0.1 * z.var(dim=0)",
                ),
                message="over the units of a row",
            ),
            Planted(
                source=_norm(
                    now="True",
                    update="mean, var = (0.9 * mean + 0.1 * m, 0.9 * var + 0.1 * z.var(dim=0)) "
                    "if training else (mean, var)",
                ),
                message="by the batch's own numbers",
            ),
            Planted(
                source=_norm(update="mean, var = 0.1 * mean + 0.9 * m, 0.1 * var + 0.9 * z.var(dim=0)"),
                message="the wrong way round",
            ),
            Planted(
                source=_norm(update="mean, var = 0.9 * mean + 0.1 * m, 0.9 * var + 0.1 * v"),
                message="The running variance",
            ),
            Planted(source=_norm(root="(v + 1e-5)"), message="by the variance"),
            Planted(source=_norm(root="v.sqrt()"), message="A unit that gives the same"),
        ),
    ),
)
