"""The experiments that there are: one module of the catalogue each, found by its name."""

import importlib
import inspect
import pkgutil
from types import ModuleType

from looplab.errors import ExperimentError, require_choice
from looplab.experiments import catalogue
from looplab.experiments.experiment import Experiment

__all__ = ["experiment_source", "find_experiment", "list_experiments"]


def list_experiments() -> list[str]:
    """The ids of all experiments, in alphabetical order."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(catalogue.__path__))


def find_experiment(id: str) -> Experiment:  # noqa: A002  # the word that everyone uses
    """The experiment of this id.

    Raises:
        ChoiceError: an unknown id; lists all.
        ExperimentError: a module of the catalogue that does not define the experiment of its name.

    >>> find_experiment("activation-on-sine").arms[0].name
    'ReLU'
    """
    module = _module(id)
    experiment = getattr(module, "experiment", None)
    if not isinstance(experiment, Experiment) or experiment.id != id:
        got = f"'{experiment.id}'" if isinstance(experiment, Experiment) else "none"
        raise ExperimentError(f"{module.__name__}.experiment", expected=f"an Experiment with the id '{id}'", got=got)
    return experiment


def experiment_source(id: str) -> str:  # noqa: A002
    """The source of the module that defines an experiment."""
    return inspect.getsource(_module(id))


def _module(id: str) -> ModuleType:  # noqa: A002
    require_choice("experiment", id, list_experiments())
    return importlib.import_module(f"{catalogue.__name__}.{id.replace('-', '_')}")
