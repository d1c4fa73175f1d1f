"""Lion (Chen et al., 2023): steps of one length, along the sign of the gradient mixed with its running average."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import torch

from looplab.lanes import where
from looplab.loop.optimizers.optimizer import Optimizer

__all__ = ["LION", "Lion"]


class Lion(torch.optim.Optimizer):
    """Lion as an optimizer of PyTorch, which has none of this name (algorithm 2 of the paper).

    For a parameter w with gradient g and average m, which begins at 0:

        w ← w - lr·(sign(β₁·m + (1 - β₁)·g) + weight_decay·w),  then  m ← β₂·m + (1 - β₂)·g

    Args:
        params: parameters, or groups of them, as every optimizer of PyTorch takes them.
        lr: learning rate; three to ten times smaller than AdamW's, says the paper.
        betas: β₁ and β₂.
        weight_decay: the same number of times larger than AdamW's.

    Raises:
        ValueError: a number outside its range.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
    ) -> None:
        if not (lr >= 0 and weight_decay >= 0 and all(0 <= beta < 1 for beta in betas)):
            raise ValueError(f"lr {lr}, betas {betas}, weight_decay {weight_decay}: one is outside its range")
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take a step; returns what the closure gives, if there is one."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for w in group["params"]:
                if w.grad is None:
                    continue
                state = self.state[w]
                m = state.setdefault("average", torch.zeros_like(w))
                direction = torch.sign(torch.lerp(w.grad, m, beta1))
                w.mul_(1 - group["lr"] * group["weight_decay"]).sub_(direction, alpha=group["lr"])
                m.lerp_(w.grad, 1 - beta2)
        return loss


class _Settings(NamedTuple):
    beta1: float
    beta2: float
    weight_decay: float


class _Step(NamedTuple):
    lr: float
    shrink: float
    beta1: float
    keep2: float


def _prepare(settings: Any, lr: Any, t: Any, carried: Any) -> Any:
    return _Step(lr, 1.0 - lr * settings.weight_decay, settings.beta1, 1.0 - settings.beta2)


def _update(w: Any, g: Any, moments: Any, step: Any) -> Any:
    """Set w = shrink·w - lr·sign(β₁m + (1-β₁)g); m = m + (1-β₂)(g - m)."""
    (m,) = moments
    mixed, zeros = g + step.beta1 * (m - g), 0.0 * w
    ahead = where(mixed > 0.0, zeros + step.lr, where(mixed < 0.0, zeros - step.lr, zeros))
    return step.shrink * w - ahead, (m + step.keep2 * (g - m),)


LION = Optimizer(
    name="lion",
    title="Lion",
    torch_class=Lion,
    fields=("betas", "weight_decay"),
    settings=_Settings,
    moments=1,
    prepare=_prepare,
    update=_update,
)
