"""Run what is missing of a comparison. Finished runs are kept, interrupted ones resumed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import closing
from pathlib import Path

from fedkd.comparison.arm import is_finished
from fedkd.comparison.lanes import Lanes
from fedkd.comparison.plan import Comparison, Trial
from fedkd.comparison.remaining import Timed, UnderWay, seconds_left
from fedkd.comparison.state import Ended, Failure, State, failure
from fedkd.composition import compose, dump
from fedkd.errors import ConfigError, DivergedError
from fedkd.record import Run, is_run
from fedkd.simulation import resume, simulate

LOOK_S = 0.5
"""How often those who look on are told, in seconds."""


def run_missing(comparison: Comparison, folder: Path, processes: int, told: Callable[[State], None]) -> Ended:
    """Run what is missing.

    Args:
        comparison: What to run.
        folder: Runs go to FOLDER/PANEL/ARM/seed-N, without PANEL where there are none.
        processes: Runs at a time, one core each.
        told: Is told every half a second, and of each run that ends. Interrupted here or anywhere, runs under way are
            cut off; a later call goes on with them.

    Raises:
        ConfigError: A scenario is wrong, or a folder holds a run of another one; nothing has been run then.
    """
    rounds = {trial: _checked(trial, folder) for trial in comparison.trials()}
    work = _Work(folder, rounds, processes)
    with closing(Lanes(work.lanes)) as lanes:
        try:
            work.run(lanes, told)
        except BaseException:
            lanes.cut()
            raise
    return Ended(work.diverged, tuple(work.failed))


def run_or_resume(path: Path, overrides: Sequence[str]) -> None:
    """Bring a run to its end that has not come there."""
    if is_run(path):
        resume(path)
    else:
        simulate(compose(overrides), path)


class _Work:
    """The runs of a comparison: which wait, which are under way, which are over."""

    def __init__(self, folder: Path, rounds: Mapping[Trial, int], lanes: int) -> None:
        self.folder = folder
        self.rounds = rounds
        self.waiting = deque(trial for trial in rounds if not is_finished(trial.path(folder)))
        self.over = [Timed(t, _wall_time_s(t.path(folder))) for t in rounds if t not in self.waiting]
        self.lanes = min(lanes, max(len(self.waiting), 1))
        self.idle = list(range(self.lanes))
        self.running: dict[Future[None], tuple[int, Trial, float, int]] = {}
        self.diverged: dict[str, str] = {}
        self.failed: list[Failure] = []

    def run(self, lanes: Lanes, told: Callable[[State], None]) -> None:
        """Until nothing waits or runs."""
        told(self.state())
        while self.waiting or self.running:
            while self.idle and self.waiting:
                self.start(lanes)
            done, _ = wait(self.running, timeout=LOOK_S, return_when=FIRST_COMPLETED)
            for future in done:
                told(self.state(self.end(future, lanes)))
            if not done:
                told(self.state())

    def start(self, lanes: Lanes) -> None:
        """The next run, in an idle lane."""
        lane, trial = self.idle.pop(), self.waiting.popleft()
        path = trial.path(self.folder)
        before = _rounds_done(path)
        self.running[lanes.start(lane, run_or_resume, path, trial.overrides)] = lane, trial, time.monotonic(), before

    def end(self, future: Future[None], lanes: Lanes) -> Trial:
        """Note how a run ended, and free its lane."""
        lane, trial, started, _ = self.running.pop(future)
        self.idle.append(lane)
        error = lanes.failure(lane, future)
        if isinstance(error, DivergedError):
            self.diverged[trial.name] = str(error)
        elif error is not None:
            self.failed.append(failure(trial.name, error))
        else:
            self.over.append(Timed(trial, time.monotonic() - started))
        return trial

    def state(self, ended: Trial | None = None) -> State:
        """How far everything is."""
        now = time.monotonic()
        running = tuple(
            UnderWay(trial, now - started, _rounds_done(trial.path(self.folder)), before, self.rounds[trial])
            for _, trial, started, before in self.running.values()
        )
        finished = len(self.rounds) - len(self.waiting) - len(running)
        left_s = seconds_left(self.over, running, tuple(self.waiting), self.lanes)
        return State(finished, len(self.rounds), running, ended, left_s)


def _checked(trial: Trial, folder: Path) -> int:
    """The rounds of a trial; refuses a folder that holds another run than the trial's."""
    scenario, path = compose(trial.overrides), trial.path(folder)
    if is_run(path) and Run.open(path).config != dump(scenario):
        raise ConfigError(f"'{path}' holds a run of another scenario", "choose another folder with --dir")
    return scenario.federation.rounds


def _rounds_done(path: Path) -> int:
    try:
        return max((path / "timings.csv").read_bytes().count(b"\n") - 1, 0)
    except FileNotFoundError:
        return 0


def _wall_time_s(path: Path) -> float:
    return float(Run.open(path).read_json("summary.json")["wall_time_s"])
