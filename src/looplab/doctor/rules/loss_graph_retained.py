"""Losses are kept with their graphs."""

from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["LOSS_GRAPH_RETAINED"]

LEAST = 8
"""Graphs alive at once: a healthy loop has one or two."""


def look(record: Record) -> Sign | None:
    """Counts the losses whose graphs are still in memory after a step."""
    if record.parts is None:
        return _watched(record)
    alive = [step.graphs_alive for step in record.steps]
    per_epoch = max(
        (sum(step.epoch == each for step in record.steps) for each in {s.epoch for s in record.steps}), default=0
    )
    most = max(alive, default=0)
    if most < min(LEAST, max(3, len(alive) - 1)) or most < 0.5 * per_epoch:
        return None
    return _sign(alive.index(most) + 1, most, alive)


def _watched(record: Record) -> Sign | None:
    """Of a loop that is watched, whose epochs are not known: whether most losses were kept at any time."""
    most, steps = record.graphs_kept
    return _sign(steps, most, [step.graphs_alive for step in record.steps]) if most >= LEAST else None


def _sign(steps: int, most: int, alive: list[int]) -> Sign:
    return Sign(
        evidence=f"After {steps} steps, the graphs of {most} losses are still in memory.",
        fix="losses.append(loss.item())  # or total += loss.item(): a number has no graph",
        confidence=0.95,
        series={"graphs in memory": [float(each) for each in alive]},
    )


LOSS_GRAPH_RETAINED = Rule(
    name="loss_graph_retained",
    title="Losses are kept together with their graphs",
    why="A loss tensor holds on to all that it was computed from, so that memory grows with each step.",
    configuration=True,
    threshold=(
        "At least 8 graphs alive at once, and as many as half of an epoch's steps (of a loop that is watched: of all "
        "steps so far); a healthy loop has one or two."
    ),
    look=look,
)
