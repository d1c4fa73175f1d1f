"""A training as it is handed to the doctor, and the register of the cases that build one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

if TYPE_CHECKING:
    from .proof import Run

Metric = Callable[[Tensor, Tensor], float]
"""Of a model's outputs and the targets; higher is better."""
Shows = Callable[["Run", "Run"], bool]
"""Of the faulty run and its twin's: is the fault seen?"""


@dataclass(frozen=True, kw_only=True)
class Training:
    """The arguments of `looplab.doctor.examine`, by their names there."""

    model: nn.Module
    optimizer: Optimizer
    loss_fn: Callable[..., Any]
    batches: Callable[[], Iterable[tuple[Any, Any]]]
    step: Callable[..., Any] | None = None
    validation: tuple[Tensor, Tensor] | None = None
    validate: Callable[..., float] | None = None
    epochs: int = 1


class Make(Protocol):
    """What a case's function looks like."""

    def __call__(self, *, repaired: bool, seed: int) -> Training: ...


@dataclass(frozen=True, kw_only=True)
class Case:
    """One training, the faults it holds, and how it is proved that they matter.

    `learns` is the honest score that the twin (or the healthy training) must reach. A fault costs at least `by` of that
    score, unless it shows otherwise: `shows` is then asked.
    """

    id: str
    faults: tuple[str, ...]
    net: str
    about: str
    module: str
    make: Make
    honest: Metric
    learns: float
    by: float = 0.0
    shows: Shows | None = None

    def build_seeded(self, repaired: bool, seed: int) -> Training:
        """Everything fresh: data, start weights and order of batches hang on the seed alone."""
        torch.manual_seed(7919 * (seed + 1))
        return self.make(repaired=repaired, seed=seed)

    def build(self) -> Training:
        """The training itself."""
        return self.build_seeded(False, 0)

    def build_repaired(self) -> Training:
        """The same with the fault mended; a healthy one has nothing to mend."""
        return self.build_seeded(True, 0)


_FOUND: dict[str, Case] = {}
NETS = ("mlp", "conv", "recurrent", "transformer")


def broken(
    *faults: str, net: str, what: str, honest: Metric, learns: float, by: float = 0.0, shows: Shows | None = None
) -> Callable[[Make], Make]:
    """Registers a training with faults, under the name of its function."""
    assert faults, f"no fault is named: {what}"
    assert (by > 0) != (shows is not None), f"it is said once how the fault shows: {what}"

    def register(make: Make) -> Make:
        name, module = _names(make)
        _enter(
            Case(
                id=name,
                faults=faults,
                net=net,
                about=what,
                module=module,
                make=make,
                honest=honest,
                learns=learns,
                by=by,
                shows=shows,
            )
        )
        return make

    return register


def healthy(
    *, net: str, what: str, honest: Metric, learns: float
) -> Callable[[Callable[[int], Training]], Callable[[int], Training]]:
    """Registers a training that looks odd and has no fault."""

    def register(of_seed: Callable[[int], Training]) -> Callable[[int], Training]:
        def make(*, repaired: bool, seed: int) -> Training:
            del repaired
            return of_seed(seed)

        name, module = _names(of_seed)
        _enter(Case(id=name, faults=(), net=net, about=what, module=module, make=make, honest=honest, learns=learns))
        return of_seed

    return register


def found() -> dict[str, Case]:
    """All cases that were registered, by name."""
    return dict(sorted(_FOUND.items()))


def _names(function: Any) -> tuple[str, str]:
    return function.__name__.replace("_", "-"), function.__module__.rpartition(".")[2]


def _enter(case: Case) -> None:
    assert case.id not in _FOUND, f"two cases are called {case.id}"
    assert case.net in NETS, f"{case.net} is no kind of net"
    _FOUND[case.id] = case
