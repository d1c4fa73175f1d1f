"""Activations that are pinned to their ends from the start: of layers, of gates, of attention."""

from collections.abc import Iterator

import torch

from looplab.doctor.answers import lineage_of
from looplab.doctor.gates import LARGEST, Pinned, pinned_gates
from looplab.doctor.lineage import Lineage, layer_name
from looplab.doctor.parts import Parts
from looplab.doctor.probing import probed
from looplab.doctor.progress_made import left
from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign
from looplab.doctor.starting import drawn_anew

__all__ = ["SATURATED_ACTIVATION"]

PINNED = 0.75
"""Share of a layer's values. Start weights by He, Glorot or PyTorch leave below 0.02 of a tanh's values pinned."""
_ENDS = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "hardtanh": (-1.0, 1.0), "hardsigmoid": (0.0, 1.0)}
_ENDS |= {"rnn_tanh": (-1.0, 1.0), "softsign": (-1.0, 1.0)}


def look(record: Record) -> Sign | None:
    """Counts the values near the ends in the first step; with scaled inputs, too, as these may be what pins them."""
    if left(record) < 0.05:
        return None
    pinned = _pinned(lineage_of(record), record)
    if not pinned:
        return None
    probe = probed(record, _scaled) if _is_unscaled(record) else None
    if probe is not None and not _pinned(Lineage(probe.operations), record):
        return None
    most = max(pinned, key=lambda each: each.share)
    more = f", and of {len(pinned) - 1} more layers" if len(pinned) > 1 else ""
    ends = "1, so that one place takes all" if most.what == LARGEST else "its ends, where its slope is below 0.02"
    return Sign(
        evidence=(
            f"In the first step, {most.share:.0%} of {most.what} in {most.place}{more} lie within a hundredth of "
            f"{ends}."
        ),
        fix="nn.init.xavier_uniform_(layer.weight); nn.init.zeros_(layer.bias)",
        confidence=0.88,
        repair=drawn_anew(),
    )


def _pinned(lineage: Lineage, record: Record) -> list[Pinned]:
    everywhere = [*_in_sight(lineage), *pinned_gates(lineage, record.start)]
    return [each for each in everywhere if each.share >= PINNED]


def _in_sight(lineage: Lineage) -> Iterator[Pinned]:
    final = lineage.origin(lineage.answer)
    for index in sorted(lineage.to_loss()):
        operation = lineage.operations[index]
        values = operation.output
        if index == final or not operation.module or values is None or values.numel() < 16:
            continue
        if operation.name in _ENDS:
            low, high = _ENDS[operation.name]
            margin = 0.01 * (high - low) / 2 + 1e-9
            share = float(((values < low + margin) | (values > high - margin)).double().mean())
            yield Pinned(what=f"the values of {operation.name}", place=layer_name(operation), share=share)


def _is_unscaled(record: Record) -> bool:
    inputs = record.fed
    return inputs is not None and inputs.is_floating_point() and float(inputs.abs().max()) > 5


def _scaled(parts: Parts) -> None:
    def hold(_: object, args: tuple[object, ...]) -> tuple[object, ...] | None:
        inputs = args[0] if args else None
        if not isinstance(inputs, torch.Tensor) or not inputs.is_floating_point():
            return None
        return ((inputs - inputs.mean(dim=0)) / inputs.std(dim=0).clamp(min=1e-6), *args[1:])

    parts.model.register_forward_pre_hook(hold)


SATURATED_ACTIVATION = Rule(
    name="saturated_activation",
    title="Activations start pinned to their ends",
    why=(
        "A tanh, a sigmoid or the softmax of attention is flat at its ends. Weights or biases that start so large that "
        "nearly all values lie there let through next to no gradient."
    ),
    configuration=False,
    threshold=(
        "Three quarters of a layer's values within a hundredth of the ends in the first step, with scaled inputs, too; "
        "or of the gates of an LSTM or GRU; or of the queries of attention give one place 0.99 of their weight."
    ),
    explains=frozenset(
        {
            *("lr_too_low", "too_few_epochs", "underfit_capacity", "vanishing_gradient", "lr_too_high"),
            *("class_imbalance_majority", "unscaled_inputs"),
        }
    ),
    look=look,
)
