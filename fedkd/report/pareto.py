"""Picture of the trade-off: accuracy against bytes, clients' CPU as area, the Pareto front in colour."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fedkd.report.accuracy_axis import PLAIN, scale_accuracy
from fedkd.report.labels import Label, place
from fedkd.report.style import BLUE, GREY, figure

_AREA = 180.0
"""Of the marker of the arm that computes most, in square points."""
_FREE = 3.0
"""Arms that send nothing stand this factor left of the thriftiest that does, since a log scale has no zero."""


@dataclass(frozen=True)
class Point:
    """An arm in the end.

    Attributes:
        name: Of the arm.
        kilobytes: That a site has exchanged.
        accuracy: Global.
        cpu_s: CPU seconds of all clients.
        front: Whether it is on the Pareto front; None of an arm that is no rival and is drawn as a level.
    """

    name: str
    kilobytes: float
    accuracy: float
    cpu_s: float
    front: bool | None


def pareto_plot(points: Sequence[Point], title: str) -> Figure:
    """One marker an arm: filled on the Pareto front over accuracy, bytes and CPU, hollow where it is dominated.

    Args:
        points: The arms, at least one.
        title: Title of the picture.
    """
    made, axes = figure(8.0, 5.0)
    rivals = [point for point in points if point.front is not None]
    sending = [point.kilobytes for point in rivals if point.kilobytes > 0] or [1.0]
    low, high = min(sending), max(sending)
    free = low / _FREE
    most = max((point.cpu_s for point in rivals), default=0.0)
    labels = [_mark(axes, point, free, most) for point in rivals]
    axes.set(xlabel="kB exchanged per site, whole run", title=title)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(PLAIN)
    accuracies = [point.accuracy for point in points]
    scale_accuracy(axes, min(accuracies), max(accuracies))
    width = max(high / low, 4.0)
    left = (free if any(point.kilobytes == 0 for point in rivals) else low) / width**0.12
    axes.set_xlim(left, high * width**0.2)
    levels = [_level(axes, point, left) for point in points if point.front is None]
    _explain(made, axes, most)
    place(axes, [*levels, *labels])
    return made


def _mark(axes: Axes, point: Point, free: float, most: float) -> Label:
    x = point.kilobytes or free
    colour = BLUE if point.front else GREY
    area = max(_AREA * point.cpu_s / most, 6.0) if most else 30.0
    axes.scatter(x, point.accuracy, s=area, color=colour if point.front else "none", edgecolors=colour, alpha=0.75)
    return Label(
        point.name if point.kilobytes else f"{point.name} (0 kB)", x, point.accuracy, colour, math.sqrt(area / math.pi)
    )


def _level(axes: Axes, point: Point, left: float) -> Label:
    axes.axhline(point.accuracy, color=GREY, linewidth=0.8, linestyle=(0, (1, 2)))
    return Label(point.name, left, point.accuracy, GREY)


def _explain(made: Figure, axes: Axes, most: float) -> None:
    axes.scatter([], [], s=60, color=BLUE, alpha=0.75, label="on the Pareto front")
    axes.scatter([], [], s=60, color="none", edgecolors=GREY, label="dominated")
    if most:
        axes.scatter([], [], s=_AREA, color="none", edgecolors="#bbbbbb", label=f"clients' CPU {most:.3g} s")
        axes.scatter([], [], s=_AREA / 4, color="none", edgecolors="#bbbbbb", label=f"{most / 4:.3g} s")
    made.legend(frameon=False, loc="outside lower center", ncols=4, fontsize=8)
