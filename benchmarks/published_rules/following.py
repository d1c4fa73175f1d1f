"""Carries a training out, and gathers what the published rules look at."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from itertools import groupby
from statistics import fmean
from typing import Any, Literal

import torch
from torch import Tensor, nn

from looplab.doctor.answers import answers_of
from looplab.doctor.lineage import ADDING, PASSING, Lineage
from looplab.doctor.operations import LOSSES, Operation
from looplab.doctor.parts import Parts
from looplab.doctor.randomness import own_random_state
from looplab.doctor.record import EpochSeen
from looplab.doctor.running import Course, followed

from .seen import Epoch, Seen

__all__ = ["seen_of"]

SECONDS = 20.0
"""Of processor time, after which no further epoch begins."""
ACTIVATIONS = frozenset(
    {"relu", "relu6", "leaky_relu", "prelu", "elu", "selu", "celu", "gelu", "silu", "mish", "softplus", "tanh"}
    | {"sigmoid", "hardtanh", "hardswish", "hardsigmoid", "logsigmoid", "softmax", "log_softmax", "clamp", "glu"}
)
LAYERS = frozenset({"linear", "addmm", "conv1d", "conv2d", "conv3d"})
BETWEEN = PASSING | ADDING | {"dropout", "dropout2d", "feature_dropout", "batch_norm", "layer_norm", "max_pool2d"}
BETWEEN |= {"avg_pool2d", "adaptive_avg_pool2d", "max_pool1d", "avg_pool1d", "mean", "sum"}


def seen_of(training: Parts) -> Seen:
    """Train a copy, and say what a published rule may see of it.

    Args:
        training: its parts, which stay as they are.
    """
    with own_random_state(0):
        copied, _ = training.copied_with_notes()
        ends = _Ends(copied.model)
        course = followed(replace(copied, batches=ends.between(copied.batches)), seconds=SECONDS)
        ends.note()
    epochs = _epochs(course, ends)
    batch = course.fed[0] if course.fed else None
    embedded = bool(course.operations) and any(each.name == "embedding" for each in course.operations)
    fed = [each for each in course.fed if each.numel() and not embedded]
    lineage = Lineage(course.operations)
    answers = answers_of(course.operations, course.losses)
    shape = tuple(batch.shape[1:]) if batch is not None and batch.ndim == 4 else ()
    return Seen(
        epochs=epochs,
        wished=training.epochs,
        lowest_input=min((float(each.min()) for each in fed), default=None),
        highest_input=max((float(each.max()) for each in fed), default=None),
        inputs_are_floating=batch is None or embedded or batch.is_floating_point(),
        nan_inputs=any(bool(each.isnan().any()) for each in fed if each.is_floating_point()),
        image_shape=(shape[0], shape[1], shape[2]) if len(shape) == 3 else None,
        final_activation=_final_activation(lineage),
        loss=answers.name if answers is not None and answers.name in LOSSES else "",
        unbent_layers=_unbent_layers(lineage),
        highest_dropout=max((each.p for each in training.model.modules() if isinstance(each, nn.Dropout)), default=0.0),
    )


class _Ends:
    """Notes what each epoch leaves: its last gradients, and the weights.

    Args:
        model: the one that is trained.
    """

    def __init__(self, model: nn.Module) -> None:
        self.parameters = list(model.parameters())
        self.zeros: list[float] = []
        self.are_numbers: list[bool] = []
        self.weights: list[tuple[float, tuple[float, ...], tuple[float, ...]]] = []
        self._begun = 0
        self._latest: dict[int, tuple[int, bool]] = {}
        for index, parameter in enumerate(self.parameters):
            if parameter.requires_grad:
                parameter.register_hook(partial(self._came_back, index))

    def between(self, batches: Callable[[], Iterable[Any]]) -> Callable[[], Iterable[Any]]:
        """The same batches; what an epoch left is noted when the next begins."""

        def noting() -> Iterable[Any]:
            if self._begun:
                self.note()
            self._begun += 1
            return batches()

        return noting

    def note(self) -> None:
        """Put down what the epoch left."""
        with torch.no_grad():
            values = [each.detach().flatten().double() for each in self.parameters if each.numel()]
            largest = max((float(each.abs().max()) for each in values), default=0.0)
            means = tuple(float(each.mean()) for each in values)
            spreads = tuple(float(each.std(unbiased=False)) for each in values)
        self.weights.append((largest, means, spreads))
        sizes = sum(self.parameters[index].numel() for index in self._latest)
        self.zeros.append(sum(zeros for zeros, _ in self._latest.values()) / sizes if sizes else 0.0)
        self.are_numbers.append(all(is_number for _, is_number in self._latest.values()))
        self._latest.clear()

    def _came_back(self, index: int, gradient: Tensor) -> None:
        values = gradient.detach()
        self._latest[index] = (int((values == 0).sum()), bool(torch.isfinite(values).all()))


def _epochs(course: Course, ends: _Ends) -> tuple[Epoch, ...]:
    kernels = [index for index, each in enumerate(ends.parameters) if each.ndim >= 2] or [0]
    found = []
    steps_of = groupby(course.observer.steps, key=lambda step: step.epoch)
    for (number, steps), end in zip(steps_of, course.epochs, strict=False):
        *_, last = several = list(steps)
        largest, means, spreads = ends.weights[number]
        gradients = [float(last.fresh[each]) if len(last.fresh) else math.nan for each in (kernels[0], kernels[-1])]
        found.append(
            Epoch(
                loss=fmean(step.loss for step in several),
                accuracy=_accuracy(course, end, of="train"),
                validation_loss=None if end.validation is None else end.validation.unexplained,
                validation_accuracy=_accuracy(course, end, of="validation"),
                lr=last.lr,
                first_gradient=gradients[0],
                last_gradient=gradients[1],
                zero_gradients=ends.zeros[number],
                gradient_is_number=ends.are_numbers[number],
                largest_weight=largest,
                weight_means=means,
                weight_spreads=spreads,
            )
        )
    return tuple(found)


def _accuracy(course: Course, end: EpochSeen, *, of: Literal["train", "validation"]) -> float | None:
    score = end.train if of == "train" else end.validation
    return None if score is None or course.task.kind not in {"binary", "multiclass"} else score.share


def _final_activation(lineage: Lineage) -> str:
    """The activation that makes what the model returns; "" where another operation does."""
    index = lineage.answer
    while index >= 0 and lineage.operations[index].name in PASSING:
        index = next((source for source in lineage.operations[index].sources if source >= 0), -1)
    name = lineage.operations[index].name if index >= 0 else ""
    return name if name in ACTIVATIONS else ""


def _unbent_layers(lineage: Lineage) -> int:
    """Layers of the model whose results come to another one on a way without an activation."""
    operations = lineage.operations
    layers = {index for index in lineage.weighted() if operations[index].name in LAYERS and operations[index].module}
    users: defaultdict[int, list[int]] = defaultdict(list)
    for index, operation in enumerate(operations):
        for source in operation.sources:
            users[source].append(index)
    return sum(_comes_to(layers, operations, users, layer) for layer in layers)


def _comes_to(layers: set[int], operations: list[Operation], users: Mapping[int, list[int]], layer: int) -> bool:
    waiting, known = list(users.get(layer, ())), {layer}
    while waiting:
        here = waiting.pop()
        if here in layers:
            return True
        if here not in known and operations[here].name in BETWEEN:
            known.add(here)
            waiting += users.get(here, ())
    return False
