"""The dataset: inputs, targets and what they mean."""

from dataclasses import dataclass, replace
from typing import Literal, cast, get_args

import torch
from jaxtyping import Float, Int
from torch import Tensor

from looplab.errors import DataError, require_choice, shown
from looplab.words import kind_in_words

__all__ = ["CATEGORIES", "PRECISIONS", "Dataset", "Task", "type_name"]

Task = Literal["regression", "binary", "multiclass"]

PRECISIONS = (torch.float32, torch.float64)
"""What the numbers of a dataset can be; models of these data compute in the same."""

CATEGORIES = torch.int64
"""What inputs are that are categories or tokens, and the classes of a target."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """Rows of inputs with their targets. Frozen; every method returns a new dataset.

    Args:
        name: what to call it in tables and titles.
        inputs: float32 (or float64) of shape N×D, one row an example, one column a feature. Or int64 from 0 on:
            categories or tokens, which a model takes by an `nn.Embedding`.
        targets: by task: "regression" N×O, "binary" N×1 of 0 and 1, both of the inputs' type (float32 or float64 where
            these are categories); "multiclass" int64 N of 0 to C-1.
        task: "regression", "binary" or "multiclass".
        feature_names: D names.
        target_names: O names for a regression, else the names of the classes (2, or C).
        notes: what was dropped or filled in to make it, one sentence each.
        precision: what a model of these data computes in, where no number among them says so: with categories as inputs
            and classes as targets. None is torch.float32.

    Raises:
        DataError: shapes, types or values that do not fit the task.

    >>> line = Dataset(name="line", inputs=torch.arange(4.0)[:, None], targets=2 * torch.arange(4.0)[:, None],
    ...                task="regression", feature_names=("x",), target_names=("y",))
    >>> len(line), line.outputs
    (4, 1)
    >>> words = Dataset(name="words", inputs=torch.tensor([[0, 2], [1, 1]]), targets=torch.tensor([0, 1]),
    ...                 task="multiclass", feature_names=("first", "second"), target_names=("no", "yes"))
    >>> words.is_categorical, words.dtype
    (True, torch.float32)
    """

    name: str
    inputs: Float[Tensor, "N D"] | Int[Tensor, "N D"]
    targets: Float[Tensor, "N O"] | Int[Tensor, " N"]
    task: Task
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]
    notes: tuple[str, ...] = ()
    precision: torch.dtype | None = None

    def __post_init__(self) -> None:
        require_choice("task", self.task, get_args(Task))
        self._check_inputs()
        self._check_precision()
        if self.task == "regression":
            self._check_regression()
        else:
            self._check_classes()

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def features(self) -> int:
        """Number of input columns, D."""
        return self.inputs.shape[1]

    @property
    def outputs(self) -> int:
        """Number of outputs a model of these data needs: O for a regression, 1 for two classes, else C."""
        return len(self.target_names) if self.task != "binary" else 1

    @property
    def is_categorical(self) -> bool:
        """Whether the inputs are categories or tokens, whole numbers that only name something."""
        return self.inputs.dtype == CATEGORIES

    @property
    def dtype(self) -> torch.dtype:
        """What a model of these data must compute in, torch.float32 or torch.float64: the type of their numbers."""
        return next(iter(self._number_types), self.precision or torch.float32)

    def to(self, dtype: torch.dtype) -> "Dataset":
        """The dataset in torch.float32 or torch.float64; categories and classes stay whole numbers.

        Raises:
            DataError: another type, or float32 for numbers that it cannot hold.

        >>> from looplab import load
        >>> load("moons").to(torch.float64).dtype
        torch.float64
        """
        if dtype not in PRECISIONS:
            raise DataError("dtype", expected="torch.float32 or torch.float64", got=shown(dtype))
        targets, inputs = (each.to(dtype) if each.is_floating_point() else each for each in (self.targets, self.inputs))
        if not (torch.isfinite(inputs).all() and torch.isfinite(targets).all()):
            raise DataError(
                "dtype",
                expected="one that holds the numbers of the dataset; float32 ends at 3.4e38",
                got=shown(dtype),
                fix="Divide the column by a number.",
            )
        return replace(self, inputs=inputs, targets=targets, precision=None if self._number_types else dtype)

    def subset(self, rows: Int[Tensor, " M"]) -> "Dataset":
        """The dataset of these rows, in this order."""
        return replace(self, inputs=self.inputs[rows], targets=self.targets[rows])

    def split(self, fraction: float, seed: int) -> tuple["Dataset", "Dataset"]:
        """Two datasets that share no row, drawn at random.

        Args:
            fraction: share of the rows, between 0 and 1, in the first dataset; at least one row goes to each.
            seed: fixes which rows; the global random state is neither read nor changed.

        Raises:
            DataError: a fraction outside (0, 1), or fewer than two rows.
        """
        if not 0 < fraction < 1:
            raise DataError(
                "fraction", expected="a number between 0 and 1", got=repr(fraction), fix="0.8 keeps four fifths."
            )
        if len(self) < 2:
            raise DataError("split", expected="at least 2 rows", got=str(len(self)))
        order = torch.randperm(len(self), generator=torch.Generator().manual_seed(seed))
        first = min(max(round(fraction * len(self)), 1), len(self) - 1)
        return self.subset(order[:first]), self.subset(order[first:])

    def standardized(self, like: "Dataset | None" = None) -> "Dataset":
        """Inputs with mean 0 and standard deviation 1 in each column; a constant column becomes 0.

        Args:
            like: take mean and standard deviation from this dataset instead, as one does with validation rows.

        Raises:
            DataError: `like` has other features, or the inputs of one are categories.
        """
        source = self if like is None else like
        for name, each in (("inputs", self), ("inputs of like", source)):
            if each.is_categorical:
                raise DataError(
                    name,
                    expected="numbers, which have a mean",
                    got="categories, whole numbers of type int64",
                    fix="An nn.Embedding takes them as they are; .float() makes numbers of them.",
                )
        if source.feature_names != self.feature_names:
            raise DataError(
                "like",
                expected=f"a dataset with the features {', '.join(self.feature_names)}",
                got=", ".join(source.feature_names),
                fix="Standardize like the training part of the same dataset.",
            )
        centre = source.inputs.mean(dim=0)
        scale = source.inputs.std(dim=0, correction=0)
        scale = torch.where(scale > 0, scale, torch.ones_like(scale))
        return replace(self, inputs=(self.inputs - centre) / scale)

    def _check_inputs(self) -> None:
        inputs = cast(object, self.inputs)
        if not isinstance(inputs, Tensor) or inputs.ndim != 2 or inputs.dtype not in (*PRECISIONS, CATEGORIES):
            raise DataError(
                "inputs",
                expected="a float32 or float64 tensor of shape (N, D), or an int64 one of categories",
                got=_describe(inputs),
                fix=_AS_CATEGORIES if _is_whole(inputs) else _AS_COLUMN,
            )
        rows, columns = self.inputs.shape
        if rows == 0 or columns == 0:
            raise DataError("inputs", expected="at least one row and one column", got=f"shape {(rows, columns)}")
        if not torch.isfinite(self.inputs).all():
            row, column = (~torch.isfinite(self.inputs)).nonzero()[0].tolist()
            raise DataError(
                f"inputs, row {row}, column {column}",
                expected="a finite number",
                got=str(self.inputs[row, column].item()),
                fix="Drop the row or fill the value in.",
            )
        if self.is_categorical and (self.inputs < 0).any():
            row, column = (self.inputs < 0).nonzero()[0].tolist()
            raise DataError(
                f"inputs, row {row}, column {column}",
                expected="a category, a whole number from 0 on",
                got=str(self.inputs[row, column].item()),
                fix="Number the categories from 0; .float() makes numbers of them.",
            )
        if len(self.feature_names) != columns:
            raise DataError("feature_names", expected=f"{columns} names", got=str(len(self.feature_names)))
        if len(self.targets) != rows:
            raise DataError("targets", expected=f"{rows} rows, as many as the inputs", got=str(len(self.targets)))

    def _check_precision(self) -> None:
        if self.precision is None:
            return
        if self.precision not in PRECISIONS:
            raise DataError("precision", expected="torch.float32, torch.float64 or None", got=shown(self.precision))
        if self._number_types not in ([], [self.precision]):
            found = " and ".join(map(type_name, self._number_types))
            raise DataError(
                "precision", expected=f"None: the numbers of the dataset are {found}", got=shown(self.precision)
            )

    @property
    def _number_types(self) -> list[torch.dtype]:
        """The types of inputs and targets, without those of categories and classes; each once."""
        tensors = (self.inputs, self.targets)
        return list(dict.fromkeys(each.dtype for each in tensors if each.dtype != CATEGORIES))

    def _check_regression(self) -> None:
        if self.targets.ndim != 2 or not self._fits(self.targets):
            raise DataError(
                "targets",
                expected=f"{self._numbers} of shape (N, O)",
                got=_describe(self.targets),
                fix=self._as_numbers,
            )
        if not torch.isfinite(self.targets).all():
            raise DataError("targets", expected="finite numbers", got="infinity or NaN", fix="Drop those rows.")
        if len(self.target_names) != self.targets.shape[1]:
            raise DataError("target_names", expected=f"{self.targets.shape[1]} names", got=str(len(self.target_names)))

    def _check_classes(self) -> None:
        classes = len(self.target_names)
        if self.task == "binary":
            fits = self.targets.shape == (len(self), 1) and self._fits(self.targets)
            wanted, classes = f"{self._numbers} of shape (N, 1) of zeros and ones", 2
        else:
            fits = self.targets.shape == (len(self),) and self.targets.dtype == torch.int64
            wanted = f"an int64 tensor of shape (N,) of classes 0 to {classes - 1}"
        if len(self.target_names) != classes:
            raise DataError("target_names", expected=f"the names of {classes} classes", got=str(len(self.target_names)))
        if not fits:
            fix = self._as_numbers if self.task == "binary" else ""
            raise DataError("targets", expected=wanted, got=_describe(self.targets), fix=fix)
        if not torch.isin(self.targets, torch.arange(classes).to(self.targets.dtype)).all():
            low, high = self.targets.min().item(), self.targets.max().item()
            raise DataError("targets", expected=wanted, got=f"values from {low:g} to {high:g}")

    def _fits(self, targets: Tensor) -> bool:
        """Whether targets that are numbers have the type of the inputs, or one of two where these are categories."""
        return targets.dtype in PRECISIONS if self.is_categorical else targets.dtype == self.dtype

    @property
    def _numbers(self) -> str:
        """What targets that are numbers must be, in words."""
        if self.is_categorical:
            return "a float32 or float64 tensor"
        return f"a {type_name(self.dtype)} tensor{', as the inputs,' if self.dtype == torch.float64 else ''}"

    @property
    def _as_numbers(self) -> str:
        """How targets become such."""
        return _AS_COLUMN.replace(".float()", ".double()") if self.inputs.dtype == torch.float64 else _AS_COLUMN


_AS_COLUMN = "A column of numbers gets its second dimension with .unsqueeze(1), its type with .float()."
_AS_CATEGORIES = ".float() makes numbers of whole ones; .long() makes categories of them, for an nn.Embedding."


def type_name(dtype: torch.dtype) -> str:
    """The name of a type: float64."""
    return str(dtype).removeprefix("torch.")


def _is_whole(value: object) -> bool:
    """Whether it is a matrix of whole numbers or truths."""
    return isinstance(value, Tensor) and value.ndim == 2 and not (value.is_floating_point() or value.is_complex())


def _describe(value: object) -> str:
    if isinstance(value, Tensor):
        return f"{type_name(value.dtype)} of shape {tuple(value.shape)}"
    return kind_in_words(value)
