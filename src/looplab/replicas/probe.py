"""One training step of the first model, before any other is made: does it fit the data, and what will it need?"""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

from looplab.data import Dataset
from looplab.errors import LooplabError, ModelError
from looplab.loop.input_fixes import inputs_fix
from looplab.loop.losses import Objective, check_outputs
from looplab.loop.surroundings import fresh_state, model_errors
from looplab.replicas.dropout import WatchDropout
from looplab.replicas.undisturbed import same_values, undisturbed
from looplab.words import kind_in_words

__all__ = ["Probe", "probe_model"]


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What a training step of one model showed.

    Attributes:
        changed_buffers: buffers that the step changed, as batch norm's do.
        idle_parameters: parameters that are frozen or have no part in the loss: no optimizer updates them.
        draws_dropout: whether the step drew dropout masks.
        row_bytes: bytes that autograd kept for the backward pass, a row.
    """

    changed_buffers: tuple[str, ...]
    idle_parameters: frozenset[str]
    draws_dropout: bool
    row_bytes: int


def probe_model(model: nn.Module, dataset: Dataset, objective: Objective, batch: int) -> Probe:
    """Take the gradient of the loss of the first `batch` rows once; parameters, buffers and random state stay.

    Where inputs are categories, rows with the largest of each column are among them.

    Raises:
        ModelError: the model cannot take the inputs, or its outputs do not fit the targets.
    """
    device = next(model.parameters()).device
    rows = dataset.subset(_rows_of(dataset, min(batch, len(dataset))))
    before = {name: buffer.clone() for name, buffer in model.named_buffers()}
    saved_bytes = 0

    def count(tensor: Tensor) -> Tensor:
        nonlocal saved_bytes
        saved_bytes += tensor.nbytes
        return tensor

    with undisturbed(model), fresh_state(0), model_errors(dataset):
        model.train().zero_grad(set_to_none=True)
        with WatchDropout() as watch, saved_tensors_hooks(count, lambda tensor: tensor):
            loss = objective.mean(_outputs(model, rows, dataset, device), rows.targets.to(device))
        if not loss.requires_grad:
            raise ModelError(
                "parameters of the model",
                expected="at least one that the loss depends on",
                got="none",
                fix="Leave requires_grad on, and let forward detach nothing.",
            )
        loss.backward()
        changed = [
            name
            for name, buffer in model.named_buffers()
            if name not in before or not same_values(buffer, before[name])
        ]
        idle = frozenset(name for name, parameter in model.named_parameters() if parameter.grad is None)
    return Probe(
        changed_buffers=tuple(changed),
        idle_parameters=idle,
        draws_dropout=bool(watch.calls),
        row_bytes=saved_bytes // len(rows),
    )


def _rows_of(dataset: Dataset, batch: int) -> Int[Tensor, " B"]:
    rows = torch.arange(batch)
    if dataset.is_categorical:
        last = min(batch, dataset.features)
        rows[batch - last :] = dataset.inputs.argmax(dim=0)[:last]
    return rows


def _outputs(model: nn.Module, rows: Dataset, dataset: Dataset, device: torch.device) -> Tensor:
    try:
        outputs: Any = model(rows.inputs.to(device))
    except LooplabError:
        raise
    except Exception as error:  # a model is the user's code, which may raise anything
        raise ModelError(
            f"the model on '{rows.name}'",
            expected=f"one that takes inputs of shape {tuple(rows.inputs.shape)}",
            got=f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no message'}",
            fix=inputs_fix(dataset, error),
        ) from error
    if not isinstance(outputs, Tensor):
        raise ModelError("outputs of the model", expected="one tensor", got=kind_in_words(outputs))
    check_outputs(outputs, rows, len(rows))
    return outputs
