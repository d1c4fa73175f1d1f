"""The dataset: inputs, targets and what they mean."""

from dataclasses import dataclass, replace
from typing import Literal, cast, get_args

import torch
from jaxtyping import Float, Int
from torch import Tensor

from looplab.errors import DataError, require_choice

__all__ = ["Dataset", "Task"]

Task = Literal["regression", "binary", "multiclass"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """Rows of inputs with their targets. Frozen; every method returns a new dataset.

    Args:
        name: what to call it in tables and titles.
        inputs: float32 of shape N×D, one row an example, one column a feature.
        targets: by task: "regression" float32 N×O; "binary" float32 N×1 of 0 and 1; "multiclass" int64 N of 0 to C-1.
        task: "regression", "binary" or "multiclass".
        feature_names: D names.
        target_names: O names for a regression, else the names of the classes (2, or C).
        notes: what was dropped or filled in to make it, one sentence each.

    Raises:
        DataError: shapes, types or values that do not fit the task.

    >>> line = Dataset(name="line", inputs=torch.arange(4.0)[:, None], targets=2 * torch.arange(4.0)[:, None],
    ...                task="regression", feature_names=("x",), target_names=("y",))
    >>> len(line), line.outputs
    (4, 1)
    """

    name: str
    inputs: Float[Tensor, "N D"]
    targets: Float[Tensor, "N O"] | Int[Tensor, " N"]
    task: Task
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_choice("task", self.task, get_args(Task))
        self._check_inputs()
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
            DataError: `like` has other features.
        """
        source = self if like is None else like
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
        if not isinstance(inputs, Tensor) or inputs.ndim != 2 or inputs.dtype != torch.float32:
            raise DataError(
                "inputs", expected="a float32 tensor of shape (N, D)", got=_describe(inputs), fix=_AS_COLUMN
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
        if len(self.feature_names) != columns:
            raise DataError("feature_names", expected=f"{columns} names", got=str(len(self.feature_names)))
        if len(self.targets) != rows:
            raise DataError("targets", expected=f"{rows} rows, as many as the inputs", got=str(len(self.targets)))

    def _check_regression(self) -> None:
        if self.targets.ndim != 2 or self.targets.dtype != torch.float32:
            raise DataError(
                "targets", expected="a float32 tensor of shape (N, O)", got=_describe(self.targets), fix=_AS_COLUMN
            )
        if not torch.isfinite(self.targets).all():
            raise DataError("targets", expected="finite numbers", got="infinity or NaN", fix="Drop those rows.")
        if len(self.target_names) != self.targets.shape[1]:
            raise DataError("target_names", expected=f"{self.targets.shape[1]} names", got=str(len(self.target_names)))

    def _check_classes(self) -> None:
        classes = len(self.target_names)
        if self.task == "binary":
            fits = self.targets.shape == (len(self), 1) and self.targets.dtype == torch.float32
            wanted, classes = "a float32 tensor of shape (N, 1) of zeros and ones", 2
        else:
            fits = self.targets.shape == (len(self),) and self.targets.dtype == torch.int64
            wanted = f"an int64 tensor of shape (N,) of classes 0 to {classes - 1}"
        if len(self.target_names) != classes:
            raise DataError("target_names", expected=f"the names of {classes} classes", got=str(len(self.target_names)))
        if not fits:
            raise DataError("targets", expected=wanted, got=_describe(self.targets))
        if not torch.isin(self.targets, torch.arange(classes).to(self.targets.dtype)).all():
            low, high = self.targets.min().item(), self.targets.max().item()
            raise DataError("targets", expected=wanted, got=f"values from {low:g} to {high:g}")


_AS_COLUMN = "A column of numbers gets its second dimension with .unsqueeze(1), its type with .float()."


def _describe(value: object) -> str:
    if isinstance(value, Tensor):
        return f"{str(value.dtype).removeprefix('torch.')} of shape {tuple(value.shape)}"
    return f"a {type(value).__name__}"
