"""Every module of torch.nn that takes a tensor, every kind of hook and attribute: as `train` gives it, or a sentence.

The modules are found by listing `torch.nn`, not by hand. What arguments they need is found by name in a small table,
and what shape of input by trying some; linear layers before and after fit them to the data. A module that comes with a
later version of torch joins by itself.
"""

import inspect
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize, prune

from looplab import Dataset, Recipe, load, mlp, train
from looplab.errors import LooplabError
from looplab.sweeps import train_many

DATASET: Dataset = load("moons").subset(torch.arange(24))
RECIPE = Recipe(optimizer="sgd", lr=0.1, momentum=0.5, steps=3, batch_size=10)
SEEDS = (3, 0, 5)

NOT_LAYERS = (nn.Module, nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.ParameterList, nn.ParameterDict)
NUMBERS: dict[str, Any] = {
    "in_features": 8, "out_features": 6, "in1_features": 8, "in2_features": 8, "in_channels": 2, "out_channels": 4,
    "num_features": 2, "num_channels": 2, "num_groups": 1, "normalized_shape": 4, "kernel_size": 2, "output_size": 2,
    "padding": 1, "input_size": 4, "hidden_size": 4, "d_model": 4, "nhead": 2, "embed_dim": 4, "num_heads": 2,
    "dim_feedforward": 8, "num_encoder_layers": 1, "num_decoder_layers": 1, "num_layers": 1, "num_embeddings": 20,
    "embedding_dim": 4, "size": 2, "upscale_factor": 1, "downscale_factor": 1, "groups": 1, "unflattened_size": (2, 4),
    "dim": 1, "threshold": 0.1, "value": 0.0, "min_val": -1.0, "max_val": 1.0, "lower": 0.1, "upper": 0.3,
    "n_classes": 20, "cutoffs": [5, 10], "scale_factor": 1.0, "output_ratio": 0.5,
}  # fmt: skip
BY_CLASS: dict[str, dict[str, Any]] = {
    "Softmax2d": {}, "Upsample": {"scale_factor": 2}, "MaxUnpool1d": {"kernel_size": 2}, "Unflatten": {"dim": 1},
    "Fold": {"output_size": (2, 2), "kernel_size": 1, "padding": 0}, "Unfold": {"kernel_size": 1, "padding": 0},
    "FractionalMaxPool2d": {"output_size": 1}, "FractionalMaxPool3d": {"output_size": 1},
    "LPPool1d": {"norm_type": 2}, "LPPool2d": {"norm_type": 2}, "LPPool3d": {"norm_type": 2},
    "RNNBase": {"mode": "LSTM", "input_size": 4, "hidden_size": 4, "batch_first": True},
    "ChannelShuffle": {"groups": 2}, "UpsamplingBilinear2d": {"scale_factor": 2}, "UpsamplingNearest2d": {"size": 2},
    "Transformer": {"d_model": 4, "nhead": 2, "num_encoder_layers": 1, "num_decoder_layers": 1, "dim_feedforward": 8},
    **{name: {"input_size": 4, "hidden_size": 4, "batch_first": True} for name in ("RNN", "LSTM", "GRU")},
}  # fmt: skip
SHAPES = ((8,), (2, 4), (2, 2, 2), (2, 2, 2, 2), (4, 2), (2, 4, 4), (4,), (2, 4, 4, 4))


class Fitted(nn.Module):
    """Linear layers around a module: from the data to its input, from its output to one number a row."""

    def __init__(self, make_layer: Callable[[], nn.Module], shape: tuple[int, ...], way: str) -> None:
        super().__init__()
        self.before, self.shape, self.way = nn.Linear(2, torch.Size(shape).numel()), shape, way
        self.layer = make_layer()
        self.after = nn.Linear(self._width(), 1)

    def _width(self) -> int:
        with torch.random.fork_rng(), torch.no_grad():
            mode = self.layer.training
            width = self.hidden(torch.zeros(3, 2)).shape[1]
            self.layer.train(mode)
            for module in self.layer.modules():
                if isinstance(module, nn.modules.batchnorm._NormBase):
                    module.reset_running_stats()
        return int(width)

    def hidden(self, inputs: Tensor) -> Tensor:
        shaped = self.before(inputs).reshape(-1, *self.shape)
        given = (shaped,) * (3 if self.way == "three" else 2 if self.way == "two" else 1)
        if self.way == "whole":
            given = ((shaped.abs() * 5).long().clamp(0, 19),)
        outputs = self.layer(*given)
        while isinstance(outputs, tuple):
            outputs = outputs[0]
        flat: Tensor = outputs.reshape(len(inputs), -1)
        return flat

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.after(self.hidden(inputs))
        return outputs


def classes() -> list[type[nn.Module]]:
    """The public classes of torch.nn that are layers: losses compare two things, and containers do nothing."""
    found = {value for name, value in vars(nn).items() if inspect.isclass(value) and not name.startswith("_")}
    layers = [
        each
        for each in found
        if issubclass(each, nn.Module) and each not in NOT_LAYERS and not each.__name__.endswith("Loss")
    ]
    return sorted(layers, key=lambda each: each.__name__)


def arguments_of(kind: type[nn.Module]) -> dict[str, Any]:
    """Values for the arguments without defaults, by their names."""
    given: dict[str, Any] = {}
    for name, parameter in inspect.signature(kind).parameters.items():
        if parameter.default is inspect.Parameter.empty and parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            given[name] = NUMBERS.get(name, 2)
    if "batch_first" in inspect.signature(kind).parameters:
        given["batch_first"] = True
    given |= BY_CLASS.get(kind.__name__, {})
    if kind in (nn.TransformerEncoder, nn.TransformerDecoder):
        part = nn.TransformerEncoderLayer if kind is nn.TransformerEncoder else nn.TransformerDecoderLayer
        name = "encoder_layer" if kind is nn.TransformerEncoder else "decoder_layer"
        given = {name: part(4, 2, 8, batch_first=True), "num_layers": 1}
    return given


def layer_of(kind: type[nn.Module]) -> nn.Module:
    return kind(**arguments_of(kind))


def maker_of(kind: type[nn.Module]) -> Callable[[], nn.Module] | None:
    """How to make a model with such a layer that takes the data; None where no shape of input fits."""
    return _maker_by_name(kind.__name__)


@cache
def _maker_by_name(name: str) -> Callable[[], nn.Module] | None:
    kind: type[nn.Module] = getattr(nn, name)
    for way in ("one", "two", "three", "whole"):
        for shape in SHAPES:
            maker = partial(Fitted, partial(layer_of, kind), shape, way)
            try:
                model = maker()
                model(DATASET.inputs).sum().backward()
                return maker
            except Exception:  # noqa: BLE001  # whatever a layer says to what does not fit
                continue
    return None


def outcome(make_model: Callable[[], nn.Module], **options: Any) -> str:
    """The backend that trained a model to `train`'s numbers, or "refused"."""
    try:
        runs = train_many(make_model, DATASET, RECIPE, seeds=SEEDS, validation=DATASET, **options)
    except LooplabError:
        return "refused"
    exact = runs.backend.name == "loop"
    rounding: dict[str, Any] = {"rtol": 0.0, "atol": 0.0} if exact else {"rtol": 1e-4, "atol": 1e-5}
    for replica, seed in enumerate(SEEDS):
        run = train(make_model, DATASET, replace(RECIPE, seed=seed), validation=DATASET)
        torch.testing.assert_close(runs.train_loss[replica], run.train_loss, equal_nan=True, **rounding)
        assert runs.validation_loss is not None
        with torch.no_grad():
            state, expected = torch.get_rng_state(), run.model.eval()(DATASET.inputs)
        if torch.equal(state, torch.get_rng_state()):  # not RReLU and its like, which draw when evaluated, too
            predicted = runs.predict(DATASET.inputs)[replica]
            torch.testing.assert_close(runs.validation_loss[replica], run.validation_loss, equal_nan=True, **rounding)
            torch.testing.assert_close(predicted, expected, equal_nan=True, **rounding)
        theirs = nn.utils.parameters_to_vector(run.model.parameters()).detach()
        torch.testing.assert_close(runs.parameters[replica], theirs, equal_nan=True, rtol=1e-3, atol=1e-4)
    return runs.backend.name


LAYERS = classes()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", LAYERS, ids=lambda kind: kind.__name__)
def test_every_module_of_torch_is_trained_as_train_does_or_refused(
    kind: type[nn.Module], record_property: Callable[[str, object], None]
) -> None:
    maker = maker_of(kind)
    if maker is None:
        assert kind.__name__ in NOT_OF_ONE_TENSOR, "no argument or shape was found for it"
        record_property("outcome", "takes no tensor")
        return
    found = outcome(maker)
    record_property("outcome", found)
    assert found != "refused"


@pytest.mark.filterwarnings("ignore")
def test_enough_of_torch_is_tried() -> None:
    tried = [kind for kind in LAYERS if maker_of(kind) is not None]
    assert len(tried) > 100


NOT_OF_ONE_TENSOR = {
    "Container", "DataParallel", "MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d", "NLLLoss2d", "RNNBase", "RNNCellBase",
}  # fmt: skip

# --- hooks, parametrizations, attributes -----------------------------------------------------------------------------


def network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))


def with_(change: Callable[[Any], object], make: Callable[[], nn.Module] = network) -> Callable[[], nn.Module]:
    def make_model() -> nn.Module:
        model = make()
        change(model)
        return model

    return make_model


class Symmetric(nn.Module):
    def forward(self, values: Tensor) -> Tensor:
        return values.tanh()


class Hooking(nn.Module):
    """Places hooks while it is called."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.first, self.second, self.where = nn.Linear(2, 8), nn.Linear(8, 1), where

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = torch.tanh(self.first(inputs))
        if self.where == "values" and hidden.requires_grad:
            hidden.register_hook(lambda gradient: gradient * 0.5)
        if self.where == "parameter" and not self.first.weight._backward_hooks:
            self.first.weight.register_hook(lambda gradient: gradient * 0.5)
        if self.where == "module" and not self.second._forward_pre_hooks:
            self.second.register_forward_pre_hook(lambda _, given: (given[0] * 2,))
        outputs: Tensor = self.second(hidden)
        return outputs


class Attributed(nn.Module):
    """Keeps something that is neither a parameter nor a buffer, and uses it."""

    def __init__(self, make: Callable[[], Any], use: Callable[[Any, Tensor], Tensor]) -> None:
        super().__init__()
        self.first, self.second, self.kept, self.use = nn.Linear(2, 8), nn.Linear(8, 1), make(), use

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.second(self.use(self.kept, torch.tanh(self.first(inputs))))
        return outputs


class Drawn:
    """An object of a class that nobody knows."""

    def __init__(self) -> None:
        self.factor = torch.rand(8)


def drawn_function() -> Callable[[Tensor], Tensor]:
    factor = float(torch.rand(()))
    return lambda values: values * factor


def append(kept: list[int], values: Tensor) -> Tensor:
    kept.append(1)
    return values * (1 + 0.1 * len(kept))


def shrink(parameter: Tensor) -> None:
    assert parameter.grad is not None
    parameter.grad.mul_(0.1)


def normalize(model: Any, which: str) -> nn.Module:
    wrapped: nn.Module = getattr(nn.utils, which)(model[0])
    return wrapped


KINDS: dict[str, Callable[[], nn.Module]] = {
    "a hook of a parameter": with_(lambda m: m[0].weight.register_hook(lambda g: g.clamp(-1e-3, 1e-3))),
    "a hook after accumulation": with_(lambda m: m[0].weight.register_post_accumulate_grad_hook(shrink)),
    "a forward hook": with_(lambda m: m[0].register_forward_hook(lambda *given: given[2] * 2)),
    "a forward pre-hook": with_(lambda m: m[0].register_forward_pre_hook(lambda _, given: (given[0] * 2,))),
    "a backward hook": with_(lambda m: m[2].register_full_backward_hook(lambda _, g, __: (g[0] * 2,))),
    "a backward pre-hook": with_(lambda m: m[2].register_full_backward_pre_hook(lambda _, g: (g[0] * 2,))),
    "a hook for one seed in two": with_(
        lambda m: m[0].weight.register_hook(lambda g: g * 0.1) if torch.rand(()) < 0.5 else None
    ),
    "hooks within forward, of values": partial(Hooking, "values"),
    "hooks within forward, of a parameter": partial(Hooking, "parameter"),
    "hooks within forward, of a module": partial(Hooking, "module"),
    "weight norm": with_(lambda m: parametrizations.weight_norm(m[0])),
    "the old weight norm": with_(lambda m: normalize(m, "weight_norm")),
    "orthogonal": with_(lambda m: parametrizations.orthogonal(m[0])),
    "spectral norm": with_(lambda m: parametrizations.spectral_norm(m[0])),
    "the old spectral norm": with_(lambda m: normalize(m, "spectral_norm")),
    "an own parametrization": with_(lambda m: parametrize.register_parametrization(m[0], "weight", Symmetric())),
    "pruned by size": with_(lambda m: prune.l1_unstructured(m[0], "weight", amount=0.5)),
    "pruned at random": with_(lambda m: prune.random_unstructured(m[0], "weight", amount=0.5)),
    "a pruned structure": with_(lambda m: prune.ln_structured(m[0], "weight", amount=0.5, n=2, dim=0)),
    "the same tensor": partial(Attributed, lambda: torch.ones(8) / 2, torch.mul),
    "a tensor": partial(Attributed, lambda: torch.randn(8), lambda kept, x: x * kept),
    "an array": partial(Attributed, lambda: torch.rand(8).numpy(), lambda kept, x: x * torch.from_numpy(kept)),
    "a permutation": partial(Attributed, lambda: torch.randperm(8).tolist(), lambda kept, x: x[:, kept]),
    "a function": partial(
        Attributed, lambda: [torch.relu, torch.sin][int(torch.randint(2, ()))], lambda kept, x: kept(x)
    ),
    "a function of drawn numbers": partial(Attributed, drawn_function, lambda kept, x: kept(x)),
    "a partial": partial(Attributed, lambda: partial(torch.mul, torch.rand(8)), lambda kept, x: kept(x)),
    "a dictionary": partial(Attributed, lambda: {"by": [torch.rand(8)]}, lambda kept, x: x * kept["by"][0]),
    "a module that torch does not know": partial(Attributed, lambda: [nn.Linear(8, 8)], lambda kept, x: kept[0](x)),
    "a generator": partial(
        Attributed,
        lambda: torch.Generator().manual_seed(torch.initial_seed()),
        lambda kept, x: x + torch.rand(8, generator=kept),
    ),
    "an object": partial(Attributed, Drawn, lambda kept, x: x * kept.factor),
    "a list that grows": partial(Attributed, list, append),
    "nothing": network,
    "nothing of ours": lambda: mlp(2, [8], 1),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", KINDS)
def test_hooks_parametrizations_and_attributes_are_trained_as_train_does(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    found = outcome(KINDS[name])
    record_property("outcome", found)
    assert found != "refused"
    assert (found == "fused") == name.startswith("nothing")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("backend", ["fused", "vmapped", "loop"])
@pytest.mark.parametrize("name", KINDS)
def test_a_backend_that_was_asked_for_obeys_or_refuses(backend: str, name: str) -> None:
    assert outcome(KINDS[name], backend=backend) in (backend, "refused")


def main() -> None:
    """Print how many modules were tried, and what trained them: for notes."""
    warnings.simplefilter("ignore")
    makers = [maker_of(kind) for kind in LAYERS]
    counts = Counter("takes no tensor" if maker is None else outcome(maker) for maker in makers)
    print(f"torch.nn: {len(LAYERS)} modules, {dict(counts)}")
    others = Counter(outcome(make_model) for make_model in KINDS.values())
    print(f"hooks, parametrizations, attributes: {len(KINDS)} kinds, {dict(others)}")


if __name__ == "__main__":
    main()
