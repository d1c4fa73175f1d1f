"""How much memory a call needs."""

from torch import nn

from looplab.replicas.call import Call
from looplab.replicas.memory import require_memory
from looplab.replicas.probe import Probe
from looplab.replicas.vmapped import replica_bytes

__all__ = ["check_memory", "parameter_bytes"]


def parameter_bytes(call: Call, model: nn.Module) -> int:
    """Bytes of the initial and final parameters and buffers of a call."""
    parameters = sum(parameter.numel() for parameter in model.parameters())
    buffers = sum(buffer.nbytes for buffer in model.buffers())
    return (len(call.seeds) + len(call)) * (call.number.itemsize * parameters + buffers)


def check_memory(call: Call, model: nn.Module, probe: Probe | None) -> None:
    """Refuse what does not fit: initial and final parameters, recorded losses, one step of a chunk if vmapped."""
    parameters = sum(parameter.numel() for parameter in model.parameters())
    kinds = (1 if call.validation is None else 2) * (1 + len(call.recording.metrics))
    recorded = call.records * kinds + call.waypoints * parameters
    needed = parameter_bytes(call, model) + len(call) * (call.number.itemsize * recorded + 64)
    if probe is not None:
        needed += replica_bytes(max(len(call.dataset), len(call.validation or ())), probe, parameters, call.number)
    require_memory(needed, next(model.parameters()).device, len(call))
