"""`looplab.doctor.TransformersWatch`: the Trainer trains as it would, and what is wrong is found."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    GPT2Config,
    GPT2LMHeadModel,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from looplab.doctor import Finding, TransformersWatch
from looplab.errors import DoctorError

Rows = list[dict[str, Tensor]]
Make = Callable[..., Trainer]


def texts(rows: int = 192) -> Rows:
    """Words of which the first one tells the class; some texts are shorter, and padded."""
    words = torch.randint(1, 50, (rows, 12), generator=torch.Generator().manual_seed(0))
    words[::3, 8:] = 0
    labels = (words[:, 0] > 25).long()
    columns = {"input_ids": words, "attention_mask": (words > 0).long(), "labels": labels}
    return [{name: column[row] for name, column in columns.items()} for row in range(rows)]


def reader() -> BertForSequenceClassification:
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    return BertForSequenceClassification(BertConfig(vocab_size=50, max_position_embeddings=16, **sizes))


def writer() -> GPT2LMHeadModel:
    torch.manual_seed(0)
    return GPT2LMHeadModel(GPT2Config(vocab_size=50, n_positions=16, n_embd=16, n_layer=1, n_head=2))


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a trainer that writes and reports nothing."""

    def made(*callbacks: TrainerCallback, model: nn.Module | None = None, **options: Any) -> Trainer:
        data, optimizers = options.pop("data", None), options.pop("optimizers", (None, None))
        kind = options.pop("kind", Trainer)
        settings = {"per_device_train_batch_size": 16, "num_train_epochs": 2, "learning_rate": 5e-3, **options}
        quiet = {"report_to": "none", "save_strategy": "no", "logging_strategy": "no", "disable_tqdm": True}
        arguments = TrainingArguments(output_dir=str(tmp_path), use_cpu=True, **quiet, **settings)
        trainer: Trainer = kind(
            model=model or reader(),
            args=arguments,
            train_dataset=data or texts(),
            callbacks=list(callbacks),
            optimizers=optimizers,
        )
        return trainer

    return made


@pytest.mark.parametrize("options", [{}, {"gradient_accumulation_steps": 3}], ids=["plain", "accumulating"])
@pytest.mark.parametrize("every", [1, None])
def test_no_number_of_the_training_changes(make: Make, every: int | None, options: dict[str, Any]) -> None:
    states = []
    for callbacks in ([], [TransformersWatch(every=every)]):
        trainer = make(*callbacks, **options)
        trainer.train()
        states.append([*trainer.model.state_dict().values(), torch.get_rng_state()])
    assert all(torch.equal(one, other) for one, other in zip(*states, strict=True))


@pytest.mark.parametrize("options", [{}, {"gradient_accumulation_steps": 2}], ids=["plain", "accumulating"])
def test_a_healthy_training_is_called_healthy(make: Make, options: dict[str, Any]) -> None:
    doctor = TransformersWatch(every=1)
    make(doctor, num_train_epochs=5, **options).train()
    diagnosis = doctor.diagnosis()
    assert diagnosis.healthy, str(diagnosis)
    assert diagnosis.steps == 5 * 12
    assert torch.tensor(diagnosis.losses).isfinite().all()
    assert not any("targets are not known" in note for note in diagnosis.notes), "labels are the targets"


def test_how_well_the_model_does_is_asked_with_its_masks(make: Make) -> None:
    doctor = TransformersWatch(every=1)
    trainer = make(doctor, num_train_epochs=8)
    trainer.train()
    assert doctor._following._watch is not None
    watching = doctor._following._watch._begun()
    record = watching.seen.record(watching.optimizer, None, None)
    rated = record.epochs[0].train
    batches = watching.seen._batches
    with torch.no_grad():
        model = trainer.model.eval()
        right = torch.cat([model(x, **others).logits.argmax(dim=1) == y for x, y, others in batches])
    assert set(batches[0][2]) == {"attention_mask"}
    assert rated is not None
    assert rated.share == pytest.approx(float(right.double().mean()))


def test_a_language_model_is_not_rated_by_labels_that_it_shifts(make: Make) -> None:
    doctor = TransformersWatch(every=1)
    rows = [{"input_ids": each["input_ids"], "labels": each["input_ids"]} for each in texts()]
    make(doctor, model=writer(), data=rows, num_train_epochs=4).train()
    diagnosis = doctor.diagnosis()
    assert diagnosis.healthy, str(diagnosis)
    assert diagnosis.steps == 4 * 12
    assert any("targets are not known" in note for note in diagnosis.notes)


def of_another_model(make: Make, doctor: TransformersWatch) -> None:
    optimizer = torch.optim.AdamW(reader().parameters(), lr=1e-3)
    make(doctor, optimizers=(optimizer, torch.optim.lr_scheduler.ConstantLR(optimizer))).train()


def with_a_rate_that_is_no_rate(make: Make, doctor: TransformersWatch) -> None:
    model = reader()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e30)
    make(doctor, model=model, optimizers=(optimizer, torch.optim.lr_scheduler.ConstantLR(optimizer))).train()


def with_frozen_layers(make: Make, doctor: TransformersWatch) -> None:
    model = reader()
    model.bert.requires_grad_(False)
    make(doctor, model=model, num_train_epochs=5).train()


class Evaluating(Trainer):
    """Puts the model into evaluation mode in each step."""

    def compute_loss(self, model: nn.Module, *args: Any, **kwargs: Any) -> Any:
        return super().compute_loss(model.eval(), *args, **kwargs)


def in_evaluation_mode(make: Make, doctor: TransformersWatch) -> None:
    make(doctor, kind=Evaluating).train()


class Softmaxed(BertForSequenceClassification):
    """Gives probabilities to a loss that takes logits."""

    def forward(self, input_ids: Tensor, attention_mask: Tensor, labels: Tensor | None = None) -> Any:
        answers = super().forward(input_ids, attention_mask)
        answers.logits = answers.logits.softmax(dim=1)
        if labels is not None:
            answers.loss = nn.functional.cross_entropy(answers.logits, labels)
        return answers


def with_softmax_twice(make: Make, doctor: TransformersWatch) -> None:
    make(doctor, model=Softmaxed(reader().config), num_train_epochs=4).train()


@pytest.mark.parametrize(
    ("training", "fault"),
    [
        pytest.param(of_another_model, "optimizer_wrong_params", id="optimizer"),
        pytest.param(with_a_rate_that_is_no_rate, "nan_loss", id="rate"),
        pytest.param(with_frozen_layers, "frozen_layers", id="frozen"),
        pytest.param(in_evaluation_mode, "eval_mode_training", id="eval"),
        pytest.param(with_softmax_twice, "softmax_before_ce", id="softmax"),
    ],
)
def test_faults_are_found(make: Make, training: Callable[[Make, TransformersWatch], None], fault: str) -> None:
    doctor = TransformersWatch(every=1)
    training(make, doctor)
    assert doctor.diagnosis().findings[0].fault == fault, str(doctor.diagnosis())


class Rooted(BertForSequenceClassification):
    """Has a root of 0 where a text is empty: the loss is finite, its gradient is not."""

    def forward(self, input_ids: Tensor, attention_mask: Tensor, labels: Tensor | None = None) -> Any:
        answers = super().forward(input_ids, attention_mask, labels=labels)
        if labels is not None:
            scale = (answers.logits * (input_ids > 0).any(dim=1, keepdim=True)).square().sqrt()
            answers.loss = answers.loss + 1e-3 * scale.mean()
        return answers


def test_a_gradient_that_is_no_number_is_explained_while_the_training_goes_on(make: Make) -> None:
    told: list[str] = []
    doctor = TransformersWatch(on_finding=lambda finding: told.append(finding.evidence), every=1000)
    rows = texts()
    for row in rows:
        row["input_ids"] = row["input_ids"] if row is not rows[0] else 0 * row["input_ids"]
    make(doctor, model=Rooted(reader().config), data=rows, max_grad_norm=0.0).train()
    assert doctor.diagnosis().findings[0].fault == "nan_loss"
    assert "the gradient became NaN" in told[0]
    assert "sqrt" in told[0]


class Fails(TrainerCallback):
    """Raises after the fifth step."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step == 5:
            raise self.error


def is_left_alone(trainer: Trainer) -> bool:
    hooks = [each._forward_pre_hooks or each._forward_hooks for each in trainer.model.modules()]
    return not any(hooks) and torch.autograd.backward.__module__ == "torch.autograd"


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_the_error_of_a_training_comes_through_with_the_findings_beside_it(
    make: Make, kind: type[BaseException]
) -> None:
    raised, doctor = kind("the person's own"), TransformersWatch(every=1)
    trainer = make(doctor, Fails(raised))
    with pytest.raises(kind, match="the person's own") as caught:
        trainer.train()
    assert caught.value is raised
    assert raised.diagnosis.steps == doctor.diagnosis().steps == 5  # type: ignore[attr-defined]  # put there by the watch
    assert is_left_alone(trainer)


def test_what_on_finding_raises_ends_the_training(make: Make) -> None:
    def stop(finding: Finding) -> None:
        raise StopIteration(finding.fault)

    doctor = TransformersWatch(on_finding=stop, every=1)
    with pytest.raises(StopIteration, match="optimizer_wrong_params"):
        of_another_model(make, doctor)


def test_each_training_is_watched_anew_and_a_trainer_without_a_watch_is_left_alone(make: Make) -> None:
    doctor = TransformersWatch(every=1)
    trainer = make(doctor, num_train_epochs=1)
    for _ in range(2):
        trainer.train()
        assert doctor.diagnosis().steps == 12
    assert is_left_alone(trainer)
    raised = ValueError("the person's own")
    with pytest.raises(ValueError, match="the person's own"):
        make(Fails(raised)).train()
    assert not hasattr(raised, "diagnosis")


def test_mistakes_are_told_in_a_sentence() -> None:
    with pytest.raises(DoctorError, match=r"^every: expected a whole number above 0, got 0"):
        TransformersWatch(every=0)
    with pytest.raises(
        DoctorError, match=r"^TransformersWatch: expected a training with this callback, got none so far"
    ):
        TransformersWatch().diagnosis()
