"""Picture of the partition: who owns how much of what."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from fedkd.report.style import BLUE, GREY, figure


def partition_plot(histograms: NDArray[np.int64], data: str) -> Figure:
    """Bubbles, one a site and class; the area is the number of samples.

    Args:
        histograms: [K, C] labels of each site.
        data: Name of the data set.
    """
    sites, classes = histograms.shape
    made, axes = figure(max(5.0, 0.32 * sites + 2), max(3.0, 0.28 * classes + 1.6))
    site, label = np.nonzero(histograms)
    counts = histograms[site, label]
    axes.scatter(site, label, s=np.maximum(260 * counts / histograms.max(), 5), color=BLUE, alpha=0.75, linewidths=0)
    axes.set(
        xlabel="site",
        ylabel="class",
        title=f"{data}: samples per site and class (largest bubble: {histograms.max()})",
        xlim=(-0.8, sites - 0.2),
        ylim=(-0.8, classes - 0.2),
    )
    axes.set_xticks(range(0, sites, max(1, sites // 20)))
    axes.set_yticks(range(0, classes, max(1, classes // 20)))
    axes.grid(axis="both", color="#eeeeee")
    for k, total in enumerate(histograms.sum(1)) if sites <= 30 else ():
        axes.annotate(f"{total}", (k, classes - 0.35), ha="center", va="bottom", fontsize=6.5, color=GREY)
    return made
