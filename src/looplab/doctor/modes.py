"""Layers for which training mode and evaluation mode differ."""

from torch import nn

from looplab.doctor.record import Record

__all__ = ["layers_with_modes"]

_CALLS = {"dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout", "batch_norm"}


def layers_with_modes(record: Record) -> list[str]:
    """The layers by name and kind; calls of functions that take the mode as well."""
    layers = []
    for name, module in record.model.named_modules():
        drops = isinstance(module, nn.modules.dropout._DropoutNd) and module.p > 0
        averages = isinstance(module, nn.modules.batchnorm._BatchNorm) and module.track_running_stats
        between = isinstance(module, nn.RNNBase) and module.dropout > 0 and module.num_layers > 1
        if drops or averages or between:
            layers.append(f"{name or 'the model'} ({type(module).__name__})")
    if layers:
        return layers
    return sorted({f"functional.{each.name}" for each in record.operations if each.name in _CALLS})
