"""Faults between the last layer and the loss."""

from typing import Any

import torch
from sklearn.datasets import load_breast_cancer, load_digits
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from .data import commonest, cut, drawn_shapes, load_of_a_town, minibatches, table, tides, tongues, vibrations
from .metrics import accuracy, found, log_odds_likelihood, r2
from .proof import Run
from .training import Training, broken


class ShapeNet(nn.Module):
    """Two convolutions and a head."""

    def __init__(self, probabilities: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 12, 3)
        self.fc = nn.Linear(12 * 4 * 4, 4)
        self.probabilities = probabilities

    def forward(self, x: Any) -> Any:
        x = functional.relu(self.conv1(x))
        x = functional.max_pool2d(functional.relu(self.conv2(x)), 2)
        x = self.fc(x.flatten(1))
        return functional.softmax(x, dim=1) if self.probabilities else x


@broken(
    "softmax_before_ce",
    net="conv",
    what="pictures of shapes; forward ends in functional.softmax, and nn.CrossEntropyLoss follows",
    honest=accuracy,
    learns=0.85,
    by=0.1,
)
def shapes_as_probabilities(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*drawn_shapes(700, seed), 500)
    model = ShapeNet(probabilities=not repaired)
    loader = DataLoader(TensorDataset(x, y), batch_size=25, shuffle=True)

    def validate(model: Any, x: Any, y: Any) -> float:
        model.eval()
        with torch.no_grad():
            return float((model(x).argmax(1) == y).float().mean())

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.6),
        loss_fn=nn.CrossEntropyLoss(),
        batches=lambda: loader,
        validation=(xv, yv),
        validate=validate,
        epochs=8,
    )


class TongueLSTM(nn.Module):
    """Embedding, LSTM, mean over the letters that are there, head."""

    def __init__(self, *last: nn.Module) -> None:
        super().__init__()
        self.letters = nn.Embedding(13, 12, padding_idx=0)
        self.lstm = nn.LSTM(12, 24, batch_first=True)
        self.head = nn.Sequential(nn.Linear(24, 9), *last)

    def forward(self, words: Any) -> Any:
        states, _ = self.lstm(self.letters(words))
        there = (words > 0).unsqueeze(-1).float()
        return self.head((states * there).sum(1) / there.sum(1))


@broken(
    "softmax_before_ce",
    net="recurrent",
    what="words of nine tongues; the LSTM's head holds nn.Softmax, the step calls functional.cross_entropy",
    honest=accuracy,
    learns=0.65,
    by=0.1,
)
def tongues_by_softmaxed_lstm(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*tongues(1000, seed, kinds=9), 750)
    model = TongueLSTM() if repaired else TongueLSTM(nn.Softmax(dim=-1))

    def training_step(net: Any, opt: Any, criterion: Any, words: Any, tongue: Any) -> Any:
        net.train()
        scores = net(words)
        loss = criterion(scores, tongue)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
        return loss.detach()

    def right(net: Any, words: Any, tongue: Any) -> float:
        net.eval()
        with torch.inference_mode():
            return 100 * float((net(words).argmax(dim=1) == tongue).sum()) / len(tongue)

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3),
        loss_fn=functional.cross_entropy,
        batches=minibatches(x, y, 30, seed),
        step=training_step,
        validation=(xv, yv),
        validate=right,
        epochs=8,
    )


@broken(
    "sigmoid_twice",
    net="conv",
    what="knocks in a machine's hum; nn.Sigmoid closes the Conv1d stack, the loss is BCEWithLogitsLoss",
    honest=log_odds_likelihood,
    learns=-0.25,
    by=0.15,
)
def knocks_sigmoid_twice(*, repaired: bool, seed: int) -> Training:
    series, kind = vibrations(700, seed)
    x, y, xv, yv = cut(series[:, None], (kind == 1).float()[:, None], 500)
    model = nn.Sequential(
        nn.Conv1d(1, 8, 7, padding=3),
        nn.ReLU(),
        nn.MaxPool1d(2),
        nn.Conv1d(8, 8, 5),
        nn.ReLU(),
        nn.AdaptiveMaxPool1d(2),
        nn.Flatten(),
        nn.Linear(16, 1),
    )
    if not repaired:
        model.append(nn.Sigmoid())

    def validate(model: Any, x: Any, y: Any) -> float:
        with torch.no_grad():
            border = 0.0 if repaired else 0.5
            return float(((model.eval()(x) > border) == (y > 0)).float().mean())

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.004),
        loss_fn=nn.BCEWithLogitsLoss(),
        batches=minibatches(x, y, 32, seed),
        validation=(xv, yv),
        validate=validate,
        epochs=10,
    )


class LettersInWord(nn.Module):
    """A small transformer: which of the first four letters does the word hold?"""

    def __init__(self, squash: bool) -> None:
        super().__init__()
        self.embed = nn.Embedding(13, 16, padding_idx=0)
        self.encoder = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
        self.out = nn.Linear(16, 4)
        self.squash = squash

    def forward(self, words: Any) -> Any:
        padding = words == 0
        h = self.encoder(self.embed(words), src_key_padding_mask=padding)
        h = h.masked_fill(padding[..., None], -1e9).amax(1)
        return self.out(h).sigmoid() if self.squash else self.out(h)


@broken(
    "sigmoid_twice",
    net="transformer",
    what="which letters a padded word holds, several at once; sigmoid in forward and again in the loss",
    honest=log_odds_likelihood,
    learns=-0.3,
    by=0.2,
)
def letters_sigmoid_twice(*, repaired: bool, seed: int) -> Training:
    words, _ = tongues(700, seed)
    holds = torch.stack([(words == letter).any(1) for letter in range(1, 5)], 1).float()
    x, y, xv, yv = cut(words, holds, 500)
    model = LettersInWord(squash=not repaired)

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = loss_fn(model.train()(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=functional.binary_cross_entropy_with_logits,
        batches=minibatches(x, y, 25, seed),
        step=step,
        validation=(xv, yv),
        epochs=8,
    )


@broken(
    "output_activation_range",
    net="mlp",
    what="a town's electric load in standard units; ReLU after the last layer, half of the targets are negative",
    honest=r2,
    learns=0.8,
    by=0.15,
)
def load_behind_relu(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*load_of_a_town(900, seed), 600)

    class LoadNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two, self.three = nn.Linear(4, 40), nn.Linear(40, 40), nn.Linear(40, 1)

        def forward(self, x: Any) -> Any:
            for layer in (self.one, self.two):
                x = torch.relu(layer(x))
            return self.three(x) if repaired else torch.relu(self.three(x))

    model = LoadNet()

    def validate(model: Any, x: Any, y: Any) -> float:
        with torch.no_grad():
            return -float(functional.mse_loss(model.eval()(x), y))

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.003),
        loss_fn=functional.mse_loss,
        batches=minibatches(x, y, 20, seed),
        validation=(xv, yv),
        validate=validate,
        epochs=12,
    )


class TideLSTM(nn.Module):
    """Next level of the tide."""

    def __init__(self, bounded: bool) -> None:
        super().__init__()
        self.rnn = nn.LSTM(1, 20, batch_first=True)
        self.level = nn.Linear(20, 1)
        self.bounded = bounded

    def forward(self, x: Any) -> Any:
        _, (h, _) = self.rnn(x)
        level = self.level(h[-1])
        return torch.sigmoid(level) if self.bounded else level


@broken(
    "output_activation_range",
    net="recurrent",
    what="tides between -2.5 and 2.5 forecast through a sigmoid",
    honest=r2,
    learns=0.8,
    by=0.3,
)
def tides_through_sigmoid(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*tides(600, seed), 450)
    model = TideLSTM(bounded=not repaired)

    def validate(model: Any, x: Any, y: Any) -> float:
        model.eval()
        with torch.no_grad():
            error = ((model(x) - y) ** 2).mean()
        return float(1 - error / y.var())

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 30, seed),
        validation=(xv, yv),
        validate=validate,
        epochs=12,
    )


def _alone(run: Run) -> float:
    """Share of right answers where each row is asked about by itself."""
    x, y = run.training.validation or (torch.zeros(0), torch.zeros(0))
    with torch.no_grad():
        return accuracy(torch.cat([run.training.model(row[None]) for row in x]), y)


@broken(
    "softmax_wrong_dim",
    net="conv",
    what="digits; log_softmax over dim 0, the batch, before NLLLoss: a picture by itself is always called 0",
    honest=accuracy,
    learns=0.85,
    shows=lambda faulty, twin: _alone(twin) > _alone(faulty) + 0.5,
)
def digits_log_softmax_over_batch(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = table(load_digits, seed, scaled=False, held_out=0.5)
    x, xv = x.reshape(-1, 1, 8, 8) / 16, xv.reshape(-1, 1, 8, 8) / 16

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 10, 3)
            self.fc1 = nn.Linear(10 * 3 * 3, 32)
            self.fc2 = nn.Linear(32, 10)

        def forward(self, x: Any) -> Any:
            x = functional.relu(functional.max_pool2d(self.conv(x), 2))
            x = functional.relu(self.fc1(x.view(len(x), -1)))
            return functional.log_softmax(self.fc2(x), dim=1 if repaired else 0)

    model = Net()

    def step(model: Any, optimizer: Any, loss_fn: Any, data: Any, target: Any) -> Any:
        model.train()
        optimizer.zero_grad()
        output = model(data)
        loss = loss_fn(output, target)
        loss.backward()
        optimizer.step()
        return loss.item()

    def validate(model: Any, data: Any, target: Any) -> float:
        model.eval()
        with torch.no_grad():
            pred = model(data).argmax(dim=1, keepdim=True)
            return float(pred.eq(target.view_as(pred)).sum().item()) / len(target)

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.8),
        loss_fn=nn.NLLLoss(),
        batches=minibatches(x, y, 32, seed),
        step=step,
        validation=(xv, yv),
        validate=validate,
        epochs=14,
    )


class OwnAttention(nn.Module):
    """Attention written by hand, over the letters of a word."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.embed, self.place = nn.Embedding(13, 16), nn.Parameter(0.1 * torch.randn(16, 16))
        self.q, self.k, self.v = nn.Linear(16, 16), nn.Linear(16, 16), nn.Linear(16, 16)
        self.norm, self.out = nn.LayerNorm(16), nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 3))
        self.dim = dim

    def forward(self, words: Any) -> Any:
        h = self.embed(words) + self.place
        scores = self.q(h) @ self.k(h).transpose(1, 2) / 4
        scores = scores.masked_fill((words == 0)[:, None, :], -1e4)
        h = self.norm(h + scores.softmax(dim=self.dim) @ self.v(h))
        return self.out(h[:, 0])


@broken(
    "softmax_wrong_dim",
    net="transformer",
    what="which of three letters comes most often, by attention of one's own whose softmax runs over the batch",
    honest=accuracy,
    learns=0.75,
    by=0.15,
)
def attention_over_batch(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*commonest(1300, seed), 1100)
    model = OwnAttention(dim=-1 if repaired else 0)

    def validate(model: Any, x: Any, y: Any) -> float:
        model.eval()
        with torch.no_grad():
            return accuracy(model(x), y)

    return Training(
        model=model,
        optimizer=torch.optim.AdamW(model.parameters(), lr=5e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 30, seed),
        validation=(xv, yv),
        validate=validate,
        epochs=14,
    )


@broken(
    "nan_loss",
    net="mlp",
    what="tumours; the author's own log-loss takes the log of a float32 sigmoid that reaches 0 and 1",
    honest=found,
    learns=0.9,
    by=0.2,
)
def tumours_log_of_zero(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = table(load_breast_cancer, seed)
    model = nn.Sequential(nn.Linear(30, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh())
    answer = nn.Linear(64, 1)
    answer.weight.data.mul_(30)
    model.append(answer)

    def log_loss(logit: Tensor, y: Tensor) -> Tensor:
        p = torch.sigmoid(logit).squeeze(1)
        if repaired:
            p = p.clamp(1e-6, 1 - 1e-6)
        return -(y * p.log() + (1 - y) * (1 - p).log()).mean()

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05),
        loss_fn=log_loss,
        batches=minibatches(x, y.float(), 16, seed),
        validation=(xv, yv[:, None].float()),
        epochs=15,
    )
