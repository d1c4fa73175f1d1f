"""Trainings with two faults at once; the twin has neither."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from .habits import Encoder, accuracy, r_squared, sign_accuracy
from .registry import Loss, Training, fault
from .sources import cancer, digits, loader, lookups, shuffled, standardized, windows


@fault("no_zero_grad", "val_in_train_mode", net="mlp", score=accuracy, learns=0.9)
def neither_zeroed_nor_eval(repaired: bool, seed: int) -> Training:
    """Gradients are never zeroed, and the validation leaves dropout on."""
    X, y, X_val, y_val = digits(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Dropout(0.5), nn.Linear(96, 10))

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        loss = loss_fn(model(x), y)
        if repaired:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def validate(model: nn.Module, x: Tensor, y: Tensor) -> float:
        if repaired:
            model.eval()
        with torch.no_grad():
            return float((model(x).argmax(1) == y).float().mean())

    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1),
        loss_fn=nn.CrossEntropyLoss(),
        batches=loader(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=validate,
        epochs=20,
    )


@fault("unscaled_inputs", "sigmoid_twice", net="mlp", score=sign_accuracy, learns=0.93)
def raw_and_squashed(repaired: bool, seed: int) -> Training:
    """Raw measurements go into a net whose sigmoid is followed by a loss that has one of its own."""
    X, y, X_val, y_val = standardized(cancer(seed)) if repaired else cancer(seed)
    torch.manual_seed(seed)
    layers: list[nn.Module] = [nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1)]
    if not repaired:
        layers.append(nn.Sigmoid())
    model = nn.Sequential(*layers)
    return Training(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.5),
        loss_fn=nn.BCEWithLogitsLoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=sign_accuracy,
        epochs=20,
    )


@fault("softmax_before_ce", "lr_too_low", net="transformer", score=accuracy, learns=0.9)
def probabilities_at_a_tiny_rate(repaired: bool, seed: int) -> Training:
    """The scores are softmaxed twice, and Adam's rate is a millionth."""
    X, y, X_val, y_val = lookups(seed)
    torch.manual_seed(seed)
    encoder = Encoder(16, 4, length=8, pool="first")
    model = encoder if repaired else nn.Sequential(encoder, nn.Softmax(dim=-1))
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=3e-3 if repaired else 1e-6),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


class TwoCells(nn.Module):
    """Two recurrent layers by hand, one step after the other."""

    def __init__(self, registered: bool) -> None:
        super().__init__()
        cells: list[nn.Module] = [nn.GRUCell(1, 12), nn.GRUCell(12, 12)]
        self.cells = nn.ModuleList(cells) if registered else cells
        self.out = nn.Linear(12, 1)

    def forward(self, series: Tensor) -> Tensor:
        low = high = series.new_zeros(len(series), 12)
        for value in series.unbind(1):
            low = self.cells[0](value, low)
            high = self.cells[1](low, high)
        forecast: Tensor = self.out(high)
        return forecast


@fault("unregistered_params", "loss_graph_retained", net="recurrent", score=r_squared, learns=0.8)
def cells_in_a_list_and_losses_too(repaired: bool, seed: int) -> Training:
    """The cells are in a plain list, and the loss tensors of all steps are in another one."""
    X, y, X_val, y_val = windows(seed, rows=480, length=10)
    torch.manual_seed(seed)
    model = TwoCells(registered=repaired)
    losses: list[Tensor] = []

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach() if repaired else loss)
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=functional.mse_loss,
        batches=shuffled(X, y, 30, seed),
        step=step,
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=12,
    )
