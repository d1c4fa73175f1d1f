"""Points: classes in the plane, or targets against one input."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from looplab.data import Dataset
from looplab.errors import DataError
from looplab.figures.style import CLASS_COLOURS, CLASS_MARKERS, INK, new_figure, with_alternative_text

__all__ = ["draw_classes", "draw_targets", "scatter"]


def scatter(dataset: Dataset, *, title: str = "") -> Figure:
    """A dataset's points: by class in the plane of two features, or the target against the only feature.

    Args:
        dataset: classes with two features (differing in colour, lightness and marker), or one feature and one target.
        title: above the figure.

    Raises:
        DataError: any other dataset.
    """
    figure, [axes] = new_figure(width=5.5, height=4.5)
    if dataset.task != "regression" and dataset.features == 2:
        draw_classes(axes, dataset)
        what = (
            f"in the plane of {' and '.join(dataset.feature_names)}, marked by class: {', '.join(dataset.target_names)}"
        )
    elif dataset.task == "regression" and dataset.features == 1 and dataset.outputs == 1:
        draw_targets(axes, dataset)
        what = f"of {dataset.target_names[0]} against {dataset.feature_names[0]}"
    else:
        raise DataError(
            "dataset",
            expected="two features with classes, or one feature with one number as target",
            got=f"{dataset.features} features, task '{dataset.task}' with {dataset.outputs} outputs",
            fix="Choose two columns first, for instance with dataclasses.replace.",
        )
    axes.set_title(title or dataset.name)
    return with_alternative_text(figure, f"Scatter plot of the {len(dataset)} points of {dataset.name} {what}.")


def draw_classes(axes: Axes, dataset: Dataset) -> None:
    """The points of each class in its colour and marker, with a legend, on the plane of the two features."""
    labels = dataset.targets.flatten().long()
    for each, name in enumerate(dataset.target_names):
        x1, x2 = dataset.inputs[labels == each].T.numpy()
        colour, marker = CLASS_COLOURS[each % 10], CLASS_MARKERS[each % 10]
        axes.scatter(x1, x2, s=28, c=colour, marker=marker, edgecolors="white", linewidths=0.6, label=name)
    axes.set_xlabel(dataset.feature_names[0])
    axes.set_ylabel(dataset.feature_names[1])
    axes.legend(loc="best", fontsize=11)


def draw_targets(axes: Axes, dataset: Dataset) -> None:
    """The target of each row against its only feature."""
    axes.scatter(dataset.inputs[:, 0].numpy(), dataset.targets[:, 0].numpy(), s=22, c=INK, alpha=0.7, label="data")
    axes.set_xlabel(dataset.feature_names[0])
    axes.set_ylabel(dataset.target_names[0])
