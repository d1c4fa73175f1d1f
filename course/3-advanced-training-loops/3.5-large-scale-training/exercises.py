"""Exercises of lesson 3.5, "Large-scale training": parts weighed, the time of a ring, a batch in micro-batches."""

from looplab.course.exercises import Exercise, Planted

from ._checks import check_backward_in_parts, check_combine, check_ring_seconds

__all__ = ["EXERCISES"]


def _combine(result: str) -> str:
    return f"import torch\ndef combine(gradients, rows):\n    return {result}"


def _ring(result: str) -> str:
    return f"def ring_seconds(size, devices, bandwidth, latency):\n    return {result}"


def _parts(scale: str, *, before: str = "model.zero_grad()", inside: str = "pass", data: str = "X.split(most)") -> str:
    return (
        "from torch import nn\n"
        "def backward_in_parts(model, X, y, most):\n"
        f"    {before}\n"
        f"    for inputs, targets in zip({data}, y.split(most)):\n"
        f"        {inside}\n"
        "        loss = nn.functional.mse_loss(model(inputs), targets)\n"
        f"        ({scale}).backward()"
    )


EXERCISES = (
    Exercise(
        id="3.5.1",
        title="Weigh the parts",
        answer="combine",
        check=check_combine,
        wrong=(
            Planted(source=_combine("sum(gradients) / len(gradients)"), message="mean of means"),
            Planted(source=_combine("sum(gradients)"), message="adds the gradients up"),
            Planted(
                source=_combine("sum(n * g for g, n in zip(gradients, rows))"), message="divide by the rows of all"
            ),
            Planted(
                source=_combine("sum(n * g for g, n in zip(gradients, rows)) / len(gradients)"),
                message="divides by the number of processes",
            ),
            Planted(
                source=_combine("sum(g / n for g, n in zip(gradients, rows) if n) / sum(1 / n for n in rows if n)"),
                message="the wrong way round",
            ),
        ),
    ),
    Exercise(
        id="3.5.2",
        title="The time of a ring",
        answer="ring_seconds",
        check=check_ring_seconds,
        wrong=(
            Planted(source=_ring("(devices - 1) * (latency + size / (devices * bandwidth))"), message="travel once"),
            Planted(
                source=_ring("2 * devices * (latency + size / (devices * bandwidth))"), message="one round too many"
            ),
            Planted(source=_ring("2 * (devices - 1) * (latency + size / bandwidth)"), message="the whole vector"),
            Planted(source=_ring("2 * (devices - 1) * size / (devices * bandwidth)"), message="begin a message"),
            Planted(source=_ring("latency + 2 * (devices - 1) * size / (devices * bandwidth)"), message="once in all"),
        ),
    ),
    Exercise(
        id="3.5.3",
        title="A batch in micro-batches",
        answer="backward_in_parts",
        check=check_backward_in_parts,
        wrong=(
            Planted(source=_parts("loss / len(X.split(most))"), message="mean of means"),
            Planted(source=_parts("loss"), message="adds up the means"),
            Planted(source=_parts("loss * len(inputs) / len(X)", before="pass"), message="stood in .grad before"),
            Planted(
                source=_parts("loss * len(inputs) / len(X)", inside="model.zero_grad()"), message="the last part alone"
            ),
            Planted(source=_parts("loss * len(inputs)"), message="divide by the rows of all"),
            Planted(
                source="from torch import nn\n"
                "def backward_in_parts(model, X, y, most):\n"
                "    model.zero_grad()\n"
                "    nn.functional.mse_loss(model(X), y).backward()",
                message="at once",
            ),
        ),
    ),
)
