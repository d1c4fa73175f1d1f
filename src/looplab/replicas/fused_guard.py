"""Whether a fused step gives what plain PyTorch gives, asked of the models themselves before any is trained.

The plan of a fused call is made from what a model looks like. Here its numbers are asked: loss and gradient of a few
seeds' models as `make_model` made them, by `loss.backward()`, and by one step of the compiled loop, whose update with
plain gradient descent and a learning rate of 1 tells its gradient. Dropout is left out of both: its masks differ.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor, nn

from looplab.loop import Recipe
from looplab.loop.recording import Recording
from looplab.loop.setup import make_loss
from looplab.loop.surroundings import fresh_state, model_errors
from looplab.replicas.batching import Batch, batches_of
from looplab.replicas.call import Call
from looplab.replicas.dropout import NoDropout
from looplab.replicas.initial import InitialModels
from looplab.replicas.plan import Network
from looplab.replicas.statistics import initial_statistics, running
from looplab.replicas.undisturbed import undisturbed

__all__ = ["FusedGuard", "is_asked"]

_MODELS = 3
_LARGE_CALL = 5e8
"""Multiplications, about, from which the guard is too small a share to be left out."""
_LOSS = 1e-3
_GRADIENT = 0.05
"""How far apart gradients may be, as a share of their norm: rounding at the kink of a ReLU can move a row's share."""
_ROUNDING = 1e-6
"""The same as a share of the parameters' norm: what is lost when a gradient is told from an update."""

_agreed: set[tuple[Network, str, str, bool, str]] = set()


def is_asked(network: Network, call: Call) -> bool:
    """Whether the guard is worth its time: for a kind of network that is new to this process, or a large call."""
    rows = int(call.batch_size[0]) or len(call.dataset)
    return _kind(network, call) not in _agreed or len(call) * call.steps * rows * network.parameter_count >= _LARGE_CALL


@dataclass(eq=False)
class FusedGuard:
    """Watches the models of the first seeds, then judges a fused step by what it saw.

    It leaves models, random state and gradients as they were.

    Args:
        network: the layers of the fused plan.
        call: the data, and how to train each replica.

    Attributes:
        seeds: the numbers of the seeds whose models are watched.
    """

    network: Network
    call: Call
    _seen: dict[int, tuple[float, Tensor, Tensor]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        seeds, first = np.unique(self.call.seed_index[: 10 * _MODELS], return_index=True)
        recipe = Recipe(optimizer="sgd", lr=1.0, steps=1, batch_size=self.call.recipe_of(0).batch_size)
        self.seeds = seeds[:_MODELS].tolist()
        recipes = (recipe,) * len(self.call.recipes)
        self._step = replace(self.call.of(first[:_MODELS]), recipes=recipes, steps=1, recording=Recording())
        self._learns = self.network.without_dropout()

    def watch(self, index: int, model: nn.Module, random_state: Tensor) -> None:
        """See the loss and gradient that the model of a seed has by itself, if it is among the first."""
        del random_state
        if index not in self.seeds:
            return
        X, y, w = self._batch(self.seeds.index(index))
        with fresh_state(0), undisturbed(model), model_errors(self.call.dataset):
            for parameter in model.parameters():
                parameter.grad = None
            with NoDropout():
                outputs = model(X)
            loss = make_loss(self.call.dataset, self.call.objective)(outputs, y, w)
            loss.backward()
            gradient = torch.cat([_gradient(parameter).reshape(-1) for parameter in model.parameters()])
            after = [model.get_buffer(name).clone() for name in running(self._learns)]
        self._seen[index] = loss.item(), gradient.clone(), torch.cat([gradient.new_zeros(0), *after])

    def verdict(self, initial: InitialModels) -> str | None:
        """Why a fused step is not what plain PyTorch gives, as a clause; None if it is.

        Args:
            initial: the initial parameters of the models that were watched.
        """
        from looplab.replicas.fused import run_fused  # here, since most processes never need it

        before = initial.parameters.numpy()[self.seeds]
        statistics = initial_statistics(self._learns, self._step, initial.buffers)
        trained = run_fused(self._learns, self._step, before, statistics=statistics, threads=1)
        for place, index in enumerate(self.seeds):
            loss, gradient, after = self._seen.get(index, (np.nan, torch.zeros(0), torch.zeros(0)))
            if not np.isfinite(loss) or not torch.isfinite(gradient).all():
                continue  # not seen, or nothing to compare
            seed = self.call.seeds[index]
            if not abs(trained.train_loss[place, 0] - loss) <= _LOSS * abs(loss) + _ROUNDING:
                return _differs("loss", seed)
            ours = before[place].astype(np.float64) - trained.parameters[place]
            allowed = _GRADIENT * float(gradient.norm()) + _ROUNDING * float(np.linalg.norm(before[place]))
            if not np.linalg.norm(ours - gradient.double().numpy()) <= allowed:
                return _differs("gradient", seed)
            assert trained.statistics is not None, "machine code trained them"
            if not np.allclose(trained.statistics[place], after.numpy(), rtol=_LOSS, atol=_LOSS, equal_nan=True):
                return _differs("running statistics", seed)
        _agreed.add(_kind(self.network, self.call))
        return None

    def _batch(self, place: int) -> tuple[Tensor, Tensor, Tensor | None]:
        batch: Batch = next(iter(batches_of(self._step.of(np.array([place])), torch.device("cpu"), steps=1)))
        if batch.shared:
            return batch.inputs, batch.targets, None
        return batch.inputs[0], batch.targets[0], None if batch.weights is None else batch.weights[0]


def _kind(network: Network, call: Call) -> tuple[Network, str, str, bool, str]:
    return network, call.dataset.task, call.objective.name, call.weights is not None, call.number.name


def _gradient(parameter: Tensor) -> Tensor:
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad.detach()


def _differs(what: str, seed: int) -> str:
    return f"compiled, the {what} of seed {seed} is not what plain PyTorch gives"
