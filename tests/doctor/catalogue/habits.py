"""What people write again and again: the usual validation functions, and small nets of each kind.

Cases use them where they are beside the point, and write their own where they are not.
"""

import torch
from sklearn.metrics import balanced_accuracy_score, r2_score
from torch import Tensor, nn
from torch.nn import functional


def accuracy(model: nn.Module, x: Tensor, y: Tensor) -> float:
    """Share of rows whose largest output is their class."""
    model.eval()
    with torch.no_grad():
        right: float = (model(x).argmax(-1) == y).float().mean().item()
    model.train()
    return right


def sign_accuracy(model: nn.Module, x: Tensor, y: Tensor) -> float:
    """Share of rows whose single logit has the sign of their class."""
    model.eval()
    with torch.no_grad():
        right: float = ((model(x) > 0) == (y > 0.5)).float().mean().item()
    model.train()
    return right


def r_squared(model: nn.Module, x: Tensor, y: Tensor) -> float:
    """Share of the targets' variance that is explained."""
    model.eval()
    with torch.no_grad():
        outputs = model(x)
    model.train()
    if not (outputs.abs() < 1e15).all():  # NaN is not below it, either
        return float("-inf")
    return float(r2_score(y.numpy(), outputs.numpy()))


def balanced_accuracy(model: nn.Module, x: Tensor, y: Tensor) -> float:
    """Mean over the two classes of the share that is found, for a single logit."""
    model.eval()
    with torch.no_grad():
        found = model(x) > 0
    model.train()
    return float(balanced_accuracy_score(y.flatten().numpy() > 0.5, found.flatten().numpy()))


class SmallConv(nn.Module):
    """Two convolutions with pooling and a linear layer, for images of 8 x 8."""

    def __init__(self, channels: int = 1, classes: int = 10, width: int = 8) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, 2 * width, 3, padding=1)
        self.fc = nn.Linear(2 * width * 4, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.max_pool2d(functional.relu(self.conv1(x)), 2)
        x = functional.max_pool2d(functional.relu(self.conv2(x)), 2)
        logits: Tensor = self.fc(x.flatten(1))
        return logits


class LastStep(nn.Module):
    """A GRU over (N, T, F) and a linear layer on its last state."""

    def __init__(self, features: int, outputs: int, hidden: int = 24) -> None:
        super().__init__()
        self.rnn = nn.GRU(features, hidden, batch_first=True)
        self.head = nn.Linear(hidden, outputs)

    def forward(self, x: Tensor) -> Tensor:
        _, last = self.rnn(x)
        logits: Tensor = self.head(last[-1])
        return logits


class Encoder(nn.Module):
    """Word and place embeddings, one transformer layer, and a linear layer on the mean or on the first place."""

    def __init__(self, words: int, classes: int, length: int, width: int = 24, pool: str = "mean") -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(words, width), nn.Parameter(0.1 * torch.randn(length, width))
        self.layer = nn.TransformerEncoderLayer(width, 2, 2 * width, dropout=0.0, batch_first=True)
        self.head, self.pool = nn.Linear(width, classes), pool

    def forward(self, tokens: Tensor) -> Tensor:
        states = self.layer(self.words(tokens) + self.places)
        logits: Tensor = self.head(states.mean(1) if self.pool == "mean" else states[:, 0])
        return logits
