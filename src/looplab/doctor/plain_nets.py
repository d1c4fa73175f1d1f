"""Plain nets of a given width that are trained in a model's place, to tell whether width is what it lacks."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

__all__ = ["PlainNet"]

MOST_WORDS = 16


class PlainNet(nn.Module):
    """ReLU layers over all numbers of a row, or a GRU whose states are averaged over time.

    Args:
        inputs: rows (N, …) that it is made for; numbers are standardized by these, whole ones read by an embedding.
        shape: of a row's answers.
        width: of each hidden layer.
        depth: number of hidden layers.
        over_time: whether rows are sequences (T, …), through which a GRU goes.
        ending: what the model's answers end with: "softmax", "log_softmax", "sigmoid", or anything else for nothing.
    """

    mean: Tensor
    spread: Tensor

    def __init__(
        self, inputs: Tensor, shape: torch.Size, *, width: int, depth: int, over_time: bool, ending: str
    ) -> None:
        super().__init__()
        self.shape, self.ending, self.words = shape, ending, None
        if inputs.is_floating_point():
            self.register_buffer("mean", inputs.mean(dim=0))
            self.register_buffer("spread", inputs.std(dim=0).clamp(min=1e-6))
        else:
            self.words = nn.Embedding(int(inputs.max()) + 1, min(MOST_WORDS, width))
        self.over_time = over_time
        features = self._features(inputs[:1]).shape[-1]
        self.through_time = nn.GRU(features, width, batch_first=True) if over_time else None
        sizes = [width] if over_time else [features, *([width] * depth)]
        self.hidden = nn.ModuleList(nn.Linear(one, other) for one, other in pairwise(sizes))
        self.last = nn.Linear(width, max(1, math.prod(shape)))

    def _features(self, x: Tensor) -> Tensor:
        rows = (x - self.mean) / self.spread if self.words is None else self.words(x)
        if self.over_time:
            return rows.flatten(2) if rows.ndim > 2 else rows[..., None]
        return rows.flatten(1) if rows.ndim > 1 else rows[:, None]

    def forward(self, x: Tensor, *_: object) -> Tensor:
        """The answers."""
        rows = self._features(x)
        if self.through_time is not None:
            rows = self.through_time(rows)[0].mean(dim=1)
        for layer in self.hidden:
            rows = torch.relu(layer(rows))
        answers: Tensor = self.last(rows).reshape(len(x), *self.shape)
        if self.ending in {"softmax", "log_softmax"}:
            return getattr(torch, self.ending)(answers, dim=1)  # type: ignore[no-any-return]  # torch's own
        return torch.sigmoid(answers) if self.ending == "sigmoid" else answers
