"""Exercises of lesson 2.6, "Regularization and overfitting": an L2 penalty, dropout by hand, when to stop."""

from typing import Any

import torch
from torch import Tensor, nn

from looplab.course.exercises import Exercise, Planted, WrongAnswer, call, expect_close, expect_tensor, kind_in_words

__all__ = ["EXERCISES"]


def _check_l2_penalty(l2_penalty: Any) -> None:
    name, strength = "l2_penalty(network, 0.1)", 0.1
    network = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    before = _flat(network)
    value = expect_tensor(call(l2_penalty, network, strength), shape=(), name=name)
    if not torch.equal(_flat(network), before):
        raise WrongAnswer(f"{name} changed the network's parameters in place: only read them.")
    weights = [parameter for parameter in network.parameters() if parameter.ndim == 2]
    right = strength / 2 * _sum_of_squares(weights)
    for wrong, sentence in _penalty_mistakes(list(network.parameters()), weights, right):
        if torch.allclose(value, wrong, rtol=1e-4):
            raise WrongAnswer(f"{name} is {value.item():.4f}, expected {right.item():.4f}. {sentence}")
    expect_close(value, right.item(), name=name, hint="It is λ/2 times the sum of the squares of all weights.")
    if not value.requires_grad:
        raise WrongAnswer(
            f"No gradient flows from {name} to the weights, so it would change the loss and not the training: "
            "leave out .item(), .data, detach and no_grad."
        )
    gradient = torch.autograd.grad(value, weights, allow_unused=True)
    for weight, slope in zip(weights, gradient, strict=True):
        slope = torch.zeros_like(weight) if slope is None else slope
        expect_close(slope, strength * weight.detach(), name="its gradient for a weight", hint="It must be λ W.")


def _penalty_mistakes(
    every: list[nn.Parameter], weights: list[nn.Parameter], right: Tensor
) -> list[tuple[Tensor, str]]:
    squares = _sum_of_squares(weights)
    count = sum(weight.numel() for weight in weights)
    lengths = torch.stack([weight.detach().norm() for weight in weights])
    return [
        (right / squares * _sum_of_squares(every), "The biases are in it: take parameters with two axes only."),
        (2 * right, "The factor one half is missing, which makes the gradient λ W instead of 2 λ W."),
        (right / count, "It is a mean over the weights: take the sum."),
        (right / squares * lengths.sum(), "These are the lengths of the weights: square them."),
        (right / squares * squares.sqrt(), "This is the length of the weights: square it."),
        (right / squares * weights[0].detach().square().sum(), "Only the first layer is in it: sum over all layers."),
    ]


def _sum_of_squares(parameters: list[nn.Parameter]) -> Tensor:
    return torch.stack([parameter.detach().square().sum() for parameter in parameters]).sum()


def _flat(network: nn.Module) -> Tensor:
    return nn.utils.parameters_to_vector(network.parameters()).detach().clone()


def _check_dropout(dropout: Any) -> None:
    h, p = 1 + torch.rand(200, 50), 0.2
    name = "dropout(h, 0.2, training=True)"
    value = expect_tensor(call(dropout, h, p, training=True), shape=(200, 50), name=name)
    dropped = value == 0
    if dropped.any() and ((dropped == dropped[:1]).all() or (dropped == dropped[:, :1]).all()):
        raise WrongAnswer(f"{name} drops whole rows or columns: draw one number for each element, with h's shape.")
    share = dropped.float().mean().item()
    _expect_share(share, p, name)
    _expect_scale(value, h, ~dropped, p, name)
    if torch.equal(call(dropout, h, p, training=True) == 0, dropped):
        raise WrongAnswer(f"{name} drops the same elements at each call: draw a new mask, and set no seed inside.")
    expect_close(
        call(dropout, h, p, training=False),
        h,
        name="dropout(h, 0.2, training=False)",
        hint="In evaluation dropout returns h as it is: the scaling was done in training.",
    )
    expect_close(call(dropout, h, 0.0, training=True), h, name="dropout(h, 0.0, training=True)", hint="Nothing drops.")
    _check_dropout_gradient(dropout)


def _expect_share(share: float, p: float, name: str) -> None:
    if abs(share - (1 - p)) < 0.05:
        raise WrongAnswer(f"{name} drops {share:.0%} of the elements: p is the share that goes, not that stays.")
    if abs(share - p) > 0.05:
        raise WrongAnswer(f"{name} makes {share:.0%} of the elements 0, expected about {p:.0%}.")


def _expect_scale(value: Tensor, h: Tensor, kept: Tensor, p: float, name: str) -> None:
    if torch.allclose(value[kept], h[kept]):
        raise WrongAnswer(f"{name} keeps what stays as it was: divide it by 1 - p, so that the mean stays the same.")
    if torch.allclose(value[kept], h[kept] * (1 - p)):
        raise WrongAnswer(f"{name} multiplies what stays by 1 - p, which shrinks the mean further: divide by it.")
    if torch.allclose(value[kept], h[kept] / p):
        raise WrongAnswer(f"{name} divides what stays by p: the share that stays is 1 - p, so divide by that.")
    expect_close(value[kept], h[kept] / (1 - p), name=f"what {name} keeps", hint="It is h / (1 - p).")


def _check_dropout_gradient(dropout: Any) -> None:
    h = torch.ones(50, 20, requires_grad=True)
    value = call(dropout, h, 0.5, training=True)
    if not value.requires_grad:
        raise WrongAnswer("No gradient flows through your dropout: leave out detach, .data and no_grad on h.")
    (gradient,) = torch.autograd.grad(value.sum(), h)
    expect_close(gradient, value.detach(), name="the gradient through dropout(ones, 0.5, training=True)")


def _check_best_step(best_step: Any) -> None:
    for curve, patience in _CURVES:
        losses = torch.tensor(curve)
        name = f"best_step({curve}, patience={patience})"
        step = call(best_step, losses, patience)
        if isinstance(step, bool) or not isinstance(step, int):
            raise WrongAnswer(f"{name} returned {kind_in_words(step)}, expected a whole number: convert with int(…).")
        right, stopped = _stop(curve, patience)
        if step != right:
            raise WrongAnswer(f"{name} is {step}, expected {right}. {_stop_hint(curve, patience, step, stopped)}")


def _stop(curve: list[float], patience: int) -> tuple[int, int | None]:
    """The best step, and the one after which the walk ends; None where it ends with the curve."""
    best = 0
    for step, loss in enumerate(curve):
        if loss < curve[best]:
            best = step
        elif step - best >= patience:
            return best, step
    return best, None


def _stop_hint(curve: list[float], patience: int, step: int, stopped: int | None) -> str:
    right = _stop(curve, patience)[0]
    if step == stopped:
        return "This is where it stops waiting: return the step with the lowest loss until then."
    if stopped is not None and step == stopped + 1 == _stop(curve, patience + 1)[0]:
        return f"It waits one step too long: after {patience} steps in a row without a new lowest loss it must stop."
    if stopped is not None and step > stopped:
        return f"After step {stopped} training has stopped, and nobody has seen what comes later."
    if 0 <= step < len(curve) and curve[step] == curve[right]:
        return "Of equal losses take the first."
    if right < step < len(curve):
        return f"Its loss is above that of step {right}: compare with the lowest loss so far, not with the step before."
    return "Walk along the curve, keep the step of the lowest loss so far, and wait for as many steps as patience says."


_CURVES: list[tuple[list[float], int]] = [
    ([0.9, 0.5, 0.4, 0.6, 0.7, 0.8], 2),
    ([0.9, 0.5, 0.6, 0.4, 0.7, 0.8, 0.9], 2),
    ([0.9, 0.5, 0.6, 0.7, 0.8, 0.9, 0.1], 3),
    ([0.9, 0.5, 0.7, 0.6, 0.8, 0.9], 3),
    ([0.9, 0.5, 0.6, 0.7, 0.8, 0.1], 3),
    ([0.9, 0.8, 0.7], 2),
    ([0.9, 0.4, 0.4, 0.5], 5),
    ([0.2, 0.5, 0.6], 2),
]

_WALK = """
def best_step(validation_loss, patience):
    best, waited = 0, 0
    for step in range(1, len(validation_loss)):
        if {progress}:
            best, waited = step, 0
        else:
            waited += 1
            if waited {enough} patience:
                {stop}
    return best
"""


def _walk(
    progress: str = "validation_loss[step] < validation_loss[best]", enough: str = ">=", stop: str = "return best"
) -> str:
    return _WALK.format(progress=progress, enough=enough, stop=stop)


def _penalty(body: str) -> str:
    return f"import torch\ndef l2_penalty(network, strength):\n    {body}"


def _mask(mask: str, result: str, evaluation: str = "h") -> str:
    return f"""
import torch
def dropout(h, p, training):
    if not training:
        return {evaluation}
    mask = {mask}
    return {result}
"""


_RIGHT_MASK = "(torch.rand_like(h) >= p).to(h.dtype)"
_WEIGHTS = "(q for q in network.parameters() if q.ndim == 2)"

EXERCISES = (
    Exercise(
        id="2.6.1",
        title="Add an L2 penalty",
        answer="l2_penalty",
        check=_check_l2_penalty,
        wrong=(
            Planted(
                source=_penalty("return strength / 2 * sum((q ** 2).sum() for q in network.parameters())"),
                message="The biases are in it",
            ),
            Planted(
                source=_penalty(f"return strength * sum((q ** 2).sum() for q in {_WEIGHTS})"),
                message="The factor one half is missing",
            ),
            Planted(source=_penalty(f"return strength / 2 * sum(q.norm() for q in {_WEIGHTS})"), message="square them"),
            Planted(
                source=_penalty(f"return strength / 2 * torch.cat([q.flatten() for q in {_WEIGHTS}]).square().mean()"),
                message="take the sum",
            ),
            Planted(
                source=_penalty(f"return strength / 2 * sum((q.detach() ** 2).sum() for q in {_WEIGHTS})"),
                message="No gradient flows",
            ),
        ),
    ),
    Exercise(
        id="2.6.2",
        title="Dropout by hand",
        answer="dropout",
        check=_check_dropout,
        wrong=(
            Planted(source=_mask(_RIGHT_MASK, "h * mask", "h * (1 - p)"), message="divide it by 1 - p"),
            Planted(
                source=_mask("(torch.rand_like(h) < p).to(h.dtype)", "h * mask / p"),
                message="the share that goes, not that stays",
            ),
            Planted(
                source=_mask("(torch.rand(h.shape[1]) >= p).to(h.dtype)", "h * mask / (1 - p)"),
                message="whole rows or columns",
            ),
            Planted(
                source=_mask(_RIGHT_MASK, "h * mask / (1 - p)", "h * (1 - p)"),
                message="In evaluation dropout returns h",
            ),
            Planted(source=_mask(_RIGHT_MASK, "h.mul_(mask).div_(1 - p)"), message="h was changed in place"),
        ),
    ),
    Exercise(
        id="2.6.3",
        title="When to stop",
        answer="best_step",
        check=_check_best_step,
        wrong=(
            Planted(
                source="def best_step(validation_loss, patience):\n    return int(validation_loss.argmin())",
                message="nobody has seen what comes later",
            ),
            Planted(source=_walk(stop="return step"), message="This is where it stops waiting"),
            Planted(source=_walk(enough=">"), message="It waits one step too long"),
            Planted(
                source=_walk(progress="validation_loss[step] < validation_loss[step - 1]"),
                message="not with the step before",
            ),
            Planted(source=_walk(progress="validation_loss[step] <= validation_loss[best]"), message="take the first"),
        ),
    ),
)
