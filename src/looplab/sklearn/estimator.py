"""What the classifier and the regressor share: from X and y to trained members."""

import warnings
from abc import abstractmethod
from itertools import compress
from typing import Any, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from looplab.data import Dataset, Task
from looplab.errors import DivergenceError, EstimatorError
from looplab.sklearn.availability import fixed_settings, require_as_before
from looplab.sklearn.convergence import still_learning
from looplab.sklearn.incremental import Progress, new_members, one_epoch
from looplab.sklearn.job import Job
from looplab.sklearn.members import Floats, Members, outputs_of
from looplab.sklearn.parameters import activation_of, check_parameters, recipe_of, widths_of
from looplab.sklearn.training import trained

__all__ = ["MLPEnsemble", "Targets"]

_MOST_SEED = 2**31 - 1
_NUMBERS = (np.float64, np.float32)


class Targets:
    """What the networks learn: numbers N×O, 0 and 1 N×1, or classes N from 0 on.

    Args:
        values: the targets, coded.
        task: their kind.
        names: of the outputs or classes.
        strata: what the validation rows are drawn alike by; None for nothing.
    """

    def __init__(
        self, values: NDArray[Any], task: Task, names: tuple[str, ...], strata: NDArray[np.int64] | None
    ) -> None:
        self.values, self.task, self.names, self.strata = values, task, names, strata


class MLPEnsemble(BaseEstimator):
    """An ensemble of multilayer perceptrons that are trained at once. Use one of its two descendants."""

    coefs_: list[Floats]
    intercepts_: list[Floats]
    loss_curve_: list[float]
    validation_curve_: list[float] | None
    _seeds: tuple[int, ...]
    _made_with: dict[str, Any]

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | Literal["auto"] = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        max_iter: int = 200,
        random_state: Any = None,
        tol: float = 1e-4,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        n_members: int = 4,
        standardize: bool = True,
        clip_norm: float | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.random_state = random_state
        self.tol = tol
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.n_members = n_members
        self.standardize = standardize
        self.clip_norm = clip_norm

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train the members.

        Args:
            X: N×D numbers: an array, a data frame, or what NumPy makes an array of. Of float32 the members compute in
                float32, of anything else in float64.
            y: the N targets.
            sample_weight: N numbers, at least 0, or None for equal ones. The loss is a weighted mean, so that only
                their ratios matter; rows of weight 0 are left out. Early stopping counts the rows set aside alike.

        Returns:
            The estimator itself.

        Raises:
            EstimatorError: a parameter that is impossible, or data too few for it.
            ChoiceError: an unknown solver, activation or learning rate schedule.
            DivergenceError: every member's loss became infinite or NaN.
            ValueError: data that scikit-learn's own checks refuse.
        """
        check_parameters(self)
        self._forget()  # a fit that fails leaves no networks that know other columns
        self._take(job := self._job(X, y, sample_weight), trained(job))
        return self

    @abstractmethod
    def _learn_targets(self, y: NDArray[Any], rows: NDArray[np.bool_], weights: Floats | None, classes: Any) -> None:
        """Learn what the targets are coded by, from those of the rows that count, or from the classes if told."""

    @abstractmethod
    def _coded(self, y: NDArray[Any], dtype: Any) -> Targets:
        """What the networks learn: targets, coded."""

    @abstractmethod
    def _checked(self, y: Any) -> NDArray[Any]:
        """The targets as scikit-learn's checks have them."""

    @property
    def _has_members(self) -> bool:
        return hasattr(self, "coefs_")

    def _forget(self) -> None:
        """Have no members, so that those to come know nothing of those that were."""
        for name in ("coefs_", "_progress"):
            self.__dict__.pop(name, None)

    def _one_more_epoch(self, X: Any, y: Any, sample_weight: Any, classes: Any = None) -> Self:
        """What `partial_fit` does; the estimator stays as it was where that fails."""
        check_parameters(self)
        settings = fixed_settings(self)
        if not self._has_members:
            self._forget()
            job = self._job(X, y, sample_weight, classes=classes)
            now, progress, curve = new_members(job), Progress.beginning(job.seeds), []
            self.validation_curve_ = None
        else:
            require_as_before(self._made_with, settings)
            job = self._job(X, y, sample_weight)
            now, curve = (self.coefs_, self.intercepts_), self.loss_curve_
            progress = getattr(self, "_progress", None) or Progress.beginning(job.seeds)
        epoch = one_epoch(job, *now, progress)
        kept = self._fine(epoch.failed, epoch.steps, job.recipe.lr)
        self._keep(epoch.coefs, epoch.intercepts, job.seeds, kept)
        self._progress, self._made_with = epoch.progress.of(kept), settings
        self.loss_curve_ = [*curve, float(epoch.losses[kept].mean())]
        self.loss_, self.n_iter_ = self.loss_curve_[-1], len(self.loss_curve_)
        return self

    def _job(self, X: Any, y: Any, sample_weight: Any, *, classes: Any = None) -> Job:
        """What to train: new members, unless there are some, whose columns, scales, classes and seeds then stay."""
        is_new = not self._has_members
        X, y, weights = self._rows(X, y, sample_weight, is_new=is_new)
        counted = np.ones(len(X), dtype=bool) if weights is None else weights > 0
        weights = None if weights is None else weights[counted] / weights[counted].mean()
        if is_new:
            self._learn_targets(y, counted, weights, classes)
            self._input_scaler = StandardScaler().fit(X[counted], sample_weight=weights) if self.standardize else None
        dtype = X.dtype if is_new else self.coefs_[0].dtype
        targets = self._coded(y[counted], dtype)
        inputs = self._inputs(X[counted]).astype(dtype, copy=False)
        random = check_random_state(self.random_state)
        learn, judge = self._split(len(inputs), targets, random)
        if is_new:
            first = int(random.randint(_MOST_SEED))
        return Job(
            dataset=self._dataset(inputs, targets, learn),
            validation=None if judge is None else self._dataset(inputs, targets, judge),
            row_weights=None if weights is None else torch.from_numpy(weights[learn]),
            recipe=recipe_of(self, len(learn)),
            widths=widths_of(self),
            activation=activation_of(self),
            seeds=tuple(range(first, first + self.n_members)) if is_new else self._seeds,
            patience=None if judge is None else int(self.n_iter_no_change),
        )

    def _rows(self, X: Any, y: Any, sample_weight: Any, *, is_new: bool) -> tuple[Floats, NDArray[Any], Floats | None]:
        """X, y and weights as scikit-learn's checks have them; X with the columns that are known, unless it is new."""
        X, y = validate_data(self, X, y, dtype=_NUMBERS, multi_output=True, y_numeric=False, reset=is_new)
        y = self._checked(y)
        if sample_weight is None:
            return X, y, None
        weights = _check_sample_weight(sample_weight, X, dtype=np.float64)
        if weights.min() < 0:
            raise EstimatorError("sample_weight", expected="numbers, at least 0", got=f"{weights.min():g}")
        return X, y, weights

    def _dataset(self, inputs: Floats, targets: Targets, rows: NDArray[np.int64]) -> Dataset:
        return Dataset(
            name=type(self).__name__,
            inputs=torch.from_numpy(inputs[rows]),
            targets=torch.from_numpy(targets.values[rows]),
            task=targets.task,
            feature_names=tuple(map(str, range(inputs.shape[1]))),
            target_names=targets.names,
        )

    def _inputs(self, X: Floats) -> Floats:
        scaled = X if self._input_scaler is None else self._input_scaler.transform(X)
        return np.array(scaled, dtype=X.dtype, order="C")

    def _split(
        self, rows: int, targets: Targets, random: np.random.RandomState
    ) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
        """The rows to learn from, and those set aside for early stopping; the latter alike by class where that goes."""
        every = np.arange(rows)
        if not self.early_stopping:
            return every, None
        aside = max(2, int(np.ceil(self.validation_fraction * rows)))
        if aside >= rows:
            raise EstimatorError(
                "early_stopping",
                expected=f"more samples than the {aside} to set aside",
                got=f"{rows} sample{'s' if rows != 1 else ''}",
                fix="Set early_stopping=False, or validation_fraction lower.",
            )
        strata = targets.strata
        if strata is not None and (np.bincount(strata).min() < 2 or min(aside, rows - aside) < len(np.unique(strata))):
            strata = None
        learn, judge = train_test_split(every, test_size=aside, random_state=random, stratify=strata)
        return learn, judge

    def _fine(self, failed: NDArray[np.bool_], steps: NDArray[np.int64], lr: float) -> NDArray[np.bool_]:
        """Which members did not diverge; warns of those that did.

        Raises:
            DivergenceError: all did.
        """
        kept, name = ~failed, type(self).__name__
        if not kept.any():
            raise DivergenceError(
                step=int(steps.min()),
                lr=lr,
                loss=np.nan,
                what=f"{name}: the loss of every member, that of the first at",
            )
        if not kept.all():
            message = (
                f"{name}: {failed.sum()} of {len(kept)} members diverged and are left out. "
                "Try a learning_rate_init ten times smaller, or clip_norm=1."
            )
            warnings.warn(message, ConvergenceWarning, stacklevel=4)
        return kept

    def _keep(
        self, coefs: list[Floats], intercepts: list[Floats], seeds: tuple[int, ...], kept: NDArray[np.bool_]
    ) -> None:
        self.coefs_ = [each[kept] for each in coefs]
        self.intercepts_ = [each[kept] for each in intercepts]
        self.n_layers_ = len(self.coefs_) + 1
        self._seeds = tuple(compress(seeds, kept))

    def _take(self, job: Job, members: Members) -> None:
        """Keep what was trained, without members that diverged, and warn of what did not come to its end."""
        kept, name = self._fine(members.failed, members.steps, job.recipe.lr), type(self).__name__
        self._keep(members.coefs, members.intercepts, job.seeds, kept)
        self._made_with = fixed_settings(self)
        del self._made_with["solver"]  # nothing is kept of what it remembers
        self.n_iter_ = int(members.epochs[kept].max())
        self.loss_curve_ = np.nanmean(members.losses[kept][:, : self.n_iter_], axis=0).tolist()
        self.loss_ = self.loss_curve_[-1]
        self.validation_curve_ = None
        if members.validation_losses is not None:
            self.validation_curve_ = np.nanmean(members.validation_losses[kept][:, : self.n_iter_], axis=0).tolist()
        learning = still_learning(job, members, self.tol, int(self.n_iter_no_change))[kept].sum()
        if learning:
            message = (
                f"{name}: {learning} of {kept.sum()} members were still learning when max_iter={self.max_iter} epochs "
                "ended. Raise max_iter or learning_rate_init."
            )
            warnings.warn(message, ConvergenceWarning, stacklevel=3)

    def _member_outputs(self, X: Any) -> Floats:
        """The outputs of every member, M×N×O."""
        check_is_fitted(self, "coefs_")
        X = validate_data(self, X, dtype=_NUMBERS, reset=False)
        inputs = self._inputs(X).astype(self.coefs_[0].dtype, copy=False)
        return outputs_of(self.coefs_, self.intercepts_, activation_of(self), inputs)
