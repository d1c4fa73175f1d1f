"""AdamW (Loshchilov & Hutter, 2019): Adam, with weights that shrink instead of a gradient that pulls them to 0."""

from typing import Any

import torch

from looplab.loop.optimizers.adam import AdamSettings, prepare_adam, update_adam
from looplab.loop.optimizers.optimizer import Optimizer

__all__ = ["ADAMW"]


def _prepare(settings: Any, lr: Any, t: Any, carried: Any) -> Any:
    return prepare_adam(settings, lr, 1.0 - lr * settings.weight_decay, 0.0, carried)


ADAMW = Optimizer(
    name="adamw",
    title="AdamW",
    torch_class=torch.optim.AdamW,
    fields=("betas", "eps", "weight_decay"),
    settings=AdamSettings,
    moments=2,
    carried=2,
    prepare=_prepare,
    update=update_adam,
)
