"""Measures what the live figure of lesson 3.9 shows: errors on digits 5 to 9 from few labels, 32 seeds a point.

Writes `few-labels.json` beside the figure; on one core it takes about a minute.
"""

import json

from looplab.content import lesson_folders, load_module
from looplab.files import write_whole

LESSON = lesson_folders()["3.9"]
SEEDS, HELD_OUT = 32, 600
LABELS = (5, 10, 20, 30, 50, 100, 200)
CURVES = (
    "scratch",
    *(f"{way} {before}" for before in ("labels", "images") for way in ("frozen", "fine-tuned", "adapter")),
)


def main() -> None:
    """Train all, and write how many of the 600 new digits each network gets wrong."""
    transfer = load_module(LESSON / "experiments" / "_transfer.py")
    wrong = {}
    for curve in CURVES:
        way, _, before = curve.partition(" ")
        wrong[curve] = [
            [round(transfer.error(seed, way, labels, before or "labels") * HELD_OUT / 100) for seed in range(SEEDS)]
            for labels in LABELS
        ]
    shown = {"labels": LABELS, "seeds": SEEDS, "rows": HELD_OUT, "wrong": wrong}
    write_whole(LESSON / "figures" / "few-labels.json", json.dumps(shown, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
