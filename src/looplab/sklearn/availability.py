"""Where an estimator has a `partial_fit`, and which of its parameters may change between two calls."""

from collections.abc import Callable, Mapping
from functools import update_wrapper
from types import MethodType
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from looplab.errors import EstimatorError, UnavailableError, shown
from looplab.loop import OPTIMIZERS
from looplab.sklearn.parameters import activation_of, widths_of

__all__ = ["Incremental", "fixed_settings", "require_as_before"]

Estimator = TypeVar("Estimator")
Given = ParamSpec("Given")
Returned = TypeVar("Returned")


class Incremental(Generic[Estimator, Given, Returned]):
    """Makes a method one that an estimator has only where its parameters mean something in single epochs.

    Where they do not, `hasattr` says no, as it does of scikit-learn's own, and asking for the method raises an
    `UnavailableError` that names the parameter.
    """

    def __init__(self, method: Callable[Concatenate[Estimator, Given], Returned]) -> None:
        self._method = method
        update_wrapper(self, method)  # type: ignore[arg-type]  # for its name and docstring: it is called as a method

    @overload
    def __get__(self, instance: None, owner: Any) -> Callable[Concatenate[Estimator, Given], Returned]: ...

    @overload
    def __get__(self, instance: Estimator, owner: Any) -> Callable[Given, Returned]: ...

    def __get__(self, instance: Any, owner: Any) -> Any:
        if instance is None:
            return self._method
        _require_meant(instance)
        return MethodType(self._method, instance)


def fixed_settings(estimator: Any) -> dict[str, Any]:
    """The parameters by which its members are made, and which cannot change while they go on learning."""
    return {
        "hidden_layer_sizes": widths_of(estimator),
        "activation": activation_of(estimator),
        "solver": estimator.solver,
        "n_members": int(estimator.n_members),
        "standardize": bool(estimator.standardize),
    }


def require_as_before(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raise an error where a parameter is not what it was when the members were made.

    Raises:
        EstimatorError: names it, with what it was.
    """
    for name, value in before.items():
        if now[name] != value:
            raise EstimatorError(
                name,
                expected=f"{shown(value)}, with which the members began",
                got=shown(now[name]),
                fix="Set it back, or start anew with fit, or with partial_fit of a clone.",
            )


def _require_meant(estimator: Any) -> None:
    """Raise an error for what has no meaning in single epochs; what is no such parameter at all is told by the call.

    Raises:
        UnavailableError: names the parameter.
    """
    solver = estimator.solver
    entry = OPTIMIZERS[solver] if isinstance(solver, str) and solver in OPTIMIZERS else None
    if entry is not None and entry.vmapped is not None:
        raise UnavailableError(
            "solver",
            expected="one that updates each number by itself, for partial_fit",
            got=f"{shown(solver)}: {entry.vmapped.reason}",
            fix="Use 'adam' or 'adamw', or fit.",
        )
    for name, meant, reason in (
        ("learning_rate", "constant", "which never knows its last epoch"),
        ("early_stopping", False, "which sets no rows aside"),
    ):
        value = getattr(estimator, name)
        if value != meant:
            raise UnavailableError(
                name,
                expected=f"{meant!r} for partial_fit, {reason}",
                got=shown(value),
                fix=f"Set {name}={meant!r}, or use fit.",
            )
