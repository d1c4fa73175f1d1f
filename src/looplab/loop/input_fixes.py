"""What to do about a model that does not take the inputs it is given, told from what torch says."""

from looplab.data import Dataset

__all__ = ["inputs_fix", "largest_category", "rows_fix"]

_BEYOND = ("index out of range", "not in the valid range")
"""What torch says of a category for which an embedding has no row."""


def inputs_fix(dataset: Dataset, error: Exception, validation: Dataset | None = None) -> str:
    """A sentence about the first layer of a model that raised an error on a dataset, or on validation rows.

    >>> import torch
    >>> names = {"feature_names": ("a",), "target_names": ("no", "yes")}
    >>> rows = Dataset(name="rows", inputs=torch.tensor([[6]]), targets=torch.ones(1, 1), task="binary", **names)
    >>> inputs_fix(rows, IndexError("index out of range in self"))
    'Categories go up to 6: nn.Embedding(7, …) has a row for each.'
    """
    text = str(error).lower()
    if dataset.is_categorical:
        if any(words in text for words in _BEYOND):
            return rows_fix(largest_category(dataset, validation))
        if "long" in text or "integral" in text:
            return "Inputs of type int64 are categories, which an nn.Embedding takes; .float() makes numbers of them."
        return f"Of {_some(dataset.features, 'category', 'categories')} an nn.Embedding makes as many vectors a row."
    if "more than 1 value per channel" in text:
        return "Batch norm finds no spread in a single row: choose a batch_size that leaves no row alone."
    if "long, int" in text:
        return "An nn.Embedding takes categories: give inputs of type int64, which .long() makes."
    return f"Let the first layer have {_some(dataset.features, 'input', 'inputs')}."


def largest_category(dataset: Dataset, validation: Dataset | None) -> int:
    """The largest of all rows, for which an embedding needs a row."""
    return max(int(each.inputs.max()) for each in (dataset, validation) if each is not None)


def rows_fix(largest: int) -> str:
    """What to do about an embedding without a row for the largest category."""
    return f"Categories go up to {largest}: nn.Embedding({largest + 1}, …) has a row for each."


def _some(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
