"""What leaves a figure."""

from typing import Any

from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

_MARGIN = 0.5


def cut_off(figure: Figure) -> list[str]:
    """The texts that reach beyond the edge of a figure and so are cut off there."""
    canvas: Any = FigureCanvasAgg(figure)  # its methods have no types
    canvas.draw()
    width, height = figure.bbox.size
    unseen = {label for axis in figure.findobj(Axis) for label in _beyond_the_view(axis)}
    found = []
    for text in figure.findobj(Text):
        if isinstance(text, Text) and text.get_text() and text.get_visible() and text not in unseen:
            box = text.get_window_extent(canvas.get_renderer())
            inside = box.x0 >= -_MARGIN and box.y0 >= -_MARGIN
            if not (inside and box.x1 <= width + _MARGIN and box.y1 <= height + _MARGIN):
                found.append(text.get_text())
    return found


def _beyond_the_view(axis: object) -> list[Text]:
    """The labels of ticks that matplotlib keeps but does not draw, since they lie beyond the axis."""
    assert isinstance(axis, Axis)
    low, high = sorted(axis.get_view_interval())
    ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
    return [label for tick in ticks if not low <= tick.get_loc() <= high for label in (tick.label1, tick.label2)]
