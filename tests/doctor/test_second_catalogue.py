"""Each case of the second catalogue is what it says: its fault matters, its twin and the odd healthy ones learn."""

import inspect
from dataclasses import fields, replace

import pytest
import torch
from torch import Tensor

from looplab.doctor import examine

from .names import NAMES
from .second_catalogue import CASES, FAULTY, HEALTHY, MODULES, Case
from .second_catalogue.proof import honest_score, prove, run
from .second_catalogue.training import NETS

pytestmark = pytest.mark.slow  # about the cases, which no packaging changes


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    """The nets are so small that threads would only wait for each other."""
    torch.set_num_threads(1)


def test_there_are_enough_cases_of_every_kind() -> None:
    assert len(FAULTY) >= 60
    assert len(HEALTHY) >= 30
    assert {name for case in FAULTY for name in case.faults} == NAMES
    assert sum(len(case.faults) == 2 for case in FAULTY) >= 4
    assert {case.net for case in FAULTY} == set(NETS) == {case.net for case in HEALTHY}
    assert {case.module for case in CASES.values()} == {module.__name__.rpartition(".")[2] for module in MODULES}


@pytest.mark.parametrize("case", FAULTY, ids=lambda case: case.id)
def test_a_fault_matters_and_its_twin_learns(case: Case) -> None:
    verdict = prove(case)
    assert verdict.learns >= 2, f"the twin should reach {case.learns}: {verdict.numbers}"
    assert verdict.seen >= 2, f"the fault hardly shows: {verdict.numbers}"


@pytest.mark.parametrize("case", HEALTHY, ids=lambda case: case.id)
def test_a_healthy_training_learns(case: Case) -> None:
    verdict = prove(case)
    assert verdict.learns >= 2, f"should reach {case.learns}: {verdict.numbers}"


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.id)
def test_a_training_is_built_afresh_from_its_seed_alone(case: Case) -> None:
    first, again, other = case.build(), case.build(), case.build_seeded(False, 1)
    weights, same, others = ([*training.model.state_dict().values()] for training in (first, again, other))
    assert all(torch.equal(a, b) and a.data_ptr() != b.data_ptr() for a, b in zip(weights, same, strict=True))
    assert first.validation is not None
    assert again.validation is not None
    assert all(torch.equal(a, b) for a, b in zip(first.validation, again.validation, strict=True))
    assert other.validation is not None
    one, two = [*weights, *first.validation], [*others, *other.validation]
    assert not all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


@pytest.mark.parametrize("id_", ["digits-from-zero", "wines-clipped-by-value", "tumours-validated-raw"])
def test_a_training_runs_the_same_twice(id_: str) -> None:
    case = CASES[id_]
    assert run(case, repaired=True, seed=2).losses == run(case, repaired=True, seed=2).losses


def test_a_fault_without_effect_is_not_taken_for_one() -> None:
    case = CASES["wines-clipped-by-value"]

    def always_mended(*, repaired: bool, seed: int) -> object:
        del repaired
        return case.make(repaired=True, seed=seed)

    idle = replace(case, make=always_mended)  # type: ignore[arg-type]  # it returns what the other one does
    verdict = prove(idle)
    assert (verdict.tried, verdict.seen) == (3, 0)
    assert verdict.learns >= 2


def test_a_twin_that_learns_nothing_is_seen() -> None:
    case = CASES["wines-clipped-by-value"]

    def always_broken(*, repaired: bool, seed: int) -> object:
        del repaired
        return case.make(repaired=False, seed=seed)

    assert prove(replace(case, make=always_broken)).learns == 0  # type: ignore[arg-type]  # as above


def test_honest_numbers_are_taken_in_evaluation_mode_and_nan_is_worth_nothing() -> None:
    training = CASES["digits-validated-with-dropout"].build_repaired()
    training.model.train()

    def first_output(out: Tensor, y: Tensor) -> float:
        del y
        return float(out[0, 0])

    assert honest_score(training, first_output) == honest_score(training, first_output)
    assert honest_score(training, lambda out, y: float("nan")) == -1


def test_the_fields_are_the_arguments_of_examine() -> None:
    taken = list(inspect.signature(examine).parameters)
    assert [field.name for field in fields(CASES["digits-from-zero"].build())] == taken
