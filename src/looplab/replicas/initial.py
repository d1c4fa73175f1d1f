"""Initial models: `make_model` called once a seed, exactly as `train` calls it, and checked to be one architecture."""

import copy
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from looplab.errors import ModelError, ReplicasError
from looplab.loop.setup import fork_random_state, seed_random_state
from looplab.replicas.architecture import Architecture
from looplab.replicas.families import UniformDraws

__all__ = ["FirstModel", "InitialModels", "Layout", "make_first_model", "random_state"]

MakeModel = Callable[[], nn.Module]

# torch's random state is one for the whole process: two calls at once must not seed between each other's models.
# A make_model may itself train, so the lock is one that its holder can take again.
_random_state_lock = threading.RLock()


class Layout:
    """Names, shapes and places of a model's parameters within one flat row of P numbers.

    Attributes:
        names: parameter names in the order of `model.parameters()`; a shared parameter counts once.
        shapes: their shapes.
        sizes: how many numbers each has.
        total: how many they have together, P.
    """

    def __init__(self, model: nn.Module) -> None:
        named = dict(model.named_parameters())
        self.names = tuple(named)
        self.shapes = tuple(tuple(parameter.shape) for parameter in named.values())
        self.sizes = tuple(parameter.numel() for parameter in named.values())
        self.total = sum(self.sizes)

    def split(self, flat: Float[Tensor, "*R P"]) -> dict[str, Tensor]:
        """Views of the parameters, by name, in a row of P numbers or in a stack of such rows."""
        parts = flat.split(self.sizes, dim=-1)
        return {
            name: part.view((*flat.shape[:-1], *shape))
            for name, part, shape in zip(self.names, parts, self.shapes, strict=True)
        }


@dataclass(frozen=True)
class FirstModel:
    """The model of the first seed, and torch's random state after it was made."""

    model: nn.Module
    random_state: Tensor


def make_first_model(make_model: MakeModel, seed: int) -> FirstModel:
    """The model of one seed, checked; in training mode.

    Raises:
        ModelError: no model, or one with no, lazy, non-float32 or scattered parameters.
    """
    if isinstance(make_model, nn.Module) or not callable(make_model):
        raise ModelError(
            "make_model",
            expected="a function without arguments that returns a new model",
            got=f"a {type(make_model).__name__}",
            fix="Write lambda: mlp(2, [8], 1), or the name of your own function.",
        )
    with random_state(seed):
        model = make_model()
        state = torch.get_rng_state()
    if not isinstance(model, nn.Module):
        raise ModelError("make_model", expected="a function that returns an nn.Module", got=f"a {type(model).__name__}")
    _check_parameters(model)
    return FirstModel(copy.deepcopy(model).train(), state)


class InitialModels:
    """The initial parameters of S seeds, made when they are first asked for.

    Only the parameters (and buffers) are kept, so that a hundred thousand models need little more memory than them.

    Args:
        make_model: called once a seed, with torch's generator seeded by it.
        seeds: S seeds.
        first: the model of the first seed, which the others must resemble.
        random_states: keep torch's random state as it was after each model was made, for its dropout masks.
    """

    def __init__(
        self, make_model: MakeModel, seeds: Sequence[int], first: FirstModel, *, random_states: bool = False
    ) -> None:
        model = first.model
        self.layout = Layout(model)
        self._make_model, self._seeds, self._architecture = make_model, seeds, Architecture(model)
        device = next(model.parameters()).device
        self.parameters = torch.empty(len(seeds), self.layout.total, device=device)
        self.buffers = {name: buffer.new_empty(len(seeds), *buffer.shape) for name, buffer in model.named_buffers()}
        self.random_states: list[Tensor] | None = [first.random_state] if random_states else None
        row = torch.empty(self.layout.total, device=device)  # where one model's parameters are put side by side
        self._row_parts = list(self.layout.split(row).values())
        numpy = device.type == "cpu"  # a row is copied faster by numpy
        self._row: Any = row.numpy() if numpy else row
        self._rows: Any = self.parameters.numpy() if numpy else self.parameters
        with torch.no_grad():
            self._keep(0, model)
        self._made = 1
        known = numpy and not random_states
        self._draws = UniformDraws.of(make_model, model, seeds[0]) if known else None

    def make(self, stop: int) -> None:
        """Make the models of the seeds before `stop`, unless they are made already.

        Raises:
            ModelError: a model of another architecture than the first.
        """
        if stop <= self._made:
            return
        if self._draws is not None:
            self._rows[self._made : stop] = self._draws.rows(self._seeds[self._made : stop])
        else:
            self._make_models(stop)
        self._made = stop

    def _make_models(self, stop: int) -> None:
        with _random_state_lock, torch.random.fork_rng(), torch.no_grad():
            for index in range(self._made, stop):
                seed_random_state(self._seeds[index])
                model = self._make_model()
                if self.random_states is not None:
                    self.random_states.append(torch.get_rng_state())
                self._keep(index, model)

    def _keep(self, index: int, model: nn.Module) -> None:
        tensors = self._architecture.tensors(model) if isinstance(model, nn.Module) else None
        if tensors is None:
            raise ModelError(
                "make_model",
                expected="the same architecture for every seed",
                got=f"{_spoken(model)} for seed {self._seeds[index]} and another for seed {self._seeds[0]}",
                fix="Let only the initial values depend on the random state.",
            )
        if self.buffers:
            count = len(self._row_parts)
            for stacked, buffer in zip(self.buffers.values(), tensors[count:], strict=True):
                stacked[index] = buffer
            tensors = tensors[:count]
        torch._foreach_copy_(self._row_parts, tensors)  # less time than a copy_ each
        self._rows[index] = self._row


@contextmanager
def random_state(seed: int) -> Iterator[None]:
    """Seed torch's random state, for one caller at a time; at the end, put the caller's back."""
    with _random_state_lock, fork_random_state(seed):
        yield


def _check_parameters(model: nn.Module) -> None:
    parameters = dict(model.named_parameters())
    for name, parameter in parameters.items():
        if nn.parameter.is_lazy(parameter):
            raise ModelError(
                f"parameter {name} of the model",
                expected="a parameter with a shape",
                got="a lazy one",
                fix="Use nn.Linear(inputs, outputs) instead of nn.LazyLinear(outputs).",
            )
        if parameter.dtype != torch.float32:
            got = str(parameter.dtype).removeprefix("torch.")
            raise ModelError(
                f"parameter {name} of the model", expected="float32, as the data", got=got, fix="Call .float() on it."
            )
        if parameter.device.type == "meta":
            raise ModelError(f"parameter {name} of the model", expected="a parameter with values", got="device meta")
    if not parameters:
        raise ModelError("make_model", expected="a model with parameters to train", got=f"{_spoken(model)} without any")
    devices = {str(parameter.device) for parameter in parameters.values()}
    if len(devices) > 1:
        raise ReplicasError(
            "make_model", expected="a model on one device", got=f"parameters on {', '.join(sorted(devices))}"
        )


def _spoken(model: object) -> str:
    text = repr(model) if isinstance(model, nn.Module) else f"a {type(model).__name__}"
    return " ".join(text.split())
