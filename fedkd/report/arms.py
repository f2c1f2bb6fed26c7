"""Pictures of a comparison: accuracy of every arm over what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from fedkd.report.accuracy_axis import PLAIN, scale_accuracy
from fedkd.report.labels import Label, place
from fedkd.report.style import COLOURS, GREY, figure

_DASHES = ("-", "--", ":", "-.")
_ROOM = 0.18
"""Share of the width that is left free beyond the curves, for their names."""


@dataclass(frozen=True)
class ArmCurve:
    """Accuracy of an arm over its cost.

    Attributes:
        name: Of the arm.
        cost: [R] mean cost after each round. An arm without any cost is drawn as a level.
        accuracy: [R] mean over seeds.
        error: [R] standard error, or None with one seed.
        bound: Whether it is no rival: drawn as a level, at what it reaches in the end.
    """

    name: str
    cost: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    error: NDArray[np.float64] | None
    bound: bool = False

    @property
    def level(self) -> bool:
        """Whether it is drawn as a level and not as a curve."""
        return self.bound or not self.cost.any()


def arms_plot(curves: Sequence[ArmCurve], cost: str, title: str) -> Figure:
    """One curve an arm, its name at its end; the band is one standard error. Costs are on a log scale.

    Args:
        curves: The arms, at least one.
        cost: Name of the horizontal axis.
        title: Title of the picture.
    """
    made, axes = figure(9.0, 5.2)
    moving = [curve for curve in curves if not curve.level]
    # Colours follow the order of all arms, so that an arm has the same in every picture.
    labels = [_draw(axes, curve, i) for i, curve in enumerate(curves) if not curve.level]
    axes.set(xlabel=cost, title=title)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(PLAIN)
    shown = np.concatenate([c.accuracy[-1:] if c.level else c.accuracy for c in curves])
    scale_accuracy(axes, float(shown.min()), float(shown.max()))
    costs = [c.cost[c.cost > 0] for c in moving]
    low, high = (min(c.min() for c in costs), max(c.max() for c in costs)) if costs else (1.0, 10.0)
    width = max(high / low, 2.0)
    left, right = low / width**0.03, high * width ** (_ROOM / (1 - _ROOM))
    axes.set_xlim(left, right)
    levels = [_level(axes, curve.name, float(curve.accuracy[-1]), left) for curve in curves if curve.level]
    place(axes, [*levels, *sorted(labels, key=lambda label: -label.y)])
    return made


def _draw(axes: Axes, curve: ArmCurve, i: int) -> Label:
    colour, dashes = COLOURS[i % len(COLOURS)], _DASHES[i // len(COLOURS) % len(_DASHES)]
    there = curve.cost > 0  # the log scale has no place for what was free
    cost, accuracy = curve.cost[there], curve.accuracy[there]
    axes.plot(cost, accuracy, color=colour, linestyle=dashes, linewidth=1.6)
    axes.plot(cost[-1:], accuracy[-1:], color=colour, marker="o", markersize=4)
    if curve.error is not None:
        error = curve.error[there]
        axes.fill_between(cost, accuracy - error, accuracy + error, color=colour, alpha=0.15, linewidth=0)
    return Label(curve.name, float(cost[-1]), float(accuracy[-1]), colour)


def _level(axes: Axes, name: str, accuracy: float, left: float) -> Label:
    axes.axhline(accuracy, color=GREY, linewidth=0.8, linestyle=(0, (1, 2)))
    return Label(name, left, accuracy, GREY)
