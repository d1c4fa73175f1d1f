"""A recipe: everything about a training except the model and the data."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from looplab.errors import RecipeError, require_choice, shown
from looplab.loop.average_options import check_average_options
from looplab.loop.averages import AVERAGES
from looplab.loop.frozen import Frozen, frozen
from looplab.loop.optimizers import OPTIMIZERS, settings_by_field
from looplab.loop.options import check_groups, check_options
from looplab.loop.schedule_options import check_schedule_options
from looplab.loop.schedules import SCHEDULES
from looplab.numbers import real_number, whole_number

__all__ = ["Recipe"]

_WHOLE = ("steps", "epochs", "batch_size", "seed")
_REAL = ("lr", "momentum", "eps", "weight_decay", "clip_norm")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How to train: optimizer, learning rate, length, batches. Validated when made.

    Args:
        optimizer: a name in `looplab.loop.OPTIMIZERS`, "sgd", "adam", …: exactly what `torch.optim` means by it. "lion"
            is the algorithm of its paper; "muon" is for hidden matrices alone: embeddings, the last of several
            matrices, biases and the like are AdamW's.
        lr: learning rate, at least 0.
        steps: number of updates. Give this or `epochs`, not both.
        epochs: number of passes over all rows.
        batch_size: rows in an update: None for all of them (batch gradient descent), 1 for stochastic,
            anything between for mini-batch gradient descent. The last batch of an epoch may be shorter. More than there
            are rows: all of them, shuffled anew in each update.
        momentum: in [0, 1), for optimizers that have it, such as "sgd" and "rmsprop". None takes `torch.optim`'s
            default, as it does in the four fields below: 0, for "muon" 0.95.
        nesterov: Nesterov's momentum, for "sgd" with momentum and for "muon", which has it by default.
        betas: decay of the two running averages of "adam" and its kin, each in [0, 1); by default (0.9, 0.999), for
            "lion" (0.9, 0.99).
        eps: added to denominators by all but "sgd" and "lion".
        weight_decay: at least 0; by default 0.01 for "adamw", 0.1 for the matrices of "muon", else 0.
        options: further arguments of `torch.optim`'s class by its own names: {"amsgrad": True} for "adam",
            {"alpha": 0.9, "centered": True} for "rmsprop", … Those that leave alone what is learned (foreach, fused,
            capturable, differentiable) are none.
        groups: settings of their own for some parameters, by patterns of their names as `fnmatch` has them:
            {"*bias": {"weight_decay": 0}}. A setting is `lr`, a field above that the optimizer heeds, or an option;
            what a group does not name is the recipe's. A parameter belongs to the first pattern that matches its name.
        clip_norm: the largest allowed norm of the whole gradient; None does not clip.
        schedule: a name in `looplab.loop.SCHEDULES`, "constant", "cosine", …
        schedule_options: what the schedule can be told, by name, such as {"warmup": 0.2, "end_factor": 0.1} for
            "warmup-cosine". Factors are shares of `lr`; lengths are steps if they are whole numbers, else shares of the
            training. "one-cycle" and "plateau" take the arguments of `torch.optim`'s `OneCycleLR` and
            `ReduceLROnPlateau`; the former leaves the momentum alone unless it is told {"cycle_momentum": True}, the
            latter goes by each recorded loss, of the validation rows if there are any.
        average: a name in `looplab.loop.AVERAGES`. With "ema", an exponential moving average, or "swa", stochastic
            weight averaging, parameters are averaged from after the first update on. The training goes on with the
            parameters themselves; the validation rows are measured with the average, and the model that you get has it.
        average_options: what the average can be told, by name: {"decay": 0.99} for "ema", {"start": 0.5, "every": 10}
            for "swa". A start is a step if it is a whole number, else a share of the training.
        seed: fixes initial parameters, batch order and dropout masks. Of its 63 bits torch's generator for the CPU
            keeps the lowest 32, so that seeds which differ by a multiple of 2**32 are one run.

    Raises:
        RecipeError: a field that is impossible, or that contradicts another.
        ChoiceError: an unknown optimizer, schedule or average.

    >>> Recipe(optimizer="adam", lr=0.05, steps=1000).total_steps(rows=200)
    1000
    >>> Recipe(optimizer="sgd", lr=0.1, epochs=3, batch_size=64).total_steps(rows=200)
    12
    """

    optimizer: str
    lr: float
    steps: int | None = None
    epochs: int | None = None
    batch_size: int | None = None
    momentum: float | None = None
    nesterov: bool | None = None
    betas: tuple[float, float] | None = None
    eps: float | None = None
    weight_decay: float | None = None
    options: Mapping[str, Any] = Frozen()
    groups: Mapping[str, Mapping[str, Any]] = Frozen()
    clip_norm: float | None = None
    schedule: str = "constant"
    schedule_options: Mapping[str, Any] = Frozen()
    average: str = "none"
    average_options: Mapping[str, Any] = Frozen()
    seed: int = 0

    def __post_init__(self) -> None:
        require_choice("optimizer", self.optimizer, OPTIMIZERS)
        require_choice("schedule", self.schedule, SCHEDULES)
        require_choice("average", self.average, AVERAGES)
        self._take_numbers()
        self._check_length()
        self._check_numbers()
        self._check_momentum()
        object.__setattr__(self, "options", frozen(self.options))
        object.__setattr__(self, "groups", frozen(self.groups))
        object.__setattr__(self, "schedule_options", frozen(self.schedule_options))
        object.__setattr__(self, "average_options", frozen(self.average_options))
        check_options(self)
        check_groups(self)
        check_schedule_options(self)
        check_average_options(self)

    def total_steps(self, rows: int) -> int:
        """Number of updates on a dataset of so many rows."""
        if self.steps is not None:
            return self.steps
        assert self.epochs is not None  # one of the two is given: see _check_length
        return self.epochs * self.steps_per_epoch(rows)

    def steps_per_epoch(self, rows: int) -> int:
        """Number of updates in one pass over so many rows."""
        return 1 if self.batch_size is None else -(-rows // self.batch_size)

    def with_settings(self, settings: Mapping[str, Any]) -> "Recipe":
        """This recipe with the settings of a group, for the parameters of that group alone."""
        fields = {name: value for name, value in settings.items() if name in settings_by_field(self.optimizer)}
        options = {name: value for name, value in settings.items() if name not in fields}
        return replace(self, **fields, options={**self.options, **options}, groups={})

    def _take_numbers(self) -> None:
        """Write NumPy's numbers, and others that behave like Python's, as Python's."""
        for name in _WHOLE + _REAL:
            value = getattr(self, name)
            number = whole_number(value) if name in _WHOLE else real_number(value)
            is_one = number >= 0 if name in _WHOLE else not math.isnan(number)
            if is_one and type(value) is not type(number):
                object.__setattr__(self, name, number)
        if isinstance(self.betas, tuple):
            numbers = tuple(map(real_number, self.betas))
            if not any(map(math.isnan, numbers)):
                object.__setattr__(self, "betas", numbers)
        if self.nesterov is not None and not isinstance(self.nesterov, bool | np.bool_):
            raise RecipeError("nesterov", expected="True or False", got=shown(self.nesterov))
        if self.nesterov is not None:
            object.__setattr__(self, "nesterov", bool(self.nesterov))

    def _check_length(self) -> None:
        if (self.steps is None) == (self.epochs is None):
            got = "neither" if self.steps is None else f"steps={shown(self.steps)} and epochs={shown(self.epochs)}"
            raise RecipeError(
                "steps, epochs",
                expected="exactly one of the two",
                got=got,
                fix="Say steps=1000 to count updates, or epochs=10 to count passes over the rows.",
            )
        for name in ("steps", "epochs", "batch_size"):
            value = getattr(self, name)
            if value is not None and not (_is_whole(value) and value >= 1):
                fix = "Leave batch_size out to use all rows in each step." if name == "batch_size" else ""
                raise RecipeError(name, expected="a whole number, at least 1", got=shown(value), fix=fix)
        if not 0 <= whole_number(self.seed) < 2**63:
            raise RecipeError("seed", expected="a whole number from 0 to 2**63 - 1", got=shown(self.seed))

    def _check_numbers(self) -> None:
        for name, fix in (
            ("lr", "Common learning rates lie between 0.0001 and 0.1."),
            ("weight_decay", "Leave it out for none."),
            ("eps", "Leave it out for PyTorch's default."),
        ):
            value = getattr(self, name)
            if (value is not None or name == "lr") and not (_is_number(value) and 0 <= value < math.inf):
                raise RecipeError(name, expected="a finite number, at least 0", got=shown(value), fix=fix)
        if self.clip_norm is not None and not (_is_number(self.clip_norm) and self.clip_norm > 0):
            raise RecipeError(
                "clip_norm", expected="a number above 0", got=shown(self.clip_norm), fix="Leave it out for no clipping."
            )
        if self.betas is not None and not (
            isinstance(self.betas, tuple)
            and len(self.betas) == 2
            and all(_is_number(beta) and 0 <= beta < 1 for beta in self.betas)
        ):
            raise RecipeError(
                "betas",
                expected="two numbers, each at least 0 and below 1",
                got=shown(self.betas),
                fix="Try (0.9, 0.999).",
            )

    def _check_momentum(self) -> None:
        if self.momentum is not None and not (_is_number(self.momentum) and 0 <= self.momentum < 1):
            raise RecipeError(
                "momentum", expected="a number at least 0 and below 1", got=shown(self.momentum), fix="0.9 is common."
            )
        optimizer = OPTIMIZERS[self.optimizer]
        if self.momentum and "momentum" not in optimizer.fields:
            raise RecipeError(
                "momentum",
                expected=f"none with {self.optimizer}, which has no such parameter",
                got=shown(self.momentum),
                fix=f"Use optimizer={_spoken(_heeding('momentum'))}, or betas with {' and '.join(_heeding('betas'))}.",
            )
        momentum = optimizer.defaults.get("momentum") if self.momentum is None else self.momentum
        if self.nesterov and ("nesterov" not in optimizer.fields or not momentum):
            raise RecipeError(
                "nesterov",
                expected=f"optimizer={_spoken(_heeding('nesterov'))} with a momentum above 0",
                got=f"optimizer='{self.optimizer}', momentum={momentum or 0.0}",
                fix="Add momentum=0.9, or leave nesterov out.",
            )


def _heeding(field: str) -> list[str]:
    """The optimizers that heed a field of the recipe."""
    return [name for name, optimizer in OPTIMIZERS.items() if field in optimizer.fields]


def _spoken(names: list[str]) -> str:
    return " or ".join(f"'{name}'" for name in names)


def _is_number(value: object) -> bool:
    return not math.isnan(real_number(value))


def _is_whole(value: object) -> bool:
    return whole_number(value) >= 0
