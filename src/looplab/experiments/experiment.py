"""What an experiment is: a question, arms to train, a measure, and the rules that turn it into a verdict."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from torch import Tensor, nn

from looplab.data import Dataset
from looplab.errors import ExperimentError
from looplab.experiments.ids import require_id
from looplab.experiments.rules import Rule
from looplab.loop import Recipe
from looplab.replicas import Runs
from looplab.words import kind_in_words

__all__ = ["Arm", "Experiment", "Measure", "Trial"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Arm:
    """One way to train: a model on a dataset by a recipe, with every seed.

    Args:
        name: what to call it in tables and figures, "ReLU".
        model: () -> nn.Module, as `train` takes it.
        dataset: () -> Dataset; called when the experiment runs, so that importing it loads no data.
        recipe: how to train; its seed is replaced by those of the experiment.
        validation: () -> Dataset, rows to measure on without learning from them.
        row_weights: Dataset -> one weight per row, or one row of weights per fold, as `train_many` takes them.
        record_every: how many steps lie between two recorded losses.
        colour: of this arm in figures, as matplotlib writes it.
    """

    name: str
    model: Callable[[], nn.Module]
    dataset: Callable[[], Dataset]
    recipe: Recipe
    validation: Callable[[], Dataset] | None = None
    row_weights: Callable[[Dataset], Tensor] | None = None
    record_every: int = 1
    colour: str = "#1f5fa8"


@dataclass(frozen=True, kw_only=True, eq=False)
class Trial:
    """An arm that needs no training, or does without `train_many`: its function returns the number to measure.

    Args:
        name: what to call it in tables and figures, "central differences".
        measure: seed -> the number; called once per seed, with torch's generator seeded by it, on one thread.
        colour: of this arm in figures, as matplotlib writes it.
    """

    name: str
    measure: Callable[[int], float]
    colour: str = "#1f5fa8"


Measure = Callable[[Arm, Runs], Float[np.ndarray, " S"] | Float[Tensor, " S"]]
"""From an arm and its runs to one number for each of the S seeds, in their order."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Experiment:
    """A question about training that seeds can answer.

    Args:
        id: lower-case words with hyphens; the file that defines it has the same name with underscores.
        question: in a learner's words.
        claim: the sentence the verdict is about.
        arms: what is trained or tried, at least one.
        measured: the measure in words, with unit; the figure's axis is named by it.
        verdict: the rules, written before anything was measured; the claim holds when all of them hold.
        measure: what is measured on each run of an arm that is trained; a trial measures itself.
        fails_above: a run whose measure is above this counts as failed; None: one whose loss became infinite or NaN.
        logarithmic: whether the figure's axis is logarithmic.
        seeds: how many seeds the ledger's entry is measured with.
        verify_seeds: how many fresh seeds `verify` uses.

    Raises:
        ExperimentError: no arms or rules, arms of one name, a rule about an unknown arm, a malformed id, arms that are
            trained without a measure.
    """

    id: str
    question: str
    claim: str
    arms: tuple[Arm | Trial, ...]
    measured: str
    verdict: tuple[Rule, ...]
    measure: Measure | None = None
    fails_above: float | None = None
    logarithmic: bool = False
    seeds: int = 256
    verify_seeds: int = 128

    def __post_init__(self) -> None:
        require_id(self.id)
        self._check_kinds()
        names = [arm.name for arm in self.arms]
        if len(set(names)) < len(names):
            raise ExperimentError(f"arms of '{self.id}'", expected="different names", got=", ".join(names))
        trained = [arm.name for arm in self.arms if isinstance(arm, Arm)]
        if trained and self.measure is None:
            raise ExperimentError(f"measure of '{self.id}'", expected=f"one for the runs of {trained[0]}", got="none")
        for rule in self.verdict:
            unknown = [name for name in rule.arms if name not in names]
            if unknown:
                raise ExperimentError(
                    f"verdict of '{self.id}'", expected=f"arms among {', '.join(names)}", got=f"'{unknown[0]}'"
                )

    def _check_kinds(self) -> None:
        """Check that arms and rules are such: readers write experiments, and forget the comma after a single one."""
        for field, kinds, words in (("arms", Arm | Trial, "arms and trials"), ("verdict", Rule, "rules")):
            given: object = getattr(self, field)
            others = (
                [one for one in given if not isinstance(one, kinds)] if isinstance(given, tuple | list) else [given]
            )
            if others:
                fix = f"Write {field}=(one,) for a single one." if isinstance(given, kinds) else ""
                got = kind_in_words(others[0])
                raise ExperimentError(f"{field} of '{self.id}'", expected=f"a tuple of {words}", got=got, fix=fix)
        if not self.arms or not self.verdict:
            raise ExperimentError(f"experiment '{self.id}'", expected="at least one arm and one rule", got="none")
