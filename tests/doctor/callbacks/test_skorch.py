"""`looplab.doctor.SkorchWatch`: skorch trains as it would, and what is wrong is found."""

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import clone
from skorch import NeuralNet, NeuralNetClassifier, NeuralNetRegressor
from skorch.callbacks import Callback, GradientNormClipping
from torch import Tensor, nn

from looplab.doctor import Finding, SkorchWatch
from looplab.errors import DoctorError

WITHOUT_NUMBER = "ignore:.*:RuntimeWarning"


class Net(nn.Module):
    """Two layers, BatchNorm and dropout."""

    def __init__(self, outputs: int = 1, scale: float = 1.0) -> None:
        super().__init__()
        self.first, self.norm, self.last = nn.Linear(3, 16), nn.BatchNorm1d(16), nn.Linear(16, outputs)
        self.drop, self.scale = nn.Dropout(0.1), scale

    def forward(self, x: Tensor) -> Tensor:
        answers: Tensor = self.last(self.drop(torch.relu(self.norm(self.first(x)))))
        return self.scale * answers


def table(rows: int = 256) -> tuple[np.ndarray[Any, np.dtype[np.float32]], np.ndarray[Any, np.dtype[np.float32]]]:
    x = np.random.default_rng(0).normal(size=(rows, 3)).astype(np.float32)
    return x, x.sum(axis=1, keepdims=True)


def net_with(*callbacks: Callback, **options: Any) -> NeuralNetRegressor:
    torch.manual_seed(0)
    settings = {"lr": 0.05, "max_epochs": 4, "batch_size": 16, "verbose": 0, **options}
    kind = settings.pop("kind", NeuralNetRegressor)
    return kind(settings.pop("module", Net), callbacks=list(callbacks), **settings)


@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.Adam, torch.optim.LBFGS])
@pytest.mark.parametrize("every", [1, None])
def test_no_number_of_the_training_changes(optimizer: type[torch.optim.Optimizer], every: int | None) -> None:
    states = []
    for callbacks in ([], [SkorchWatch(every=every)]):
        net = net_with(*callbacks, optimizer=optimizer, lr=0.01, iterator_train__shuffle=True)
        net.fit(*table()).partial_fit(*table())
        assert net.module_ is not None
        states.append(
            [*net.module_.state_dict().values(), torch.get_rng_state(), torch.tensor(net.history[:, "train_loss"])]
        )
    assert all(torch.equal(one, other) for one, other in zip(*states, strict=True))


@pytest.mark.parametrize("every", [1, None])
def test_a_healthy_training_is_called_healthy(every: int | None) -> None:
    doctor = SkorchWatch(every=every)
    net_with(doctor, max_epochs=10, iterator_train__shuffle=True).fit(*table())
    diagnosis = doctor.diagnosis()
    assert diagnosis.healthy, str(diagnosis)
    assert diagnosis.steps == 10 * 13, "204 of 256 rows, the others are for validation"
    assert torch.tensor(diagnosis.losses).isfinite().all()
    assert not any("targets are not known" in note for note in diagnosis.notes)


@pytest.mark.parametrize("criterion", [nn.CrossEntropyLoss, nn.NLLLoss])
def test_a_healthy_classifier_is_called_healthy(criterion: type[nn.Module]) -> None:
    """Of the module's probabilities, skorch itself takes the logarithm for NLLLoss."""
    doctor = SkorchWatch(every=1)
    module = nn.Sequential(Net(2), nn.Softmax(dim=1)) if criterion is nn.NLLLoss else Net(2)
    x, y = table()
    net = net_with(
        doctor,
        kind=NeuralNetClassifier,
        module=module,
        criterion=criterion,
        max_epochs=15,
        iterator_train__shuffle=True,
    )
    net.fit(x, (y[:, 0] > 0).astype(np.int64))
    assert doctor.diagnosis().healthy, str(doctor.diagnosis())


def with_softmax_twice(doctor: SkorchWatch) -> None:
    x, y = table()
    module = nn.Sequential(Net(2), nn.Softmax(dim=1))
    net = net_with(doctor, kind=NeuralNetClassifier, module=module, criterion=nn.CrossEntropyLoss, max_epochs=10)
    net.fit(x, (y[:, 0] > 0).astype(np.int64))


def with_nothing_trained(doctor: SkorchWatch) -> None:
    other = Net()

    class Wrong(NeuralNetRegressor):
        def initialize_optimizer(self, *args: Any, **kwargs: Any) -> "Wrong":
            self.optimizer_ = torch.optim.SGD(other.parameters(), lr=0.1)
            return self

    net_with(doctor, kind=Wrong).fit(*table())


def with_a_frozen_layer(doctor: SkorchWatch) -> None:
    module = Net()
    module.first.requires_grad_(False)
    net_with(doctor, module=module, max_epochs=10).fit(*table())


def without_a_step(doctor: SkorchWatch) -> None:
    class Wrong(NeuralNetRegressor):
        def train_step(self, batch: Any, **fit_params: Any) -> Any:
            return self.train_step_single(batch, **fit_params)

    net_with(doctor, kind=Wrong).fit(*table())


def without_zeroing(doctor: SkorchWatch) -> None:
    class Wrong(NeuralNetRegressor):
        def _zero_grad_optimizer(self, set_to_none: bool | None = None) -> None:
            pass

    net_with(doctor, kind=Wrong).fit(*table())


def with_raw_inputs(doctor: SkorchWatch) -> None:
    x, y = table()
    module = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
    net_with(doctor, module=module, max_epochs=10).fit(x * np.float32(1000) + np.float32(5000), y)


def with_other_shapes(doctor: SkorchWatch) -> None:
    x, y = table()
    net_with(doctor, kind=NeuralNet, criterion=nn.MSELoss, max_epochs=10).fit(x, y[:, 0])


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize(
    ("training", "fault"),
    [
        pytest.param(with_softmax_twice, "softmax_before_ce", id="softmax"),
        pytest.param(with_nothing_trained, "optimizer_wrong_params", id="optimizer"),
        pytest.param(with_a_frozen_layer, "frozen_layers", id="frozen"),
        pytest.param(without_a_step, "no_optimizer_step", id="no step"),
        pytest.param(without_zeroing, "no_zero_grad", id="no zeroing"),
        pytest.param(with_raw_inputs, "unscaled_inputs", id="inputs"),
        pytest.param(with_other_shapes, "target_shape_broadcast", id="shapes"),
    ],
)
def test_faults_are_found(training: Callable[[SkorchWatch], None], fault: str) -> None:
    doctor = SkorchWatch(every=1)
    training(doctor)
    assert fault in [finding.fault for finding in doctor.diagnosis().findings[:2]], str(doctor.diagnosis())


@pytest.mark.filterwarnings(WITHOUT_NUMBER)
def test_of_a_rate_that_makes_numbers_infinite_the_lower_rate_is_named() -> None:
    doctor = SkorchWatch()
    net_with(doctor, module=nn.Linear(3, 1), lr=30.0).fit(*table())
    finding = doctor.diagnosis().findings[0]
    assert finding.fault == "nan_loss"
    assert "numbers grew until they were infinite" in finding.evidence
    assert finding.fix.startswith("A lower learning rate")


class Spoiled(nn.Module):
    """Gives a loss without a slope for the batch in which all is 0."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        answers: Tensor = self.layer(x).square().sqrt()
        return answers


@pytest.mark.filterwarnings(WITHOUT_NUMBER)
def test_a_gradient_that_is_no_number_is_explained_while_the_training_goes_on() -> None:
    """skorch's steps are closures: the gradient comes back within the optimizer's step."""
    seen: list[tuple[int, str]] = []
    x, y = table()
    x[48:64] = 0.0
    doctor = SkorchWatch(on_finding=lambda finding: seen.append((len(net.history), finding.evidence)), every=1000)
    net = net_with(doctor, module=Spoiled, train_split=None)
    net.fit(x, np.abs(y))
    assert doctor.diagnosis().findings[0].fault == "nan_loss"
    epoch, evidence = seen[0]
    assert epoch == 1
    assert "In step 4 the gradient became NaN" in evidence
    assert "sqrt" in evidence


def test_clipping_is_seen_within_the_closure() -> None:
    doctor = SkorchWatch(every=1)
    net_with(doctor, GradientNormClipping(1e-3)).fit(*table())
    watching = doctor.following_._watch
    assert watching is not None
    step = watching._begun().seen.steps[0]
    assert step.optimizer_steps == 1
    assert float(step.used.nan_to_num().norm()) == pytest.approx(1e-3, rel=1e-2)
    assert float(step.gathered.nan_to_num().norm()) > 0.1


class Fails(Callback):
    """Raises in the second epoch."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        if len(net.history) == 2:
            raise self.error


def is_left_alone(net: NeuralNet) -> bool:
    hooks = [each._forward_pre_hooks or each._forward_hooks for each in (*net.module_.modules(), net.criterion_)]
    return not any(hooks) and torch.autograd.backward.__module__ == "torch.autograd" and "fit_loop" not in vars(net)


def test_the_error_of_a_training_comes_through_with_the_findings_beside_it() -> None:
    raised, doctor = ValueError("the person's own"), SkorchWatch(every=1)
    net = net_with(doctor, Fails(raised))
    with pytest.raises(ValueError, match="the person's own") as caught:
        net.fit(*table())
    assert caught.value is raised
    assert raised.diagnosis.steps == doctor.diagnosis().steps == 26  # type: ignore[attr-defined]  # put there by the watch
    assert raised.__notes__[0].startswith("Healthy: no fault was found.")
    assert is_left_alone(net)


def test_a_training_that_is_stopped_is_diagnosed() -> None:
    doctor = SkorchWatch()
    net = net_with(doctor, Fails(KeyboardInterrupt()))
    net.fit(*table())  # skorch takes Ctrl-C for an end
    assert doctor.diagnosis().steps == 26
    assert is_left_alone(net)


def test_what_on_finding_raises_ends_the_training() -> None:
    def stop(finding: Finding) -> None:
        raise StopIteration(finding.fault)

    doctor = SkorchWatch(on_finding=stop, every=1)
    with pytest.raises(StopIteration, match="target_shape_broadcast"), pytest.warns(UserWarning, match="target size"):
        with_other_shapes(doctor)


def test_each_training_is_watched_anew_and_nothing_is_left_behind() -> None:
    doctor = SkorchWatch(every=1)
    net = net_with(doctor, max_epochs=1)
    for _ in range(2):
        net.partial_fit(*table())
        assert doctor.diagnosis().steps == 13
    assert is_left_alone(net)


class Stores(Callback):
    """Stores the net in the middle of its training."""

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        pickle.loads(pickle.dumps(net)).predict(table()[0])


def test_a_net_can_be_stored_and_cloned_with_its_callback() -> None:
    doctor = SkorchWatch(every=3)
    net = net_with(doctor, Stores(), max_epochs=2).fit(*table())
    copied = clone(net).set_params(callbacks__SkorchWatch__every=1).fit(*table())
    assert dict(copied.callbacks_)["SkorchWatch"].diagnosis().losses != doctor.diagnosis().losses
    with pytest.raises(DoctorError, match="none so far"):
        dict(pickle.loads(pickle.dumps(net)).callbacks_)["SkorchWatch"].diagnosis()


def test_mistakes_are_told_in_a_sentence() -> None:
    with pytest.raises(DoctorError, match=r"^every: expected a whole number above 0, got 0\.?$"):
        SkorchWatch(every=0)
    with pytest.raises(DoctorError, match=r"^on_finding: expected a function, got a text"):
        SkorchWatch(on_finding="print")  # type: ignore[arg-type]
    with pytest.raises(DoctorError, match=r"^SkorchWatch: expected a training with this callback, got none so far"):
        SkorchWatch().diagnosis()


def test_what_cannot_be_watched_is_trained_all_the_same() -> None:
    doctor = SkorchWatch()
    net_with(doctor, module=nn.LazyLinear(1)).fit(*table())
    diagnosis = doctor.diagnosis()
    assert diagnosis.steps == 0
    assert "Nothing was watched: model: expected parameters with a shape, got lazy ones." in diagnosis.notes[0]
