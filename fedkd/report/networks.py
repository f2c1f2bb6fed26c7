"""Picture of the search: which networks fit whom, and what was chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from fedkd.report.style import COLOURS, figure


def networks_plot(search: Mapping[str, Any], title: str) -> Figure:
    """Stacked bars: for each class of devices, how many sites chose which network.

    Args:
        search: Content of `search.json`.
        title: Title of the picture.
    """
    chosen = Counter((site["device"], site["network"]) for site in search["sites"].values())
    devices = sorted({device for device, _ in chosen})
    networks = sorted({network for _, network in chosen})
    made, axes = figure(7.0, 1.4 + 0.5 * len(devices))
    left = dict.fromkeys(devices, 0)
    for i, network in enumerate(networks):
        counts = [chosen[device, network] for device in devices]
        axes.barh(devices, counts, left=[left[d] for d in devices], color=COLOURS[i % len(COLOURS)], label=network)
        left = {d: left[d] + c for d, c in zip(devices, counts, strict=True)}
    axes.grid(visible=False, axis="y")
    axes.grid(axis="x", color="#e5e5e5")
    # Sites are whole.
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set(xlabel="sites", title=title)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return made
