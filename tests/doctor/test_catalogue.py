"""Each fault of the catalogue does harm, each twin learns, and each healthy training learns, in plain PyTorch."""

import gc
import math
from collections import Counter

import pytest
import torch

from .catalogue import CASES, FAULTY, HEALTHY, Case, Training
from .catalogue.protocol import Record, carry_out
from .names import NAMES

pytestmark = pytest.mark.slow  # about the cases, which no packaging changes

SEEDS = 3


def trained(case: Case, repaired: bool, seed: int) -> tuple[Training, Record]:
    training = case.build_seeded(repaired, seed)
    return training, carry_out(training)


def score(case: Case, training: Training) -> float:
    assert training.validation is not None
    return case.score(training.model, *training.validation)


def graphs_alive() -> int:
    """How many tensors still hold the graph that made them."""
    gc.collect()
    # Asking an object for its type, unlike isinstance, does not wake the lazy ones that other modules keep.
    return sum(issubclass(type(kept), torch.Tensor) and kept.grad_fn is not None for kept in gc.get_objects())


def graphs_kept(training: Training) -> int:
    before = graphs_alive()
    carry_out(training)
    return graphs_alive() - before


def known_rows(training: Training) -> float:
    """Share of the validation rows that are among the training rows."""
    assert training.validation is not None
    rows = {row.numpy().tobytes() for x, _ in training.batches() for row in x}
    held_out = training.validation[0]
    return sum(row.numpy().tobytes() in rows for row in held_out) / len(held_out)


def shows(case: Case, seed: int) -> bool:
    """Whether the fault does harm with this seed; the twin must learn, and have none of the harm, with any."""
    twin, mended = trained(case, True, seed)
    faulty, broken = trained(case, False, seed)
    twin_score, faulty_score = score(case, twin), score(case, faulty)
    assert twin_score >= case.learns, f"the twin reaches only {twin_score:.3f}"
    assert all(map(math.isfinite, mended.losses)), "the twin's loss is finite"
    assert twin.validation is not None
    if case.proof == "better":
        return not faulty_score > twin_score - case.gap
    if case.proof == "nan":
        return not all(map(math.isfinite, broken.losses))
    if case.proof == "report":
        assert mended.reported[-1] == pytest.approx(twin_score, abs=1e-5)
        return abs(broken.reported[-1] - faulty_score) >= case.gap
    if case.proof == "scaling":
        honest = case.score(faulty.model, *twin.validation)
        return honest >= case.learns and broken.reported[-1] <= honest - case.gap
    if case.proof == "rows":
        assert known_rows(twin) < 0.01
        new = case.score(faulty.model, *twin.validation)
        return known_rows(faulty) > 0.5 and broken.reported[-1] >= new + case.gap
    assert graphs_kept(case.build_seeded(True, seed)) <= 2
    return graphs_kept(case.build_seeded(False, seed)) > 100 or _deep_graph(faulty)


def _deep_graph(training: Training) -> bool:
    """Whether a sum of losses was kept: one tensor, whose graph leads through all steps."""
    assert training.step is not None
    cells = [cell.cell_contents for cell in training.step.__closure__ or ()]
    sums = [kept for kept in cells if isinstance(kept, torch.Tensor) and kept.grad_fn is not None]
    steps = 0
    for kept in sums:
        node = kept.grad_fn
        while node is not None and node.next_functions:
            node, steps = node.next_functions[0][0], steps + 1
    return steps > 100


@pytest.mark.parametrize("name", [case.id for case in FAULTY])
def test_a_fault_does_harm_and_its_twin_learns(name: str) -> None:
    case, harm = CASES[name], []
    for seed in range(SEEDS):
        harm.append(shows(case, seed))
        if Counter(harm).most_common(1)[0][1] * 2 > SEEDS:
            break
    assert sum(harm) >= 2, f"{', '.join(case.faults)} does harm with {sum(harm)} of {len(harm)} seeds"


@pytest.mark.parametrize("name", [case.id for case in HEALTHY])
def test_a_healthy_training_learns(name: str) -> None:
    case = CASES[name]
    training, record = trained(case, False, 0)
    assert all(map(math.isfinite, record.losses))
    reached = case.score(training.model, *(training.validation or next(iter(training.batches()))))
    assert reached >= case.learns, f"{name} reaches only {reached:.3f}"


@pytest.mark.parametrize("name", ["raw-measurements", "batch-first-forgotten", "losses-in-a-list"])
def test_a_case_is_the_same_each_time(name: str) -> None:
    _, first = trained(CASES[name], False, 0)
    torch.manual_seed(7)
    _, second = trained(CASES[name], False, 0)
    assert first == second


def test_the_catalogue_is_broad() -> None:
    held = Counter(name for case in FAULTY for name in case.faults)
    assert set(held) <= NAMES
    assert len(FAULTY) >= 60
    assert len(held) >= 40
    assert (
        {case.net for case in FAULTY} == {case.net for case in HEALTHY} == {"mlp", "conv", "recurrent", "transformer"}
    )
    assert len(HEALTHY) >= 30
    assert sum(len(case.faults) > 1 for case in FAULTY) >= 3
