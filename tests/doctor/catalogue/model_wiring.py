"""Nets whose parameters are not there, do not move, or get no gradient; nets that cannot bend or have no room."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from .habits import SmallConv, accuracy, r_squared, sign_accuracy
from .registry import Loss, Training, fault
from .sources import bars, cue, friedman, loader, lookups, rings, shuffled


class Stack(nn.Module):
    """Several narrow hidden layers, kept in a list."""

    def __init__(self, registered: bool) -> None:
        super().__init__()
        self.first = nn.Linear(10, 8)
        hidden = [nn.Linear(8, 8) for _ in range(5)]
        self.hidden = nn.ModuleList(hidden) if registered else hidden
        self.last = nn.Linear(8, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.tanh(self.first(x))
        for layer in self.hidden:
            x = torch.tanh(layer(x))
        y: Tensor = self.last(x)
        return y


@fault("unregistered_params", net="mlp", score=r_squared, learns=0.8)
def layers_in_a_list(repaired: bool, seed: int) -> Training:
    """The hidden layers are in a plain Python list, which `parameters()` does not look into."""
    X, y, X_val, y_val = friedman(seed)
    torch.manual_seed(seed)
    model = Stack(registered=repaired)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.MSELoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=r_squared,
        epochs=25,
    )


class Blocks(nn.Module):
    """Two transformer blocks in a dictionary; the answer is read at the place of the question."""

    def __init__(self, registered: bool) -> None:
        super().__init__()
        self.embed = nn.Embedding(16, 16)
        blocks: dict[str, nn.Module] = {
            name: nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True) for name in ("lower", "upper")
        }
        self.blocks = nn.ModuleDict(blocks) if registered else blocks
        self.out = nn.Linear(16, 4)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embed(tokens)
        for name in ("lower", "upper"):
            x = self.blocks[name](x)
        scores: Tensor = self.out(x[:, 0])
        return scores


@fault("unregistered_params", net="transformer", score=accuracy, learns=0.9, gap=0.1)
def blocks_in_a_dict(repaired: bool, seed: int) -> Training:
    """The blocks are in a plain dictionary: the optimizer never gets to see them."""
    X, y, X_val, y_val = lookups(seed)
    torch.manual_seed(seed)
    model = Blocks(registered=repaired)

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.005),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=10,
    )


@fault("frozen_layers", net="conv", score=accuracy, learns=0.9)
def frozen_without_pretraining(repaired: bool, seed: int) -> Training:
    """The loop that freezes the convolutions is left from a script that had loaded trained weights before."""
    X, y, X_val, y_val = bars(seed, rows=1400)
    torch.manual_seed(seed)
    model = SmallConv(channels=3, classes=9, width=6)
    if not repaired:
        for name, parameter in model.named_parameters():
            if name.startswith("conv"):
                parameter.requires_grad = False
    return Training(
        model=model,
        optimizer=torch.optim.Adam(filter(lambda p: p.requires_grad, model.parameters()), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 40, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )


@fault("frozen_layers", net="recurrent", score=accuracy, learns=0.9)
def all_but_the_head(repaired: bool, seed: int) -> Training:
    """`requires_grad_(False)` was meant for one evaluation and never taken back: only the new head learns."""
    X, y, X_val, y_val = cue(seed, classes=6, length=10)
    torch.manual_seed(seed)
    body = nn.GRU(7, 16, batch_first=True)
    body.requires_grad_(repaired)

    class Tagger(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.head = body, nn.Linear(16, 6)

        def forward(self, x: Tensor) -> Tensor:
            scores: Tensor = self.head(self.body(x)[0][:, -1])
            return scores

    model = Tagger()

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=15,
    )


class TwoStages(nn.Module):
    def __init__(self, cut: bool) -> None:
        super().__init__()
        self.cut = cut
        self.encode = nn.Sequential(nn.Linear(2, 4), nn.ReLU())
        self.decide = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 1))

    def forward(self, x: Tensor) -> Tensor:
        code = self.encode(x)
        logit: Tensor = self.decide(code.data if self.cut else code)
        return logit


@fault("detached_graph", net="mlp", score=sign_accuracy, learns=0.9, gap=0.04)
def code_taken_as_data(repaired: bool, seed: int) -> Training:
    """`.data` was put there to look at the code; the encoder before it gets no gradient."""
    X, y, X_val, y_val = rings(seed)
    torch.manual_seed(seed)
    model = TwoStages(cut=not repaired)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.BCEWithLogitsLoss(),
        batches=loader(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=sign_accuracy,
        epochs=25,
    )


class Features(nn.Module):
    def __init__(self, cut: bool) -> None:
        super().__init__()
        self.cut = cut
        self.conv1, self.conv2 = nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(6, 12, 3, padding=1)
        self.classifier = nn.Linear(12, 9)

    def features(self, x: Tensor) -> Tensor:
        return functional.relu(self.conv2(functional.relu(self.conv1(x)))).amax((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        if self.cut:
            with torch.no_grad():
                found = self.features(x)
        else:
            found = self.features(x)
        scores: Tensor = self.classifier(found)
        return scores


@fault("detached_graph", net="conv", score=accuracy, learns=0.9, gap=0.2)
def features_under_no_grad(repaired: bool, seed: int) -> Training:
    """The features are computed under `no_grad` to save memory: the convolutions stay as they were drawn."""
    X, y, X_val, y_val = bars(seed)
    torch.manual_seed(seed)
    model = Features(cut=not repaired)

    def step(model: nn.Module, optimizer: Optimizer, loss_fn: Loss, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        step=step,
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=15,
    )


class ByHand(nn.Module):
    """A recurrent net in a Python loop over time."""

    def __init__(self, cut: bool) -> None:
        super().__init__()
        self.cut = cut
        self.cell, self.out = nn.GRUCell(5, 16), nn.Linear(16, 4)

    def forward(self, x: Tensor) -> Tensor:
        state = x.new_zeros(len(x), 16)
        for time in range(x.shape[1]):
            state = self.cell(x[:, time], state.detach() if self.cut else state)
        scores: Tensor = self.out(state)
        return scores


@fault("detached_graph", net="recurrent", score=accuracy, learns=0.9, gap=0.1)
def state_detached_each_step(repaired: bool, seed: int) -> Training:
    """`detach()` belongs between batches of a long text; here it stands between the steps of each row."""
    X, y, X_val, y_val = cue(seed, length=8)
    torch.manual_seed(seed)
    model = ByHand(cut=not repaired)
    return Training(
        model=model,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        loss_fn=nn.CrossEntropyLoss(),
        batches=shuffled(X, y, 32, seed),
        validation=(X_val, y_val),
        validate=accuracy,
        epochs=12,
    )
