"""An arm over its seeds, read from the records of its runs."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedkd.comparison.statistics import Estimate, estimate
from fedkd.record import Run, is_run, read_metrics

WITHIN = 0.005
"""Costs are counted up to the first round whose mean accuracy is this close to the arm's best."""

CLIENT_CPU = "client_cpu_s"
"""A figure that no summary holds: CPU seconds of the clients' training and search together."""


@dataclass(frozen=True)
class Curves:
    """Figures after each round, one row a seed; means over sites where sites differ.

    Attributes:
        accuracy: [S, R] global accuracy.
        sent_bytes: [S, R] bytes that a site has exchanged so far.
        cpu_s: [S, R] CPU seconds of all clients' training so far.
        time_s: [S, R] virtual time at which the last site is done.
    """

    accuracy: NDArray[np.float64]
    sent_bytes: NDArray[np.float64]
    cpu_s: NDArray[np.float64]
    time_s: NDArray[np.float64]


@dataclass(frozen=True)
class Milestone:
    """A round, and the mean cost up to its end.

    Attributes:
        round_: From 1.
        sent_bytes: That a site has exchanged.
        cpu_s: Of all clients' training.
        time_s: Virtual.
    """

    round_: int
    sent_bytes: float
    cpu_s: float
    time_s: float


@dataclass(frozen=True)
class ArmResult:
    """An arm over its seeds.

    Attributes:
        name: Of the arm.
        summaries: `summary.json` by seed, of the runs that finished.
        curves: Of the same seeds in the same order; None where none finished.
    """

    name: str
    summaries: Mapping[int, Mapping[str, Any]]
    curves: Curves | None

    def values(self, figure: str) -> dict[int, float]:
        """A figure's mean over sites by seed; seeds without it are left out."""
        if figure == CLIENT_CPU:
            training, search = self.values("train_cpu_s"), self.values("search_cpu_s")
            return {seed: training[seed] + search[seed] for seed in training if seed in search}
        plain = {seed: _number(summary.get(figure)) for seed, summary in self.summaries.items()}
        return {seed: value for seed, value in plain.items() if value is not None}

    def figure(self, name: str) -> Estimate | None:
        """Mean and standard error over seeds of a figure's mean over sites."""
        return estimate(list(self.values(name).values()))

    def near_best(self) -> Milestone | None:
        """The first round whose mean over seeds comes within half a point of the arm's best; None without runs."""
        return None if self.curves is None else self.reached(float(self.curves.accuracy.mean(0).max()) - WITHIN)

    def reached(self, accuracy: float) -> Milestone | None:
        """The first round whose mean over seeds reaches an accuracy, or None."""
        if self.curves is None or not (there := self.curves.accuracy.mean(0) >= accuracy).any():
            return None
        i = int(np.argmax(there))
        costs = (self.curves.sent_bytes, self.curves.cpu_s, self.curves.time_s)
        return Milestone(i + 1, *(float(cost[:, i].mean()) for cost in costs))


def _number(value: object) -> float | None:
    """A figure of a summary as one number, the mean where it is a spread; None for what is no figure."""
    if isinstance(value, Mapping):
        value = value.get("mean")
    return float(value) if isinstance(value, int | float) else None


def is_finished(run: Path) -> bool:
    """Whether a directory holds a run that came to its end."""
    return is_run(run) and (run / "summary.json").is_file()


def read_arm(name: str, runs: Mapping[int, Path]) -> ArmResult:
    """Read an arm.

    Args:
        name: Of the arm.
        runs: Directories of its finished runs by seed.

    Raises:
        DamagedRunError: A summary cannot be read.
    """
    summaries = {seed: Run.open(path).read_json("summary.json") for seed, path in runs.items()}
    return ArmResult(name, summaries, _curves(list(runs.values())) if runs else None)


def _curves(runs: Sequence[Path]) -> Curves:
    tables = [read_metrics(run) for run in runs]
    return Curves(
        np.array([_by_round(rows, "global_accuracy").mean(1) for rows in tables]),
        np.cumsum([(_by_round(rows, "bytes_up") + _by_round(rows, "bytes_down")).mean(1) for rows in tables], axis=1),
        np.cumsum([_training_cpu_s(run) for run in runs], axis=1),
        np.array([_by_round(rows, "virtual_time_us").max(1) for rows in tables]) / 1e6,
    )


def _by_round(rows: Sequence[Mapping[str, str]], name: str) -> NDArray[np.float64]:
    """[R, K] a figure of every site in every round."""
    values: dict[int, list[float]] = {}
    for row in rows:
        values.setdefault(int(row["round"]), []).append(float(row[name]))
    return np.array([values[round_] for round_ in sorted(values)])


def _training_cpu_s(run: Path) -> list[float]:
    with (run / "timings.csv").open(newline="") as file:
        return [float(row["train_cpu_s"]) for row in csv.DictReader(file)]
