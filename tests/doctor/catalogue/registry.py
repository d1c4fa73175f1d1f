"""What a case of the catalogue is, and the list of those there are."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from torch import Tensor, nn
from torch.optim import Optimizer

Loss = Callable[[Tensor, Tensor], Tensor]
Step = Callable[[nn.Module, Optimizer, Loss, Tensor, Tensor], Tensor]
Validate = Callable[[nn.Module, Tensor, Tensor], float]
Batches = Callable[[], Iterable[tuple[Tensor, Tensor]]]

NETS = ("mlp", "conv", "recurrent", "transformer")
FAMILIES = ("data", "shapes", "loss", "model", "optimizer", "loop", "pairs", "healthy")
PROOFS = ("better", "report", "rows", "scaling", "nan", "memory")


@dataclass(frozen=True, kw_only=True)
class Training:
    """What is handed to `looplab.doctor.examine`, as it is.

    Attributes:
        model: the net.
        optimizer: as the person made it.
        loss_fn: (output, target) -> loss.
        batches: () -> one epoch of (x, y).
        step: the person's training step; None for the textbook one.
        validation: rows kept aside.
        validate: the number the person reports, higher is better.
        epochs: how often `batches` is gone through.
    """

    model: nn.Module
    optimizer: Optimizer
    loss_fn: Loss
    batches: Batches
    step: Step | None = None
    validation: tuple[Tensor, Tensor] | None = None
    validate: Validate | None = None
    epochs: int = 1


@dataclass(frozen=True, kw_only=True)
class Case:
    """A training with one fault or two and its repaired twin, or a healthy one that looks odd.

    Attributes:
        id: its name, that of its function with hyphens.
        faults: names of its faults; empty if it is healthy.
        net: "mlp", "conv", "recurrent" or "transformer".
        about: what it is, in a sentence.
        family: the folder's part that it is from.
        build_seeded: makes it; the arguments are whether the fault is mended, and the seed.
        score: what tells how well a model does, measured properly.
        learns: the score that the twin (or the healthy training) must reach.
        gap: by how much the twin's score must be above that of the faulty training.
        proof: how the fault shows: the twin becomes "better"; the "report" differs from the truth; it was measured on
            "rows" of the training, or on rows with another "scaling"; the loss is "nan"; "memory" grows.
    """

    id: str
    faults: tuple[str, ...]
    net: str
    about: str
    family: str
    build_seeded: Callable[[bool, int], Training]
    score: Validate
    learns: float
    gap: float
    proof: str

    def build(self) -> Training:
        """The training itself, made afresh."""
        return self.build_seeded(False, 0)

    def build_repaired(self) -> Training:
        """The same training with the fault mended; a healthy one has nothing to mend."""
        return self.build_seeded(True, 0)


_FOUND: dict[str, Case] = {}


def found() -> tuple[Case, ...]:
    """All cases that were registered, in alphabetical order."""
    return tuple(case for _, case in sorted(_FOUND.items()))


def _enter(case: Case) -> None:
    assert case.id not in _FOUND, f"two cases are called {case.id}"
    assert case.net in NETS, f"{case.net} is no kind of net"
    assert case.proof in PROOFS, f"{case.proof} is no proof"
    assert case.family in FAMILIES, f"{case.family} is no family"
    assert case.about.endswith("."), f"{case.id} says in a sentence what it is"
    _FOUND[case.id] = case


def _family(module: str) -> str:
    return module.rpartition(".")[2].partition("_")[0]


def fault(
    *faults: str, net: str, score: Validate, learns: float, gap: float = 0.05, proof: str = "better"
) -> Callable[[Callable[[bool, int], Training]], Callable[[bool, int], Training]]:
    """Registers `case(repaired, seed)`, a training with these faults unless it is repaired."""

    def register(function: Callable[[bool, int], Training]) -> Callable[[bool, int], Training]:
        _enter(
            Case(
                id=function.__name__.replace("_", "-"),
                faults=faults,
                net=net,
                about=(function.__doc__ or "").strip(),
                family=_family(function.__module__),
                build_seeded=function,
                score=score,
                learns=learns,
                gap=gap,
                proof=proof,
            )
        )
        return function

    return register


def healthy(
    *, net: str, score: Validate, learns: float
) -> Callable[[Callable[[int], Training]], Callable[[int], Training]]:
    """Registers `case(seed)`, a training that looks odd and has no fault."""

    def register(function: Callable[[int], Training]) -> Callable[[int], Training]:
        fault(net=net, score=score, learns=learns, gap=0)(_without_twin(function))
        return function

    return register


def _without_twin(function: Callable[[int], Training]) -> Callable[[bool, int], Training]:
    def build(repaired: bool, seed: int) -> Training:
        return function(seed)

    build.__name__, build.__doc__, build.__module__ = function.__name__, function.__doc__, function.__module__
    return build
