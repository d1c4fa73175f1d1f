"""What the answers of lesson 3.1 must do, and the mistakes that are told apart."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from looplab.course.exercises import WrongAnswer, call, expect_close, expect_tensor, kind_in_words

__all__ = ["check_adam", "check_adamw", "check_choose_rate", "check_momentum"]


def _expect_parts(value: object, names: tuple[str, ...], shape: tuple[int, ...], name: str) -> list[Tensor]:
    """The tensors that an answer returns in a tuple, each of this shape."""
    if not isinstance(value, tuple) or len(value) != len(names):
        got = f"a tuple of {len(value)}" if isinstance(value, tuple) else kind_in_words(value)
        raise WrongAnswer(f"{name} returned {got}, expected {len(names)} tensors: {', '.join(names)}.")
    return [
        expect_tensor(part, shape=shape, name=f"the new {which} of {name}")
        for part, which in zip(value, names, strict=True)
    ]


def _is(value: Tensor, wrong: Tensor) -> bool:
    return torch.allclose(value, wrong, rtol=1e-5, atol=1e-6)


def check_momentum(momentum_step: Any) -> None:
    w, g, m = (torch.tensor(row) for row in ([1.0, -2.0, 0.5], [0.3, 2.0, -1.0], [2.0, -1.0, 0.7]))
    lr, beta = 0.1, 0.8
    for nesterov in (False, True):
        name = f"momentum_step(…, nesterov={nesterov})"
        new_w, new_m = _expect_parts(call(momentum_step, w, g, m, lr, beta, nesterov), ("w", "m"), (3,), name)
        right = beta * m + g
        for wrong, sentence in (
            (beta * m + (1 - beta) * g, "is an average, β m + (1 - β) g: PyTorch adds the whole gradient, β m + g."),
            (
                beta * m + lr * g,
                "has the rate inside: PyTorch remembers gradients, and multiplies by the rate afterwards.",
            ),
            (m, "is the old one: return what you computed."),
            (beta * right + g, "is g + β m itself: Nesterov's term is for the step, and is not remembered."),
        ):
            if _is(new_m, wrong):
                raise WrongAnswer(f"The new m of {name} {sentence}")
        expect_close(new_m, right, name=f"the new m of {name}", hint="It is β times the old m, plus g.")
        _expect_step(new_w, w, g, right, lr, beta, nesterov=nesterov, name=name)


def _expect_step(
    new_w: Tensor, w: Tensor, g: Tensor, m: Tensor, lr: float, beta: float, *, nesterov: bool, name: str
) -> None:
    ahead = g + beta * m
    mistakes = [(w + lr * (ahead if nesterov else m), "goes uphill: subtract the step.")]
    if nesterov:
        mistakes += [
            (
                w - lr * m,
                "is plain momentum's: Nesterov's is along g + β m with the new m (with the old one it is m).",
            ),
            (w - lr * (m + beta * m), "adds the memory twice: the step is along g + β m, g being the gradient alone."),
        ]
    else:
        mistakes.append((w - lr * ahead, "is Nesterov's, though nesterov is False: step along m."))
    for wrong, sentence in mistakes:
        if _is(new_w, wrong):
            raise WrongAnswer(f"The new w of {name} {sentence}")
    direction = "g + β m" if nesterov else "m"
    expect_close(
        new_w, w - lr * (ahead if nesterov else m), name=f"the new w of {name}",
        hint=f"It is w - lr · ({direction}), with the new m.",
    )  # fmt: skip


_BETAS, _EPS, _LR = (0.8, 0.95), 0.01, 0.1


def _adam(w: Tensor, g: Tensor, m: Tensor, v: Tensor, t: int) -> tuple[Tensor, Tensor, Tensor]:
    beta1, beta2 = _BETAS
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
    return w - _LR * m / (1 - beta1**t) / ((v / (1 - beta2**t)).sqrt() + _EPS), m, v


def check_adam(adam_step: Any) -> None:
    w, m, v = torch.tensor([1.0, -2.0, 0.5]), torch.zeros(3), torch.zeros(3)
    for t, g in zip((1, 3, 8), torch.tensor([[0.3, 2.0, -1.0], [0.1, -1.0, -1.5], [0.2, 1.0, 0.5]]), strict=True):
        name = f"adam_step(…, t={t})"
        value = call(adam_step, w, g, m, v, t, _LR, _BETAS, _EPS)
        new_w, new_m, new_v = _expect_parts(value, ("w", "m", "v"), (3,), name)
        right_w, right_m, right_v = _adam(w, g, m, v, t)
        _expect_averages(new_m, new_v, g, right_m, right_v, t, name)
        if t == 1 and new_w.isnan().all():
            raise WrongAnswer(f"The new w of {name} is NaN: at t = 0, 1 - β to the power t is 0. Here t counts from 1.")
        for wrong, sentence in _adam_mistakes(w, right_w, right_m, right_v, t):
            if _is(new_w, wrong):
                raise WrongAnswer(f"The new w of {name} {sentence}")
        expect_close(new_w, right_w, name=f"the new w of {name}", hint="It is w - lr · m̂ / (√v̂ + eps).")
        w, m, v = right_w, right_m, right_v


def _expect_averages(m: Tensor, v: Tensor, g: Tensor, right_m: Tensor, right_v: Tensor, t: int, name: str) -> None:
    beta1, beta2 = _BETAS
    if _is(m, right_m / (1 - beta1**t)) or _is(v, right_v / (1 - beta2**t)):
        raise WrongAnswer(
            f"{name} returns a corrected average to be remembered: the next step would correct it again. Correct under "
            "another name, for the step alone."
        )
    if t == 1 and _is(v, (1 - beta2) * g):
        raise WrongAnswer(f"The new v of {name} averages the gradient itself: square it.")
    if t == 1 and _is(m, g):
        raise WrongAnswer(f"The new m of {name} has the whole gradient: Adam averages, β₁ m + (1 - β₁) g.")
    if t == 1 and (_is(m, beta1 * g) or _is(v, beta2 * g**2)):
        raise WrongAnswer(f"{name} has β and 1 - β exchanged: the old average keeps the share β.")
    expect_close(m, right_m, name=f"the new m of {name}", hint="It is β₁ m + (1 - β₁) g.")
    expect_close(v, right_v, name=f"the new v of {name}", hint="It is β₂ v + (1 - β₂) g².")


def _adam_mistakes(w: Tensor, right: Tensor, m: Tensor, v: Tensor, t: int) -> list[tuple[Tensor, str]]:
    (beta1, beta2), step = _BETAS, right - w
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    mistakes = [
        (w - _LR * m / (v.sqrt() + _EPS), "has no bias correction: divide m by 1 - β₁ᵗ and v by 1 - β₂ᵗ."),
        (w - _LR * m_hat / (v.sqrt() + _EPS), "corrects m alone: v began at 0 as well."),
        (w - _LR * m / (v_hat.sqrt() + _EPS), "corrects v alone: m began at 0 as well."),
        (w - _LR * m_hat / (v_hat + _EPS).sqrt(), "has eps under the root: add it after the root."),
        (w - _LR * m_hat / (v_hat + _EPS), "has no root: divide by √v̂."),
        (w - step, "goes uphill: subtract the step."),
        ((w - _LR * m / (v.sqrt() + _EPS)) / (1 - beta1**t), "is corrected itself: correct m and v, not the weights."),
        (right / (1 - beta1**t), "is corrected itself: correct m and v, not the weights."),
    ]
    if t > 1:
        early = m / (1 - beta1 ** (t - 1)) / ((v / (1 - beta2 ** (t - 1))).sqrt() + _EPS)
        constant = m / (1 - beta1) / ((v / (1 - beta2)).sqrt() + _EPS)
        mistakes += [
            (w - _LR * early, "is corrected as in the step before: t counts from 1 already."),
            (w - _LR * constant, "is corrected by 1 - β in every step: it is 1 - β to the power t."),
        ]
    return [(wrong, sentence) for wrong, sentence in mistakes if not _is(wrong, right)]


def _scaled_sign(g: Tensor, scale: float) -> Tensor:
    """What Adam's direction is in its first step, nearly: it does not grow with the gradient."""
    return scale * g / (g.abs() + 0.01)


def check_adamw(adamw_step: Any) -> None:
    w, g = torch.tensor([1.0, -2.0, 0.5]), torch.tensor([0.3, 2.0, -1.0])
    lr, decay, direction = 0.1, 0.5, partial(_scaled_sign, scale=1.0)
    name = "adamw_step(w, g, lr=0.1, decay=0.5, direction)"
    value = expect_tensor(call(adamw_step, w, g, lr, decay, direction), shape=(3,), name=name)
    along = lr * direction(g)
    for wrong, sentence in (
        (w - lr * direction(g + decay * w), "adds the decay to the gradient, an L2 penalty: shrink w itself."),
        ((1 - decay) * w - along, "does not multiply the decay by the rate: the factor is 1 - lr · decay."),
        (w - along, "has no decay: multiply w by 1 - lr · decay."),
        ((1 - lr * decay) * (w - along), "shrinks after the step, the step too: shrink w first, then subtract it."),
        ((1 + lr * decay) * w - along, "grows the weights: the factor is 1 - lr · decay."),
        ((1 - lr * decay) * w - lr * g, "steps along the gradient: step along direction(g)."),
        ((1 - lr * decay) * w + along, "goes uphill: subtract the step."),
        ((1 - lr * decay) * w - along / lr, "leaves the rate out of the step: subtract lr · direction(g)."),
    ):  # fmt: skip
        if _is(value, wrong):
            raise WrongAnswer(f"{name} {sentence}")
    expect_close(value, (1 - lr * decay) * w - along, name=name, hint="It is (1 - lr · decay) · w - lr · direction(g).")


_LOSSES: dict[float, list[float]] = {
    0.01: [0.5, 0.6, 0.5, 0.6, 0.4, 0.8, 0.7],
    0.1: [0.3, 0.35, 0.25, 0.45, 0.55, 0.2, 0.9],
    1.0: [0.1, 0.7, 0.6, 0.3, 0.3, 0.2, 0.1],
    10.0: [0.1, math.nan, 0.1, math.nan, math.nan, 0.1, 0.1],
}
"""Seven seeds a rate. With three trials and two fresh seeds, 0.1 is best; 1.0 has the luckiest run, 10 diverges."""


def _look_up(lr: float, seed: int, losses: dict[float, list[float]]) -> float:
    return losses[lr][seed]


def check_choose_rate(choose_rate: Any) -> None:
    _check_study(choose_rate, _LOSSES, (0.1, 0.3, 0.5), trials=3, fresh=2)
    reordered = {10.0: _LOSSES[10.0], 1.0: _LOSSES[1.0], 0.01: _LOSSES[0.01], 0.1: _LOSSES[0.1]}
    _check_study(choose_rate, reordered, (0.1, 0.3, 0.5), trials=3, fresh=2)
    _check_study(choose_rate, _LOSSES, (1.0, 0.1, 0.7), trials=1, fresh=1)


def _check_study(
    choose_rate: Any, losses: dict[float, list[float]], right: tuple[float, float, float], trials: int, fresh: int
) -> None:
    """Rate, mean of its trials, mean of its fresh seeds. Where one trial decides, the one that diverged is left out."""
    if trials == 1:
        losses = {lr: row for lr, row in losses.items() if lr < 10}
    run: Callable[[float, int], float] = partial(_look_up, losses=losses)
    lr, _, honest = right
    name = f"choose_rate(run, {list(losses)}, trials={trials}, fresh={fresh})"
    value = call(choose_rate, run, list(losses), trials, fresh)
    if not isinstance(value, tuple) or len(value) != 2 or not all(isinstance(part, int | float) for part in value):
        raise WrongAnswer(f"{name} must return two numbers: the chosen rate, and its mean loss over the fresh seeds.")
    chosen, reported = value
    if chosen not in losses:
        raise WrongAnswer(f"{name} chose {chosen:g}, which is none of the rates: return the rate, then its loss.")
    if chosen != lr:
        raise WrongAnswer(f"{name} chose {chosen:g}, expected {lr:g}. {_choice_hint(chosen, losses, trials, fresh)}")
    if not math.isclose(reported, honest, rel_tol=1e-6):
        raise WrongAnswer(
            f"{name} reports {reported:.3f}, expected {honest:.3f}. {_report_hint(value, losses, trials, fresh)}"
        )


def _choice_hint(chosen: float, losses: dict[float, list[float]], trials: int, fresh: int) -> str:
    if any(math.isnan(loss) for loss in losses[chosen][:trials]):
        return "A trial of it diverged: NaN compares as false, so make its mean infinite before you compare."
    if chosen == min(losses, key=lambda lr: min(losses[lr][:trials])):
        return "It has the luckiest single run: compare the means over the trials."
    if chosen == min(losses, key=lambda lr: sum(losses[lr][trials : trials + fresh])):
        return "It is the best on the fresh seeds: these are for the report, and may choose nothing."
    return "Compare the mean over the seeds 0 to trials - 1 of each rate, and take the lowest."


def _report_hint(value: tuple[float, float], losses: dict[float, list[float]], trials: int, fresh: int) -> str:
    lr, reported = value
    row = losses[lr]
    for seeds, sentence in (
        (row[:trials], "This is the mean of the trials that chose it, which is too good: train fresh seeds."),
        (row[:fresh], "These seeds were trials already: begin at the seed `trials`."),
        (row[: trials + fresh], "The trials are in it: average the fresh seeds alone."),
        (row[trials + 1 : trials + 1 + fresh], "It begins one seed late: the first fresh seed is `trials`."),
    ):
        if math.isclose(reported, sum(seeds) / len(seeds), rel_tol=1e-6):
            return sentence
    if math.isclose(reported, min(row[trials : trials + fresh]), rel_tol=1e-6):
        return "This is the best of the fresh seeds: take their mean."
    return f"Average run(rate, seed) over the {fresh} seeds from {trials} on."
