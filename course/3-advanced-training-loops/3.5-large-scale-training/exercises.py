"""Exercises of lesson 3.5, "Large-scale training": parts weighed, the time of a ring, a batch in micro-batches."""

from looplab.course.exercises import Exercise, Planted

from ._checks import check_combine, check_gradient_in_parts, check_ring_seconds

__all__ = ["EXERCISES"]


def _combine(result: str) -> str:
    return f"import torch\ndef combine(gradients, rows):\n    return {result}"


def _ring(result: str) -> str:
    return f"def ring_seconds(size, devices, bandwidth, latency):\n    return {result}"


def _parts(scale: str, *, inside: str = "pass") -> str:
    return (
        "from torch import nn\n"
        "def gradient_in_parts(model, X, y, most):\n"
        "    model.zero_grad()\n"
        "    for inputs, targets in zip(X.split(most), y.split(most)):\n"
        f"        {inside}\n"
        "        loss = nn.functional.mse_loss(model(inputs), targets)\n"
        f"        ({scale}).backward()\n"
        "    return [parameter.grad for parameter in model.parameters()]"
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
        answer="gradient_in_parts",
        check=check_gradient_in_parts,
        wrong=(
            Planted(source=_parts("loss / len(X.split(most))"), message="mean of means"),
            Planted(source=_parts("loss"), message="adds up the means"),
            Planted(
                source=_parts("loss * len(inputs) / len(X)", inside="model.zero_grad()"), message="the last part alone"
            ),
            Planted(source=_parts("loss * len(inputs)"), message="divide by the rows of all"),
            Planted(
                source="from torch import nn\n"
                "def gradient_in_parts(model, X, y, most):\n"
                "    model.zero_grad()\n"
                "    nn.functional.mse_loss(model(X), y).backward()\n"
                "    return [parameter.grad for parameter in model.parameters()]",
                message="at once",
            ),
        ),
    ),
)
