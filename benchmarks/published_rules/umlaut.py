"""UMLAUT's heuristics.

Schoop, Huang and Hartmann, "UMLAUT: Debugging Deep Learning Programs using Program Structure and Model Behavior", CHI
2021. The thresholds are those of the authors' published code (BerkeleyHCI/umlaut); they could not be compared with the
paper's text, which was not at hand.
"""

import math
from itertools import pairwise

from .seen import PublishedRule, Seen

__all__ = ["RULES", "found"]

CHECKS, MESSAGES = "umlaut/heuristics.py", "umserver/errors.py"
PROBABILITIES = {"softmax", "log_softmax", "sigmoid", "logsigmoid"}
TAKES_PROBABILITIES, TAKES_LOGITS = (
    {"nll_loss", "binary_cross_entropy"},
    {
        "cross_entropy",
        "binary_cross_entropy_with_logits",
    },
)


def found(seen: Seen) -> list[PublishedRule]:
    """The rules that alarm."""
    return [rule for rule in RULES if rule.look(seen)]


def _out_of_range(seen: Seen) -> bool:
    low, high = seen.lowest_input, seen.highest_input
    return (low is not None and low < -1) or (high is not None and high > 1)


def _is_no_image(seen: Seen) -> bool:
    return seen.image_shape is not None and seen.image_shape[1] != seen.image_shape[2]


def _misses_a_softmax(seen: Seen) -> bool:
    return seen.loss in TAKES_PROBABILITIES and seen.final_activation not in PROBABILITIES


def _overfits(seen: Seen) -> bool:
    return any(
        now.loss <= before.loss and now.validation_loss > before.validation_loss
        for before, now in pairwise(seen.epochs)
        if now.validation_loss is not None and before.validation_loss is not None
    )


def _is_too_good(seen: Seen) -> bool:
    return any(
        each.validation_accuracy > 0.95 or each.validation_accuracy > each.accuracy
        for each in seen.epochs[3:]
        if each.validation_accuracy is not None and each.accuracy is not None
    )


RULES = (
    PublishedRule(
        name="input exceeds limits",
        threshold="an input below -1 or above 1",
        source=f"{CHECKS}, check_input_normalization",
        faults=frozenset({"unscaled_inputs"}),
        look=_out_of_range,
    ),
    PublishedRule(
        name="input not floating",
        threshold="inputs of whole numbers; those of an embedding are passed over here",
        source=f"{CHECKS}, check_input_is_floating",
        faults=frozenset({"unscaled_inputs"}),
        look=lambda seen: not seen.inputs_are_floating,
    ),
    PublishedRule(
        name="image shape",
        threshold="inputs of four dimensions whose height is not their width",
        source=f"{CHECKS}, check_input_shape",
        faults=frozenset({"wrong_reshape"}),
        look=_is_no_image,
    ),
    PublishedRule(
        name="NaN",
        threshold="NaN in an epoch's loss, or in the inputs",
        source=f"{CHECKS}, check_nan_in_loss",
        faults=frozenset({"nan_loss", "exploding_gradient"}),
        look=lambda seen: seen.nan_inputs or any(math.isnan(each.loss) for each in seen.epochs),
    ),
    PublishedRule(
        name="learning rate high",
        threshold="above 0.01",
        source=f"{CHECKS}, check_learning_rate_range",
        faults=frozenset({"lr_too_high"}),
        look=lambda seen: any(each.lr > 0.01 for each in seen.epochs),
        is_warning=True,
    ),
    PublishedRule(
        name="learning rate low",
        threshold="below 1e-7",
        source=f"{CHECKS}, check_learning_rate_range",
        faults=frozenset({"lr_too_low", "scheduler_per_batch"}),
        look=lambda seen: any(each.lr < 1e-7 for each in seen.epochs),
        is_warning=True,
    ),
    PublishedRule(
        name="missing softmax",
        threshold="a loss of probabilities is given answers that no softmax or sigmoid made",
        source=f"{CHECKS}, check_softmax_computed_before_loss",
        faults=frozenset({"wrong_loss"}),
        look=_misses_a_softmax,
    ),
    PublishedRule(
        name="missing activation",
        threshold="a layer other than the last without an activation",
        source=f"{CHECKS}, check_missing_activations",
        faults=frozenset({"missing_nonlinearity"}),
        look=lambda seen: seen.unbent_layers > 0,
    ),
    PublishedRule(
        name="activation of the last layer",
        threshold="the answers come from an activation, and the loss takes logits",
        source=f"{MESSAGES}, FinalLayerHasActivationError",
        faults=frozenset({"output_activation_range", "softmax_before_ce", "sigmoid_twice"}),
        look=lambda seen: seen.final_activation != "" and seen.loss in TAKES_LOGITS,
        is_warning=True,
    ),
    PublishedRule(
        name="dropout high",
        threshold="a probability above 0.5",
        source=f"{MESSAGES}, HighDropoutError",
        faults=frozenset({"dropout_too_large"}),
        look=lambda seen: seen.highest_dropout > 0.5,
        is_warning=True,
    ),
    PublishedRule(
        name="overfitting",
        threshold="from one epoch to the next, the validation loss rises and the training loss does not",
        source=f"{CHECKS}, check_overfitting",
        faults=frozenset({"overfitting"}),
        look=_overfits,
        is_warning=True,
    ),
    PublishedRule(
        name="validation accuracy high",
        threshold="from the fourth epoch on, above 0.95 or above that of training",
        source=f"{CHECKS}, check_high_validation_acc",
        faults=frozenset({"data_leakage", "preprocessing_mismatch", "shuffled_labels", "metric_bug"}),
        look=_is_too_good,
        is_warning=True,
    ),
)
