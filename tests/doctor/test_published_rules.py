"""The rules of published tools: each alarms on what its authors mean; what they see of a training is what happened."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

pytestmark = pytest.mark.checkout  # the benchmarks do not come with the wheel

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
if str(BENCHMARKS) not in sys.path:
    sys.path.insert(0, str(BENCHMARKS))

from doctor_peers import counted, rule_counts  # noqa: E402  # behind the line that makes it importable
from looplab.doctor.parts import checked_parts  # noqa: E402  # as above
from published_rules import autotrainer, umlaut  # noqa: E402  # as above
from published_rules.deepfd import TYPES, DeepFD, features, types_of  # noqa: E402  # as above
from published_rules.following import seen_of  # noqa: E402  # as above
from published_rules.seen import Epoch, Seen  # noqa: E402  # as above

NAN = float("nan")


def learning(count: int = 10, **changes: Any) -> Seen:
    """A training whose accuracy rises from 0.5 to 0.9, validation a little behind."""
    epochs = tuple(
        Epoch(
            loss=1.0 - 0.05 * number,
            accuracy=0.5 + 0.4 * (number + 1) / count,
            validation_loss=1.0 - 0.04 * number,
            validation_accuracy=0.45 + 0.4 * (number + 1) / count,
        )
        for number in range(count)
    )
    return replace(Seen(epochs=epochs, wished=count, lowest_input=-1.0, highest_input=1.0), **changes)


def each_epoch(**changes: Any) -> Seen:
    seen = learning()
    return replace(seen, epochs=tuple(replace(each, **changes) for each in seen.epochs))


def at_epoch(number: int, **changes: Any) -> Seen:
    seen = learning()
    epochs = list(seen.epochs)
    epochs[number] = replace(epochs[number], **changes)
    return replace(seen, epochs=tuple(epochs))


def names(found: Callable[[Seen], list[Any]], seen: Seen) -> list[str]:
    return [rule.name for rule in found(seen)]


def test_a_training_that_learns_raises_no_published_rule() -> None:
    assert names(umlaut.found, learning()) == []
    assert names(autotrainer.found, learning()) == []


UMLAUT_CASES = {
    "input exceeds limits": (learning(highest_input=1.01), learning(highest_input=1.0)),
    "input not floating": (learning(inputs_are_floating=False), learning()),
    "image shape": (learning(image_shape=(3, 8, 9)), learning(image_shape=(3, 8, 8))),
    "NaN": (at_epoch(2, loss=NAN), at_epoch(2, loss=0.9)),
    "learning rate high": (each_epoch(lr=0.011), each_epoch(lr=0.01)),
    "learning rate low": (at_epoch(9, lr=9e-8), at_epoch(9, lr=1e-7)),
    "missing softmax": (learning(loss="nll_loss"), learning(loss="nll_loss", final_activation="log_softmax")),
    "missing activation": (learning(unbent_layers=1), learning(unbent_layers=0)),
    "activation of the last layer": (
        learning(loss="cross_entropy", final_activation="softmax"),
        learning(loss="mse_loss", final_activation="tanh"),
    ),
    "dropout high": (learning(highest_dropout=0.51), learning(highest_dropout=0.5)),
    "overfitting": (at_epoch(5, validation_loss=0.9), at_epoch(5, validation_loss=0.9, loss=0.9)),
    "validation accuracy high": (at_epoch(3, validation_accuracy=0.96), at_epoch(2, validation_accuracy=0.96)),
}


@pytest.mark.parametrize("name", [rule.name for rule in umlaut.RULES])
def test_a_rule_of_umlaut_alarms_past_its_threshold_alone(name: str) -> None:
    past, within = UMLAUT_CASES[name]
    assert names(umlaut.found, past) == [name]
    assert name not in names(umlaut.found, within)


def stuck(**changes: Any) -> Seen:
    """A training that stays at chance."""
    seen = learning()
    epochs = tuple(replace(each, accuracy=0.1, validation_accuracy=0.1, **changes) for each in seen.epochs)
    return replace(seen, epochs=epochs)


def swinging(by: float, **changes: Any) -> Seen:
    """A training that has converged, whose accuracy goes up and down."""
    seen = learning()
    epochs = tuple(
        replace(each, accuracy=0.8 + by * (number % 2), validation_accuracy=0.75 + 0.02 * number, **changes)
        for number, each in enumerate(seen.epochs)
    )
    return replace(seen, epochs=epochs)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (stuck(), ["slow convergence"]),
        (stuck(zero_gradients=0.7), ["dying ReLU"]),
        (stuck(zero_gradients=0.69), ["slow convergence"]),
        (stuck(first_gradient=71.0), ["exploding gradient"]),
        (stuck(first_gradient=9e-5, last_gradient=1.0), ["vanishing gradient"]),
        (stuck(first_gradient=2e-4, last_gradient=1.0), ["slow convergence"]),
        (swinging(0.02, first_gradient=71.0, zero_gradients=0.9), []),
        (at_epoch(9, loss=NAN), ["exploding gradient"]),
        (at_epoch(9, gradient_is_number=False), ["exploding gradient"]),
        (at_epoch(9, validation_loss=1e5), ["exploding gradient"]),
        (swinging(0.04), ["oscillating loss"]),
        (swinging(0.02), []),
    ],
)
def test_autotrainer_names_one_problem_by_its_thresholds(seen: Seen, expected: list[str]) -> None:
    assert names(autotrainer.found, seen) == expected


def test_autotrainer_is_silent_about_accuracy_in_regression() -> None:
    seen = each_epoch(accuracy=None, validation_accuracy=None, first_gradient=1e-9, zero_gradients=1.0)
    assert names(autotrainer.found, seen) == []


def followed(model: nn.Module, loss_fn: Any, *, x: torch.Tensor, y: torch.Tensor, lr: float = 0.05) -> Seen:
    optimizer = torch.optim.SGD([each for each in model.parameters() if each.requires_grad], lr=lr)
    batches = list(zip(x.split(16), y.split(16), strict=True))
    parts = checked_parts(
        model, optimizer, loss_fn, batches, step=None, validation=(x, y), validate=lambda *_: 0.0, epochs=4
    )
    return seen_of(parts)


def blobs() -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(0)
    y = torch.arange(64) % 2
    return torch.randn(64, 3, generator=random) + 3.0 * y[:, None], y


def test_what_is_seen_of_a_training_is_what_happened() -> None:
    torch.manual_seed(0)
    x, y = blobs()
    model = nn.Sequential(nn.Linear(3, 8), nn.Linear(8, 8), nn.Dropout(0.6), nn.ReLU(), nn.Linear(8, 2), nn.Softmax(1))
    before = [each.clone() for each in model.parameters()]
    seen = followed(model, nn.CrossEntropyLoss(), x=x, y=y)
    assert all(torch.equal(one, other) for one, other in zip(before, model.parameters(), strict=True))
    assert (len(seen.epochs), seen.wished) == (4, 4)
    assert (seen.final_activation, seen.loss) == ("softmax", "cross_entropy")
    assert (seen.unbent_layers, seen.highest_dropout) == (1, 0.6)
    assert seen.highest_input == float(x.max())
    assert seen.epochs[-1].lr == 0.05
    assert all(each.accuracy is not None and 0 <= each.accuracy <= 1 for each in seen.epochs)
    assert seen.epochs[0].weight_means != seen.epochs[1].weight_means
    assert {"missing activation", "dropout high", "activation of the last layer"} <= set(names(umlaut.found, seen))


def test_dead_units_show_as_gradients_that_are_zero() -> None:
    torch.manual_seed(0)
    x, y = blobs()
    model = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 2))
    model[0].bias.data.fill_(-100.0)  # type: ignore[operator]  # a linear layer has a bias
    seen = followed(model, nn.CrossEntropyLoss(), x=x, y=y)
    assert seen.epochs[-1].zero_gradients > 0.9
    assert seen.epochs[-1].first_gradient == 0.0
    assert names(autotrainer.found, seen) == ["dying ReLU"]


def test_whole_numbers_that_an_embedding_reads_are_no_fault() -> None:
    tokens = torch.randint(0, 9, (64, 4), generator=torch.Generator().manual_seed(0))
    model = nn.Sequential(nn.Embedding(9, 4), nn.Flatten(), nn.Linear(16, 2))
    seen = followed(model, nn.CrossEntropyLoss(), x=tokens, y=(tokens[:, 0] > 4).long())
    assert seen.inputs_are_floating
    assert seen.highest_input is None


def test_deepfd_tells_the_types_that_it_was_fitted_to() -> None:
    rates = [each_epoch(loss=NAN) if number % 2 else learning(8 + number % 3) for number in range(40)]
    faults = [("lr_too_high",) if number % 2 else () for number in range(40)]
    fitted = DeepFD([*rates, stuck()], [*faults, ("data_leakage",)])  # the last belongs to no type
    assert fitted.found(each_epoch(loss=NAN)) == ["learning rate"]
    assert fitted.found(learning(9)) == []
    assert len(features(learning())) == 8 * 19
    assert types_of(["too_few_epochs"]) == [False, False, False, False, True]
    assert all(not one & other for one in TYPES.values() for other in TYPES.values() if one is not other)


def test_alarms_are_counted_by_what_they_name() -> None:
    from doctor_peers import Watched

    def one(faults: tuple[str, ...]) -> Watched:
        return Watched(catalogue="catalogue", id="x", repaired=False, faults=faults, seen=learning())

    trainings = [one(("dead_relu",)), one(("lr_too_low",)), one(("nan_loss",)), one(()), one(())]
    dying, slow = frozenset({"dead_relu"}), frozenset({"lr_too_low"})
    alarms = [{"dying": dying}, {"dying": dying, "slow": slow}, {}, {"dying": dying}, {}]
    counts = counted(trainings, alarms)
    assert (counts["faults"], counts["alarmed"], counts["named"]) == (3, 2, 2)
    assert (counts["healthy"], counts["healthy_called_ill"]) == (2, 1)
    rules = rule_counts(trainings, alarms, ["dying", "slow", "silent"])
    assert [rules["dying"][key] for key in ("right", "on_other_faults", "false_alarms")] == [1, 1, 1]
    assert rules["silent"]["false_alarms"] == 0


@pytest.mark.slow
def test_the_benchmark_becomes_a_table(tmp_path: Path) -> None:
    results = tmp_path / "doctor_peers.json"
    options = ["--stride", "60", "--processes", "1", "--output", str(results)]
    command = [sys.executable, str(BENCHMARKS / "doctor_peers.py"), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    render = "import json, sys, doctor_tables; print(doctor_tables.doctor_peers(json.load(open(sys.argv[1]))))"
    rendered = subprocess.run(
        [sys.executable, "-c", render, str(results)], cwd=BENCHMARKS, capture_output=True, text=True, check=True
    )
    assert "| UMLAUT | first | " in rendered.stdout
    assert "| AutoTrainer: dying ReLU | " in rendered.stdout
