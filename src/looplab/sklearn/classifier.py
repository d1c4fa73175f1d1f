"""`MLPClassifier`: an ensemble of multilayer perceptrons for classes."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax
from sklearn.base import ClassifierMixin
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets, unique_labels

from looplab.errors import EstimatorError, shown
from looplab.sklearn.availability import Incremental
from looplab.sklearn.estimator import MLPEnsemble, Targets
from looplab.sklearn.members import Floats

__all__ = ["MLPClassifier"]


class MLPClassifier(ClassifierMixin, MLPEnsemble):
    """A classifier: the mean of the probabilities that several multilayer perceptrons give, trained at once.

    Its parameters are those of scikit-learn's, of the same meaning unless the list says otherwise, and three more.

    Args:
        hidden_layer_sizes: the widths of the hidden layers; () for a linear model.
        activation: a name in `looplab.models.ACTIVATIONS`; "logistic" is "sigmoid".
        solver: a name in `looplab.loop.OPTIMIZERS`, as `torch.optim` means it.
        alpha: the solver's weight decay. For "adam" and "sgd" it adds alpha·w to the gradient of the mean loss;
            scikit-learn divides it by the rows of a batch, so that its 0.02 for batches of 200 is 0.0001 here.
        batch_size: rows in a step. "auto": all of up to 128, else 64, and 256 from 10,000 rows on.
        learning_rate: a schedule in `looplab.loop.schedules.SCHEDULES`, such as "constant" or "cosine".
        learning_rate_init: the learning rate, the schedule's largest.
        max_iter: epochs. All are trained unless early stopping ends them.
        random_state: fixes the members' seeds and the rows set aside: the results depend on nothing else.
        tol: by how much the loss of an epoch must fall to count as learning, in the warning after the last epoch.
        momentum: for solvers that have it, such as "sgd".
        nesterovs_momentum: for solvers that have it, such as "sgd".
        early_stopping: set rows aside, stop a member after `n_iter_no_change` epochs without a lower loss on them, and
            keep its parameters with the lowest.
        validation_fraction: the share of the rows to set aside, drawn alike by class.
        n_iter_no_change: see `early_stopping` and `tol`.
        n_members: how many networks are trained, each with a seed of its own.
        standardize: scale the columns of X to mean 0 and standard deviation 1 first, as learnt by `fit` or in the
            first call of `partial_fit`. Without it the networks see X as it is.
        clip_norm: the largest norm of a step's gradient; None for no limit.

    Attributes:
        classes_: the C classes.
        coefs_: a layer each, members × inputs × outputs.
        intercepts_: a layer each, members × outputs.
        loss_curve_: the mean loss of each epoch over the members still learning; with early stopping that of the last
            batch of the epoch. Each call of `partial_fit` is one more epoch.
        validation_curve_: the same on the rows set aside, after each epoch of `fit`; None without early stopping.
        loss_: the last of `loss_curve_`.
        n_iter_: epochs of the member that took most.
        n_layers_: layers, input and output included.
        n_features_in_: columns of X.
        feature_names_in_: their names, where X was a data frame with such.

    >>> from sklearn.datasets import load_wine
    >>> X, y = load_wine(return_X_y=True)
    >>> model = MLPClassifier((32,), learning_rate_init=0.01, random_state=0).fit(X, y)
    >>> model.predict_proba(X).shape, model.coefs_[0].shape
    ((178, 3), (4, 13, 32))
    """

    def predict_proba(self, X: Any) -> Floats:
        """The probability of each class, N×C: the members' mean."""
        outputs = self._member_outputs(X)
        if len(self.classes_) == 2:
            positive = expit(outputs[:, :, 0]).mean(axis=0)
            return np.stack([1 - positive, positive], axis=1)
        probabilities: Floats = softmax(outputs, axis=2).mean(axis=0)
        return probabilities

    def predict_log_proba(self, X: Any) -> Floats:
        """The logarithm of `predict_proba`, N×C."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class of each row, N."""
        best = self.predict_proba(X).argmax(axis=1)
        classes: NDArray[Any] = self.classes_[best]
        return classes

    @Incremental
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Self:
        """Train the members for one epoch on these rows, going on from where they are: after `fit`, too.

        k calls with the same rows are one `fit` with max_iter=k. What is learnt beside the members is learnt in the
        first call and then kept: the columns, their scales if `standardize` is set, and the classes. A call that raises
        an error leaves the members as they were.

        Args:
            X: N×D numbers. The members compute in float32 if the first were that, else in float64.
            y: the N classes; not all of them need come in each call.
            sample_weight: as in `fit`.
            classes: all classes that will ever come, in the first call; may be left out in later ones and after `fit`.

        Returns:
            The estimator itself.

        Raises:
            UnavailableError: a `learning_rate` other than "constant", `early_stopping`, or a `solver` that does not
                update each number by itself; `hasattr` says that there is no such method then.
            EstimatorError: a label that is no class; classes that are missing or not those of before; a changed
                `hidden_layer_sizes`, `activation`, `solver`, `n_members` or `standardize`. What else changes counts
                from this call on, but for `random_state`, which was used up in the first.
            DivergenceError: every member's loss became infinite or NaN.
            ValueError: data that scikit-learn's own checks refuse.

        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> model = MLPClassifier((16,), learning_rate_init=0.02, random_state=0)
        >>> for epoch in range(100):
        ...     model = model.partial_fit(X, y, classes=[0, 1, 2])
        >>> model.n_iter_, model.score(X, y) > 0.9
        (100, True)
        """
        return self._one_more_epoch(X, y, sample_weight, self._classes_among(classes))

    def _classes_among(self, given: Any) -> NDArray[Any] | None:
        """The classes as they were given to `partial_fit`, in order; None where they are known and not given."""
        classes: NDArray[Any] | None = None if given is None else unique_labels(column_or_1d(given))
        if not self._has_members:
            if classes is None:
                raise EstimatorError(
                    "classes",
                    expected="all classes that will ever come, in the first call of partial_fit",
                    got="None",
                    fix="Say classes=np.unique(all_y).",
                )
        elif classes is not None and classes.tolist() != self.classes_.tolist():
            raise EstimatorError(
                "classes",
                expected=f"{shown(self.classes_.tolist())}, which the members know",
                got=shown(classes.tolist()),
                fix="Leave classes out, or start anew with partial_fit of a clone.",
            )
        return classes

    def _checked(self, y: Any) -> NDArray[Any]:
        check_classification_targets(y)
        if y.ndim > 1 and y.shape[1] > 1:
            raise EstimatorError(
                "y",
                expected="one class a row",
                got=f"{y.shape[1]} columns",
                fix="Put it into sklearn.multioutput.MultiOutputClassifier for several labels a row.",
            )
        labels: NDArray[Any] = column_or_1d(y, warn=True)
        return labels

    def _learn_targets(self, y: NDArray[Any], rows: NDArray[np.bool_], weights: Floats | None, classes: Any) -> None:
        self.classes_ = np.unique(y) if classes is None else classes
        if len(self.classes_) < 2:
            raise EstimatorError(
                "y" if classes is None else "classes",
                expected="at least two classes",
                got=f"one class, {shown(self.classes_[0])}",
                fix="Use sklearn.dummy.DummyClassifier to predict it always.",
            )

    def _coded(self, y: NDArray[Any], dtype: Any) -> Targets:
        labels, places = np.unique(y, return_inverse=True)
        known = {label: code for code, label in enumerate(self.classes_.tolist())}
        unknown = [label for label in labels.tolist() if label not in known]
        if unknown:
            raise EstimatorError(
                "y",
                expected=f"the classes {shown(self.classes_.tolist())}",
                got=f"the label {shown(unknown[0])}",
                fix="Name all labels that will ever come as classes= in the first call of partial_fit.",
            )
        codes = np.array([known[label] for label in labels.tolist()], dtype=np.int64)[places]
        names = tuple(map(str, range(len(self.classes_))))
        if len(names) == 2:
            return Targets(codes.astype(dtype)[:, None], "binary", names, codes)
        return Targets(codes, "multiclass", names, codes)
