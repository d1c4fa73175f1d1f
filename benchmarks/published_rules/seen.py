"""What the published rules look at: numbers of each epoch, and what can be seen in the parts."""

from collections.abc import Callable
from dataclasses import dataclass, replace

__all__ = ["Epoch", "PublishedRule", "Seen"]


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """The end of an epoch.

    Attributes:
        loss: mean of the steps' losses.
        accuracy: on the rows trained with, in evaluation mode; None in regression.
        validation_loss: over that of a constant answer; None without validation.
        validation_accuracy: None in regression, or without validation.
        lr: of the last step.
        first_gradient: norm of the gradient of the first layer's weights in the last step; NaN if none came back.
        last_gradient: of the last layer's.
        zero_gradients: share of zeros among all gradients of that step.
        gradient_is_number: whether they are all finite.
        largest_weight: by magnitude, of all parameters.
        weight_means: of each parameter; with `weight_spreads`, their standard deviations.
    """

    loss: float
    accuracy: float | None = None
    validation_loss: float | None = None
    validation_accuracy: float | None = None
    lr: float = 0.001
    first_gradient: float = 1.0
    last_gradient: float = 1.0
    zero_gradients: float = 0.0
    gradient_is_number: bool = True
    largest_weight: float = 1.0
    weight_means: tuple[float, ...] = ()
    weight_spreads: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A training, as a published rule may see it.

    Attributes:
        epochs: those gone through; fewer than `wished` where the training's own code failed.
        wished: how many the person wants.
        lowest_input: of what the model is given; None where an embedding reads it.
        highest_input: likewise.
        inputs_are_floating: False for whole numbers that are no embedding's.
        nan_inputs: whether any is NaN.
        image_shape: (channels, height, width) of inputs with four dimensions.
        final_activation: name of the function that makes the answers; "" for none.
        loss: torch's name of the loss; "" where it is the person's own.
        unbent_layers: layers that go into another with no activation between.
        highest_dropout: the largest probability of any dropout layer.
    """

    epochs: tuple[Epoch, ...]
    wished: int
    lowest_input: float | None = None
    highest_input: float | None = None
    inputs_are_floating: bool = True
    nan_inputs: bool = False
    image_shape: tuple[int, int, int] | None = None
    final_activation: str = ""
    loss: str = ""
    unbent_layers: int = 0
    highest_dropout: float = 0.0

    def until(self, epochs: int) -> "Seen":
        """The same, as it was after so many epochs."""
        return replace(self, epochs=self.epochs[:epochs])


@dataclass(frozen=True, kw_only=True)
class PublishedRule:
    """A rule of a published tool.

    Attributes:
        name: ours for it.
        threshold: when it alarms.
        source: where its authors state the threshold.
        faults: names of `looplab.doctor` that it is right about, read generously.
        is_warning: whether the tool calls it no more than a warning.
        look: whether it alarms.
    """

    name: str
    threshold: str
    source: str
    faults: frozenset[str]
    look: Callable[[Seen], bool]
    is_warning: bool = False
