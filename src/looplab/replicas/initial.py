"""Initial models: `make_model` called once a seed, exactly as `train` calls it, and checked to be one architecture."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from looplab.errors import ModelError
from looplab.loop.checks import in_words, made_model, new_model
from looplab.loop.surroundings import fresh_state, in_a_line, seed_random_state
from looplab.models.particulars import Particulars
from looplab.replicas.architecture import Architecture
from looplab.replicas.families import UniformDraws, is_family
from looplab.replicas.flat import FlatParameters
from looplab.replicas.unsuitable import UnsuitableError

__all__ = ["FirstModel", "InitialModels", "Watch", "make_first_model", "require_new_values"]

MakeModel = Callable[[], nn.Module]
Watch = Callable[[int, nn.Module, Tensor], None]
"""Shown a model as it was made: the number of its seed, the model, torch's random state afterwards."""


@dataclass(frozen=True)
class FirstModel:
    """The model of the first seed.

    Attributes:
        model: a copy of it in training mode; itself where it cannot be copied, or is nobody else's.
        original: as it was made.
        random_state: torch's random state after it was made.
        uncopied: why it cannot be copied, in words; None if it can.
    """

    model: nn.Module
    original: nn.Module
    random_state: Tensor
    uncopied: str | None = None


def make_first_model(make_model: MakeModel, seed: int, dtype: torch.dtype) -> FirstModel:
    """The model of one seed, checked; in training mode.

    Args:
        make_model: the caller's function.
        seed: seeds torch's generator for it.
        dtype: what the data are, and the parameters must be.

    Raises:
        ModelError: no model, or one with no, lazy or scattered parameters, or parameters of another type than the data.
    """
    with fresh_state(seed):
        model = new_model(make_model, dtype)
        state = torch.get_rng_state()
        if is_family(make_model):
            return FirstModel(model, model, state)
        try:
            return FirstModel(copy.deepcopy(model).train(), model, state)
        except Exception as error:  # noqa: BLE001  # the user's own classes, and tensors that torch does not copy
            return FirstModel(model, model, state, uncopied=in_a_line(error))


def require_new_values(make_model: MakeModel, model: nn.Module, seed: int) -> None:
    """Raise an error where `make_model`, which has returned the same model before, leaves it as it finds it.

    Random state: that of the caller, who has seeded it.

    Raises:
        ModelError: it does, so that every seed would go on with what the one before it has learned.
    """
    parameters = list(model.parameters())
    before = [parameter.detach().clone() for parameter in parameters]
    with torch.no_grad():
        for parameter in parameters:
            parameter.add_(1)
        found = [parameter.detach().clone() for parameter in parameters]
        seed_random_state(seed)
        with torch.enable_grad():
            again = made_model(make_model)
        as_found = all(map(torch.equal, parameters, found))
        for parameter, value in zip(parameters, before, strict=True):
            parameter.copy_(value)
    if again is model and as_found:
        raise ModelError(
            "make_model",
            expected="a new model at each call",
            got=f"the same {type(model).__name__} for every seed, with the values that it had",
            fix="Make the model within the function: lambda: mlp(2, [8], 1), not lambda: net.",
        )


class InitialModels:
    """The initial parameters of S seeds, made when they are first asked for.

    Only the parameters (and buffers) are kept, so that a hundred thousand models need little more memory than them.

    Args:
        make_model: called once a seed, with torch's generator seeded by it.
        seeds: S seeds.
        first: the model of the first seed, which the others must resemble.
        random_states: keep torch's random state as it was after each model was made, for its dropout masks.
        watch: shown every model that is made.
        drawn: where the parameters are known from the seeds, models other than the first need not be made.

    Raises:
        UnsuitableError: while they are made: they differ in more than parameters and buffers, or have hooks.
    """

    def __init__(
        self,
        make_model: MakeModel,
        seeds: Sequence[int],
        first: FirstModel,
        *,
        random_states: bool = False,
        watch: Watch | None = None,
        drawn: bool = False,
    ) -> None:
        model = first.model
        self._original, self._watch = first.original, watch
        self.layout = FlatParameters(model)
        self._make_model, self._seeds = make_model, seeds
        one = next(model.parameters())
        device, dtype = one.device, one.dtype
        known = device.type == "cpu" and not random_states and drawn
        self._draws = UniformDraws.of(make_model, model, seeds[0]) if known else None
        if self._draws is None:  # else no other model is made, whose likeness they would judge
            self._architecture, self._particulars = Architecture(first.original), Particulars(first.original)
        self.parameters = torch.empty(len(seeds), self.layout.total, device=device, dtype=dtype)
        self.buffers = {name: buffer.new_empty(len(seeds), *buffer.shape) for name, buffer in model.named_buffers()}
        self.random_states: list[Tensor] | None = [first.random_state] if random_states else None
        row = torch.empty_like(self.parameters[0])  # where one model's parameters are put side by side
        self._row_parts = list(self.layout.split(row).values())
        numpy = device.type == "cpu"  # a row is copied faster by numpy
        self._row: Any = row.numpy() if numpy else row
        self._rows: Any = self.parameters.numpy() if numpy else self.parameters
        with torch.no_grad():
            self._put(0, [*model.parameters(), *model.buffers()])
        self._made = 1
        if watch is not None:
            watch(0, first.original, first.random_state)

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
                with torch.enable_grad():
                    model = made_model(self._make_model)
                state = torch.get_rng_state() if self._watch or self.random_states is not None else None
                self._keep(index, model)
                if model is self._original and index == 1:
                    require_new_values(self._make_model, model, self._seeds[index])
                difference = self._particulars.difference(model)
                if difference is not None:
                    raise UnsuitableError(difference)
                if state is not None and self.random_states is not None:
                    self.random_states.append(state)
                if state is not None and self._watch is not None:
                    self._watch(index, model, state)

    def _keep(self, index: int, model: object) -> None:
        tensors = self._architecture.tensors(model) if isinstance(model, nn.Module) else None
        if tensors is None:
            found = in_words(model) if isinstance(model, nn.Module) else repr(model)
            raise ModelError(
                "make_model",
                expected="the same architecture for every seed",
                got=f"{found} for seed {self._seeds[index]} and another for seed {self._seeds[0]}",
                fix="Let only the initial values depend on the random state.",
            )
        self._put(index, tensors)

    def _put(self, index: int, tensors: list[Tensor]) -> None:
        """Keep the parameters and buffers of a model."""
        if self.buffers:
            count = len(self._row_parts)
            for stacked, buffer in zip(self.buffers.values(), tensors[count:], strict=True):
                stacked[index] = buffer
            tensors = tensors[:count]
        torch._foreach_copy_(self._row_parts, tensors)  # less time than a copy_ each
        self._rows[index] = self._row
