"""Compare arms over seeds: many simulations, one table. Finished runs are kept, interrupted ones resumed."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedkd.composition import compose, dump
from fedkd.errors import ConfigError, DivergedError
from fedkd.record import Run, read_metrics
from fedkd.runtime.lifeline import Lifeline, follow
from fedkd.simulation import resume, simulate

WITHIN = 0.005
"""Bytes are counted up to the first round whose mean accuracy is this close to the arm's best."""


@dataclass(frozen=True)
class Comparison:
    """What to run.

    Attributes:
        arms: Overrides of each arm by its name.
        base: Overrides of all arms; an arm's own go after them.
        grid: Keys and the values that each is to take, crossed with one another and with the arms.
        seeds: Seeds of each arm.
    """

    arms: Mapping[str, tuple[str, ...]]
    base: tuple[str, ...] = ()
    grid: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        if not self.arms or not self.seeds:
            raise ValueError("a comparison needs at least one arm and one seed")

    def overrides(self) -> dict[str, tuple[str, ...]]:
        """Overrides of every arm and point of the grid, by a name that can be a folder's."""
        points = [dict(zip(self.grid, values, strict=True)) for values in product(*self.grid.values())]
        return {
            "-".join([arm, *(f"{key.rpartition('.')[2]}={value}" for key, value in point.items())]): (
                *self.base,
                *own,
                *(f"{key}={value}" for key, value in point.items()),
            )
            for arm, own in self.arms.items()
            for point in points
        }


@dataclass(frozen=True)
class ArmResult:
    """An arm over its seeds.

    Attributes:
        name: Of the arm.
        summaries: `summary.json` of each seed.
        curve: [R] mean over seeds and sites of the global accuracy after each round.
        sent: [R] mean bytes that a site has exchanged after each round.
    """

    name: str
    summaries: tuple[dict[str, Any], ...]
    curve: NDArray[np.float64]
    sent: NDArray[np.float64]

    def figure(self, name: str) -> tuple[float, float] | None:
        """Mean and standard deviation over seeds of a figure's mean over sites."""
        values = [
            s[name]["mean"] if isinstance(s[name], dict) else s[name] for s in self.summaries if s[name] is not None
        ]
        return (float(np.mean(values)), float(np.std(values))) if values else None

    def bytes_to_best(self) -> tuple[int, float]:
        """The first round within half a point of the arm's best mean accuracy, and the bytes up to its end."""
        round_ = int(np.argmax(self.curve >= self.curve.max() - WITHIN))
        return round_ + 1, float(self.sent[round_])


def compare(
    comparison: Comparison, folder: Path, processes: int, told: Callable[[str, int, int], None]
) -> tuple[list[ArmResult], dict[str, str]]:
    """Run what is missing and gather everything.

    Args:
        comparison: What to run.
        folder: Runs go to FOLDER/ARM/seed-N.
        processes: Runs at a time, one core each.
        told: Called with the name of each finished run, the number finished and the number of all.

    Returns:
        The arms that finished at least one seed, and why each run that diverged did.

    Raises:
        ConfigError: A folder holds a run of another scenario.
    """
    arms = comparison.overrides()
    work = [
        (folder / arm / f"seed-{seed}", (*overrides, f"seed={seed}", "runtime.processes=1"))
        for seed in comparison.seeds
        for arm, overrides in arms.items()
    ]
    lifeline, spawn = Lifeline(), multiprocessing.get_context("spawn")
    with (
        closing(lifeline),
        ProcessPoolExecutor(processes, spawn, initializer=follow, initargs=(lifeline.worker_end,)) as pool,
    ):
        futures = {pool.submit(run_or_resume, path, overrides): path for path, overrides in work}
        diverged: dict[str, str] = {}
        for done, future in enumerate(as_completed(futures), start=1):
            name = "/".join(futures[future].parts[-2:])
            try:
                future.result()
            except DivergedError as error:
                # A setting that is too bold is a result of a sweep, not the end of it.
                diverged[name] = str(error)
            except BaseException:
                # Nobody waits for runs that are still in the queue.
                pool.shutdown(wait=False, cancel_futures=True)
                raise
            told(name, done, len(work))
    finished = {
        arm: [path for seed in comparison.seeds if (path := folder / arm / f"seed-{seed}" / "summary.json").is_file()]
        for arm in arms
    }
    return [_gather(arm, [path.parent for path in paths]) for arm, paths in finished.items() if paths], diverged


def run_or_resume(path: Path, overrides: Sequence[str]) -> None:
    """Make sure that a run is there and finished."""
    scenario = compose(overrides)
    if not (path / "config.yaml").is_file():
        simulate(scenario, path)
    elif Run.open(path).config != dump(scenario):
        raise ConfigError(f"'{path}' holds a run of another scenario", "choose another folder with --dir")
    elif not (path / "summary.json").is_file():
        resume(path)


def _gather(arm: str, paths: Sequence[Path]) -> ArmResult:
    summaries = tuple(json.loads((path / "summary.json").read_text()) for path in paths)
    tables = [read_metrics(path) for path in paths]
    curve = np.mean([_by_round(rows, "global_accuracy") for rows in tables], axis=0)
    sent = np.mean([_by_round(rows, "bytes_up") + _by_round(rows, "bytes_down") for rows in tables], axis=0)
    return ArmResult(arm, summaries, curve, np.cumsum(sent))


def _by_round(rows: Sequence[Mapping[str, str]], name: str) -> NDArray[np.float64]:
    rounds = max(int(row["round"]) for row in rows)
    return np.array([np.mean([float(r[name]) for r in rows if int(r["round"]) == i]) for i in range(1, rounds + 1)])
