"""Each optimizer in plain tensors against `torch.optim`'s own (Lion: looplab's), over 100 steps on the moons.

Both get the same gradients, those at our weights, so that the updates alone are compared: a first look had each follow
its own, and RMSprop, which jumps about at this rate, made 1e-4 out of a last digit. In float64 the order in which
numbers are added may show in the last digit; Muon makes its matrices orthogonal in bfloat16, as torch does.
"""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from looplab import load
from looplab.experiments import Experiment, Trial, rules
from looplab.loop import OPTIMIZERS

from ._five_lines import UPDATES, Memory

STEPS, LR = 100, 0.01
ROUNDING = torch.finfo(torch.float64).eps
NAMES = ("momentum", "Nesterov", "Adagrad", "RMSprop", "Adam", "AdamW", "Lion", "Muon")
OURS = dict(zip(NAMES, UPDATES, strict=True))
SGD = partial(torch.optim.SGD, momentum=0.9)
THEIRS: dict[str, Any] = {"momentum": SGD, "Nesterov": partial(SGD, nesterov=True)}


def gradients(weights: list[Tensor], inputs: Tensor, targets: Tensor) -> list[Tensor]:
    """Of the loss of a network of matrices alone, since Muon is for these."""
    first, second, last = weights
    outputs = torch.tanh(torch.tanh(inputs @ first) @ second) @ last
    loss = nn.functional.binary_cross_entropy_with_logits(outputs, targets)
    return list(torch.autograd.grad(loss, weights))


def difference(name: str, seed: int) -> float:
    """The largest difference of a weight between the two in any step, in roundings of the largest weight."""
    moons = load("moons", seed=seed)
    inputs, targets = moons.inputs.double(), moons.targets.double()
    ours = [torch.randn(shape, dtype=torch.float64) for shape in ((2, 8), (8, 8), (8, 1))]
    theirs = [nn.Parameter(w.clone()) for w in ours]
    remembered: list[Memory] = [(torch.zeros_like(w),) * 2 for w in ours]
    make: Any = THEIRS.get(name) or OPTIMIZERS[name.lower()].torch_class
    optimizer, largest = make(theirs, lr=LR), 0.0
    for t in range(1, STEPS + 1):
        slopes = gradients([w.requires_grad_() for w in ours], inputs, targets)
        for k, g in enumerate(slopes):
            ours[k], remembered[k] = OURS[name](ours[k].detach(), g, remembered[k], t, LR)
            theirs[k].grad = g
        optimizer.step()
        apart = [float((mine - other.detach()).abs().max()) for mine, other in zip(ours, theirs, strict=True)]
        largest = max(largest, *apart)
    return largest / float(torch.cat([w.flatten() for w in ours]).abs().max()) / ROUNDING


experiment = Experiment(
    id="each-optimizer-equals-torch",
    question="Are five lines of plain tensors what torch.optim does?",
    claim="From random starts on moons drawn anew, momentum, Nesterov, Adagrad, RMSprop, Adam, AdamW, Lion and Muon in "
    "plain tensors stay within ten roundings of float64 of PyTorch's (Lion: looplab's) at each of 100 steps.",
    arms=tuple(Trial(name=name, measure=partial(difference, name)) for name in NAMES),
    measured="largest difference of a weight in 100 steps (in roundings of the largest: 2.2e-16 of it)",
    verdict=tuple(rules.typically_below(name, 10) for name in NAMES),
    verify_seeds=16,
)
