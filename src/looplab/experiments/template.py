"""An experiment to begin with: a file that runs as it is, for its author to change."""

from pathlib import Path

from looplab.errors import ExperimentError
from looplab.experiments.ids import require_id
from looplab.files import write_new

__all__ = ["new_experiment"]

_TEMPLATE = '''"""What the experiment compares, and how the numbers in it were chosen."""

from looplab import Recipe, load, mlp
from looplab.experiments import Arm, Experiment, measures, rules

STEPS = 200


def arm(name: str, lr: float) -> Arm:
    """A network of eight hidden units on the moons; with one seed all arms start from the same parameters."""
    return Arm(
        name=name,
        model=lambda: mlp(2, [8], 1),
        dataset=lambda: load("moons"),
        recipe=Recipe(optimizer="adam", lr=lr, steps=STEPS),
        record_every=STEPS,
    )


experiment = Experiment(
    id="{id}",
    question="Does a larger learning rate lower the loss on the moons within 200 steps?",
    claim="After 200 steps of Adam on the moons, a learning rate of 0.1 ends with a lower loss than 0.01.",
    arms=(arm("lr 0.01", 0.01), arm("lr 0.1", 0.1)),
    measure=measures.final_loss,
    measured="training loss after 200 steps (nats)",
    verdict=(rules.lower("lr 0.1", than="lr 0.01", paired=True),),
    logarithmic=True,
)
'''


def new_experiment(id: str, folder: str | Path = ".") -> Path:  # noqa: A002  # the word everyone uses
    """Write a file with an experiment that runs, to be changed into another.

    Args:
        id: the experiment's: lower-case words with hyphens. The file gets this name, with underscores.
        folder: where to put the file; missing folders are made.

    Returns:
        The file's path.

    Raises:
        ExperimentError: a malformed id, a file that exists already, or a place that cannot be written.
    """
    require_id(id)
    path = Path(folder) / f"{id.replace('-', '_')}.py"
    try:
        is_new = write_new(path, _TEMPLATE.replace("{id}", id))
    except OSError as error:
        raise ExperimentError(str(path), expected="a place that can be written", got=str(error.strerror)) from None
    if not is_new:
        raise ExperimentError(str(path), expected="a new file", got="one that exists", fix="Choose another id.")
    return path
