"""Units that start equal and stay equal."""

from torch import Tensor

from looplab.doctor.answers import lineage_of
from looplab.doctor.progress_made import left
from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign
from looplab.doctor.starting import drawn_anew, same_units

__all__ = ["ZERO_INIT"]

MOST = 0.5
"""Share of a layer's units that equal another one: among drawn weights there are none."""


def look(record: Record) -> Sign | None:
    """Compares the units of each layer before and after the training; a last layer may start at zero."""
    if left(record) < 0.05:
        return None
    lineage = lineage_of(record)
    embeddings = {
        each for operation in record.operations if operation.name == "embedding" for each in operation.parameters
    }
    used = {each for index in lineage.to_loss() for each in lineage.operations[index].parameters}
    last = _last_layer(record)
    start = dict(record.start.named_parameters())
    equal, still, layers = [], [], 0
    for name, parameter in record.model.named_parameters():
        if parameter.ndim < 2 or id(parameter) not in used or id(parameter) in last or not parameter.requires_grad:
            continue
        layers += 1
        turned = id(parameter) in embeddings
        if same_units(_units(start[name], turned)) >= MOST:
            equal.append(name)
            if same_units(_units(parameter, turned)) >= MOST:
                still.append(name)
    if not still and 2 * len(equal) <= layers:
        return None
    names = still or equal
    values = start[names[0]]
    all_zero = all(not bool(start[name].any()) for name in names)
    what = "0" if all_zero else "equal in every unit" if not _is_constant(values) else f"{float(values.flatten()[0]):g}"
    after = (
        f"after {len(record.steps)} steps the units of {len(still)} of them are still equal"
        if still
        else ("they came apart only by chance")
    )
    return Sign(
        evidence=f"The start weights of {', '.join(names[:4])}{' …' if len(names) > 4 else ''} are {what}; {after}.",
        fix="nn.init.kaiming_uniform_(layer.weight), or leave PyTorch's own start as it is; biases may be 0",
        confidence=0.95 if still else 0.8,
        repair=drawn_anew(set(equal) | _names(record, last)),
        must_help=not still,
    )


def _last_layer(record: Record) -> set[int]:
    """The ids of the parameters of the layer that gives the answers."""
    lineage = lineage_of(record)
    layers = [index for index in lineage.weighted() if index in lineage.to_loss()]
    return lineage.parameters_of(layers[-1]) if layers else set()


def _names(record: Record, ids: set[int]) -> set[str]:
    return {name for name, each in record.model.named_parameters() if id(each) in ids and each.ndim > 1}


def _units(weight: Tensor, turned: bool) -> Tensor:
    return weight.detach().flatten(1).T if turned else weight.detach()


def _is_constant(weight: Tensor) -> bool:
    return bool((weight == weight.flatten()[0]).all())


ZERO_INIT = Rule(
    name="zero_init",
    title="Units start equal, and stay equal",
    why=(
        "Units with the same weights give the same outputs and get the same gradients, so that they remain one unit, "
        "however wide the layer is. With zeros, layers before a zero layer get no gradient at all."
    ),
    configuration=True,
    threshold="Half of a hidden layer's units equal another one before and after the training; drawn ones never do.",
    explains=frozenset(
        {
            *("lr_too_low", "too_few_epochs", "underfit_capacity", "vanishing_gradient", "dead_relu"),
            *("class_imbalance_majority", "missing_nonlinearity", "unscaled_inputs", "saturated_activation"),
        }
    ),
    look=look,
)
