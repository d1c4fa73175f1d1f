"""Faults of the start weights, and of gradients on their way through depth and time."""

import itertools
from typing import Any

import torch
from sklearn.datasets import load_digits, load_wine
from torch import nn
from torch.nn import functional

from .data import (
    arm,
    checkers,
    cut,
    drawn_shapes,
    first_sign,
    load_of_a_town,
    minibatches,
    table,
    tides,
    tongues,
    vibrations,
)
from .metrics import accuracy, r2
from .optimizers import share_right
from .rates import explained
from .training import Training, broken


@broken(
    "zero_init",
    net="mlp",
    what="digits; model.apply sets all weights and biases to zero",
    honest=accuracy,
    learns=0.9,
    by=0.3,
)
def digits_from_zero(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = table(load_digits, seed, scaled=False)
    model = nn.Sequential(nn.Linear(64, 40), nn.ReLU(), nn.Linear(40, 10))

    def init_weights(m: nn.Module) -> None:
        if isinstance(m, nn.Linear):
            if repaired:
                nn.init.kaiming_uniform_(m.weight, nonlinearity="relu")
            else:
                nn.init.zeros_(m.weight)
            nn.init.zeros_(m.bias)

    model.apply(init_weights)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x / 16, y, 32, seed),
        validation=(xv / 16, yv),
        validate=share_right,
        epochs=8,
    )


@broken(
    "zero_init",
    net="recurrent",
    what="all weights of an LSTM set to the same 0.05, so that its 16 units are one",
    honest=accuracy,
    learns=0.9,
    by=0.15,
)
def lstm_of_one_unit(*, repaired: bool, seed: int) -> Training:
    series, kind = vibrations(600, seed)
    x, y, xv, yv = cut(series.reshape(600, 8, 4), kind, 450)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.fc = nn.LSTM(4, 16, batch_first=True), nn.Linear(16, 3)
            if not repaired:
                for name, weight in self.named_parameters():
                    nn.init.constant_(weight, 0.05 if "weight" in name else 0.0)

        def forward(self, x: Any) -> Any:
            states, _ = self.lstm(x)
            return self.fc(states.mean(1))

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=functional.cross_entropy,
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=15,
    )


@broken(
    "zero_init",
    net="conv",
    what="shapes; every filter starts as the same blur of 1/9",
    honest=accuracy,
    learns=0.9,
    by=0.15,
)
def shapes_equal_filters(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*drawn_shapes(600, seed, noise=0.4), 450)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.conv2 = nn.Conv2d(1, 8, 3), nn.Conv2d(8, 12, 3)
            self.fc = nn.Linear(12, 4)
            if not repaired:
                for conv in (self.conv1, self.conv2):
                    conv.weight.data.fill_(1 / 9 / conv.in_channels)
                    conv.bias.data.zero_()  # type: ignore[union-attr]  # they have biases
                self.fc.weight.data.fill_(0.1)

        def forward(self, x: Any) -> Any:
            x = functional.relu(self.conv2(functional.relu(self.conv1(x))))
            return self.fc(functional.adaptive_max_pool2d(x, 1).flatten(1))

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 30, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=12,
    )


@broken(
    "saturated_activation",
    net="mlp",
    what="a town's load; start weights drawn with spread 8 push every tanh to its end",
    honest=r2,
    learns=0.8,
    by=0.2,
)
def load_tanh_at_its_ends(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*load_of_a_town(700, seed), 500)
    layers = [nn.Linear(4, 24), nn.Linear(24, 24), nn.Linear(24, 1)]
    if not repaired:
        for layer in layers[:2]:
            nn.init.normal_(layer.weight, std=8.0)
    model = nn.Sequential(layers[0], nn.Tanh(), layers[1], nn.Tanh(), layers[2])
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 20, seed),
        validation=(xv, yv),
        validate=explained,
        epochs=20,
    )


@broken(
    "saturated_activation",
    net="recurrent",
    what="an LSTM whose gates' biases are all 12: open for good, and its state at its end",
    honest=r2,
    learns=0.85,
    by=0.2,
)
def lstm_gates_pinned(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*tides(500, seed), 400)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.fc = nn.LSTM(1, 16, batch_first=True), nn.Linear(16, 1)
            if not repaired:
                nn.init.constant_(dict(self.lstm.named_parameters())["bias_ih_l0"], 12.0)

        def forward(self, x: Any) -> Any:
            return self.fc(self.lstm(x)[0][:, -1])

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=explained,
        epochs=12,
    )


@broken(
    "dead_relu",
    net="mlp",
    what="the robot's arm; the hidden biases start at -6, below all that the weights bring",
    honest=r2,
    learns=0.9,
    by=0.4,
)
def arm_biases_below_all(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*arm(600, seed), 450)

    class ArmNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.hidden, self.second, self.out = nn.Linear(2, 40), nn.Linear(40, 20), nn.Linear(20, 2)
            if not repaired:
                self.hidden.bias.data.fill_(-6.0)

        def forward(self, x: Any) -> Any:
            return self.out(functional.relu(self.second(functional.relu(self.hidden(x)))))

    model = ArmNet()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=5e-3),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 20, seed),
        validation=(xv, yv),
        validate=explained,
        epochs=15,
    )


@broken(
    "dead_relu",
    net="conv",
    what="shapes; the second layer, meant to inhibit, starts all negative: behind a ReLU no filter ever fires",
    honest=accuracy,
    learns=0.9,
    by=0.4,
)
def shapes_filters_killed(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*drawn_shapes(600, seed, size=8), 450)
    inhibit = nn.Conv2d(8, 12, 3)
    model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), inhibit, nn.ReLU(), nn.Flatten(), nn.Linear(192, 4))
    if not repaired:
        with torch.no_grad():
            inhibit.weight.copy_(-inhibit.weight.abs())
            inhibit.bias.copy_(torch.tensor(-0.5))  # type: ignore[union-attr]  # it has a bias
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 30, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=8,
    )


@broken(
    "vanishing_gradient",
    net="mlp",
    what="wines; eight layers of sigmoid",
    honest=accuracy,
    learns=0.9,
    by=0.3,
)
def wines_eight_sigmoids(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = table(load_wine, seed)
    act = nn.ELU if repaired else nn.Sigmoid
    layers: list[nn.Module] = [nn.Linear(13, 24), act()]
    for _ in range(7):
        layers += [nn.Linear(24, 24), act()]
    model = nn.Sequential(*layers, nn.Linear(24, 3))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=2e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 10, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=15,
    )


@broken(
    "vanishing_gradient",
    net="recurrent",
    what="the first of 40 steps says the class; a tanh RNN with small recurrent weights is read at its last step alone",
    honest=accuracy,
    learns=0.9,
    by=0.4,
)
def first_sign_fades(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*first_sign(420, seed, length=40), 320)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn, self.fc = nn.RNN(5, 24, batch_first=True), nn.Linear(24, 4)
            nn.init.orthogonal_(dict(self.rnn.named_parameters())["weight_hh_l0"], gain=0.3)

        def forward(self, x: Any) -> Any:
            states, _ = self.rnn(x)
            return self.fc(states.amax(1) if repaired else states[:, -1])

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=5e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 20, seed),
        step=step,
        validation=(xv, yv),
        validate=share_right,
        epochs=15,
    )


@broken(
    "vanishing_gradient",
    net="conv",
    what="shapes; seven small tanh convolutions whose weights start at a spread of 0.02",
    honest=accuracy,
    learns=0.85,
    by=0.3,
)
def shapes_through_seven_whispers(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*drawn_shapes(500, seed, size=8), 400)

    class Tower(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            sizes = [1, 8, 8, 8, 8, 8, 8, 8]
            self.convs = nn.ModuleList([nn.Conv2d(a, b, 3, padding=1) for a, b in itertools.pairwise(sizes)])
            self.fc = nn.Linear(8, 4)
            for conv in self.convs:
                if repaired:
                    nn.init.xavier_normal_(conv.weight, gain=5 / 3)  # type: ignore[arg-type]  # a convolution's tensor
                else:
                    nn.init.normal_(conv.weight, std=0.02)  # type: ignore[arg-type]  # a convolution's tensor

        def forward(self, x: Any) -> Any:
            for conv in self.convs:
                x = torch.tanh(conv(x))
            return self.fc(x.amax((2, 3)))

    model = Tower()
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=12,
    )


@broken(
    "exploding_gradient",
    net="mlp",
    what="checked board; eight ReLU layers with weights drawn from torch.randn and not scaled",
    honest=accuracy,
    learns=0.8,
    by=0.2,
)
def checkers_randn_tower(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*checkers(900, seed), 700)

    class Tower(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            sizes = [2] + [32] * 7 + [2]
            scales = [(2 / a) ** 0.5 if repaired else 1.0 for a in sizes]
            self.w = nn.ParameterList(
                [nn.Parameter(s * torch.randn(a, b)) for a, b, s in zip(sizes, sizes[1:], scales, strict=False)]
            )
            self.b = nn.ParameterList([nn.Parameter(torch.zeros(b)) for b in sizes[1:]])

        def forward(self, x: Any) -> Any:
            for w, b in zip(self.w, self.b, strict=True):
                x = torch.relu(x @ w + b) if w.shape[1] > 2 else x @ w + b
            return x

    model = Tower()
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.8),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 20, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=20,
    )


@broken(
    "exploding_gradient",
    net="recurrent",
    what="tides; a ReLU RNN whose recurrent weights start with a spectral radius near 2",
    honest=r2,
    learns=0.8,
    by=0.3,
)
def tides_grow_in_time(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*tides(500, seed, length=24), 400)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.RNN(1, 24, nonlinearity="relu", batch_first=True)
            self.fc = nn.Linear(24, 1)
            recurrent = dict(self.rnn.named_parameters())["weight_hh_l0"]
            nn.init.normal_(recurrent, std=(0.6 if repaired else 2.6) / 24**0.5)

        def forward(self, x: Any) -> Any:
            _, h = self.rnn(x)
            return self.fc(h.squeeze(0))

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=2e-3),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 20, seed),
        validation=(xv, yv),
        validate=explained,
        epochs=15,
    )


@broken(
    "saturated_activation",
    net="transformer",
    what="tongues; queries and keys start fifty times too large: attention is one-hot and passes no gradient",
    honest=accuracy,
    learns=0.75,
    by=0.05,
)
def attention_pinned(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*tongues(700, seed, letters=6), 500)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.letters, self.places = nn.Embedding(7, 16), nn.Parameter(0.3 * torch.randn(16, 16))
            self.attend = nn.MultiheadAttention(16, 2, batch_first=True)
            self.mix, self.out = nn.Linear(32, 32), nn.Linear(32, 3)
            if not repaired:
                self.attend.in_proj_weight.data[:32] *= 50

        def forward(self, words: Any) -> Any:
            h = self.letters(words) + self.places
            seen, _ = self.attend(h, h, h, key_padding_mask=words == 0, need_weights=False)
            mixed = torch.tanh(self.mix(torch.cat([h, seen], -1))) * (words > 0)[..., None]
            return self.out(mixed.sum(1) / 4)

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=share_right,
        epochs=15,
    )
