"""Curves of a run: accuracy over rounds, and over bytes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from fedkd.report.style import BLUE, GREEN, GREY, ORANGE, calm, figure

Row = dict[str, str]
LINES = (
    ("global_accuracy", "global: balanced test set", BLUE),
    ("local_prior_accuracy", "local: own labels, own prior", ORANGE),
    ("student_accuracy", "server's students", GREEN),
)


def accuracy_plot(rows: Sequence[Row], title: str) -> Figure:
    """Mean over sites per round, with the band from the tenth to the ninetieth percentile.

    Args:
        rows: Rows of `metrics.csv`.
        title: Title of the picture.
    """
    made, axes = figure()
    for name, label, colour in LINES:
        rounds, values = by_round(rows, name)
        if len(rounds):
            _band(axes, rounds, values, label, colour)
    axes.set(xlabel="round", ylabel="accuracy", ylim=(0, 1.0), title=title)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False, loc="lower right")
    return made


def bytes_plot(rows: Sequence[Row], title: str) -> Figure:
    """Mean global accuracy over the bytes that an average site has exchanged, and bytes per round beside it.

    Args:
        rows: Rows of `metrics.csv`.
        title: Title of the picture.
    """
    made, axes = figure(9.0, 3.8)
    axes.remove()
    left, right = (calm(made.add_subplot(1, 2, i)) for i in (1, 2))
    rounds, accuracy = by_round(rows, "global_accuracy")
    up, down = (np.array([v.mean() for v in by_round(rows, n)[1]]) / 1000 for n in ("bytes_up", "bytes_down"))
    left.plot(np.cumsum(up + down), [v.mean() for v in accuracy], color=BLUE, marker="o", markersize=3.5)
    left.set(xlabel="kB exchanged per site, cumulative", ylabel="mean global accuracy", ylim=(0, 1.0), xlim=(0, None))
    right.bar(rounds, up, color=ORANGE, label="up")
    right.bar(rounds, down, bottom=up, color=BLUE, label="down")
    right.set(xlabel="round", ylabel="kB per site")
    right.xaxis.set_major_locator(MaxNLocator(integer=True))
    right.legend(frameon=False)
    made.suptitle(title)
    return made


def by_round(rows: Sequence[Row], name: str) -> tuple[list[int], list[NDArray[np.float64]]]:
    """Rounds in which a figure exists, and its values over sites in each."""
    values: dict[int, list[float]] = {}
    for row in rows:
        if row.get(name):  # a task need not know every figure, nor a site have it
            values.setdefault(int(row["round"]), []).append(float(row[name]))
    return list(values), [np.array(v) for v in values.values()]


def _band(axes: Axes, rounds: Sequence[int], values: Sequence[NDArray[np.float64]], label: str, colour: str) -> None:
    low, high = (np.array([np.quantile(v, q) for v in values]) for q in (0.1, 0.9))
    axes.fill_between(rounds, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.plot(rounds, [v.mean() for v in values], color=colour, label=label, marker="o", markersize=3)
    axes.axhline(1.0, color=GREY, linewidth=0.5)
