"""What the repaired trainings of lesson 3.6 must do: learn, over several seeds, and predict each row by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from sklearn.datasets import load_digits, make_moons
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, mse_loss

from looplab.course.exercises import WrongAnswer, call, expect_tensor, kind_in_words

__all__ = ["check_almost_right", "check_regressions", "check_still", "check_stuck"]

SEEDS = range(4)


@dataclass(frozen=True)
class Rows:
    """What a training learns from, and new rows with their targets."""

    X: Tensor
    y: Tensor
    X_new: Tensor
    y_new: Tensor


@dataclass(frozen=True)
class Sought:
    """What a repaired training reaches for every seed, and where to look if it does not."""

    number: int
    below: float
    look: str


def _learned(outputs: Any, rows: Rows, loss: Callable[[Tensor, Tensor], Tensor], trainings: Sequence[Sought]) -> None:
    """Every training ends below its bound on the new rows, for every seed."""
    shape = (len(rows.X_new), 10) if loss is cross_entropy else tuple(rows.y_new.shape)
    worst = [0.0] * len(trainings)
    for seed in SEEDS:
        found = _outputs(outputs, rows, seed, [training.number for training in trainings], shape)
        for place, each in enumerate(found):
            worst[place] = max(worst[place], loss(each, rows.y_new).item())
    for training, reached in zip(trainings, worst, strict=True):
        if not reached < training.below:  # NaN is not below either
            raise WrongAnswer(
                f"Training {training.number} does not learn yet: over {len(SEEDS)} seeds its highest loss on new rows "
                f"is {reached:.2f}, expected below {training.below:g}. {training.look}"
            )


def _outputs(outputs: Any, rows: Rows, seed: int, numbers: Sequence[int], shape: tuple[int, ...]) -> list[Tensor]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the matrices are small: a second thread only waits, for minutes on a busy machine
    try:
        found = call(outputs, rows.X, rows.y, rows.X_new, seed)
    finally:
        torch.set_num_threads(threads)
    if not isinstance(found, list | tuple) or len(found) != len(numbers):
        raise WrongAnswer(
            f"outputs returned {_returned(found)}, expected a list of {len(numbers)} tensors, one of each training."
        )
    return [
        expect_tensor(each, shape=shape, name=f"what training {number} gives for the new rows").detach().float()
        for number, each in zip(numbers, found, strict=True)
    ]


def _returned(found: object) -> str:
    if isinstance(found, list | tuple):
        return f"a list of {len(found)}"
    return "one tensor" if isinstance(found, Tensor) else kind_in_words(found)


def _moons() -> Rows:
    parts = []
    for count, state in ((200, 1), (300, 2)):
        points, classes = make_moons(count, noise=0.20, random_state=state)
        parts += [torch.from_numpy(points).float(), torch.from_numpy(classes).float().reshape(-1, 1)]
    return Rows(*parts)


def _digits() -> Rows:
    digits = load_digits()
    order = torch.randperm(len(digits.target), generator=torch.Generator().manual_seed(0))
    images, labels = torch.from_numpy(digits.data).float()[order] / 16, torch.from_numpy(digits.target).long()[order]
    return Rows(images[:400], labels[:400], images[400:900], labels[400:900])


def _measurements() -> Rows:
    """Length, weight and age of 150 rows, and of 100 others that are all longer than most.

    The square of 150 is small enough for one thread: a training that compares all guesses with all targets stays quick.
    """
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(1000, 3, generator=generator)
    y = z[:, 0].sin() + 0.5 * z[:, 1] - 0.3 * z[:, 2] + 0.1 * torch.randn(1000, generator=generator)
    X = z * torch.tensor([12.0, 300.0, 9.0]) + torch.tensor([170.0, 2000.0, 40.0])
    long = (z[:, 0] > 0.5).nonzero().flatten()
    long = long[long >= 150][:100]
    return Rows(X[:150], y[:150], X[long], y[long])


def check_still(outputs: Any) -> None:
    """Three whose loss does not move."""
    trainings = (
        Sought(1, 0.3, "Which network's parameters does the optimizer hold, and which network predicts?"),
        Sought(2, 0.3, "Follow the loss back to the parameters: where does the graph end?"),
        Sought(3, 0.3, "Print the gradient right before optimizer.step()."),
    )
    _learned(outputs, _moons(), binary_cross_entropy_with_logits, trainings)


def check_stuck(outputs: Any) -> None:
    """Three whose loss stops too high, or falls for the training rows alone."""
    trainings = (
        Sought(4, 0.5, "Compute the loss of a network that has every row right and is certain of it."),
        Sought(5, 0.5, "Print the learning rate after each epoch."),
        Sought(6, 0.5, "Look at some images beside the labels that they are learned with."),
    )
    _learned(outputs, _digits(), cross_entropy, trainings)


def check_regressions(outputs: Any) -> None:
    """One that always predicts the mean, and one that scales new rows by themselves."""
    rows = _measurements()
    found = _outputs(outputs, rows, 0, (7, 8), tuple(rows.y_new.shape))
    few = Rows(rows.X, rows.y, rows.X_new[:10], rows.y_new[:10])
    for number, whole, part in zip((7, 8), found, _outputs(outputs, few, 0, (7, 8), (10,)), strict=True):
        if not torch.allclose(whole[:10], part, atol=1e-3, equal_nan=True):
            raise WrongAnswer(
                f"Training {number} predicts {whole[0]:.2f} for a row that comes with 99 others and {part[0]:.2f} for "
                "the same row with 9: new rows must be scaled by the mean and deviation of the training rows."
            )
    trainings = (
        Sought(7, 0.12, "Print the shapes of outputs and targets, and of their difference."),
        Sought(8, 0.12, "These rows are longer than most: scale them, and by the numbers of the training rows."),
    )
    _learned(outputs, rows, mse_loss, trainings)


def check_almost_right(outputs: Any) -> None:
    """One that predicts with dropout on, and one whose gradients pile up."""
    rows = _moons()
    whole = _outputs(outputs, rows, 0, (9, 10), (300, 1))[0]
    few = Rows(rows.X, rows.y, rows.X_new[:30], rows.y_new[:30])
    part = _outputs(outputs, few, 0, (9, 10), (30, 1))[0]
    if not torch.allclose(whole[:30], part, atol=1e-3, equal_nan=True):
        raise WrongAnswer(
            f"Training 9 gives {whole[0].item():.2f} for a row among 300 and {part[0].item():.2f} for the same row "
            "among 30: in which mode is the network when it predicts?"
        )
    trainings = (
        Sought(9, 0.25, "Dropout belongs into the training: in which mode is the network while it learns?"),
        Sought(10, 0.27, "Print the norm of the gradient at each step. A lower rate only slows it down."),
    )
    _learned(outputs, rows, binary_cross_entropy_with_logits, trainings)
