"""`train_many`: many trainings at once, each the run that `train` would give."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from looplab.data import Dataset
from looplab.errors import ModelError, ReplicasError, require_choice
from looplab.loop import ProgressBar, Recipe
from looplab.loop.checks import whole_number
from looplab.loop.optimizers import OPTIMIZERS
from looplab.replicas.arguments import make_call
from looplab.replicas.call import Call
from looplab.replicas.fusible import why_not_fused
from looplab.replicas.initial import InitialModels, make_first_model
from looplab.replicas.memory import require_memory
from looplab.replicas.plan import Network, Trained, describe_network
from looplab.replicas.probe import Probe, probe_model
from looplab.replicas.runs import Backend, Runs
from looplab.replicas.vmapped import replica_bytes, run_vmapped, why_not_vmapped

__all__ = ["train_many"]


def train_many(
    make_model: Callable[[], nn.Module],
    dataset: Dataset,
    recipe: Recipe,
    *,
    seeds: int | Iterable[int],
    vary: Mapping[str, Iterable[Any]] | None = None,
    validation: Dataset | None = None,
    row_weights: Float[Tensor, "..."] | None = None,
    backend: Literal["auto", "fused", "vmapped"] = "auto",
    record_every: int = 1,
    threads: int | None = None,
) -> Runs:
    """Train many replicas of a model at once: each is the run that `train` gives with its seed and settings.

    Initial parameters and batch order are `train`'s to the bit; losses are `train`'s up to float32 rounding, which
    grows with the steps. A replica does not depend on its neighbours: one whose loss becomes infinite or NaN stops and
    is marked `failed`, where `train` raises a `DivergenceError`.

    Args:
        make_model: () -> nn.Module, called once a seed, with torch's random state seeded by it. A model on a GPU is
            trained there. A `functools.partial` of `mlp` or `linear` is quickest: the initial parameters of its models
            are known from the seed, so that none but the first is made.
        dataset: the rows to learn from.
        recipe: what all replicas have in common; its `seed` is not used.
        seeds: the seeds, each once; a whole number S means 0 to S-1.
        vary: {"lr": [0.01, 0.1], ...}: fields of the recipe (`lr`, `weight_decay`, `momentum`, `betas`, `eps`,
            `clip_norm`, `batch_size`) with the values to try. Every combination is crossed with every seed.
        validation: rows to measure the loss on without learning from them.
        row_weights: as in `train`: rows with weight 0 are left out, the loss is a weighted mean. Either N weights
            for all replicas, or F×N, a fold (or bootstrap) each, crossed with every seed and combination, or F×S×N,
            whose folds differ from seed to seed.
        backend: "fused" (compiled; networks of linear layers, activations and dropout, on the CPU), "vmapped" (any
            module that `torch.func` supports, on any device), or "auto": fused if it can, else vmapped.
            `runs.backend` says which it was and why.
        record_every: keep the losses of every so many steps: of steps k-1, 2k-1, 3k-1, ...
        threads: threads of the fused backend; None for one a core. The vmapped backend runs on torch's own.

    Returns:
        The replicas' losses and parameters, a `Runs`. Seeds vary fastest, then the combinations (the last field of
        `vary` fastest), then the folds.

    Raises:
        ReplicasError: arguments that do not fit each other, or more replicas than memory: before any is made.
        RecipeError: a varied value that the recipe refuses.
        ModelError: a model that does not fit the data, or that no backend can train; says why.
        ChoiceError: an unknown backend or varied field.

    Random state: initial parameters come from torch's generator, seeded by each replica's seed; the batch order from
    `batch_order` with the same seed; dropout masks in `vmapped` from where `make_model` left torch's generator, as in
    `train`, and in `fused` from a generator of its own with the same probability. The caller's random state is left
    as it was.

    >>> from looplab import Recipe, load, mlp
    >>> recipe = Recipe(optimizer="adam", lr=0.05, steps=200)
    >>> runs = train_many(lambda: mlp(2, [8], 1), load("moons"), recipe, seeds=16, vary={"lr": [0.01, 0.05]})
    >>> len(runs), tuple(runs.train_loss.shape)
    (32, (32, 200))
    """
    started = time.perf_counter()
    require_choice("backend", backend, ("auto", "fused", "vmapped"))
    if threads is not None and whole_number(threads) < 1:
        fix = "Leave it out for one a core."
        raise ReplicasError("threads", expected="a whole number, at least 1", got=repr(threads), fix=fix)
    call = make_call(
        make_model,
        dataset,
        recipe,
        seeds=seeds,
        vary=vary,
        validation=validation,
        row_weights=row_weights,
        record_every=record_every,
    )
    first = make_first_model(make_model, call.seeds[0])
    chosen = _choose_backend(backend, first.model, call)
    if isinstance(chosen.plan, Probe) and threads is not None:
        raise ReplicasError(
            "threads",
            expected="None with the vmapped backend, which runs on torch's threads",
            got=repr(threads),
            fix="Call torch.set_num_threads instead.",
        )
    _check_memory(call, first.model, chosen.plan)
    draws = isinstance(chosen.plan, Probe) and chosen.plan.draws_dropout
    initial = InitialModels(make_model, call.seeds, first, random_states=draws)
    with ProgressBar(len(call) * call.steps) as bar:
        if isinstance(chosen.plan, Network):
            trained = _fused(call, initial, chosen.plan, threads, bar)
        else:
            trained = run_vmapped(first.model, call, initial, chosen.plan, bar.update)
    return Runs(
        model_template=first.model,
        parameters=torch.from_numpy(trained.parameters),
        train_loss=torch.from_numpy(trained.train_loss),
        validation_loss=None if trained.validation_loss is None else torch.from_numpy(trained.validation_loss),
        failed=torch.from_numpy(trained.failed),
        buffers={name: stacked[call.seed_index].cpu() for name, stacked in initial.buffers.items()},
        columns=call.columns(),
        recipe=recipe,
        backend=chosen.backend,
        dataset=dataset.name,
        record_every=record_every,
        seconds=time.perf_counter() - started,
    )


@dataclass(frozen=True)
class _Chosen:
    """A backend, and what it needs to know of the model: its layers if fused, what a step of it showed if vmapped."""

    backend: Backend
    plan: Network | Probe


def _fused(call: Call, initial: InitialModels, network: Network, threads: int | None, bar: ProgressBar) -> Trained:
    from looplab.replicas.fused import run_fused  # here, since most processes never need it

    def initial_rows(start: int, stop: int) -> Any:
        wanted = call.seed_index[start:stop]
        initial.make(int(wanted.max()) + 1)
        return initial.parameters.numpy()[wanted]

    return run_fused(network, call, initial_rows, threads=threads, on_progress=bar.update)


def _choose_backend(wanted: str, model: nn.Module, call: Call) -> _Chosen:
    dataset = call.dataset
    plan = "as asked for" if wanted == "vmapped" else _fused_plan(model, call)
    if isinstance(plan, Network) and (plan.inputs, plan.outputs) == (dataset.features, dataset.outputs):
        reason = "every layer has a compiled kernel" if wanted == "auto" else "as asked for"
        return _Chosen(Backend("fused", reason), plan)
    probe = probe_model(model, dataset, max(recipe.batch_size or len(dataset) for recipe in call.recipes))
    assert not isinstance(plan, Network), "the probe refuses layers that do not fit the data"
    if wanted == "fused":
        raise ModelError(
            "backend='fused'",
            expected="linear layers, activations and dropout in sequence, on the CPU, all of which have kernels",
            got=plan,
            fix="backend='auto' trains it with the vmapped backend.",
        )
    alone = OPTIMIZERS[call.optimizer].vmapped
    if alone is not None:
        raise ReplicasError(
            "optimizer",
            expected="one that can update many replicas together",
            got=f"'{call.optimizer}', which cannot: {alone.reason}",
            fix="Train it with train, one seed after the other.",
        )
    refusal = why_not_vmapped(model, dataset, probe)
    if refusal is not None:
        raise ModelError(
            "make_model",
            expected="a model whose replicas can train together",
            got=f"one that cannot, because {refusal}",
            fix="Train it with train, one seed after the other.",
        )
    return _Chosen(Backend("vmapped", plan if wanted == "vmapped" else f"no fused plan, because {plan}"), probe)


def _fused_plan(model: nn.Module, call: Call) -> Network | str:
    """The layers that the fused backend would train, or why it cannot."""
    network = describe_network(model)
    if isinstance(network, str):
        return network
    return why_not_fused(network, call.optimizer, call.dataset.task) or network


def _check_memory(call: Call, model: nn.Module, plan: Network | Probe) -> None:
    """Refuse what does not fit: initial and final parameters, recorded losses, one step of a chunk."""
    parameters = sum(parameter.numel() for parameter in model.parameters())
    buffers = sum(buffer.nbytes for buffer in model.buffers())
    losses = call.records * (1 if call.validation is None else 2)
    needed = (len(call.seeds) + len(call)) * (4 * parameters + buffers) + len(call) * (4 * losses + 64)
    if isinstance(plan, Probe):
        needed += replica_bytes(max(len(call.dataset), len(call.validation or ())), plan, parameters)
    require_memory(needed, next(model.parameters()).device, len(call))
