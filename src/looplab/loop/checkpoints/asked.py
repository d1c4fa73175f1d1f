"""What makes a training the one that it is, and how one differs from another, in words."""

import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from torch import nn

from looplab.data import Dataset
from looplab.errors import CheckpointError
from looplab.loop.checkpoints.digest import digest_of
from looplab.loop.losses import Objective

__all__ = ["dataset_digest", "described_models", "loss_traits", "require_same"]

_MODEL = "model"


def dataset_digest(dataset: Dataset | None) -> str | None:
    """A hash of the rows of a dataset; None of none."""
    return None if dataset is None else digest_of({"inputs": dataset.inputs, "targets": dataset.targets})


def loss_traits(objective: Objective, dataset: Dataset) -> list[str]:
    """What tells a loss from others: its name, and what it gives for some outputs."""
    rows = min(len(dataset), 8)
    targets = dataset.targets[:rows]
    some = torch.linspace(-2.0, 2.0, rows * dataset.outputs, dtype=dataset.dtype).reshape(rows, dataset.outputs)
    return [objective.name, *(float(objective.mean(each, targets)).hex() for each in (some, some.square()))]


def described_models(models: Iterable[nn.Module]) -> dict[str, str]:
    """Of models as they were made: how torch describes them, and a hash of their parameters and buffers."""
    tensors, texts = {}, []
    for place, model in enumerate(models):
        texts.append(str(model))
        for name, tensor in itertools.chain(model.named_parameters(), model.named_buffers()):
            tensors[f"{place}.{name}"] = tensor
    return {_MODEL: "\n".join(texts), "make_model": digest_of(tensors)}


def require_same(path: Path, theirs: Mapping[str, object], mine: Mapping[str, object]) -> None:
    """Refuse the checkpoint of another training; both are described in JSON or hashes, by name.

    Raises:
        CheckpointError: names the first difference.
    """
    for name in (*(each for each in mine if each != "make_model"), *(theirs.keys() - mine.keys()), "make_model"):
        if mine.get(name) != theirs.get(name):
            raise CheckpointError(
                str(path),
                expected="a checkpoint of this training",
                got=f"one of another: {_difference(name, theirs.get(name), mine.get(name))}",
                fix="Give another file, or remove this one to begin anew.",
            )


def _difference(name: str, theirs: object, mine: object) -> str:
    if isinstance(theirs, dict) and isinstance(mine, dict):
        fields = [key for key in mine if mine[key] != theirs.get(key)]
        return f"{name} with {', '.join(f'{key}={theirs.get(key)!r} instead of {mine[key]!r}' for key in fields)}"
    if isinstance(theirs, str) and isinstance(mine, str):
        if name == _MODEL:
            pairs = itertools.zip_longest(theirs.splitlines(), mine.splitlines(), fillvalue="nothing")
            there, here = next((a.strip(), b.strip()) for a, b in pairs if a != b)
            return f"its make_model gave another model, with {there} where this one has {here}"
        if len(mine) == len(theirs) == 64:
            return f"its {name} gave other numbers" if name == "make_model" else f"its {name} holds other numbers"
    return f"{name} was {theirs!r} there and is {mine!r} here"
