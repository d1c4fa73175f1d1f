"""BatchNorm over too few rows."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from .habits import accuracy, r_squared
from .registry import Loss, Training, fault
from .sources import digit_images, friedman, shuffled


class Normed(nn.Module):
    """Convolutions with a norm behind each: over the batch, or over groups of channels of each row."""

    def __init__(self, groups: int | None = None) -> None:
        super().__init__()
        self.conv1, self.conv2, self.hidden = (
            nn.Conv2d(1, 8, 3, padding=1),
            nn.Conv2d(8, 16, 3, padding=1),
            nn.Linear(64, 32),
        )
        self.bn1: nn.Module = nn.GroupNorm(groups, 8) if groups else nn.BatchNorm2d(8)
        self.bn2: nn.Module = nn.GroupNorm(groups, 16) if groups else nn.BatchNorm2d(16)
        self.bn3: nn.Module = nn.GroupNorm(groups, 32) if groups else nn.BatchNorm1d(32)
        self.out = nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.max_pool2d(functional.relu(self.bn1(self.conv1(x))), 2)
        x = functional.max_pool2d(functional.relu(self.bn2(self.conv2(x))), 2)
        x = functional.relu(self.bn3(self.hidden(x.flatten(1))))
        scores: Tensor = self.out(x)
        return scores


@fault("batchnorm_tiny_batch", net="conv", score=accuracy, learns=0.85)
def two_images_a_batch(repaired: bool, seed: int) -> Training:
    """Batches of two images, for want of memory, through BatchNorm: the mean of two rows is no mean."""
    X, y, X_val, y_val = digit_images(seed)
    torch.manual_seed(seed)
    model = Normed(groups=4 if repaired else None)

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.003),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X[:500], y[:500], 2, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=4,
    )


@fault("batchnorm_tiny_batch", net="mlp", score=r_squared, learns=0.8)
def pairs_of_rows(repaired: bool, seed: int) -> Training:
    """With two rows in a batch, a normalized feature is 1 or -1 whatever it was."""
    X, y, X_val, y_val = friedman(seed)
    torch.manual_seed(seed)

    def normed(width: int) -> nn.Module:
        return nn.LayerNorm(width) if repaired else nn.BatchNorm1d(width)

    model = nn.Sequential(nn.Linear(10, 32), normed(32), nn.ReLU(), nn.Linear(32, 16), normed(16), nn.ReLU())
    model.append(nn.Linear(16, 1))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.003),
        loss_fn=nn.MSELoss(),
        batches=shuffled(X[:674], y[:674], 2, seed),
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=6,
    )
