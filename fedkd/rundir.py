"""Where a run goes when nobody says so."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from fedkd.scenario import Scenario


def run_directory(scenario: Scenario) -> Path:
    """The directory that the scenario names, or runs/TIME-METHOD-SEED-PROCESS, which no other run can have chosen."""
    if scenario.run.dir is not None:
        return Path(scenario.run.dir)
    return Path("runs") / f"{datetime.now():%Y%m%d-%H%M%S}-{scenario.method.name}-s{scenario.seed}-{os.getpid()}"
