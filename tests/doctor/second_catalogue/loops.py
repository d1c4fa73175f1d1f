"""Faults of the loop around the step: modes, numbers that are computed wrongly, graphs that are kept."""

from typing import Any

import torch
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from torch import Tensor, nn
from torch.nn import functional

from .data import arm, commonest, cut, drawn_shapes, load_of_a_town, minibatches, table, tides, vibrations
from .metrics import accuracy, over_zero, r2
from .optimizers import share_right
from .proof import Run, held_graphs
from .rates import explained
from .training import Training, broken


def reported_low(faulty: Run, twin: Run) -> bool:
    """The author reads a number well below the honest one; the twin's author reads the honest one."""
    return faulty.honest - faulty.reported[-1] > 0.05 and abs(twin.honest - twin.reported[-1]) < 1e-4


def reported_wrong(faulty: Run, twin: Run) -> bool:
    """The author reads a number far from the honest one; the twin's author reads the honest one."""
    return abs(faulty.honest - faulty.reported[-1]) > 0.1 and abs(twin.honest - twin.reported[-1]) < 0.01


@broken(
    "val_in_train_mode",
    net="mlp",
    what="digits; dropout of one half is still on while validating",
    honest=accuracy,
    learns=0.9,
    shows=reported_low,
)
def digits_validated_with_dropout(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = table(load_digits, seed, scaled=False)
    model = nn.Sequential(
        nn.Linear(64, 24), nn.ReLU(), nn.Dropout(0.5), nn.Linear(24, 24), nn.ReLU(), nn.Dropout(0.5), nn.Linear(24, 10)
    )

    def validate(model: Any, x: Any, y: Any) -> float:
        if repaired:
            model.eval()
        with torch.no_grad():
            return float((model(x).argmax(1) == y).float().mean())

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=5e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x / 16, y, 32, seed),
        validation=(xv / 16, yv),
        validate=validate,
        epochs=20,
    )


@broken(
    "val_in_train_mode",
    net="conv",
    what="vibrations; BatchNorm validates eight sorted rows at a time with the statistics of those eight",
    honest=accuracy,
    learns=0.9,
    shows=reported_low,
)
def vibrations_validated_by_own_statistics(*, repaired: bool, seed: int) -> Training:
    series, kind = vibrations(600, seed)
    x, y, xv, yv = cut(series[:, None], kind, 456)
    order = yv.argsort(stable=True)
    xv, yv = xv[order], yv[order]
    model = nn.Sequential(
        nn.Conv1d(1, 12, 7), nn.BatchNorm1d(12), nn.ReLU(), nn.AdaptiveAvgPool1d(2), nn.Flatten(),
        nn.Linear(24, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3),
    )  # fmt: skip

    def validate(model: Any, x: Any, y: Any) -> float:
        model.train(mode=not repaired)
        hits = 0.0
        with torch.no_grad():
            for part, answer in zip(x.split(8), y.split(8), strict=True):
                hits += float((model(part).argmax(1) == answer).sum())
        return hits / len(y)

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=5e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 24, seed),
        validation=(xv, yv),
        validate=validate,
        epochs=12,
    )


@broken(
    "val_in_train_mode",
    net="transformer",
    what="the commonest kind of letter; model.eval was named, not called, and dropout is 0.5",
    honest=accuracy,
    learns=0.75,
    shows=reported_low,
)
def letters_eval_without_brackets(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*commonest(1000, seed), 800)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.letters = nn.Embedding(13, 16)
            self.encoder = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.5, batch_first=True)
            self.fc = nn.Linear(16, 3)

        def forward(self, words: Any) -> Any:
            h = self.encoder(self.letters(words), src_key_padding_mask=words == 0)
            return self.fc(functional.dropout(h.masked_fill((words == 0)[..., None], 0).sum(1), 0.5, self.training))

    def validate(net: Any, words: Any, answers: Any) -> float:
        quiet = net.eval
        if repaired:
            quiet()
        with torch.no_grad():
            return float((net(words).argmax(1) == answers).float().mean())

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=5e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 32, seed),
        validation=(xv, yv),
        validate=validate,
        epochs=18,
    )


@broken(
    "eval_mode_training",
    net="conv",
    what="shapes from 0 to 255; validation sets eval and nothing sets train again, so BatchNorm never measures them",
    honest=accuracy,
    learns=0.9,
    by=0.1,
)
def shapes_never_back_to_train(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*drawn_shapes(600, seed, size=8, noise=0.3), 450)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 12, 3), nn.BatchNorm2d(12), nn.ReLU(),
        nn.Conv2d(12, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.Flatten(), nn.Linear(48, 4),
    )  # fmt: skip
    model.eval()

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        if repaired:
            model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.5),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 30, seed),
        step=step,
        validation=(xv, yv),
        validate=share_right,
        epochs=8,
    )


@broken(
    "eval_mode_training",
    net="mlp",
    what="the step itself calls eval() first; six layers rely on BatchNorm to keep their signal up",
    honest=r2,
    learns=0.8,
    by=0.08,
)
def load_eval_in_step(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*load_of_a_town(700, seed), 500)
    layers: list[nn.Module] = []
    for width in (4, 24, 24, 24, 24):
        layers += [nn.Linear(width, 24), nn.BatchNorm1d(24), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(24, 1))

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        model.train() if repaired else model.eval()
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.03),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 25, seed),
        step=step,
        validation=(xv, yv),
        validate=explained,
        epochs=20,
    )


@broken(
    "metric_bug",
    net="mlp",
    what="tumours; predictions (N, 1) are compared with labels (N,), so the accuracy is over all pairs",
    honest=over_zero,
    learns=0.92,
    shows=reported_wrong,
)
def tumours_accuracy_over_pairs(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = table(load_breast_cancer, seed)
    model = nn.Sequential(nn.Linear(30, 12), nn.ReLU(), nn.Linear(12, 1))

    def validate(model: Any, x: Any, y: Any) -> float:
        model.eval()
        with torch.no_grad():
            yes = model(x) > 0
        truth = y[:, 0] > 0.5
        return float((yes == (truth[:, None] if repaired else truth)).float().mean())

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3, weight_decay=1e-3),
        loss_fn=nn.BCEWithLogitsLoss(),
        batches=minibatches(x, y.float()[:, None], 20, seed),
        validation=(xv, yv.float()[:, None]),
        validate=validate,
        epochs=12,
    )


@broken(
    "metric_bug",
    net="recurrent",
    what="vibrations; argmax over dim 0 names the row with the highest score of a class, not the class",
    honest=accuracy,
    learns=0.9,
    shows=reported_wrong,
)
def vibrations_argmax_over_rows(*, repaired: bool, seed: int) -> Training:
    series, kind = vibrations(600, seed)
    x, y, xv, yv = cut(series.reshape(-1, 8, 4), kind, 450)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru, self.fc = nn.GRU(4, 16, batch_first=True), nn.Linear(16, 3)

        def forward(self, x: Any) -> Any:
            return self.fc(self.gru(x)[0].mean(1))

    def validate(model: Any, x: Any, y: Any) -> float:
        model.eval()
        right = 0
        with torch.no_grad():
            for part, answer in zip(x.split(3), y.split(3), strict=True):
                right += int((model(part).argmax(dim=1 if repaired else 0) == answer).sum())
        return right / len(y)

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 25, seed),
        validation=(xv, yv),
        validate=validate,
        epochs=12,
    )


@broken(
    "metric_bug",
    net="conv",
    what="shapes; the hits are divided by batches times batch size, though the last batch is short",
    honest=accuracy,
    learns=0.9,
    shows=reported_wrong,
)
def shapes_hits_over_wrong_count(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*drawn_shapes(600, seed, size=8), 450)
    model = nn.Sequential(nn.Conv2d(1, 10, 5), nn.ReLU(), nn.Flatten(), nn.Linear(160, 24), nn.ReLU(), nn.Linear(24, 4))

    def validate(model: Any, x: Any, y: Any) -> float:
        model.eval()
        hits = batches = 0
        with torch.no_grad():
            for part, answer in zip(x.split(64), y.split(64), strict=True):
                hits += int((model(part).argmax(1) == answer).sum())
                batches += 1
        return hits / (len(y) if repaired else 64 * batches)

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 30, seed),
        validation=(xv, yv),
        validate=validate,
        epochs=12,
    )


def graphs_pile_up(faulty: Run, twin: Run) -> bool:
    """Per step of the faulty run a scalar with its graph stays alive; both nets learn alike."""
    del twin
    return held_graphs() >= len(faulty.losses) / 2


@broken(
    "loss_graph_retained",
    net="mlp",
    what="wines; history.append(loss) keeps each loss with its graph",
    honest=accuracy,
    learns=0.9,
    shows=graphs_pile_up,
)
def wines_history_of_graphs(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = table(load_wine, seed)
    model = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3))
    history: list[Any] = []

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        history.append(loss.item() if repaired else loss)
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=minibatches(x, y, 10, seed),
        step=step,
        validation=(xv, yv),
        validate=share_right,
        epochs=12,
    )


@broken(
    "loss_graph_retained",
    net="recurrent",
    what="tides; a running mean of the loss, kept as a tensor, carries every step's graph along",
    honest=r2,
    learns=0.85,
    shows=lambda faulty, twin: _chain(faulty) > 20 * max(_chain(twin), 1),
)
def tides_running_mean_of_graphs(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*tides(450, seed), 350)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru, self.fc = nn.GRU(1, 14, batch_first=True), nn.Linear(14, 1)
            self.running: Any = torch.zeros(())

        def forward(self, x: Any) -> Any:
            return self.fc(self.gru(x)[1][0])

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        model.running = 0.95 * model.running + 0.05 * (loss.detach() if repaired else loss)
        return loss

    model = Net()
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 25, seed),
        step=step,
        validation=(xv, yv),
        validate=explained,
        epochs=12,
    )


def _chain(run: Run) -> int:
    """How many additions hang on the running mean, one behind the other."""
    running: Any = run.training.model.running
    node, length = running.grad_fn, 0
    while node is not None and node.next_functions:
        node, length = node.next_functions[0][0], length + 1
    return length


@broken(
    "loss_graph_retained",
    "no_zero_grad",
    net="mlp",
    what="the robot's arm; losses are kept with their graphs to be plotted later, and no gradient is ever cleared",
    honest=r2,
    learns=0.9,
    shows=lambda faulty, twin: graphs_pile_up(faulty, twin) and twin.honest > faulty.honest + 0.1,
)
def arm_graphs_and_gradients_pile_up(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*arm(500, seed), 400)
    model = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 2))
    to_plot: list[Any] = []

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        loss = loss_fn(model(x), y)
        if repaired:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        to_plot.append(loss.detach() if repaired else loss)
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9),
        loss_fn=nn.MSELoss(),
        batches=minibatches(x, y, 20, seed),
        step=step,
        validation=(xv, yv),
        validate=explained,
        epochs=15,
    )


@broken(
    "dropout_too_large",
    "loss_sign",
    net="conv",
    what="shapes; the score is minimised instead of its negative, and dropout is at 0.95",
    honest=accuracy,
    learns=0.85,
    by=0.4,
)
def shapes_score_minimised_with_dropout(*, repaired: bool, seed: int) -> Training:
    x, y, xv, yv = cut(*drawn_shapes(600, seed, size=8), 450)
    drop = nn.Dropout(0.1 if repaired else 0.95)
    model = nn.Sequential(
        nn.Conv2d(1, 10, 5), nn.ReLU(), nn.Flatten(), drop, nn.Linear(160, 24), nn.ReLU(), nn.Linear(24, 4)
    )

    def score(logits: Tensor, labels: Tensor) -> Tensor:
        return functional.log_softmax(logits, 1)[torch.arange(len(labels)), labels].mean()

    def step(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any) -> Any:
        model.train()
        optimizer.zero_grad()
        loss = -loss_fn(model(x), y) if repaired else loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3),
        loss_fn=score,
        batches=minibatches(x, y, 30, seed),
        step=step,
        validation=(xv, yv),
        validate=share_right,
        epochs=12,
    )
