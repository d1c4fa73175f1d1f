"""`MLPClassifier`: an ensemble of multilayer perceptrons for classes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax
from sklearn.base import ClassifierMixin
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from looplab.errors import EstimatorError, shown
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
        standardize: scale the columns of X to mean 0 and standard deviation 1 first, as learnt by `fit`. Without it
            the networks see X as it is.
        clip_norm: the largest norm of a step's gradient; None for no limit.

    Attributes:
        classes_: the C classes.
        coefs_: a layer each, members × inputs × outputs.
        intercepts_: a layer each, members × outputs.
        loss_curve_: the mean loss of each epoch over the members still learning; with early stopping that of the last
            batch of the epoch.
        validation_curve_: the same on the rows set aside, after each epoch; None without early stopping.
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

    def _encoded(self, y: Any, rows: NDArray[np.bool_], weights: Floats | None, dtype: Any) -> Targets:
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise EstimatorError(
                "y",
                expected="at least two classes",
                got=f"one class, {shown(self.classes_[0])}",
                fix="Use sklearn.dummy.DummyClassifier to predict it always.",
            )
        codes = codes[rows].astype(np.int64)
        names = tuple(map(str, range(len(self.classes_))))
        if len(names) == 2:
            return Targets(codes.astype(dtype)[:, None], "binary", names, codes)
        return Targets(codes, "multiclass", names, codes)
