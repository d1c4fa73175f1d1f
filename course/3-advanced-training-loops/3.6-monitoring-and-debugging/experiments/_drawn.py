"""Classifiers of digits that somebody might write, drawn by a seed: sound, or with one fault planted."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from looplab import load
from looplab.doctor import Diagnosis, examine

FAULTS = (
    "optimizer_wrong_params", "detached_graph", "no_optimizer_step", "softmax_before_ce", "scheduler_per_batch",
    "shuffled_labels", "preprocessing_mismatch", "val_in_train_mode", "no_zero_grad", "zero_init",
)  # fmt: skip
EPOCHS = 12
UNSEEN = 5000
"""Added to every seed: the numbers below were looked at while the doctor's rules were mended."""
Loss = Callable[..., Tensor]


def network(random: np.random.Generator, *, dropout: float) -> nn.Sequential:
    """One or two hidden layers of 32 to 128 units."""
    layers: list[nn.Module] = []
    inputs, width = 64, int(random.choice([32, 64, 128]))
    for _ in range(random.integers(1, 3)):
        layers += [nn.Linear(inputs, width), (nn.ReLU if random.random() < 0.5 else nn.Tanh)(), nn.Dropout(dropout)]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, 10))


def examined(seed: int, fault: str = "") -> Diagnosis:
    """What the doctor says of the training that this seed draws, with this fault planted in it."""
    seed += UNSEEN
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    training, validation = load("digits").split(0.4, seed=seed)
    X, y, X_new, y_new = training.inputs, training.targets, validation.inputs, validation.targets
    model = network(random, dropout=0.5 if fault == "val_in_train_mode" else float(random.choice([0, 0.2])))
    sgd, rate = bool(random.random() < 0.5), random.uniform(0, 1)
    trained = network(random, dropout=0.0) if fault == "optimizer_wrong_params" else model
    optimizer: torch.optim.Optimizer = (
        torch.optim.SGD(trained.parameters(), lr=0.1 * 4**rate, momentum=float(random.choice([0, 0.5])))
        if sgd else torch.optim.Adam(trained.parameters(), lr=0.001 * 10**rate)
    )  # fmt: skip
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.8)
    if fault == "softmax_before_ce":
        model.append(nn.Softmax(dim=1))
    elif fault == "zero_init":
        for parameter in model.parameters():
            nn.init.zeros_(parameter)
    elif fault == "shuffled_labels":
        y = y[torch.randperm(len(y))]
    elif fault == "preprocessing_mismatch":
        X_new = X_new * 16

    def step(model: nn.Module, optimizer: torch.optim.Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        if fault != "no_zero_grad":
            optimizer.zero_grad()
        loss: Tensor = loss_fn(model(x), y)
        if fault == "detached_graph":
            loss = loss.detach().requires_grad_()
        loss.backward()
        if fault == "no_optimizer_step":
            optimizer.zero_grad()
        optimizer.step()
        if fault == "scheduler_per_batch":
            schedule.step()
        return loss

    def accuracy(model: nn.Module, x: Tensor, y: Tensor) -> float:
        model.train(fault == "val_in_train_mode")
        with torch.no_grad():
            return float((model(x).argmax(dim=1) == y).float().mean())

    def batches() -> list[tuple[Tensor, Tensor]]:
        return [(X[rows], y[rows]) for rows in torch.randperm(len(X)).split(size)]

    size = int(random.choice([16, 32]))
    return examine(
        model, optimizer, nn.CrossEntropyLoss(), batches, step=step, validation=(X_new, y_new), validate=accuracy,
        epochs=EPOCHS,
    )  # fmt: skip
