"""Models as lists of layers, and the reasons why some are not."""

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from looplab.models import ACTIVATIONS, linear, mlp
from looplab.replicas.plan import ActivationLayer, Dropout, Linear, Network, describe_network


def test_a_network_is_its_layers_in_order() -> None:
    activation = nn.LeakyReLU(0.2)
    model = nn.Sequential(
        nn.Linear(4, 3, bias=False),
        nn.Sequential(activation, nn.Identity(), nn.Dropout(0.1), nn.Dropout(0.0)),
        activation,  # the same module again
        nn.Linear(3, 2),
    )
    network = describe_network(model)
    leaky = ActivationLayer("leaky-relu", (0.2,))
    assert network == Network((Linear(4, 3, False), leaky, Dropout(0.1), leaky, Linear(3, 2, True)))
    assert (network.inputs, network.outputs) == (4, 2)
    assert network.parameter_count == sum(p.numel() for p in model.parameters())


def test_linear_models_and_every_activation_are_described() -> None:
    assert describe_network(linear(3, 2)) == Network((Linear(3, 2, True),))
    for name in ACTIVATIONS:
        network = describe_network(mlp(3, [4], 2, name))
        assert isinstance(network, Network)
        assert isinstance(network.layers[1], ActivationLayer)
        assert network.layers[1].name == name


def test_in_place_after_a_linear_layer_is_as_good_as_not() -> None:
    network = describe_network(nn.Sequential(nn.Linear(2, 2), nn.Identity(), nn.ReLU(inplace=True)))
    assert network == Network((Linear(2, 2, True), ActivationLayer("relu")))


def test_gelu_by_tanh_has_a_name_of_its_own() -> None:
    network = describe_network(nn.Sequential(nn.Linear(2, 2), nn.GELU("tanh")))
    assert isinstance(network, Network)
    assert network.layers[1] == ActivationLayer("gelu-tanh")


class _Own(nn.Linear):
    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002  # nn.Linear's name for it
        return super().forward(input) * 2


def _changed(change: Any) -> nn.Module:
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2))
    change(model)
    return model


def _share(model: Any) -> None:
    model[2].weight = model[0].weight


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (nn.Sequential(nn.Linear(2, 2), nn.RMSNorm(2)), "layer 1 is a RMSNorm"),
        (nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.PReLU())), "layer 1.0 is a PReLU"),
        (nn.Bilinear(2, 2, 1), "the model is a Bilinear"),
        (
            _Own(2, 2),
            "the model is a _Own, whose forward computes with a tensor besides its inputs and what layers give",
        ),
        (nn.Sequential(nn.LazyLinear(2)), "layer 0 is a LazyLinear"),
        (nn.Sequential(nn.Tanh()), "the model has no parameters"),
        (_changed(lambda m: m[2].double()), "parameter 2.weight is float64, not float32"),
        (_changed(lambda m: m[0].double()), "parameter 2.weight is float32, not float64"),
        (_changed(lambda m: m.insert(1, nn.BatchNorm1d(m[0].out_features, affine=False).double())),
         "a batch norm has running statistics that are not float32"),
        (nn.Linear(2, 2, dtype=torch.complex64), "parameter weight is complex64, not float32"),
        (nn.Linear(2, 2, device="meta"), "parameter weight is on meta"),
        (nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 1)), "a layer with 3 outputs is followed by one with 4 inputs"),
        (
            nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Identity(), nn.ReLU(inplace=True)),
            "a ReLU works in place on what a Tanh gives",
        ),
        (_changed(lambda m: m[0].weight.requires_grad_(False)), "parameter 0.weight is frozen"),
        (_changed(_share), "parameter 2.weight is shared"),
        (_changed(lambda m: m.append(m[0])), "parameter 3.weight is shared"),
        (_changed(lambda m: m[1].register_forward_hook(lambda *_: None)), "layer 1 has hooks"),
        (_changed(lambda m: m.register_forward_pre_hook(lambda *_: None)), "the model has hooks"),
        (_changed(lambda m: m[0].weight.register_hook(lambda g: g)), "parameter 0.weight has hooks"),
        (_changed(lambda m: setattr(m[0], "forward", lambda x: x)), "layer 0 has a forward of its own"),
        (_changed(lambda m: parametrizations.weight_norm(m[0])), "layer 0 is a ParametrizedLinear"),
        (_changed(lambda m: m[0].register_parameter("extra", nn.Parameter(torch.ones(1)))),
         "a linear layer has other parameters than weight and bias"),
        (_changed(lambda m: setattr(m[0], "weight", nn.Parameter(torch.ones(2, 3)))),
         "a linear layer has parameters of other shapes than its numbers of inputs and outputs"),
        (_changed(lambda m: setattr(m[2], "bias", nn.Parameter(torch.ones(1)))),
         "a linear layer has parameters of other shapes than its numbers of inputs and outputs"),
        (nn.Sequential(nn.Linear(2, 2), nn.GELU("about")), "a GELU has the approximation 'about'"),
        (nn.Sequential(nn.Linear(2, 2), nn.ELU(torch.ones(()))), "a ELU has a setting that is no number"),  # type: ignore[arg-type]
        (_changed(lambda m: m.append(nn.Dropout())[3].__setattr__("p", 1.5)), "a dropout has the probability 1.5"),
        (_changed(lambda m: m[1].eval()), "layer 1 is not in training mode"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_cannot_be_fused_has_a_reason(model: nn.Module, reason: str) -> None:
    assert describe_network(model) == reason
