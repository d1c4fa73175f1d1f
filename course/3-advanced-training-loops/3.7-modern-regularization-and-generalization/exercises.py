"""Exercises of lesson 3.7: choose by validation, label smoothing, shifted images, an ensemble's prediction."""

from typing import Any

import torch
from torch import Tensor, nn

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


def _pair(value: object, name: str) -> tuple[object, object]:
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise WrongAnswer(f"{name} returned {kind_in_words(value)}, expected two values in a tuple.")
    return value[0], value[1]


def _number(value: object, name: str) -> float:
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongAnswer(f"{name} is {kind_in_words(value)}, expected a number.")
    return float(value)


def _check_choose(choose: Any) -> None:
    name = "choose(validation, test)"
    for validation, test in (([6.0, 4.0, 5.0, 4.5], [5.5, 6.2, 4.8, 7.1]), ([3.0, 9.0, 2.5], [3.5, 1.0, 4.0])):
        errors = torch.tensor(validation), torch.tensor(test)
        with expect_unchanged(validation=errors[0], test=errors[1]):
            which, reported = _pair(call(choose, *errors), name)
        right = validation.index(min(validation))
        found = _number(which, "the number of the chosen model")
        for wrong, sentence in (
            (test.index(min(test)), "It chooses by the test error: then that error is no longer honest."),
            (validation.index(max(validation)), "It takes the largest error: lower is better."),
        ):
            if found == wrong != right:
                raise WrongAnswer(f"{name} chose model {found:g}, expected {right}. {sentence}")
        if found != right:
            raise WrongAnswer(f"{name} chose model {found:g}, expected {right}, the lowest validation error.")
        error = _number(reported, "the reported error")
        for value, sentence in (
            (min(validation), "It reports the validation error, which chose the model and is too low for that."),
            (min(test), "It reports the lowest test error of all, which is another model's."),
            (sum(test) / len(test), "It reports the mean of all models: report the chosen one."),
        ):
            if abs(error - value) < 1e-4 < abs(value - test[right]):
                raise WrongAnswer(f"{name} reports {error:.2f}, expected {test[right]:.2f}. {sentence}")
        expect_close(error, test[right], name="the reported error", hint="It is the chosen model's test error.")


def _check_smoothed_loss(smoothed_loss: Any) -> None:
    name = "smoothed_loss(logits, targets, 0.2)"
    logits, targets = 2 * torch.randn(6, 4), torch.tensor([0, 1, 2, 3, 1, 0])
    value = expect_tensor(call(smoothed_loss, logits.clone(), targets.clone(), 0.2), shape=(), name=name)
    right = nn.functional.cross_entropy(logits, targets, label_smoothing=0.2)
    for wrong, sentence in _smoothing_mistakes(logits, targets, 0.2):
        if torch.allclose(value, wrong, rtol=1e-4) and not torch.allclose(wrong, right, rtol=1e-3):
            raise WrongAnswer(f"{name} is {value.item():.4f}, expected {right.item():.4f}. {sentence}")
    expect_close(value, right, name=name, hint="The smoothed targets are (1 − ε) one-hot + ε/C.")
    plain = call(smoothed_loss, logits.clone(), targets.clone(), 0.0)
    expect_close(
        plain,
        nn.functional.cross_entropy(logits, targets),
        name="smoothed_loss with ε = 0",
        hint="It is cross-entropy.",
    )


def _smoothing_mistakes(logits: Tensor, targets: Tensor, epsilon: float) -> list[tuple[Tensor, str]]:
    classes = logits.shape[1]
    one_hot = nn.functional.one_hot(targets, classes).float()
    logs = logits.log_softmax(dim=1)
    smoothed = (1 - epsilon) * one_hot + epsilon / classes
    others = (1 - epsilon) * one_hot + epsilon / (classes - 1) * (1 - one_hot)
    return [
        (-(others * logs).sum(dim=1).mean(), "It gives ε/(C − 1) to the other classes: PyTorch gives ε/C to all C."),
        (
            -((1 - epsilon) * one_hot * logs).sum(dim=1).mean(),
            "The ε goes nowhere: the targets of a row must sum to 1.",
        ),
        (
            -((one_hot + epsilon / classes) * logs).sum(dim=1).mean(),
            "The targets of a row sum to 1 + ε: take ε off first.",
        ),
        (-(smoothed * logs).mean(), "It is the mean over classes as well: sum over them, and take the mean over rows."),
        (-(smoothed * logs).sum(), "It is the sum over rows: take their mean."),
        (-(smoothed * logits).sum(dim=1).mean(), "It takes logits for log-probabilities: log_softmax is missing."),
        (
            nn.functional.cross_entropy((1 - epsilon) * logits + epsilon / classes, targets),
            "It smooths the logits: what is smoothed are the targets.",
        ),
        (nn.functional.cross_entropy(logits, targets), "It is the cross-entropy without smoothing."),
    ]


def _moved(images: Tensor, down: int, right: int) -> Tensor:
    padded = nn.functional.pad(images, (1, 1, 1, 1))
    height, width = images.shape[1:]
    return padded[:, 1 - down : 1 - down + height, 1 - right : 1 - right + width]


def _check_with_shifts(with_shifts: Any) -> None:
    name = "with_shifts(images, targets)"
    images, targets = torch.rand(3, 4, 5) + 0.1, torch.tensor([7, 2, 5])
    with expect_unchanged(images=images, targets=targets):
        found, labels = _pair(call(with_shifts, images, targets), name)
    moved = expect_tensor(found, shape=(15, 4, 5), name=f"the images of {name}")
    ways = ("as they are", "down", "up", "right", "left")
    steps = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
    right = [_moved(images, *step) for step in steps]
    for i, way in enumerate(ways):
        part = moved[3 * i : 3 * i + 3]
        if torch.allclose(part, right[i]):
            continue
        down, across = steps[i]
        if torch.allclose(part, images.roll((down, across), dims=(1, 2))):
            raise WrongAnswer(f"The images moved {way} wrap round: what leaves on one side comes in on the other.")
        for other, block in zip(ways, right, strict=True):
            if torch.allclose(part, block):
                raise WrongAnswer(f"Where images moved {way} are expected, they are moved {other}; axis 1 is the rows.")
        expect_close(part, right[i], name=f"the images moved {way}", hint="What comes in is 0, all else moves by one.")
    kept = expect_tensor(labels, name=f"the targets of {name}")
    if kept.shape == targets.shape:
        raise WrongAnswer("There are 15 images and 3 targets: each copy needs its own.")
    if torch.equal(kept, targets.repeat_interleave(5)):
        raise WrongAnswer("The targets stand in another order than the images: repeat, not repeat_interleave.")
    expect_close(
        kept, targets.repeat(5), name=f"the targets of {name}", hint="Each block has the targets as they were."
    )


def _check_ensemble(ensemble: Any) -> None:
    name = "ensemble(networks, X)"
    networks = [nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 4)) for _ in range(5)]
    with torch.no_grad():
        for network in networks:
            for parameter in network.parameters():
                parameter.mul_(4)
    X = torch.randn(20, 3)
    for network in networks:
        network.train()
    found = expect_tensor(call(ensemble, networks, X), shape=(20, 4), name=name).detach()
    if torch.allclose(found, torch.zeros(())):
        raise WrongAnswer(f"{name} is 0 everywhere, expected probabilities.")
    for network in networks:
        network.eval()
    with torch.no_grad():
        logits = torch.stack([network(X) for network in networks])
    votes = nn.functional.one_hot(logits.argmax(dim=-1), 4).float()
    for wrong, sentence in (
        (logits.mean(dim=0).softmax(dim=-1), "It averages logits: take each network's probabilities first."),
        (logits.mean(dim=0), "It averages logits: take each network's probabilities first."),
        (votes.mean(dim=0), "It counts votes: a network that is sure and one that is not then weigh the same."),
        (logits.softmax(dim=-1).sum(dim=0), "It adds up probabilities: divide by the number of networks."),
        (logits.softmax(dim=0).mean(dim=0), "The softmax goes over networks: it must go over classes, the last axis."),
        (logits[0].softmax(dim=-1), "It is the first network alone."),
    ):
        if torch.allclose(found, wrong, atol=1e-5):
            raise WrongAnswer(f"{name} is wrong. {sentence}")
    right = logits.softmax(dim=-1).mean(dim=0)
    if not torch.allclose(found, right, atol=1e-4) and torch.allclose(found.sum(dim=-1), torch.ones(20), atol=1e-4):
        raise WrongAnswer(
            f"{name} gives probabilities, but not the mean of the five networks' own: were all in eval() mode, with "
            "dropout off?"
        )
    expect_close(found, right, name=name, hint="It is the mean of five softmaxes over classes.")


_CHOOSE = "def choose(validation, test):\n    best = int({})\n    return best, float({})"
_LOSS = (
    "import torch\ndef smoothed_loss(logits, targets, epsilon):\n    C = logits.shape[1]\n"
    "    hot = torch.nn.functional.one_hot(targets, C).float()\n    return {}"
)
_LOGS = "logits.log_softmax(dim=1)"
_SHIFTS = (
    "import torch\nfrom torch.nn.functional import pad\ndef with_shifts(images, targets):\n"
    "    H, W = images.shape[1:]\n    p = pad(images, (1, 1, 1, 1))\n    copies = [{}]\n"
    "    return torch.cat([images, *copies]), {}"
)
_FOUR = "p[:, :H, 1:-1], p[:, 2:, 1:-1], p[:, 1:-1, :W], p[:, 1:-1, 2:]"
_SWAPPED = "p[:, 1:-1, :W], p[:, 1:-1, 2:], p[:, :H, 1:-1], p[:, 2:, 1:-1]"
_ROLLED = "images.roll(1, 1), images.roll(-1, 1), images.roll(1, 2), images.roll(-1, 2)"
_ENSEMBLE = (
    "import torch\ndef ensemble(networks, X):\n    with torch.no_grad():\n"
    "        logits = torch.stack([network{}(X) for network in networks])\n    return {}"
)

EXERCISES = (
    Exercise(
        id="3.7.1",
        title="Choose on validation, report on test",
        answer="choose",
        check=_check_choose,
        wrong=(
            Planted(source=_CHOOSE.format("validation.argmin()", "validation.min()"), message="reports the validation"),
            Planted(source=_CHOOSE.format("test.argmin()", "test.min()"), message="chooses by the test error"),
            Planted(source=_CHOOSE.format("validation.argmax()", "test[best]"), message="lower is better"),
        ),
    ),
    Exercise(
        id="3.7.2",
        title="Label smoothing by hand",
        answer="smoothed_loss",
        check=_check_smoothed_loss,
        wrong=(
            Planted(
                source=_LOSS.format(
                    f"-(((1 - epsilon) * hot + epsilon / (C - 1) * (1 - hot)) * {_LOGS}).sum(dim=1).mean()"
                ),
                message="gives ε/(C − 1)",
            ),
            Planted(source=_LOSS.format(f"-((hot + epsilon / C) * {_LOGS}).sum(dim=1).mean()"), message="sum to 1 + ε"),
            Planted(
                source=_LOSS.format("torch.nn.functional.cross_entropy((1 - epsilon) * logits + epsilon / C, targets)"),
                message="smooths the logits",
            ),
            Planted(
                source=_LOSS.format(f"-(((1 - epsilon) * hot + epsilon / C) * {_LOGS}).mean()"),
                message="the mean over classes as well",
            ),
        ),
    ),
    Exercise(
        id="3.7.3",
        title="Shift without wrapping round",
        answer="with_shifts",
        check=_check_with_shifts,
        wrong=(
            Planted(source=_SHIFTS.format(_ROLLED, "targets.repeat(5)"), message="wrap round"),
            Planted(source=_SHIFTS.format(_SWAPPED, "targets.repeat(5)"), message="axis 1 is the rows"),
            Planted(source=_SHIFTS.format(_FOUR, "targets"), message="each copy needs its own"),
            Planted(source=_SHIFTS.format(_FOUR, "targets.repeat_interleave(5)"), message="in another order"),
        ),
    ),
    Exercise(
        id="3.7.4",
        title="What an ensemble predicts",
        answer="ensemble",
        check=_check_ensemble,
        wrong=(
            Planted(
                source=_ENSEMBLE.format(".eval()", "logits.mean(dim=0).softmax(dim=-1)"), message="It averages logits"
            ),
            Planted(
                source=_ENSEMBLE.format(
                    ".eval()", "torch.nn.functional.one_hot(logits.argmax(dim=-1), 4).float().mean(dim=0)"
                ),
                message="It counts votes",
            ),
            Planted(source=_ENSEMBLE.format("", "logits.softmax(dim=-1).mean(dim=0)"), message="with dropout off"),
            Planted(
                source=_ENSEMBLE.format(".eval()", "logits.softmax(dim=0).mean(dim=0)"), message="goes over networks"
            ),
        ),
    ),
)
