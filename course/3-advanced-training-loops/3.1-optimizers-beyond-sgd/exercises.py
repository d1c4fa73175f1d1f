"""Exercises of lesson 3.1, "Optimizers beyond SGD": momentum, Adam, AdamW, and a rate that is chosen honestly."""

from looplab.course.exercises import Exercise, Planted

from ._checks import check_adam, check_adamw, check_choose_rate, check_momentum

__all__ = ["EXERCISES"]


def _momentum(m: str = "beta * m + g", step: str = "g + beta * m if nesterov else m") -> str:
    return f"def momentum_step(w, g, m, lr, beta, nesterov):\n    m = {m}\n    return w - lr * ({step}), m"


_ADAM = """
def adam_step(w, g, m, v, t, lr, betas, eps):
    beta1, beta2 = betas
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * {square}
    {correct}
    return {w}, m, v
"""


def _adam_answer(
    correct: str = "m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)",
    w: str = "w - lr * m_hat / (v_hat.sqrt() + eps)",
    square: str = "g**2",
) -> str:
    return _ADAM.format(correct=correct, w=w, square=square)


def _adamw(result: str) -> str:
    return f"def adamw_step(w, g, lr, decay, direction):\n    return {result}"


_STUDY = """
import math
def choose_rate(run, rates, trials, fresh):
    def judge(lr):
        losses = [run(lr, seed) for seed in range(trials)]
        value = {value}
        return {checked}
    best = min(rates, key=judge)
    return {result}
"""


def _study(
    value: str = "sum(losses) / trials",
    checked: str = "math.inf if math.isnan(value) else value",
    result: str = "best, sum(run(best, seed) for seed in range(trials, trials + fresh)) / fresh",
) -> str:
    return _STUDY.format(value=value, checked=checked, result=result)


EXERCISES = (
    Exercise(
        id="3.1.1",
        title="Momentum, and Nesterov's",
        answer="momentum_step",
        check=check_momentum,
        wrong=(
            Planted(source=_momentum(m="beta * m + (1 - beta) * g"), message="PyTorch adds the whole gradient"),
            Planted(source=_momentum(m="beta * m + lr * g"), message="has the rate inside"),
            Planted(
                source="def momentum_step(w, g, m, lr, beta, nesterov):\n"
                "    new = beta * m + g\n"
                "    return w - lr * (g + beta * m if nesterov else new), new",
                message="with the old one it is m",
            ),
            Planted(source=_momentum(step="m + beta * m if nesterov else m"), message="adds the memory twice"),
            Planted(
                source="def momentum_step(w, g, m, lr, beta, nesterov):\n"
                "    m *= beta\n    m += g\n    return w - lr * (g + beta * m if nesterov else m), m",
                message="m was changed in place",
            ),
        ),
    ),
    Exercise(
        id="3.1.2",
        title="Write a step of Adam",
        answer="adam_step",
        check=check_adam,
        wrong=(
            Planted(source=_adam_answer(correct="m_hat, v_hat = m, v"), message="has no bias correction"),
            Planted(
                source=_adam_answer(correct="m, v = m / (1 - beta1**t), v / (1 - beta2**t)").replace("_hat", ""),
                message="the next step would correct it again",
            ),
            Planted(
                source=_adam_answer(
                    correct="m_hat, v_hat = m, v", w="(w - lr * m_hat / (v_hat.sqrt() + eps)) / (1 - beta1**t)"
                ),
                message="not the weights",
            ),
            Planted(
                source=_adam_answer(correct="m_hat, v_hat = m / (1 - beta1 ** (t - 1)), v / (1 - beta2 ** (t - 1))"),
                message="Here t counts from 1",
            ),
            Planted(
                source=_adam_answer(correct="m_hat, v_hat = m / (1 - beta1), v / (1 - beta2)"),
                message="in every step: it is 1 - β to the power t",
            ),
            Planted(source=_adam_answer(w="w - lr * m_hat / (v_hat + eps).sqrt()"), message="has eps under the root"),
            Planted(source=_adam_answer(square="g"), message="square it"),
        ),
    ),
    Exercise(
        id="3.1.3",
        title="Decay weights as AdamW does",
        answer="adamw_step",
        check=check_adamw,
        wrong=(
            Planted(source=_adamw("w - lr * direction(g + decay * w)"), message="adds the decay to the gradient"),
            Planted(source=_adamw("(1 - decay) * w - lr * direction(g)"), message="by the rate: the factor"),
            Planted(source=_adamw("(1 - lr * decay) * (w - lr * direction(g))"), message="shrinks after the step"),
            Planted(source=_adamw("(1 - lr * decay) * w - lr * g"), message="step along direction(g)"),
        ),
    ),
    Exercise(
        id="3.1.4",
        title="Choose a rate honestly",
        answer="choose_rate",
        check=check_choose_rate,
        wrong=(
            Planted(source=_study(result="best, judge(best)"), message="which is too good: train fresh seeds"),
            Planted(source=_study(value="min(losses)"), message="luckiest single run"),
            Planted(source=_study(checked="value"), message="NaN compares as false"),
            Planted(
                source=_study(result="best, sum(run(best, seed) for seed in range(fresh)) / fresh"),
                message="These seeds were trials already",
            ),
            Planted(
                source=_study(result="best, min(run(best, seed) for seed in range(trials, trials + fresh))"),
                message="take their mean",
            ),
        ),
    ),
)
