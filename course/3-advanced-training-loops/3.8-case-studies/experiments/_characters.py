"""A small transformer that predicts the next character of PyTorch's own documentation.

The text is what `torch.nn`, its `functional` and `torch.optim` say of themselves, so it lies on every machine that has
PyTorch: words in lower case, full stops and commas. Many sentences stand there more than once, so that windows held out
are new in part only.
"""

import math
import re
from functools import lru_cache

import torch
from torch import Tensor, nn

from looplab import Dataset

__all__ = ["ALPHABET", "CONTEXT", "Transformer", "learned_and_new", "loss"]

ALPHABET = " .,abcdefghijklmnopqrstuvwxyz"
CONTEXT, HELD_OUT = 16, 2048


@lru_cache
def learned_and_new() -> tuple[Dataset, Dataset]:
    """Windows of 17 characters to learn from, and 2,048 others; the target of a log-probability is 0, certainty."""
    said = dict.fromkeys(
        str(thing.__doc__)
        for module in (nn, nn.functional, torch.optim)
        for _, thing in sorted(vars(module).items())
        if callable(thing) and thing.__doc__ and str(getattr(thing, "__module__", "")).startswith("torch")
    )
    text = " ".join(re.findall(r"[a-z]+|[.,]", "\n".join(said).lower()))
    codes = torch.tensor([ALPHABET.index(character) for character in text])
    windows = codes[: len(codes) // (CONTEXT + 1) * (CONTEXT + 1)].reshape(-1, CONTEXT + 1)
    order = torch.randperm(len(windows), generator=torch.Generator().manual_seed(0))
    every = Dataset(
        name="PyTorch's documentation",
        inputs=windows[order],
        targets=torch.zeros(len(windows), CONTEXT),
        task="regression",
        feature_names=tuple(f"character {place}" for place in range(CONTEXT + 1)),
        target_names=tuple(f"log-probability of character {place}" for place in range(1, CONTEXT + 1)),
    )
    rows = torch.arange(len(every))
    return every.subset(rows[HELD_OUT:]), every.subset(rows[:HELD_OUT])


def loss(log_probabilities: Tensor, certainty: Tensor) -> Tensor:
    """Cross-entropy of each character, in nats; both arguments are B×T, and certainty is 0."""
    return certainty - log_probabilities


class Transformer(nn.Module):
    """One block: attention to what came before, then a hidden layer, each added to its input."""

    def __init__(self, width: int, heads: int = 2) -> None:
        super().__init__()
        self.heads = heads
        self.token, self.place = nn.Embedding(len(ALPHABET), width), nn.Embedding(CONTEXT, width)
        self.norm_1, self.norm_2, self.norm_3 = (nn.LayerNorm(width) for _ in range(3))
        self.queries_keys_values, self.mix = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.hidden, self.back = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.output = nn.Linear(width, len(ALPHABET))

    def attend(self, h: Tensor) -> Tensor:
        """For each place, a mean of the values at it and before it, weighted by how well keys fit its query."""
        rows, places, width = h.shape
        parts = self.queries_keys_values(h).reshape(rows, places, 3, self.heads, width // self.heads)
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)
        fit = queries @ keys.transpose(-2, -1) / math.sqrt(width // self.heads)
        later = torch.ones(places, places, dtype=torch.bool).triu(1)
        seen: Tensor = fit.masked_fill(later, -math.inf).softmax(dim=-1) @ values
        return seen.transpose(1, 2).reshape(rows, places, width)

    def forward(self, windows: Tensor) -> Tensor:
        """The log-probability of each character after the first, B×T, from codes of shape B×(T + 1)."""
        h = self.token(windows[:, :-1]) + self.place.weight
        h = h + self.mix(self.attend(self.norm_1(h)))
        h = h + self.back(nn.functional.gelu(self.hidden(self.norm_2(h))))
        scores = self.output(self.norm_3(h)).log_softmax(dim=-1)
        return torch.as_tensor(scores.gather(-1, windows[:, 1:, None]).squeeze(-1))
