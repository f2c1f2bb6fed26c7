"""The summary of a run: the figures that scripts read."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fedkd.federation import RoundReport
from fedkd.record import Run, read_metrics
from fedkd.scenario import Scenario

SPREAD = (
    "global_accuracy",
    "local_accuracy",
    "local_prior_accuracy",
    "trained_accuracy",
    "validation_accuracy",
)


@dataclass(frozen=True)
class Totals:
    """Sums over the rounds so far, measured on the host.

    Attributes:
        train_cpu_s: CPU seconds of the sites' training.
        server_cpu_s: CPU seconds of the server's training.
        search_cpu_s: CPU seconds of the sites' search.
        wall_time_s: Seconds on the wall clock, interruptions left out.
    """

    train_cpu_s: float = 0.0
    server_cpu_s: float = 0.0
    search_cpu_s: float = 0.0
    wall_time_s: float = 0.0

    def plus(self, report: RoundReport, wall_time_s: float) -> Totals:
        """With one more round."""
        return dataclasses.replace(
            self,
            train_cpu_s=self.train_cpu_s + report.train_cpu_s,
            server_cpu_s=self.server_cpu_s + report.server_cpu_s,
            search_cpu_s=self.search_cpu_s + report.search_cpu_s,
            wall_time_s=wall_time_s,
        )


def spread(values: Sequence[str]) -> dict[str, float] | None:
    """Mean, standard deviation, least and greatest over sites; None where nobody has such a figure."""
    present = np.array([float(v) for v in values if v != ""])
    if not len(present):
        return None
    figures = {"mean": present.mean(), "std": present.std(), "min": present.min(), "max": present.max()}
    return {name: round(float(value), 6) for name, value in figures.items()}


def summarise(path: Path, scenario: Scenario, totals: Totals, macs: Sequence[int]) -> Mapping[str, object]:
    """What `summary.json` holds.

    Args:
        path: The run directory.
        scenario: The experiment.
        totals: Host figures.
        macs: Multiply-accumulates of one forward pass of each site's network.
    """
    rows = read_metrics(path)
    last = [row for row in rows if int(row["round"]) == scenario.federation.rounds]
    up, down = (sum(int(row[name]) for row in rows) for name in ("bytes_up", "bytes_down"))
    return {
        "method": scenario.method.name,
        "data": Run.open(path).read_json("partition.json")["data"],
        "sites": scenario.federation.sites,
        "rounds": scenario.federation.rounds,
        "seed": scenario.seed,
        # A task need not know the local figures.
        **{name: spread([row.get(name, "") for row in last]) for name in SPREAD},
        **_honest(last),
        "student_accuracy": spread([row["student_accuracy"] for row in last]),
        "networks": _count([row["network"] for row in last]),
        "macs": round(float(np.mean(macs)), 1),
        "bytes_up": up,
        "bytes_down": down,
        "bytes_per_site": round((up + down) / scenario.federation.sites, 1),
        **{name: round(value, 3) for name, value in dataclasses.asdict(totals).items()},
        "virtual_time_s": max(int(row["virtual_time_us"]) for row in last) / 1e6,
        "run": str(path),
    }


def _honest(rows: Sequence[Mapping[str, str]]) -> dict[str, object]:
    """Global accuracy of the sites that do not lie, where some do."""
    honest = [row["global_accuracy"] for row in rows if row.get("attacker") == "0"]
    return {"honest_accuracy": spread(honest)} if honest else {}


def _count(names: Sequence[str]) -> dict[str, int]:
    return {name: names.count(name) for name in sorted(set(names))}
