"""What a call of `train_many` asks for, in one object that every backend is given.

Shapes: R replicas, S seeds, C recipes, K folds, M different row weights, N rows, T steps.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray
from torch import Tensor, nn

from looplab.data import Dataset
from looplab.data.dataset import type_name
from looplab.loop import Recipe
from looplab.loop.averages import AVERAGES, Average
from looplab.loop.losses import LossLike, Objective, objective_of
from looplab.loop.optimizers import OPTIMIZERS
from looplab.loop.recording import Recording
from looplab.replicas.plan import Float64, Int64

__all__ = ["Call", "Index"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Index:
    """Which of the seeds, recipes, folds and weightings of a call each of its replicas has."""

    seed: Int64
    recipe: Int64
    fold: Int64
    weighting: Int64


@dataclass(frozen=True, kw_only=True, eq=False)
class Call:
    """R replicas to train: seeds vary fastest, then the combinations of varied fields, then the folds.

    What may differ between replicas has the name of the recipe's field (`lr`, `seed`, ...) and is R numbers, with the
    defaults of `torch.optim` filled in. A backend is given replicas of one architecture, with the same optimizer,
    schedule and number of steps.

    Attributes:
        make_model: makes the model of a seed, whatever the seed; is given the settings by name, where there are some.
        dataset: N rows to learn from.
        seeds: the S seeds.
        recipes: the C recipes; their `seed` means nothing here.
        varied: names of the fields and settings that differ.
        weights: what each fold weighs each row, K×S×N or K×1×N; None for all rows alike (then K is 1).
        folds_named: whether the caller gave several folds, so that a table should name them.
        recording: what is to be recorded, kept and stopped for, validation rows among it.
        loss: what is minimized, as the caller said it.
        steps: updates of each replica, T; where replicas differ, the most.
        settings: of each recipe what `make_model` is given; empty if it is given nothing. Recipes with equal settings
            have the same object.
        paired: None where every recipe is crossed with every seed; else which seed each of the caller's recipes has.
        index: which seed, recipe and fold each replica has; None for all there are.
    """

    make_model: Callable[..., nn.Module]
    dataset: Dataset
    seeds: Sequence[int]
    recipes: tuple[Recipe, ...]
    varied: tuple[str, ...]
    weights: Float[Tensor, "K S N"] | None
    folds_named: bool
    steps: int
    recording: Recording
    loss: LossLike = None
    settings: tuple[Mapping[str, Any], ...] = ()
    paired: Int64 | None = None
    index: Index | None = None

    def __len__(self) -> int:
        if self.index is not None:
            return len(self.index.seed)
        return self.folds * len(self.recipes) * (len(self.seeds) if self.paired is None else 1)

    def of(self, replicas: Int[ndarray, " G"]) -> "Call":
        """The same call for these replicas alone."""
        index = Index(
            seed=self.seed_index[replicas],
            recipe=self.recipe_index[replicas],
            fold=self.fold_index[replicas],
            weighting=self.weighting[replicas],
        )
        return replace(self, index=index)

    def restricted(self, replicas: Int[ndarray, " G"], steps: int) -> "Call":
        """The same for replicas with equal settings, without seeds and recipes that none of them has."""
        part = self.of(replicas)
        assert part.index is not None
        seeds, seed = np.unique(part.index.seed, return_inverse=True)
        recipes, recipe = np.unique(part.index.recipe, return_inverse=True)
        settings = self.settings_of(int(recipes[0]))
        return replace(
            part,
            make_model=partial(self.make_model, **settings) if settings else self.make_model,
            seeds=tuple(self.seeds[each] for each in seeds),
            recipes=tuple(self.recipes[each] for each in recipes),
            settings=(),
            steps=steps,
            index=replace(part.index, seed=seed, recipe=recipe),
        )

    def settings_of(self, recipe: int) -> Mapping[str, Any]:
        """What `make_model` is given by name for the models of a recipe."""
        return self.settings[recipe] if self.settings else {}

    def recipe_of(self, replica: int) -> Recipe:
        """What `train` is to follow for a replica, its seed included."""
        return replace(self.recipes[int(self.recipe_index[replica])], seed=int(self.seed[replica]))

    def weights_of(self, replica: int) -> Float[Tensor, " N"] | None:
        """The row weights of a replica; None for all rows alike."""
        return None if self.weightings is None else self.weightings[self.weighting[replica]]

    @property
    def number(self) -> "np.dtype[np.floating[Any]]":
        """NumPy's type of the data, and of all that comes of them: float32 or float64."""
        return np.dtype(type_name(self.dataset.dtype))

    @property
    def validation(self) -> Dataset | None:
        """Rows to measure the loss on, or None."""
        return self.recording.validation

    @property
    def record_every(self) -> int:
        """Steps between two records: the losses of steps k-1, 2k-1, 3k-1, ... are kept."""
        return self.recording.every

    @property
    def folds(self) -> int:
        """Number of folds, K."""
        return 1 if self.weights is None else len(self.weights)

    @property
    def records(self) -> int:
        """Number of recorded losses of a replica, T // record_every."""
        return self.steps // self.record_every

    @cached_property
    def objective(self) -> Objective:
        """What is minimized."""
        return objective_of(self.loss, self.dataset)

    @property
    def waypoints(self) -> int:
        """Number of points on the recorded way of a replica's parameters, its beginning among them; 0 for no way."""
        every = self.recording.trajectory_every
        return 0 if every is None else 1 + self.steps // every

    @property
    def optimizer(self) -> str:
        """The name of the optimizer, the same for all replicas."""
        return self.recipes[0].optimizer

    @property
    def schedule(self) -> str:
        """The name of the schedule, the same for all replicas."""
        return self.recipes[0].schedule

    @property
    def average(self) -> Average:
        """How weights are averaged, the same for all replicas."""
        return AVERAGES[self.recipes[0].average]

    @property
    def seed_index(self) -> Int64:
        """Which of the S seeds each replica has."""
        return self._index.seed

    @property
    def recipe_index(self) -> Int64:
        """Which of the C recipes each replica has."""
        return self._index.recipe

    @property
    def fold_index(self) -> Int64:
        """Which of the K folds each replica has."""
        return self._index.fold

    @cached_property
    def seed(self) -> Int64:
        """What fixes each replica's initial parameters, batch order and dropout masks."""
        return np.array(self.seeds, dtype=np.int64)[self.seed_index]

    @cached_property
    def batch_size(self) -> Int64:
        """Rows in an update; 0 for all rows in their own order."""
        rows = len(self.dataset)  # a larger batch is one of all rows, shuffled anew in each step
        return self._numbers(lambda recipe: min(recipe.batch_size or 0, rows)).astype(np.int64)

    @cached_property
    def lr(self) -> Float64:
        """Learning rates."""
        return self._numbers(lambda recipe: recipe.lr)

    @cached_property
    def optimizer_settings(self) -> Any:
        """What the optimizer's update depends on, as its own NamedTuple: R numbers each, or a truth for all."""
        optimizer = OPTIMIZERS[self.optimizer]
        columns = zip(*(optimizer.settings_of(recipe) for recipe in self.recipes), strict=True)
        each = (column[0] if isinstance(column[0], bool) else self._of_replicas(column) for column in columns)
        return optimizer.settings(*each)

    @cached_property
    def clip_norm(self) -> Float64:
        """The largest allowed norms of the gradient; infinity does not clip."""
        return self._numbers(lambda recipe: recipe.clip_norm or math.inf)

    @property
    def weightings(self) -> Float[Tensor, "M N"] | None:
        """The M = K·S (or K) different row weights; None for all rows alike."""
        return None if self.weights is None else self.weights.flatten(0, 1)

    @property
    def weighting(self) -> Int64:
        """Which of the M weightings each replica has."""
        return self._index.weighting

    @cached_property
    def row_counts(self) -> Int64:
        """How many rows each replica learns from: those with a weight above 0."""
        if self.weightings is None:
            return np.full(len(self), len(self.dataset))
        counts: Int64 = (self.weightings > 0).sum(dim=1).numpy()
        return counts[self.weighting]

    def columns(self) -> dict[str, list[Any]]:
        """What sets each replica apart: seed, varied fields and fold, one value a replica."""
        columns: dict[str, list[Any]] = {"seed": [self.seeds[s] for s in self.seed_index]}
        for name in self.varied:
            values = [
                settings[name] if name in (settings := self.settings_of(place)) else getattr(recipe, name)
                for place, recipe in enumerate(self.recipes)
            ]
            columns[name] = [values[c] for c in self.recipe_index]
        if self.folds_named:
            columns["fold"] = self.fold_index.tolist()
        return columns

    @cached_property
    def _index(self) -> Index:
        """Made when it is first asked for: a mistyped number of seeds fills no memory."""
        if self.index is not None:
            return self.index
        members = len(self.seeds) if self.paired is None else len(self.paired)
        combinations = len(self.recipes) if self.paired is None else len(self.recipes) // members
        places = np.arange(len(self))
        member, combination, fold = (
            places % members,
            places // members % combinations,
            places // members // combinations,
        )
        return Index(
            seed=member if self.paired is None else self.paired[member],
            recipe=combination if self.paired is None else combination * members + member,
            fold=fold,
            weighting=fold if self.weights is None or self.weights.shape[1] == 1 else fold * members + member,
        )

    def _numbers(self, value: Callable[[Recipe], float]) -> Float64:
        return self._of_replicas([value(recipe) for recipe in self.recipes])

    def _of_replicas(self, values: Sequence[float]) -> Float64:
        """The number of each replica, of one number for each recipe."""
        return np.array(values, dtype=np.float64)[self.recipe_index]
