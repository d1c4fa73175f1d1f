"""Gates of recurrent layers and attention that are pinned from the start, where torch computes them out of sight."""

import torch
from torch import Tensor, nn

from looplab.doctor.gates import pinned_gates
from looplab.doctor.lineage import Lineage
from looplab.doctor.operations import Operations

from .small_trainings import CLASSES, diagnosed, found, is_silent, series


class Recurrent(nn.Module):
    """An LSTM or GRU, read at its last step."""

    def __init__(self, kind: type[nn.LSTM | nn.GRU], bias: float | None = None) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layer = kind(CLASSES, 16, batch_first=True)
        self.head = nn.Linear(16, CLASSES)
        if bias is not None:
            nn.init.constant_(self.layer.bias_ih_l0, bias)  # type: ignore[arg-type]  # a parameter

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.layer(x)[0][:, -1])
        return logits


class Attending(nn.Module):
    """Attention over the steps of a series, and a linear layer on the mean."""

    def __init__(self, times: float = 1.0) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.enter, self.attend, self.head = (
            nn.Linear(CLASSES, 16),
            nn.MultiheadAttention(16, 2, batch_first=True),
            nn.Linear(16, CLASSES),
        )
        self.attend.in_proj_weight.data[:32] *= times

    def forward(self, x: Tensor) -> Tensor:
        h = self.enter(x)
        logits: Tensor = self.head(self.attend(h, h, h, need_weights=False)[0].mean(dim=1))
        return logits


def by_hand(layer: nn.LSTM, x: Tensor) -> Tensor:
    """The gates i, f, g and o of each step, by the equations of torch's documentation, from 0 to 1."""
    h = c = torch.zeros(len(x), layer.hidden_size)
    weights = dict(layer.named_parameters())
    seen = []
    for now in x.unbind(dim=1):
        sums = now @ weights["weight_ih_l0"].T + weights["bias_ih_l0"] + weights["bias_hh_l0"]
        sums = sums + h @ weights["weight_hh_l0"].T
        i, f, g, o = sums.chunk(4, dim=1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        seen.append(torch.cat([i.sigmoid(), f.sigmoid(), (g.tanh() + 1) / 2, o.sigmoid()], dim=1))
    return torch.stack(seen, dim=1)


def shares(model: nn.Module, x: Tensor) -> list[float]:
    operations = Operations(model)
    with operations.named_places(), operations:
        model(x).sum().backward()
    return [each.share for each in pinned_gates(Lineage(operations.finished()), model)]


def test_the_gates_are_those_of_the_equations() -> None:
    x, _ = series(24)
    model = Recurrent(nn.LSTM, bias=4.5)
    gates = by_hand(model.layer, 4 * x)  # type: ignore[arg-type]  # an LSTM
    expected = float(((gates < 0.005) | (gates > 0.995)).double().mean())
    assert 0.1 < expected < 0.9
    assert shares(model, 4 * x) == [expected]


def test_gates_pinned_by_their_biases_are_found() -> None:
    x, y = series()
    for kind in (nn.LSTM, nn.GRU):
        finding = found(
            diagnosed(Recurrent(kind, bias=12.0), nn.CrossEntropyLoss(), x, y, epochs=3), "saturated_activation"
        )
        assert "of the gates in 'layer' lie within a hundredth of its ends" in finding.evidence


def test_a_forget_gate_that_starts_open_is_no_fault() -> None:
    x, y = series()
    model = Recurrent(nn.LSTM)
    with torch.no_grad():
        dict(model.layer.named_parameters())["bias_ih_l0"][16:32] = 8.0
    assert is_silent(diagnosed(model, nn.CrossEntropyLoss(), x, y, epochs=3), "saturated_activation")


def test_attention_that_starts_one_hot_is_found_and_as_torch_starts_it_is_not() -> None:
    x, y = series()
    finding = found(diagnosed(Attending(times=400), nn.CrossEntropyLoss(), x, y, epochs=2), "saturated_activation")
    assert "of the queries' largest weights in 'attend' lie within a hundredth of 1" in finding.evidence
    assert is_silent(diagnosed(Attending(), nn.CrossEntropyLoss(), x, y, epochs=2), "saturated_activation")
    assert max(shares(Attending(), x)) == 0.0
