"""The optimizer holds parameters that are not the model's, or not all of them."""

from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["OPTIMIZER_WRONG_PARAMS"]


def look(record: Record) -> Sign | None:
    """Compares the optimizer's parameters with those of the model that can be trained."""
    held = {id(parameter) for group in record.optimizer.param_groups for parameter in group["params"]}
    trainable = [(name, each) for name, each in record.model.named_parameters() if each.requires_grad]
    missing = [name for name, each in trainable if id(each) not in held]
    if not missing or not trainable:
        return None
    others = len(held - {id(each) for each in record.model.parameters()})
    which = "none" if len(missing) == len(trainable) else f"{len(trainable) - len(missing)}"
    evidence = f"The optimizer holds {which} of the model's {len(trainable)} parameters"
    evidence += f" and {others} that belong to another model" if others else ""
    kind = type(record.optimizer).__name__
    shown = ", ".join(missing[:4]) + (" …" if len(missing) > 4 else "")
    return Sign(
        evidence=f"{evidence}; it lacks {shown}.",
        fix=f"optimizer = torch.optim.{kind}(model.parameters(), …), once the model is made",
        confidence=0.98,
    )


OPTIMIZER_WRONG_PARAMS = Rule(
    name="optimizer_wrong_params",
    title="The optimizer does not hold the model's parameters",
    why="A parameter that the optimizer does not hold keeps its first value, however large its gradient is.",
    configuration=True,
    threshold="Any trainable parameter that is missing; no number is involved.",
    explains=frozenset({"lr_too_low", "no_optimizer_step", "underfit_capacity", "too_few_epochs", "frozen_layers"}),
    look=look,
)
