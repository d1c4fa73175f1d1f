"""Every error a user can meet.

    LooplabError (a ValueError)
    ├── ChoiceError       a name that is not among the choices; lists the nearest, or all, the nearest first
    ├── DataError         inputs and targets that do not make a dataset
    │   └── TableError    a CSV or Parquet file that cannot become one
    ├── RecipeError       a recipe with a missing, contradictory or impossible field
    ├── ModelError        a model whose outputs or parameters do not fit the data or the engine
    ├── DivergenceError   a loss that became infinite or NaN
    ├── CallbackError     a callback that failed while a model was trained
    ├── CheckpointError   a checkpoint that is damaged, or of another training
    ├── ProcessesError    processes of one training that do not fit each other, or that cannot be reached
    ├── RegistryError     an optimizer, activation, loss or schedule that is incomplete or already there
    ├── ReplicasError     arguments of `train_many` that do not fit each other or the memory
    ├── ExperimentError   an experiment, or its entry in the ledger, that cannot be used
    ├── DoctorError       parts of a training that the doctor cannot examine
    ├── CapstoneError     a capstone whose plan or evidence cannot be used
    ├── CompareError      a table or option that `compare` cannot work with
    ├── EstimatorError    a parameter, or data, that an estimator of `looplab.sklearn` cannot work with
    │   └── UnavailableError  a method that an estimator does not have with these parameters (an AttributeError as well)
    ├── LessonError       a lesson that breaks the lesson format
    ├── ExerciseError     an exercise, or an answer file, that cannot be checked
    ├── ServeError        a server that cannot start
    ├── FileError         a file or folder that cannot be read or written (an OSError as well)
    └── MissingExtraError an optional part of looplab that is not installed

A message names the argument, what was expected, what was found instead and the likely fix, in that order.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from looplab.similar import nearest_first

__all__ = [
    "CallbackError",
    "CapstoneError",
    "CheckpointError",
    "ChoiceError",
    "CompareError",
    "DataError",
    "DivergenceError",
    "DoctorError",
    "EstimatorError",
    "ExerciseError",
    "ExperimentError",
    "FileError",
    "LessonError",
    "LooplabError",
    "MissingExtraError",
    "ModelError",
    "ProcessesError",
    "RecipeError",
    "RegistryError",
    "ReplicasError",
    "ServeError",
    "TableError",
    "TableWarning",
    "UnavailableError",
    "optional_part",
    "require_choice",
    "shown",
]

_LONGEST = 200
_MOST_TITLES, _MOST_CHOICES = 3, 24  # that a message lists, with their titles and without


class LooplabError(ValueError):
    """A mistake the user can correct; the message says how.

    Args:
        what: the argument, file or place that is wrong. Alone, it is the whole message.
        expected: what would have been right.
        got: what was found instead.
        fix: a full sentence with the likely fix.

    >>> print(LooplabError("lr", expected="a number above 0", got="-1", fix="Try 0.01."))
    lr: expected a number above 0, got -1. Try 0.01.
    """

    def __init__(self, what: str, *, expected: str = "", got: str = "", fix: str = "") -> None:
        message = what
        if expected:
            message += f": expected {expected}"
        if got:
            message += f"{',' if expected else ':'} got {got}"
        if fix:
            message += f"{'' if message.endswith('.') else '.'} {fix}"
        super().__init__(message)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle as a message and attributes, so that any error survives the way back from a worker process."""
        return _restored, (type(self), str(self), vars(self))


class ChoiceError(LooplabError):
    """A name that is not among the choices.

    Args:
        kind: what it should have been the name of.
        name: what was given instead.
        choices: the names that there are. The message lists all, or only the three nearest of very many.
        titles: what choices are called besides, for those who do not know them by name: the three nearest are listed
            with their titles.

    Attributes:
        choices: all of them, the nearest first.
    """

    def __init__(
        self, kind: str, name: object, choices: Iterable[str], *, titles: Mapping[str, str] | None = None
    ) -> None:
        self.choices = nearest_first(name if isinstance(name, str) else "", choices, titles)
        meant = f"Did you mean '{self.choices[0]}'?" if self.choices else ""
        expected = _choices_in_words(self.choices, titles or {}) if self.choices else "nothing: there are none"
        super().__init__(kind, expected=expected, got=shown(name), fix=meant)


class DataError(LooplabError):
    """Inputs and targets that do not make a dataset."""


class TableError(DataError):
    """A CSV or Parquet file that cannot become a dataset."""


class RecipeError(LooplabError):
    """A recipe with a missing, contradictory or impossible field."""


class ModelError(LooplabError):
    """A model whose outputs or parameters do not fit the data or the engine."""


class DivergenceError(LooplabError):
    """A loss, or a parameter after the last update, that became infinite or NaN.

    Attributes:
        step: the step, counted from 0, in which it happened.
        lr: the learning rate of that step.
        run: the training up to that point, a `looplab.Run`; its model gave that loss.
    """

    def __init__(self, *, step: int, lr: float, loss: float, what: str = "the loss at", run: object = None) -> None:
        self.step, self.lr, self.run = step, lr, run
        super().__init__(
            f"{what} step {step} with learning rate {lr:g}",
            expected="a finite number",
            got=str(loss),
            fix="Try a learning rate ten times smaller, standardized inputs, or clip_norm=1.",
        )


class CallbackError(LooplabError):
    """A callback that raised an error while a model was trained."""


class CheckpointError(LooplabError):
    """A checkpoint that is damaged or belongs to another training, or a training that cannot be kept in one."""


class ProcessesError(LooplabError):
    """Processes of one training that do not fit each other, or that cannot be reached."""


class RegistryError(LooplabError):
    """An optimizer, activation, loss or schedule that is incomplete or already there."""


class ReplicasError(LooplabError):
    """Arguments of `train_many` that do not fit each other or the memory."""


class ExperimentError(LooplabError):
    """An experiment, or its entry in the ledger, that cannot be used."""


class DoctorError(LooplabError):
    """Parts of a training that the doctor cannot examine."""


class CapstoneError(LooplabError):
    """A capstone whose plan or evidence cannot be used."""


class CompareError(LooplabError):
    """A table or option that `compare` cannot work with."""


class EstimatorError(LooplabError):
    """A parameter, or data, that an estimator of `looplab.sklearn` cannot work with."""


class UnavailableError(EstimatorError, AttributeError):
    """A method that an estimator does not have with its parameters.

    Also an `AttributeError`, so that `hasattr` says no, as scikit-learn's tools ask.
    """


class LessonError(LooplabError):
    """A lesson that breaks the lesson format.

    Attributes:
        path: the lesson's file.
        line: the line, counted from 1.
        reason: what is wrong with it.
    """

    def __init__(self, path: object, line: int, reason: str) -> None:
        self.path, self.line, self.reason = str(path), line, reason
        super().__init__(f"{path}:{line}: {reason}")


class ExerciseError(LooplabError):
    """An exercise, or an answer file, that cannot be checked."""


class ServeError(LooplabError):
    """A server that cannot start."""


class FileError(LooplabError, OSError):
    """A file or folder that cannot be read or written.

    Also an `OSError`, so that code which expects one catches it, and finds what went wrong in its `strerror`.

    Args:
        what: the file or folder.
        expected: what it should have been.
        got: what was found instead.
        fix: a full sentence with the likely fix.
        number: the operating system's number for what went wrong (see `errno`); None if it reported nothing.
    """

    def __init__(
        self, what: str, *, expected: str = "", got: str = "", fix: str = "", number: int | None = None
    ) -> None:
        super().__init__(what, expected=expected, got=got, fix=fix)
        self.errno, self.strerror = number, got or what

    def __reduce__(self) -> tuple[object, ...]:
        return _restored_file, (type(self), str(self), self.errno, self.strerror)

    def __str__(self) -> str:
        return str(self.args[0])  # an OSError's own message would be number and strerror


class MissingExtraError(LooplabError):
    """An optional part of looplab that is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs the optional part '{extra}'",
            fix=f"Install it with: pip install 'looplab[{extra}]'",
        )


@contextmanager
def optional_part(what: str, extra: str) -> Iterator[None]:
    """Wrap imports of an optional part of looplab: if it is not installed, raise a `MissingExtraError`.

    Args:
        what: what needs it.
        extra: the part's name.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("looplab"):
            raise
        raise MissingExtraError(what, extra) from error


class TableWarning(UserWarning):
    """Reports what was dropped from a table or filled in."""


def shown(value: object) -> str:
    """A value as Python writes it, in one line and not at length; its class alone where it cannot be written."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # noqa: BLE001  # an object of the user's, which may raise anything
        return f"a {type(value).__name__}"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def require_choice(kind: str, name: str, choices: Iterable[str], *, titles: Mapping[str, str] | None = None) -> None:
    """Raise a `ChoiceError` unless the name is among the choices; the arguments are that error's."""
    known = list(choices)
    if not isinstance(name, str) or name not in known:
        raise ChoiceError(kind, name, known, titles=titles)


def _choices_in_words(choices: list[str], titles: Mapping[str, str]) -> str:
    """The choices as a message lists them, the nearest first."""
    most = _MOST_TITLES if titles else _MOST_CHOICES
    named = [f"{choice} ({titles[choice]})" if titles.get(choice) else choice for choice in choices]
    if len(choices) <= most:
        return f"one of {', '.join(named)}"
    return f"one of {', '.join(named[:_MOST_TITLES])} (the nearest of {len(choices)})"


def _restored(kind: type[LooplabError], message: str, attributes: dict[str, object]) -> LooplabError:
    error = kind.__new__(kind, message)
    vars(error).update(attributes)
    return error


def _restored_file(kind: type[FileError], message: str, number: int | None, text: str | None) -> FileError:
    error = OSError.__new__(kind, message)
    error.args, error.errno, error.strerror = (message,), number, text
    return error
