"""Plots of a comparison: accuracy against bytes and against virtual time, and the trade-off."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from fedkd.comparison.arm import ArmResult
from fedkd.comparison.panel import Panel, spent
from fedkd.files import disk_errors
from fedkd.report.arms import ArmCurve, arms_plot
from fedkd.report.pareto import Point, pareto_plot
from fedkd.report.style import save


def draw(panels: Sequence[Panel], folder: Path) -> list[Path]:
    """Draw FOLDER/plots/{bytes,time,pareto}.png, one set a panel, and return their paths.

    Panels of which nothing finished are left out.

    Raises:
        DiskError: They cannot be written.
    """
    place = folder / "plots"
    drawn = []
    with disk_errors(place):
        place.mkdir(parents=True, exist_ok=True)
        for panel in panels:
            for name, picture in pictures(panel).items():
                path = place / f"{f'{panel.name}-' if panel.name else ''}{name}.png"
                save(picture, path)
                drawn.append(path)
    return drawn


def pictures(panel: Panel) -> dict[str, Figure]:
    """The pictures of a panel by their names; none where nothing finished."""
    arms = [arm for arm in panel.arms if arm.curves is not None]
    if not arms:
        return {}
    about = f"{panel.name}: " if panel.name else ""
    return {
        "bytes": arms_plot(
            [_curve(panel, arm, "sent_bytes", 1 / 1000) for arm in arms],
            "kB exchanged per site, cumulative",
            f"{about}accuracy against bytes ({_over(arms)})",
        ),
        "time": arms_plot(
            [_curve(panel, arm, "time_s") for arm in arms],
            "virtual time, s",
            f"{about}accuracy against virtual time ({_over(arms)})",
        ),
        "pareto": pareto_plot([_point(panel, arm) for arm in arms], f"{about}accuracy, bytes and CPU time"),
    }


def _over(arms: Sequence[ArmResult]) -> str:
    """How many seeds a mean is over, and what the band is."""
    seeds = {len(arm.summaries) for arm in arms}
    if seeds == {1}:
        return "one seed"
    count = str(*seeds) if len(seeds) == 1 else f"{min(seeds)} to {max(seeds)}"
    return f"mean over {count} seeds; band: one standard error"


def _curve(panel: Panel, arm: ArmResult, cost: str, scale: float = 1.0) -> ArmCurve:
    assert arm.curves is not None, "only arms that finished a run are drawn"
    accuracy, seeds = arm.curves.accuracy, len(arm.summaries)
    error = accuracy.std(0, ddof=1) / np.sqrt(seeds) if seeds > 1 else None
    costs = getattr(arm.curves, cost).mean(0) * scale
    return ArmCurve(arm.name, costs, accuracy.mean(0), error, arm.name in panel.bounds)


def _point(panel: Panel, arm: ArmResult) -> Point:
    found = spent(arm)
    assert found is not None, "only arms that finished a run are drawn"
    front = None if arm.name in panel.bounds else not panel.dominators[arm.name]
    return Point(arm.name, found.bytes_per_site / 1000, found.accuracy, found.client_cpu_s, front)
