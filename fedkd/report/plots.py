"""All plots of a run, from its record alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fedkd.files import disk_errors
from fedkd.record import Run, read_metrics
from fedkd.report.curves import accuracy_plot, bytes_plot
from fedkd.report.networks import networks_plot
from fedkd.report.partition import partition_plot
from fedkd.report.style import save


def draw(run: Run) -> list[Path]:
    """Draw `plots/*.png` of a run and return their paths."""
    folder = run.folder("plots")
    rows, dealt, search = (
        read_metrics(run.path),
        run.read_json("partition.json"),
        run.read_json("search.json"),
    )
    summary = run.read_json("summary.json")
    about = f"{summary['method']} on {dealt['data']}, {summary['sites']} sites, seed {summary['seed']}"
    pictures = {
        "partition": partition_plot(np.array(dealt["histograms"]), dealt["data"]),
        "accuracy": accuracy_plot(rows, about),
        "bytes": bytes_plot(rows, about),
        "networks": networks_plot(
            search, f"networks chosen by class of devices ({len(search['shortlist'])} on the shortlist)"
        ),
    }
    with disk_errors(folder):
        for name, picture in pictures.items():
            save(picture, folder / f"{name}.png")
    return [folder / f"{name}.png" for name in pictures]
