"""Names written beside what they name, moved apart where they would lie on one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

_GAP = 4.0
"""Between the mark of a point and its label, in points (1/72 inch)."""
_STEPS = 12
"""How many lines up and down a free place is sought."""


@dataclass(frozen=True)
class Label:
    """A text at a point.

    Attributes:
        text: What it says.
        x: Of the point, in data coordinates.
        y: Of the point, in data coordinates.
        colour: Of the text.
        radius: Of the mark at the point, in points (1/72 inch).
    """

    text: str
    x: float
    y: float
    colour: str
    radius: float = 3.0


def place(axes: Axes, labels: Sequence[Label], size: float = 7.5) -> None:
    """Write labels into a plot whose limits are final: right of their points, or else left, or else up or down.

    A label that had to move far is joined to its point by a thin line. Where no place is free, the first is taken.

    Args:
        axes: The plot.
        labels: Earlier ones choose first.
        size: Of the letters, in points.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None, "the plot is part of a figure"
    figure.draw_without_rendering()
    frame, points = axes.get_window_extent(), axes.transData.transform([(label.x, label.y) for label in labels])
    scale = figure.dpi / 72
    taken = [_mark(x, y, label.radius * scale) for label, (x, y) in zip(labels, points, strict=True)]
    for label, (x, y) in zip(labels, points, strict=True):
        text = axes.annotate(
            label.text,
            (label.x, label.y),
            textcoords="offset points",
            xytext=(0, 0),
            color=label.colour,
            fontsize=size,
            va="center",
            path_effects=[patheffects.withStroke(linewidth=2.5, foreground="white")],
            zorder=5,
        )
        text.set_in_layout(False)
        box = text.get_window_extent()
        places = list(_places(x, y, box.width, box.height, (label.radius + _GAP) * scale))
        free = (p for p in places if _inside(p, frame) and not any(p.overlaps(other) for other in taken))
        chosen = next(free, places[0])
        taken.append(chosen)
        text.set_position(((chosen.x0 - x) / scale, (chosen.y0 + chosen.height / 2 - y) / scale))
        if abs(chosen.y0 + chosen.height / 2 - y) > chosen.height:
            _join(axes, label, chosen, x)


def _places(x: float, y: float, width: float, height: float, gap: float) -> Iterator[Bbox]:
    """Places for a label of the point (x, y), in pixels, the best first."""
    for step in range(_STEPS):
        for up in sorted({step, -step}, reverse=True):
            bottom = y - height / 2 + up * height * 0.6
            yield Bbox.from_bounds(x + gap, bottom, width, height)
            yield Bbox.from_bounds(x - gap - width, bottom, width, height)


def _mark(x: float, y: float, radius: float) -> Bbox:
    return Bbox.from_bounds(x - radius, y - radius, 2 * radius, 2 * radius)


def _inside(box: Bbox, frame: Bbox) -> bool:
    return bool(frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1)


def _join(axes: Axes, label: Label, box: Bbox, x: float) -> None:
    edge = box.x0 if box.x0 > x else box.x1
    end = axes.transData.inverted().transform((edge, box.y0 + box.height / 2))
    axes.plot([label.x, end[0]], [label.y, end[1]], color=label.colour, linewidth=0.5, alpha=0.7, zorder=1)
