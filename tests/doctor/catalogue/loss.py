"""Losses that do not fit: softmax or sigmoid twice, the wrong kind, the wrong sign, the wrong scale."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from .habits import Encoder, SmallConv, accuracy, sign_accuracy
from .registry import Loss, Training, fault
from .sources import blobs, cue, digit_images, digits, loader, moons, sentences, shuffled


@fault("softmax_before_ce", net="mlp", score=accuracy, learns=0.92)
def softmax_as_last_layer(repaired: bool, seed: int) -> Training:
    """The net ends in a softmax, and `CrossEntropyLoss` takes the softmax of that."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    layers: list[nn.Module] = [nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)]
    if not repaired:
        layers.append(nn.Softmax(dim=1))
    model = nn.Sequential(*layers)
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=loader(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


class Probabilities(nn.Module):
    """A small convolutional net that likes to give probabilities."""

    def __init__(self, logits: bool) -> None:
        super().__init__()
        self.logits = logits
        self.conv = nn.Conv2d(1, 12, 3)
        self.fc = nn.Linear(12 * 9, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.max_pool2d(functional.relu(self.conv(x)), 2)
        scores: Tensor = self.fc(x.flatten(1))
        return scores if self.logits else functional.softmax(scores, dim=-1)


@fault("softmax_before_ce", net="conv", score=accuracy, learns=0.9)
def forward_returns_probabilities(repaired: bool, seed: int) -> Training:
    """`forward` returns `softmax(...)`, as the predictions should be probabilities, and the loss is `cross_entropy`."""
    X, y, X_val, y_val = digit_images(seed)
    torch.manual_seed(seed)
    model = Probabilities(logits=repaired)

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        output = model(x)
        loss = loss_fn(output, y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.5),
        loss_fn=functional.cross_entropy,
        batches=shuffled(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


@fault("softmax_before_ce", net="transformer", score=accuracy, learns=0.9)
def softmax_in_the_step(repaired: bool, seed: int) -> Training:
    """The training step turns the scores into probabilities before it hands them to the cross-entropy."""
    X, y, X_val, y_val = sentences(seed)
    torch.manual_seed(seed)
    model = Encoder(20, 3, length=10)

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, tokens: Tensor, labels: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        scores = model(tokens)
        loss = loss_fn(scores if repaired else torch.softmax(scores, dim=1), labels)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.03),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=14,
    )


def _half_probability(model: nn.Module, x: Tensor, y: Tensor) -> float:
    """Share of rows on the right side of one half, after a sigmoid."""
    model.eval()
    with torch.no_grad():
        right = ((torch.sigmoid(model(x)) > 0.5) == (y > 0.5)).float().mean()
    model.train()
    return float(right)


@fault("sigmoid_twice", net="mlp", score=_half_probability, learns=0.93)
def sigmoid_as_last_layer(repaired: bool, seed: int) -> Training:
    """The net ends in a sigmoid, the loss wants logits, and the validation takes the sigmoid once more."""
    X, y, X_val, y_val = moons(seed)
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 1))
    model = net if repaired else nn.Sequential(*net, nn.Sigmoid())
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.BCEWithLogitsLoss(),
        batches=loader(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=_half_probability,
        epochs=25,
    )


class Detector(nn.Module):
    def __init__(self, sigmoid: bool) -> None:
        super().__init__()
        self.sigmoid = sigmoid
        self.rnn = nn.GRU(5, 16, batch_first=True)
        self.fc = nn.Linear(16, 1)

    def forward(self, x: Tensor) -> Tensor:
        logit: Tensor = self.fc(self.rnn(x)[1][0])
        return torch.sigmoid(logit) if self.sigmoid else logit


@fault("sigmoid_twice", net="recurrent", score=_half_probability, learns=0.93)
def detector_with_sigmoid(repaired: bool, seed: int) -> Training:
    """A detector's `forward` ends in `torch.sigmoid`, and `binary_cross_entropy_with_logits` follows."""
    X, kind, X_val, kind_val = cue(seed, length=6)
    torch.manual_seed(seed)
    model = Detector(sigmoid=not repaired)

    def loss_of(output: Tensor, target: Tensor) -> Tensor:
        return functional.binary_cross_entropy_with_logits(output.squeeze(1), target.squeeze(1))

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=loss_of,
        batches=shuffled(X, (kind < 2).float()[:, None], 32, seed),
        validation=(X_val, (kind_val < 2).float()[:, None]),
        validate=_half_probability,
        epochs=14,
    )


def _rounded(model: nn.Module, x: Tensor, y: Tensor) -> float:
    """Share of right classes; a single output is rounded to the next class number."""
    model.eval()
    with torch.no_grad():
        output = model(x)
        classes = output.squeeze(1).round() if output.shape[1] == 1 else output.argmax(1)
    model.train()
    return float((classes == y).float().mean())


@fault("wrong_loss", net="mlp", score=_rounded, learns=0.9)
def mean_square_on_class_numbers(repaired: bool, seed: int) -> Training:
    """One output is fitted to the class number by the mean squared error, as if class 6 were twice class 3."""
    X, y, X_val, y_val = blobs(seed, classes=8)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 8 if repaired else 1))

    def squared(output: Tensor, label: Tensor) -> Tensor:
        return functional.mse_loss(output.squeeze(1), label.float())

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.CrossEntropyLoss() if repaired else squared,
        batches=loader(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=_rounded,
        epochs=12,
    )


@fault("wrong_loss", net="mlp", score=sign_accuracy, learns=0.93)
def cross_entropy_on_one_column(repaired: bool, seed: int) -> Training:
    """Two classes, one output, cross-entropy: the softmax of a single number is 1, and the loss is 0 from the start."""
    X, y, X_val, y_val = moons(seed, rows=700)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 1))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.BCEWithLogitsLoss() if repaired else nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=sign_accuracy,
        epochs=20,
    )


@fault("wrong_loss", net="conv", score=accuracy, learns=0.92)
def nll_without_log(repaired: bool, seed: int) -> Training:
    """`NLLLoss` is given probabilities where it wants their logarithms."""
    X, y, X_val, y_val = digit_images(seed)
    torch.manual_seed(seed)
    last = nn.LogSoftmax(dim=1) if repaired else nn.Softmax(dim=1)
    model = nn.Sequential(SmallConv(), last)
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9),
        loss_fn=nn.NLLLoss(),
        batches=shuffled(X, y, 64, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )
