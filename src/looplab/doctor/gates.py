"""What torch computes out of sight, and where it is pinned: gates of fused recurrent layers, weights of attention."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from looplab.doctor.lineage import Lineage, layer_name
from looplab.doctor.operations import Operation
from looplab.doctor.randomness import own_random_state
from looplab.doctor.running import quiet

__all__ = ["LARGEST", "Pinned", "pinned_gates"]

LSTM_GATES, GRU_GATES = (1, 1, 2, 1), (1, 1)
"""How steep each gate is, in the order of the weights' rows: tanh is a sigmoid of twice the number, stretched. A GRU's
third gate needs its first, and is left out."""
LARGEST = "the queries' largest weights"
GATE_MARGIN, ATTENTION_MARGIN = 0.005, 0.01


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """Values of an activation that lie where its slope is next to none.

    Attributes:
        what: the activation, in words.
        place: the layer, in words.
        share: of all its values, from 0 to 1.
    """

    what: str
    place: str
    share: float


def pinned_gates(lineage: Lineage, model: nn.Module) -> Iterator[Pinned]:
    """The gates of the first layer of each LSTM and GRU, and the largest weight of each query in attention.

    Args:
        lineage: of a step's operations.
        model: as it was before the step.
    """
    modules = dict(model.named_modules())
    for index in sorted(lineage.to_loss()):
        operation = lineage.operations[index]
        module = modules.get("" if operation.module == "." else operation.module)
        if operation.first is None or operation.first.ndim != 3:
            continue
        if isinstance(module, nn.LSTM | nn.GRU) and operation.name in {"lstm", "gru"}:
            gates = _gates(module, operation.first)
            share = float(((gates < GATE_MARGIN) | (gates > 1 - GATE_MARGIN)).double().mean())
            yield Pinned(what="the gates", place=layer_name(operation), share=share)
        elif isinstance(module, nn.MultiheadAttention) and operation.name == "multi_head_attention_forward":
            largest = _largest_weights(module, operation)
            if largest is not None:
                share = float((largest > 1 - ATTENTION_MARGIN).double().mean())
                yield Pinned(what=LARGEST, place=layer_name(operation), share=share)


def _gates(module: nn.LSTM | nn.GRU, inputs: Tensor) -> Tensor:
    """All gates, from 0 to 1; what states bring to them is known where there is a single layer and direction alone."""
    layer, weights = copy.deepcopy(module), {name: each.detach() for name, each in module.named_parameters()}
    with quiet(), own_random_state(), torch.no_grad():
        gates = inputs.to(weights["weight_ih_l0"].dtype) @ weights["weight_ih_l0"].T
        if layer.bias:
            gates = gates + weights["bias_ih_l0"] + weights["bias_hh_l0"]
        if layer.num_layers == 1 and not layer.bidirectional and not layer.proj_size:
            time = 1 if layer.batch_first else 0
            states: Tensor = layer.eval()(inputs)[0]
            count = states.shape[time] - 1
            later = gates.narrow(time, 1, count) + states.narrow(time, 0, count) @ weights["weight_hh_l0"].T
            gates = torch.cat([gates.narrow(time, 0, 1), later], dim=time)
    activations = LSTM_GATES if isinstance(module, nn.LSTM) else GRU_GATES
    parts = gates.split(module.hidden_size, dim=-1)[: len(activations)]
    return torch.cat([(scale * part).sigmoid() for scale, part in zip(activations, parts, strict=True)], dim=-1)


def _largest_weights(module: nn.MultiheadAttention, operation: Operation) -> Tensor | None:
    """Of each query and head; None where query and key are not the same sequence."""
    states = operation.first  # time first, as torch hands it on
    if states is None or operation.second is None or not torch.equal(states, operation.second):
        return None
    layer = copy.deepcopy(module).eval()
    states = states.transpose(0, 1) if layer.batch_first else states
    with quiet(), own_random_state(), torch.no_grad():
        weights: Tensor = layer(states, states, states, need_weights=True, average_attn_weights=False)[1]
    return weights.amax(dim=-1) if weights.shape[-1] > 1 else None
