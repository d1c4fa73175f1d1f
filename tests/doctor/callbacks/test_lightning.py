"""`looplab.doctor.LightningWatch`: Lightning trains as it would, and what is wrong is found."""

import pickle
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from looplab.doctor import Finding, LightningWatch
from looplab.errors import DoctorError

pytestmark = [
    pytest.mark.filterwarnings(
        "ignore:.isinstance.treespec, LeafSpec.. is deprecated:FutureWarning"
    ),  # Lightning's own
    pytest.mark.filterwarnings("ignore:The '.*_dataloader' does not have many workers"),
    pytest.mark.filterwarnings("ignore:You defined a `validation_step`"),
    pytest.mark.filterwarnings("ignore:You passed in a `val_dataloader`"),
]


@pytest.fixture(autouse=True)
def _threads_as_they_were() -> Iterator[None]:
    """A trainer that ends by itself leaves torch's settings alone; one that is stopped has its handlers put back."""
    import signal

    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def net() -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 1))


class Itself(LightningModule):
    """Calls itself, and a function for its loss."""

    lr = 0.01

    def __init__(self) -> None:
        super().__init__()
        self.net = net()

    def forward(self, x: Tensor) -> Tensor:
        answers: Tensor = self.net(x)
        return answers

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor | None:
        return functional.mse_loss(self(batch[0]), batch[1])

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        self.log("val_loss", functional.mse_loss(self(batch[0]), batch[1]))

    def configure_optimizers(self) -> Any:
        return torch.optim.Adam(self.parameters(), lr=self.lr)


class ByAttribute(Itself):
    """Calls one module that has all the parameters, and a module for its loss."""

    def __init__(self) -> None:
        super().__init__()
        self.loss = nn.MSELoss()

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        loss: Tensor = self.loss(self.net(batch[0]), batch[1])
        return loss


class InParts(Itself):
    """Calls one module after another, none of which has all the parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = self.net[:3], self.net[3:]
        del self.net

    def forward(self, x: Tensor) -> Tensor:
        answers: Tensor = self.decoder(self.encoder(x))
        return answers

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        return functional.mse_loss(self.decoder(self.encoder(batch[0])), batch[1])


class Manual(Itself):
    """Calls its optimizer by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.automatic_optimization = False

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        optimizer: Any = self.optimizers()
        optimizer.zero_grad()
        self.manual_backward(functional.mse_loss(self(batch[0]), batch[1]))
        optimizer.step()


class WithLBFGS(Itself):
    """Has an optimizer that goes through each batch several times."""

    def configure_optimizers(self) -> Any:
        return torch.optim.LBFGS(self.parameters(), lr=0.01, max_iter=3)


KINDS = [Itself, ByAttribute, InParts, Manual, WithLBFGS]


def loader(rows: int = 192, *, shuffle: bool = True) -> Any:
    x = torch.randn(rows, 3, generator=torch.Generator().manual_seed(0))
    return DataLoader(TensorDataset(x, x.sum(dim=1, keepdim=True)), batch_size=16, shuffle=shuffle)


def fitted(module: LightningModule, *callbacks: Callback, data: Any = None, **options: Any) -> Trainer:
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    settings = {"max_epochs": 2, "accelerator": "cpu", "enable_model_summary": False, **quiet, **options}
    trainer: Trainer = Trainer(callbacks=list(callbacks), **settings)
    torch.manual_seed(1)
    trainer.fit(module, loader() if data is None else data, loader(32, shuffle=False))
    return trainer


def made(kind: type[LightningModule], *arguments: Any) -> LightningModule:
    torch.manual_seed(0)
    module: LightningModule = kind(*arguments)
    return module


@pytest.mark.parametrize("options", [{}, {"accumulate_grad_batches": 3}], ids=["plain", "accumulating"])
@pytest.mark.parametrize("every", [1, None])
@pytest.mark.parametrize("kind", KINDS)
def test_no_number_of_the_training_changes(
    kind: type[LightningModule], every: int | None, options: dict[str, Any]
) -> None:
    options = {} if kind is Manual else {"gradient_clip_val": 0.5, **options}
    states = []
    for callbacks in ([], [LightningWatch(every=every)]):
        module = made(kind)
        fitted(module, *callbacks, **options)
        states.append([*module.state_dict().values(), torch.get_rng_state()])
    assert all(torch.equal(one, other) for one, other in zip(*states, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_a_healthy_training_is_called_healthy(kind: type[LightningModule]) -> None:
    doctor = LightningWatch(every=1)
    fitted(made(kind), doctor, max_epochs=5)
    diagnosis = doctor.diagnosis()
    assert diagnosis.healthy, str(diagnosis)
    assert diagnosis.steps == 5 * 12
    assert torch.tensor(diagnosis.losses).isfinite().all()
    assert any("targets are not known" in note for note in diagnosis.notes) == (kind is InParts)


@pytest.mark.parametrize("kind", [Itself, InParts])
def test_accumulated_gradients_are_no_fault(kind: type[LightningModule]) -> None:
    doctor = LightningWatch(every=1)
    fitted(made(kind), doctor, max_epochs=5, accumulate_grad_batches=2)
    assert doctor.diagnosis().healthy, str(doctor.diagnosis())


class OfAnotherModel(Itself):
    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(net().parameters(), lr=0.1)


class PartlyFrozen(InParts):
    def __init__(self) -> None:
        super().__init__()
        self.encoder.requires_grad_(False)


class WithoutAStep(Manual):
    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        self.manual_backward(functional.mse_loss(self(batch[0]), batch[1]))


class WithoutZeroing(Itself):
    def optimizer_zero_grad(self, *_: Any) -> None:
        pass


class Evaluating(Itself):
    def on_train_epoch_start(self) -> None:
        self.eval()


class Broadcasting(ByAttribute):
    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        loss: Tensor = self.loss(self.net(batch[0]), batch[1].flatten())
        return loss


class Raw(Itself):
    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        return functional.mse_loss(self(1000 * batch[0] + 5000), batch[1])


class Diverging(Itself):
    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 1))

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=1e4)


@pytest.mark.filterwarnings("ignore:Using a target size", "ignore:Found .* module.* in eval mode")
@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        pytest.param(OfAnotherModel, "optimizer_wrong_params", id="optimizer"),
        pytest.param(PartlyFrozen, "frozen_layers", id="frozen"),
        pytest.param(WithoutAStep, "no_optimizer_step", id="no step"),
        pytest.param(WithoutZeroing, "no_zero_grad", id="no zeroing"),
        pytest.param(Evaluating, "eval_mode_training", id="eval"),
        pytest.param(Broadcasting, "target_shape_broadcast", id="broadcast"),
        pytest.param(Raw, "unscaled_inputs", id="inputs"),
        pytest.param(Diverging, "nan_loss", id="rate"),
    ],
)
def test_faults_are_found(kind: type[LightningModule], fault: str) -> None:
    doctor = LightningWatch(every=1)
    fitted(made(kind), doctor, max_epochs=4)
    assert fault in [finding.fault for finding in doctor.diagnosis().findings[:2]], str(doctor.diagnosis())


class Slopeless(Itself):
    """Has a root of 0 in one batch: the loss is finite, its gradient is not."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 1, bias=False))
        self.loss = nn.MSELoss()

    def forward(self, x: Tensor) -> Tensor:
        answers: Tensor = self.net(x).square().sqrt()
        return answers

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        loss: Tensor = self.loss(self(batch[0] if batch_idx != 7 else 0 * batch[0]), batch[1])
        return loss


def test_a_gradient_that_is_no_number_is_explained_while_the_training_goes_on() -> None:
    told: list[tuple[int, str]] = []
    module = made(Slopeless)
    doctor = LightningWatch(lambda finding: told.append((module.trainer.current_epoch, finding.evidence)), every=1000)
    fitted(module, doctor)
    assert doctor.diagnosis().findings[0].fault == "nan_loss"
    epoch, evidence = told[0]
    assert epoch == 0
    assert "In step 8 the gradient became NaN" in evidence
    assert "sqrt" in evidence


class Rivals(Itself):
    """Two optimizers that take turns."""

    def __init__(self) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.other = net()

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        for optimizer, module in zip(self.optimizers(), (self.net, self.other), strict=True):
            optimizer.zero_grad()
            self.manual_backward(functional.mse_loss(module(batch[0]), batch[1].flatten()))
            optimizer.step()

    def configure_optimizers(self) -> Any:
        return [torch.optim.Adam(each.parameters(), lr=0.01) for each in (self.net, self.other)]


@pytest.mark.filterwarnings("ignore:Using a target size")
def test_of_several_optimizers_the_first_is_watched_and_findings_are_worth_a_look() -> None:
    told: list[Finding] = []
    doctor = LightningWatch(told.append, every=1)
    fitted(made(Rivals), doctor)
    diagnosis = doctor.diagnosis()
    assert "target_shape_broadcast" in [finding.fault for finding in diagnosis.findings]
    assert {finding.level for finding in (*diagnosis.findings, *told)} == {"worth a look"}
    assert diagnosis.notes[0].startswith("The first of several optimizers was watched")


class Fails(Callback):
    """Raises in the second epoch."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
        if trainer.global_step == 15:
            raise self.error


def is_left_alone(module: nn.Module) -> bool:
    hooks = [each._forward_pre_hooks or each._forward_hooks for each in module.modules()]
    return not any(hooks) and torch.autograd.backward.__module__ == "torch.autograd"


@pytest.mark.parametrize("kind", KINDS)
def test_the_error_of_a_training_comes_through_with_the_findings_beside_it(kind: type[LightningModule]) -> None:
    raised, doctor, module = ValueError("the person's own"), LightningWatch(every=1), made(kind)
    with pytest.raises(ValueError, match="the person's own") as caught:
        fitted(module, doctor, Fails(raised))
    assert caught.value is raised
    assert raised.diagnosis.steps == doctor.diagnosis().steps > 0  # type: ignore[attr-defined]  # put there by the watch
    assert raised.__notes__[0].startswith("Healthy: no fault was found.")
    assert is_left_alone(module)


def test_a_training_that_is_stopped_is_diagnosed() -> None:
    doctor, module = LightningWatch(every=1), made(Itself)
    with pytest.raises(SystemExit):  # what Lightning makes of Ctrl-C
        fitted(module, doctor, Fails(KeyboardInterrupt()))
    assert doctor.diagnosis().steps == 15
    assert is_left_alone(module)


class FailsAtOnce(Itself):
    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        raise ValueError("before the model was called")


def test_an_error_before_the_model_was_called_leaves_nothing_behind() -> None:
    doctor, module = LightningWatch(), made(FailsAtOnce)
    with pytest.raises(ValueError, match="before the model was called"):
        fitted(module, doctor)
    assert is_left_alone(module)
    assert "training_step() called no module with parameters" in doctor.diagnosis().notes[0]


def test_what_on_finding_raises_ends_the_training() -> None:
    def stop(finding: Finding) -> None:
        raise LookupError(finding.fault)

    with pytest.raises(LookupError, match="optimizer_wrong_params"):
        fitted(made(OfAnotherModel), LightningWatch(stop, every=1))


@pytest.mark.parametrize("kind", KINDS)
def test_each_training_is_watched_anew_and_nothing_is_left_behind(kind: type[LightningModule]) -> None:
    doctor, module = LightningWatch(every=1), made(kind)
    for _ in range(2):
        fitted(module, doctor, max_epochs=1)
        assert doctor.diagnosis().steps == 12
    assert is_left_alone(module)
    with pytest.raises(DoctorError, match="none so far"):
        pickle.loads(pickle.dumps(doctor)).diagnosis()


class WithoutOptimizer(Itself):
    def configure_optimizers(self) -> None:
        return None


@pytest.mark.filterwarnings("ignore:`LightningModule.configure_optimizers` returned `None`")
def test_a_training_without_an_optimizer_is_not_watched() -> None:
    doctor = LightningWatch()
    fitted(made(WithoutOptimizer), doctor, max_epochs=1)
    assert doctor.diagnosis().steps in {0, 12}


def test_mistakes_are_told_in_a_sentence() -> None:
    with pytest.raises(DoctorError, match=r"^every: expected a whole number above 0, got 0"):
        LightningWatch(every=0)
    with pytest.raises(DoctorError, match=r"^LightningWatch: expected a training with this callback, got none so far"):
        LightningWatch().diagnosis()
