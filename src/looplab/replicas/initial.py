"""Initial models: `make_model` called once a seed, exactly as `train` calls it, and checked to be one architecture."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from looplab.errors import ModelError
from looplab.loop.checks import in_words, new_model
from looplab.loop.surroundings import fresh_state, seed_random_state
from looplab.replicas.architecture import Architecture
from looplab.replicas.families import UniformDraws
from looplab.replicas.flat import FlatParameters

__all__ = ["FirstModel", "InitialModels", "make_first_model"]

MakeModel = Callable[[], nn.Module]


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
    with fresh_state(seed):
        model = new_model(make_model)
        state = torch.get_rng_state()
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
        self.layout = FlatParameters(model)
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
        with fresh_state(self._seeds[self._made]), torch.no_grad():
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
                got=f"{in_words(model)} for seed {self._seeds[index]} and another for seed {self._seeds[0]}",
                fix="Let only the initial values depend on the random state.",
            )
        if self.buffers:
            count = len(self._row_parts)
            for stacked, buffer in zip(self.buffers.values(), tensors[count:], strict=True):
                stacked[index] = buffer
            tensors = tensors[:count]
        torch._foreach_copy_(self._row_parts, tensors)  # less time than a copy_ each
        self._rows[index] = self._row
