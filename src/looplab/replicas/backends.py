"""Which backend trains a call: the first of those asked for that gives what `train` gives."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from torch import nn

from looplab.errors import LooplabError, ModelError, ReplicasError
from looplab.loop.optimizers import OPTIMIZERS
from looplab.loop.optimizers.groups import group_of_each
from looplab.loop.stacking import why_not_stacked
from looplab.loop.surroundings import in_a_line
from looplab.models.particulars import hooks_in
from looplab.replicas.call import Call
from looplab.replicas.fused_guard import FusedGuard, is_asked
from looplab.replicas.fusible import require_rows, why_not_fused, why_not_in_a_block
from looplab.replicas.guard import Guard
from looplab.replicas.initial import FirstModel, InitialModels
from looplab.replicas.kept import KeptGroup
from looplab.replicas.looped import run_looped
from looplab.replicas.needs import check_memory
from looplab.replicas.plan import Network, Trained, describe_network
from looplab.replicas.probe import Probe, probe_model
from looplab.replicas.results import Backend
from looplab.replicas.statistics import initial_statistics, with_buffers
from looplab.replicas.stretches import train_in_stretches
from looplab.replicas.timing import expect, why_loop, why_loop_for_few
from looplab.replicas.unsuitable import UnsuitableError
from looplab.replicas.vmapped import run_vmapped, why_not_vmapped

__all__ = ["BackendName", "Order", "check_fit", "choose_backend", "train_call"]

BackendName = Literal["auto", "fused", "vmapped", "loop"]
"""What a caller may ask for."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Order:
    """A call to train, and what is known of it.

    Attributes:
        call: the data, and how to train each replica.
        first: the model of the first seed.
        wanted: the backend that was asked for, or "auto".
        threads: how many threads or worker processes; None for one a core.
        on_progress: told now and then how many of the R×T updates are done.
        kept: what is done of it, in a file; None where nothing is kept.
        reasons: why backends that were tried are not the one, as clauses; those that try add theirs.
    """

    call: Call
    first: FirstModel
    wanted: str
    threads: int | None
    on_progress: Callable[[int], None]
    kept: KeptGroup | None = None
    reasons: list[str] = field(default_factory=list)

    @property
    def chosen(self) -> str | None:
        """The backend that was chosen before the call was interrupted."""
        return None if self.kept is None else self.kept.backend

    def chose(self, backend: str) -> KeptGroup | None:
        """Keep which backend trains the replicas from now on."""
        if self.kept is not None:
            self.kept.chose(backend, self.reasons)
        return self.kept


def train_call(order: Order) -> tuple[Trained, Backend]:
    """Train the replicas of a call, by the first backend that can.

    Raises:
        ModelError: the backend that was asked for cannot.
        ReplicasError: more replicas than memory.
    """
    reasons = order.reasons
    names = list(_BACKENDS)
    if order.kept is not None and order.chosen is not None:
        names = names[names.index(order.chosen) :]
        reasons += order.kept.reasons
    for name in names:
        if order.wanted not in ("auto", name):
            continue
        try:
            trained, reason = _BACKENDS[name](order)()
        except UnsuitableError as unsuitable:
            _refuse_or_note(order, name, unsuitable)
            continue
        if order.wanted != "auto":
            reason = "; ".join(filter(None, ("as asked for", reason)))
        elif reasons:
            reason = "; ".join(filter(None, (*reasons, reason)))
        return trained, Backend(name, reason)
    raise AssertionError("the loop trains whatever train trains")


def choose_backend(order: Order, *, after: str | None = None) -> str:
    """The first backend that takes a call, which is not trained; the order is told why those before it do not.

    Args:
        order: the call; a part of a larger one is enough.
        after: a backend that has taken it, and then found replicas that it cannot train: the next ones are asked.

    Raises:
        ModelError: the backend that was asked for cannot train it.
        ReplicasError: more replicas than memory.
    """
    names = list(_BACKENDS)
    for name in names[0 if after is None else names.index(after) + 1 :]:
        if order.wanted not in ("auto", name):
            continue
        try:
            _BACKENDS[name](order)
        except UnsuitableError as unsuitable:
            _refuse_or_note(order, name, unsuitable)
            continue
        return name
    raise AssertionError("the loop trains whatever train trains")


def _refuse_or_note(order: Order, name: str, unsuitable: UnsuitableError) -> None:
    """Say that the backend which was asked for cannot, or note why one that was tried is not the one."""
    if order.wanted != "auto":
        raise _refusal(name, unsuitable.reason) from unsuitable
    order.reasons.append(f"{_WITHOUT[name]}, because {unsuitable.reason}")


_WITHOUT = {"fused": "no fused plan", "vmapped": "not vmapped"}
Ready = Callable[[], tuple[Trained, str]]
"""Trains what a backend has looked at and taken; says why in words. May find out that it cannot after all."""


def _fused(order: Order) -> Ready:
    call, first = order.call, order.first
    network = _fused_plan(first.original, call)
    misfit = isinstance(network, Network) and not _fits(network, call)
    if misfit or (isinstance(network, str) and order.wanted == "fused"):
        _probe(order)  # a model that does not fit the data is refused for that
    if isinstance(network, str):
        raise UnsuitableError(network)
    assert not misfit, "the probe refuses layers that do not fit the data"
    require_rows(network, call)
    check_memory(call, first.model, None)
    guard = FusedGuard(network, call) if is_asked(network, call) else None
    initial = InitialModels(
        call.make_model, call.seeds, first, watch=None if guard is None else guard.watch, drawn=True
    )
    if guard is not None:
        initial.make(min(len(call.seeds), int(max(guard.seeds)) + 1))
        fault = guard.verdict(initial)
        if fault is not None:
            raise UnsuitableError(fault)
    return lambda: _train_fused(order, network, initial)


def _train_fused(order: Order, network: Network, initial: InitialModels) -> tuple[Trained, str]:
    call = order.call
    from looplab.replicas.fused import run_fused  # here, since most processes never need it

    def initial_rows(start: int, stop: int) -> Any:
        wanted = call.seed_index[start:stop]
        initial.make(int(wanted.max()) + 1)
        return initial.parameters.numpy()[wanted]

    statistics = None
    if initial.buffers:
        initial.make(len(call.seeds))
        statistics = initial_statistics(network, call, initial.buffers)

    def run(part: Call, start: int, tell: Callable[[int], None]) -> Trained:
        return run_fused(
            network,
            part,
            lambda first, stop: initial_rows(start + first, start + stop),
            statistics=None if statistics is None else statistics[start : start + len(part)],
            threads=order.threads,
            on_progress=tell,
        )

    kept = order.chose("fused")
    if kept is None:
        trained = run(call, 0, order.on_progress)
    else:
        trained = train_in_stretches(call, kept, run, order.on_progress)
    if initial.buffers:
        trained = with_buffers(trained, network, call, initial.buffers)
    return trained, "every layer has a compiled kernel" if order.wanted == "auto" else ""


def _vmapped(order: Order) -> Ready:
    call, first = order.call, order.first
    if order.threads is not None and order.wanted == "vmapped":
        raise ReplicasError(
            "threads",
            expected="None with the vmapped backend, which runs on torch's threads",
            got=repr(order.threads),
            fix="Call torch.set_num_threads instead.",
        )
    undecided = order.wanted == "auto" and order.chosen is None
    few = why_loop_for_few(call) if undecided else None
    if few is not None:
        raise UnsuitableError(few)
    probe = _probe(order)
    reason = _why_not_vmapped(first, call, probe)
    if reason is not None:
        raise UnsuitableError(reason)
    check_memory(call, first.model, probe)
    guard = Guard(call, next(first.model.parameters()).device)
    initial = InitialModels(call.make_model, call.seeds, first, random_states=probe.draws_dropout, watch=guard.watch)
    initial.make(len(call.seeds))
    fault = guard.verdict(first.model, initial, probe.idle_parameters)
    if fault is not None:
        raise UnsuitableError(fault)
    if undecided:
        slower = why_loop(expect(call, first, initial, probe, order.threads))
        if slower is not None:
            raise UnsuitableError(slower)
    return lambda: _train_vmapped(order, initial, probe)


def _train_vmapped(order: Order, initial: InitialModels, probe: Probe) -> tuple[Trained, str]:
    kept = order.chose("vmapped")
    try:
        return run_vmapped(order.first.model, order.call, initial, probe, order.on_progress, kept), ""
    except LooplabError:
        raise
    except Exception as error:  # a model is the user's code, which may raise anything
        raise UnsuitableError(f"torch.func.vmap refuses it: {in_a_line(error)}") from error


def _looped(order: Order) -> Ready:
    check_memory(order.call, order.first.model, None)
    return lambda: _train_looped(order)


def _train_looped(order: Order) -> tuple[Trained, str]:
    kept = order.chose("loop")
    return run_looped(order.call, order.first, threads=order.threads, on_progress=order.on_progress, kept=kept)


_BACKENDS: dict[str, Callable[[Order], Ready]] = {"fused": _fused, "vmapped": _vmapped, "loop": _looped}


def _refusal(name: str, reason: str) -> ModelError:
    if name == "fused":
        return ModelError(
            "backend='fused'",
            expected="linear layers, embeddings, activations, norms, dropout and sums, on the CPU: all have kernels",
            got=reason,
            fix="backend='auto' trains it with another backend.",
        )
    return ModelError(
        "make_model",
        expected="a model whose replicas can train together",
        got=f"one that cannot, because {reason}",
        fix="backend='loop' trains it, one seed after the other.",
    )


def _fits(network: Network, call: Call) -> bool:
    """Whether a network takes the inputs of the data, and gives what the targets need."""
    data = call.dataset
    mine = network.inputs, network.outputs, network.is_embedded
    return mine == (data.features, data.outputs, data.is_categorical)


def _fused_plan(model: nn.Module, call: Call) -> Network | str:
    """The layers that the fused backend would train, or why it cannot."""
    network = describe_network(model, call.dataset.features)
    if isinstance(network, str):
        return network
    return (
        why_not_fused(network, call.optimizer, call.objective)
        or _why_not_stacked(call)
        or _alone(call)
        or why_not_in_a_block(network, call)
        or network
    )


def _probe(order: Order) -> Probe:
    return _probed(order.call, order.first)


def _probed(call: Call, first: FirstModel) -> Probe:
    rows = max(recipe.batch_size or len(call.dataset) for recipe in call.recipes)
    return probe_model(first.original, call.dataset, call.objective, rows)


def check_fit(call: Call, first: FirstModel) -> None:
    """Refuse a model that does not fit the data of a call, before anything is trained.

    Raises:
        ModelError: it cannot take the inputs, or its outputs do not fit the targets.
    """
    network = _fused_plan(first.original, call)
    if isinstance(network, str) or not _fits(network, call):
        _probed(call, first)
    else:
        require_rows(network, call)


def _why_not_vmapped(first: FirstModel, call: Call, probe: Probe) -> str | None:
    alone = OPTIMIZERS[call.optimizer].vmapped
    if alone is not None:
        return f"the optimizer '{call.optimizer}' cannot update many replicas together: {alone.reason}"
    group_of_each([name for name, _ in first.model.named_parameters()], call.recipes[0])
    if first.uncopied is not None:
        return f"the model cannot be copied: {first.uncopied}"
    return (
        hooks_in(first.original)
        or _why_not_stacked(call)
        or why_not_vmapped(first.model, call.dataset, call.objective, probe)
    )


def _alone(call: Call) -> str | None:
    """What of a recipe the compiled loop does not know."""
    return "groups of parameters have settings of their own" if call.recipes[0].groups else None


def _why_not_stacked(call: Call) -> str | None:
    return next(filter(None, map(why_not_stacked, call.recipes)), None)
