"""All kinds of readings, by the name used for each in files."""

from typing import Any

from looplab.data.readings.boolean import BooleanReading
from looplab.data.readings.category import CategoryReading
from looplab.data.readings.dates import ClockReading, DateReading, DurationReading
from looplab.data.readings.number import NumberReading
from looplab.data.readings.reading import Reading

__all__ = ["KINDS", "reading_from_json"]

KINDS: dict[str, type[Reading]] = {
    kind.kind: kind
    for kind in (NumberReading, BooleanReading, CategoryReading, DateReading, ClockReading, DurationReading)
}


def reading_from_json(data: dict[str, Any]) -> Reading:
    """Restore a reading from what `Reading.to_json` gave.

    Raises:
        ValueError: another kind, fields that it does not have, or of other types.
    """
    if str(data.get("kind")) not in KINDS:
        raise ValueError(f"{data.get('kind')!r} is no kind of reading")
    fields = {name: value for name, value in data.items() if name != "kind"}
    return KINDS[data["kind"]].from_json(fields)
