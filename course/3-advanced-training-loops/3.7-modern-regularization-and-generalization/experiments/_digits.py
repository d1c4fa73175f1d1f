"""Starts of one network on 359 digits, other digits for each seed."""

from functools import partial

from torch import Tensor

from looplab import Dataset, Recipe, load, mlp, train_many

__all__ = ["error", "outputs", "parts"]


def parts(seed: int) -> tuple[Dataset, Dataset]:
    """359 digits to learn from, and 1,438 others."""
    return load("digits").split(0.2, seed=seed)


def outputs(learned: Dataset, inputs: Tensor, starts: list[int], steps: int) -> Tensor:
    """Logits of shape S×N×10, from each start of 64→64→64→10 with Adam and batches of 64."""
    recipe = Recipe(optimizer="adam", lr=1e-3, steps=steps, batch_size=64)
    make = partial(mlp, 64, [64, 64], 10)
    runs = train_many(make, learned, recipe, seeds=starts, record_every=steps, threads=1, backend="fused")
    return runs.predict(inputs)


def error(scores: Tensor, targets: Tensor) -> Tensor:
    """Per cent of rows whose largest score is another class; scores are N×10, or S×N×10 for S errors."""
    return 100 * (scores.argmax(dim=-1) != targets).double().mean(dim=-1)
