"""Exercises of lesson 3.9: count an adapter's numbers, merge it into a layer, and measure forgetting."""

from typing import Any

import torch
from torch import Tensor

from looplab.course.exercises import (
    Exercise,
    Planted,
    WrongAnswer,
    call,
    expect_close,
    expect_tensor,
    expect_unchanged,
    kind_in_words,
)

__all__ = ["EXERCISES"]


def _number(value: object, name: str) -> float:
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongAnswer(f"{name} is {kind_in_words(value)}, expected a number.")
    return float(value)


def _check_adapter_size(adapter_size: Any) -> None:
    for inputs, outputs, rank in ((64, 64, 4), (10, 30, 2), (7, 5, 1)):
        name = f"adapter_size({inputs}, {outputs}, {rank})"
        found = _number(call(adapter_size, inputs, outputs, rank), name)
        right = rank * (inputs + outputs)
        for wrong, sentence in (
            (inputs * outputs, "That is the whole weight matrix, which an adapter leaves alone."),
            (right + outputs, "An adapter has no bias: the layer keeps its own."),
            (rank * inputs * outputs, "A and B are separate matrices: add their sizes."),
            (rank * inputs, "That is A alone: B has rank × outputs numbers more."),
            (rank * outputs, "That is B alone: A has inputs × rank numbers more."),
        ):
            if found == wrong != right:
                raise WrongAnswer(f"{name} is {found:g}, expected {right}. {sentence}")
        expect_close(found, float(right), name=name, hint="A is inputs × rank and B is rank × outputs.")


def _check_merged(merged: Any) -> None:
    name = "merged(weight, A, B)"
    for inputs, outputs, rank in ((6, 6, 2), (5, 3, 2)):
        weight, first, second = torch.randn(outputs, inputs), torch.randn(inputs, rank), torch.randn(rank, outputs)
        with expect_unchanged(weight=weight, A=first, B=second):
            answer = call(merged, weight, first, second)
        found = expect_tensor(answer, shape=(outputs, inputs), name=name)
        right = weight + (first @ second).T
        for wrong, sentence in (
            ((first @ second).T, "The layer's own weight is lost: add it."),
            (weight, "The adapter is lost: that is the layer's own weight."),
            (weight - (first @ second).T, "It takes the adapter off: add it."),
            (
                weight + first @ second if inputs == outputs else weight,
                "A B is inputs × outputs, and nn.Linear keeps outputs × inputs: transpose the product.",
            ),
        ):
            if torch.allclose(found, wrong, atol=1e-5):
                raise WrongAnswer(f"{name} is wrong. {sentence}")
        expect_close(found, right, name=name, hint="It is the weight plus the transpose of A B.")


def _check_forgetting(forgetting: Any) -> None:
    name = "forgetting(right)"
    for rows in (
        [[0.9, 0.1, 0.2], [0.5, 0.95, 0.1], [0.7, 0.85, 0.9]],
        [[0.8, 0.2, 0.3, 0.1], [0.9, 0.7, 0.2, 0.2], [0.6, 0.8, 0.9, 0.1], [0.3, 0.5, 0.6, 1.0]],
    ):
        table = torch.tensor(rows)
        with expect_unchanged(right=table):
            found = _number(call(forgetting, table), name)
        best, last = table[:-1].max(dim=0).values, table[-1]
        right = float((best - last)[:-1].mean())
        for wrong, sentence in (
            ((best - last).mean(), "It counts the last task, which has had no time to be forgotten."),
            ((table.diag() - last)[:-1].mean(), "It begins right after each task: take the best so far, maybe later."),
            ((table.diag() - last).mean(), "It counts the last task, which has had no time to be forgotten."),
            ((best - last)[:-1].sum(), "It is the sum over tasks: take their mean."),
            ((best - last)[:-1].max(), "It is the worst task: take the mean over all but the last."),
            (-(best - last)[:-1].mean(), "The sign is turned: what was lost is the best minus the last."),
            ((table[0] - last)[:-1].mean(), "It compares with the first row: look at all rows before the last."),
        ):
            if abs(found - float(wrong)) < 1e-5 < abs(float(wrong) - right):
                raise WrongAnswer(f"{name} is {found:.3f}, expected {right:.3f}. {sentence}")
        expect_close(
            found, right, name=name, hint="It is the best earlier share minus the last, a mean over all tasks but one."
        )


_SIZE = "def adapter_size(inputs, outputs, rank):\n    return {}"
_MERGED = "def merged(weight, A, B):\n    return {}"
_FORGETTING = "def forgetting(right):\n    last = right[-1]\n    return float({})"

EXERCISES = (
    Exercise(
        id="3.9.1",
        title="Count an adapter's numbers",
        answer="adapter_size",
        check=_check_adapter_size,
        wrong=(
            Planted(source=_SIZE.format("rank * inputs * outputs"), message="separate matrices"),
            Planted(source=_SIZE.format("rank * (inputs + outputs) + outputs"), message="has no bias"),
            Planted(source=_SIZE.format("inputs * outputs"), message="whole weight matrix"),
        ),
    ),
    Exercise(
        id="3.9.2",
        title="Merge an adapter into its layer",
        answer="merged",
        check=_check_merged,
        wrong=(
            Planted(source=_MERGED.format("weight + A @ B"), message="transpose the product"),
            Planted(source=_MERGED.format("(A @ B).T"), message="own weight is lost"),
            Planted(source=_MERGED.format("weight - (A @ B).T"), message="takes the adapter off"),
        ),
    ),
    Exercise(
        id="3.9.3",
        title="Measure forgetting",
        answer="forgetting",
        check=_check_forgetting,
        wrong=(
            Planted(source=_FORGETTING.format("(right[:-1].max(dim=0).values - last).mean()"), message="the last task"),
            Planted(source=_FORGETTING.format("(right.diag() - last)[:-1].mean()"), message="the best so far"),
            Planted(
                source=_FORGETTING.format("(last - right[:-1].max(dim=0).values)[:-1].mean()"), message="sign is turned"
            ),
        ),
    ),
)
