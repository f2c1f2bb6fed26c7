"""Ours and rivals in turn: ours, rival, ours, so that a machine that grows busier harms both."""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fedkd.bench.breakdown import Share
from fedkd.bench.dataset import write_dataset
from fedkd.bench.environment import PROGRAMS, RIVALS, environment
from fedkd.bench.runs import ArmRuns, Cell
from fedkd.bench.watch import Watched, watch
from fedkd.bench.workload import OURS, WORK, Workload
from fedkd.errors import WorkerDiedError

WORKLOAD = "workload.json"
Told = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """What is run for every workload.

    Attributes:
        rivals: The interpreter of each rival by its name.
        processes: Worker processes that each framework gets.
        repeats: Runs of each rival; ours runs before and after each.
        patience_s: Longest time that one run may take.
    """

    rivals: Mapping[str, Path]
    processes: int
    repeats: int = 1
    patience_s: float = 1800.0

    def __post_init__(self) -> None:
        if self.processes < 1 or self.repeats < 1:
            raise ValueError(f"processes={self.processes} and repeats={self.repeats} must be at least 1")

    @property
    def turns(self) -> tuple[str, ...]:
        """Names of what runs, in order: our FedAvg around every rival, then our default method."""
        turns = [OURS[0]]
        for _ in range(self.repeats):
            for rival in self.rivals:
                turns += [rival, OURS[0]]
        return (*turns, *OURS[1:])


def compare(workload: Workload, plan: Plan, told: Told, explain: bool = False) -> Cell:
    """Run one workload everywhere.

    Args:
        workload: The work.
        plan: Who runs, and how often.
        told: Called with what begins.
        explain: Whether to find out where a round of ours goes, in a run of its own.

    Returns:
        Everybody's runs. A rival that fails is left out of the turns that remain, and says why.

    Raises:
        WorkerDiedError: A run of ours failed.
        DiskError: There is no room for the data.
    """
    arms: dict[str, ArmRuns] = {name: ArmRuns(name) for name in dict.fromkeys(plan.turns)}
    with tempfile.TemporaryDirectory(prefix="fedkd-bench-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        told("writing data")
        write_dataset(workload, folder)
        (folder / WORKLOAD).write_text(json.dumps(dataclasses.asdict(workload)))
        for turn, name in enumerate(plan.turns):
            if arms[name].failure is None:
                told(name)
                arms[name] = _run(arms[name], turn, plan, folder)
        shares: tuple[Share, ...] = ()
        if explain:
            told("looking where a round goes")
            shares = _explained(plan, folder)
    return Cell(workload, tuple(arms.values()), shares)


def _run(arm: ArmRuns, turn: int, plan: Plan, folder: Path) -> ArmRuns:
    command, variables = _command(arm.name, plan, folder)
    try:
        run = _watched(command, variables, plan, folder)
    except WorkerDiedError as error:
        if arm.name in OURS:
            raise
        return dataclasses.replace(arm, failure=error.what)
    return dataclasses.replace(arm, turns=(*arm.turns, turn), runs=(*arm.runs, run))


def _watched(command: Sequence[str], variables: Mapping[str, str], plan: Plan, folder: Path) -> Watched:
    # Each run has a folder of its own, since run directories must be empty.
    with tempfile.TemporaryDirectory(prefix="r", dir=folder, ignore_cleanup_errors=True) as place:
        # Names of sockets must be short.
        own = {"FLWR_HOME": place, "RAY_TMPDIR": place}
        return watch(command, Path(place), {**variables, **own}, plan.patience_s)


def _command(name: str, plan: Plan, folder: Path) -> tuple[list[str], dict[str, str]]:
    if name in OURS:
        program = [sys.executable, "-m", "fedkd.bench.ours"]
        return [*program, str(folder / WORKLOAD), name, str(plan.processes)], environment({})
    rival = RIVALS[name]
    command = [str(plan.rivals[name]), str(rival.program), str(folder / WORK), str(plan.processes)]
    return command, environment(dict(rival.quiet), PROGRAMS)


def _explained(plan: Plan, folder: Path) -> tuple[Share, ...]:
    # One process, so that the profile sees the training too.
    command, variables = _command(OURS[0], dataclasses.replace(plan, processes=1), folder)
    run = _watched([*command, "--breakdown"], variables, plan, folder)
    return tuple(Share(" ".join(words[2:]), float(words[1])) for words in run.lines if words[0] == "share")
