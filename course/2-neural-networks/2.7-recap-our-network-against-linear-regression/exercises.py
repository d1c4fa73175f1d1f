"""Exercises of lesson 2.7, the recap of module 2: one row as a batch, a table of parameters, deciding from folds."""

from typing import Any

import torch
from torch import Tensor, nn

from looplab.course.exercises import Exercise, Planted, WrongAnswer, call, expect_close, expect_tensor

__all__ = ["EXERCISES"]


class _RowsOnly(nn.Module):
    """A network D→O that takes batches B×D alone and notes the shapes that come."""

    def __init__(self, features: int, outputs: int) -> None:
        super().__init__()
        self.layer = nn.Linear(features, outputs)
        self.shapes: list[tuple[int, ...]] = []
        self.calls = 0
        self.register_forward_hook(self._count)

    def _count(self, *_: Any) -> None:
        self.calls += 1

    def forward(self, X: Tensor) -> Tensor:
        self.shapes.append(tuple(X.shape))
        if X.ndim != 2 or X.shape[1] != self.layer.in_features:
            return torch.zeros(X.shape[0], self.layer.out_features)
        outputs: Tensor = self.layer(X)
        return outputs


def _check_predict_one(predict_one: Any) -> None:
    for outputs in (3, 1):
        model, features = _RowsOnly(4, outputs), torch.tensor([0.5, -1.0, 2.0, 3.0])
        value = call(predict_one, model, features)
        if not model.shapes:
            raise WrongAnswer("predict_one never calls the model.")
        if model.shapes[-1] != (1, 4):
            raise WrongAnswer(
                f"The model was given shape {model.shapes[-1]}, expected (1, 4): one row, four features. "
                "unsqueeze(0) puts an axis of length 1 in front, unsqueeze(1) behind."
            )
        if not model.calls:
            raise WrongAnswer("The model's forward hook did not run: call model(…), which calls forward for you.")
        result = expect_tensor(value, name="predict_one(model, features)")
        if outputs == 1 and result.shape == ():
            raise WrongAnswer(
                "For a model with one output the result has shape (), expected (1,): squeeze() takes away every axis "
                "of length 1. squeeze(0) or [0] takes the batch axis alone."
            )
        right = model.layer(features.unsqueeze(0))[0]
        expect_close(result, right, name="predict_one(model, features)", hint="It is the only row of the outputs.")


class _Block(nn.Module):
    """A module with a module inside, a buffer, a frozen parameter and one that is no layer's."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.ReLU())
        self.output = nn.Linear(5, 2, bias=False)
        self.scale = nn.Parameter(torch.ones(()))
        self.output.weight.requires_grad_(False)


def _check_parameter_table(parameter_table: Any) -> None:
    model = _Block()
    right = {name: (tuple(each.shape), each.numel()) for name, each in model.named_parameters()}
    table = call(parameter_table, model)
    if not isinstance(table, list) or not all(isinstance(line, tuple) and len(line) == 3 for line in table):
        raise WrongAnswer("parameter_table must return a list of tuples (name, shape, count), one a parameter.")
    got = {line[0]: line[1:] for line in table}
    buffers = [name for name in got if name in dict(model.named_buffers())]
    if buffers:
        raise WrongAnswer(
            f"Your table lists {buffers[0]}, which is a buffer: kept with the model, but no optimizer changes it. "
            "state_dict holds both kinds; named_parameters holds parameters alone."
        )
    for name, (shape, count) in sorted(right.items(), key=lambda each: not each[0].endswith("bias")):
        if name not in got:
            raise WrongAnswer(_missing(name))
        if got[name][0] != shape:
            raise WrongAnswer(f"The shape of {name} is {got[name][0]!r}, expected the tuple {shape}.")
        if got[name][1] != count:
            raise WrongAnswer(
                f"The count of {name} is {got[name][1]!r}, expected {count}: a tensor of shape {shape} holds {count} "
                f"number{'s' * (count != 1)}. numel() counts them; len() is the length of the first axis."
            )
    if len(table) != len(right):
        raise WrongAnswer(f"Your table has {len(table)} lines, expected {len(right)}: one for each parameter.")


def _missing(name: str) -> str:
    if name == "output.weight":
        why = "It is frozen, requires_grad is False, and a parameter all the same."
    elif name == "scale":
        why = "It belongs to the model itself and to no layer."
    elif name.endswith("bias"):
        why = "A bias is a parameter, too."
    else:
        why = "named_parameters goes into modules within modules."
    return f"Your table lacks {name}. {why}"


_T4, _T10 = 2.776, 2.262  # of Student's distribution, 5 and 10 folds


def _check_answer(answer: Any) -> None:
    linear = torch.tensor([1.0, 4.0, 2.0, 8.0, 3.0])
    wobble = torch.tensor([0.95, 1.05, 1.0, 0.97, 1.03])
    half, same = linear * 0.5 * wobble, linear * wobble
    _expect(answer, linear, half, "network", "the network halves the loss in every fold, give or take five per cent")
    _expect(
        answer,
        linear,
        same * 1.3,
        "linear",
        "the network's loss is a third higher in every fold",
    )
    tiny = linear * 0.96 * (1 + 0.05 * (wobble - 1))
    _expect(answer, linear, tiny, "linear", "the network is surely better, and by 4 %, less than the margin of 10 %")
    lucky = linear * torch.tensor([0.2, 1.0, 1.1, 0.95, 1.05])
    _expect(
        answer, linear, lucky, "undecided", "one fold decides the mean: the interval runs from a loss to a large gain"
    )
    many = torch.ones(10)
    noisy = torch.exp(-torch.tensor([0.95, -0.25, 0.75, 0.05, 0.6, 0.5, -0.35, 0.85, 0.2, 0.25]))
    _expect(
        answer,
        many,
        noisy,
        "undecided",
        "training sets of folds overlap, so the interval needs test_rows / train_rows beside 1 / folds",
        t=_T10,
    )


def _expect(answer: Any, linear: Tensor, network: Tensor, right: str, why: str, t: float = _T4) -> None:
    value = call(answer, linear, network, train_rows=80, test_rows=20, t=t)
    if value not in ("linear", "network", "undecided"):
        raise WrongAnswer(f"answer returned {value!r}, expected 'linear', 'network' or 'undecided'.")
    if value != right:
        raise WrongAnswer(f"answer is '{value}', expected '{right}': {why}.")


_ANSWER = """
import math
import torch

def answer(linear, network, train_rows, test_rows, t, margin=0.1):
    ratios = {ratios}
    mean = {mean}
    half = t * math.sqrt({variance}) * ratios.std().item()
    low, high = 1 - math.exp(half - mean), 1 - math.exp(-half - mean)
    if {better}:
        return "network"
    return "linear" if {enough} else "undecided"
"""


def _answer(
    *,
    ratios: str = "torch.log(linear / network)",
    mean: str = "ratios.mean().item()",
    variance: str = "1 / len(ratios) + test_rows / train_rows",
    better: str = "low > 0 and high >= margin",
    enough: str = "high < margin",
) -> str:
    return _ANSWER.format(ratios=ratios, mean=mean, variance=variance, better=better, enough=enough)


def _one(body: str) -> str:
    return f"def predict_one(model, features):\n    return {body}\n"


def _table(body: str) -> str:
    return f"def parameter_table(model):\n    return [(n, tuple(p.shape), p.numel()) for n, p in {body}]\n"


EXERCISES = (
    Exercise(
        id="2.7.1",
        title="One row for a network that wants many",
        answer="predict_one",
        check=_check_predict_one,
        wrong=(
            Planted(source=_one("model(features)"), message="was given shape (4,), expected (1, 4)"),
            Planted(source=_one("model(features.unsqueeze(1))[0]"), message="was given shape (4, 1)"),
            Planted(source=_one("model.forward(features.unsqueeze(0))[0]"), message="forward hook did not run"),
            Planted(source=_one("model(features.unsqueeze(0))"), message="has shape (1, 3), expected (3,)"),
            Planted(source=_one("model(features.unsqueeze(0)).squeeze()"), message="takes away every axis"),
        ),
    ),
    Exercise(
        id="2.7.2",
        title="Count parameters by name and shape",
        answer="parameter_table",
        check=_check_parameter_table,
        wrong=(
            Planted(source=_table("model.state_dict().items()"), message="which is a buffer"),
            Planted(
                source=_table("model.named_parameters() if p.requires_grad"),
                message="It is frozen, requires_grad is False",
            ),
            Planted(
                source="""
                from torch import nn
                def parameter_table(model):
                    layers = [(n, m) for n, m in model.named_modules() if isinstance(m, nn.Linear)]
                    return [(f"{n}.weight", tuple(m.weight.shape), m.weight.numel()) for n, m in layers]
                """,
                message="A bias is a parameter, too",
            ),
            Planted(
                source="""
                def parameter_table(model):
                    return [(n, tuple(p.shape), len(p) if p.ndim else 1) for n, p in model.named_parameters()]
                """,
                message="len() is the length of the first axis",
            ),
            Planted(
                source="""
                def parameter_table(model):
                    return [
                        (f"{n}.{k}", tuple(p.shape), p.numel())
                        for n, m in model.named_modules()
                        for k, p in m.named_parameters(recurse=False)
                        if n
                    ]
                """,
                message="It belongs to the model itself",
            ),
        ),
    ),
    Exercise(
        id="2.7.3",
        title="Decide from a table of folds",
        answer="answer",
        check=_check_answer,
        wrong=(
            Planted(
                source="""
                def answer(linear, network, train_rows, test_rows, t, margin=0.1):
                    return "network" if network.mean() < linear.mean() else "linear"
                """,
                message="less than the margin of 10 %",
            ),
            Planted(source=_answer(better="low > 0"), message="the network is surely better, and by 4 %"),
            Planted(
                source=_answer(better="mean > margin", enough="mean <= margin"), message="one fold decides the mean"
            ),
            Planted(source=_answer(variance="1 / len(ratios)"), message="training sets of folds overlap"),
            Planted(source=_answer(ratios="torch.log(network / linear)"), message="halves the loss in every fold"),
        ),
    ),
)
