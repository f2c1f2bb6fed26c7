"""One look for every picture."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Colour-blind safe (Okabe and Ito, 2008).
BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#777777"
COLOURS = (BLUE, ORANGE, GREEN, PURPLE, "#E69F00", "#56B4E9")


def figure(width: float = 7.0, height: float = 4.2) -> tuple[Figure, Axes]:
    """A figure with one plot, sizes in inches."""
    made = Figure(figsize=(width, height), layout="constrained")
    return made, calm(made.add_subplot())


def calm(axes: Axes) -> Axes:
    """Fewer lines, so that the data stand out."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e5e5e5", linewidth=0.8)
    axes.set_axisbelow(True)
    return axes


def save(made: Figure, path: Path) -> None:
    """Write a PNG at 150 dots an inch."""
    # A plot can be drawn again from the record, so it need not be written whole or not at all.
    made.savefig(path, dpi=150)
