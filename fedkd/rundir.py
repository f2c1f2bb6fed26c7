"""Where a run goes when nobody says so."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from fedkd.scenario import Scenario


def run_directory(scenario: Scenario) -> Path:
    """The directory that the scenario names, or runs/TIME-METHOD-SEED with a number if that is taken."""
    if scenario.run.dir is not None:
        return Path(scenario.run.dir)
    stem = f"{datetime.now():%Y%m%d-%H%M%S}-{scenario.method.name}-s{scenario.seed}"
    path = Path("runs") / stem
    number = 1
    while path.exists():
        number += 1
        path = Path("runs") / f"{stem}-{number}"
    return path
