"""An axis of accuracies that shows errors in proportion: from 0.90 to 0.95 is as far as from 0.95 to 0.975."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from numpy.typing import NDArray

_TICKS = (0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995)
_LEAST_ERROR = 0.002
"""What lies nearer to an accuracy of one is drawn there."""

PLAIN = FuncFormatter(lambda value, _: f"{value:g}")
"""Numbers as people write them: 1000 and not a power of ten."""


def scale_accuracy(axes: Axes, low: float, high: float) -> None:
    """Make the vertical axis one of accuracies on a scale of log errors.

    Args:
        axes: The plot.
        low: Least accuracy to show.
        high: Greatest accuracy to show.
    """
    axes.set_yscale("function", functions=(_stretched, _unstretched))
    # A little of the height stays free above and below, on the scale that is drawn.
    bottom, top = (float(_stretched(np.array(value))) for value in (low, high))
    room = 0.08 * (top - bottom) or 0.1
    least, most = max(float(_unstretched(np.array(bottom - room))), 0.0), float(_unstretched(np.array(top + room)))
    axes.set_ylim(least, most)
    axes.yaxis.set_major_locator(FixedLocator(_ticks(least, most)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(PLAIN)
    axes.set_ylabel("global accuracy (scale of log errors)")


def _ticks(least: float, most: float) -> Sequence[float]:
    """Round numbers, closer together where the axis is short."""
    there = [tick for tick in _TICKS if least <= tick <= most]
    return there if len(there) >= 4 else [float(tick) for tick in MaxNLocator(6).tick_values(least, most)]


def _stretched(accuracy: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(-np.log10(np.maximum(1.0 - accuracy, _LEAST_ERROR)))


def _unstretched(value: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1.0 - 10.0**-value)
