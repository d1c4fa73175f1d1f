"""Multilayer perceptrons as scikit-learn's users expect them: ensembles that the engine trains at once.

>>> from sklearn.datasets import load_iris
>>> X, y = load_iris(return_X_y=True)
>>> MLPClassifier(hidden_layer_sizes=(16,), learning_rate_init=0.01, random_state=0).fit(X, y).score(X, y) > 0.9
True
"""

from typing import TYPE_CHECKING

from looplab.lazy import lazy_names

if TYPE_CHECKING:
    from looplab.sklearn.classifier import MLPClassifier
    from looplab.sklearn.linear_or_neural import LinearOrNeuralClassifier, LinearOrNeuralRegressor
    from looplab.sklearn.regressor import MLPRegressor
    from looplab.sklearn.search import MLPGridSearchCV, MLPRandomizedSearchCV
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "looplab.sklearn.classifier": ["MLPClassifier"],
            "looplab.sklearn.linear_or_neural": ["LinearOrNeuralClassifier", "LinearOrNeuralRegressor"],
            "looplab.sklearn.regressor": ["MLPRegressor"],
            "looplab.sklearn.search": ["MLPGridSearchCV", "MLPRandomizedSearchCV"],
        },
    )

__all__ = [
    "LinearOrNeuralClassifier",
    "LinearOrNeuralRegressor",
    "MLPClassifier",
    "MLPGridSearchCV",
    "MLPRandomizedSearchCV",
    "MLPRegressor",
]
