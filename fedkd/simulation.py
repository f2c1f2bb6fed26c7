"""Simulate a federation: from a scenario to a run directory."""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil

from fedkd.composition import dump, parse
from fedkd.data import FederatedData, describe, identity
from fedkd.distributed.execution import execute, recorder_of, state_folder
from fedkd.errors import ConfigError, DamagedRunError, ResumeMismatchError, TargetError
from fedkd.federation import (
    Federation,
    Parts,
    RoundReport,
    assemble,
    restore,
    search,
    snapshot,
    snapshot_specs,
)
from fedkd.learning import Executor, Learner, Store
from fedkd.loading import load_data, make_parts
from fedkd.models import ArchSpec, save_weights
from fedkd.record import Run, TensorBoard, manifest
from fedkd.record.checkpoint import Checkpoint
from fedkd.report import draw
from fedkd.runtime import LocalRuntime
from fedkd.scenario import Scenario
from fedkd.summary import Totals, summarise
from fedkd.watcher import Silent, Watcher
from sim.device import DeviceProfile, Effort


@dataclass(frozen=True)
class Result:
    """A finished run.

    Attributes:
        path: The run directory.
        summary: What `summary.json` holds.
    """

    path: Path
    summary: Mapping[str, object]


def simulate(scenario: Scenario, path: Path, watcher: Watcher | None = None) -> Result:
    """Run a scenario from the start.

    Args:
        scenario: The experiment.
        path: The run directory, absent or empty.
        watcher: Is told of progress.

    Returns:
        The finished run. Interrupted at any moment, the directory can be resumed.

    Raises:
        FedkdError: Something in the scenario, the data or on the disk is wrong; nothing is half-written.
    """
    watcher = watcher or Silent()
    scenario.runtime.warm_up()
    watcher.stage("loading data")
    data = load_data(scenario)
    run = Run.create(path, dump(scenario))
    try:
        return _execute(scenario, data, run, watcher)
    except Exception:
        # Before its first round, a run that failed holds nothing that anybody could go on from.
        if not state_folder(scenario, path).exists():
            run.discard_unbegun()
        raise


def resume(path: Path, watcher: Watcher | None = None) -> Result:
    """Continue an interrupted run; the result is the undisturbed run's, bit for bit.

    Args:
        path: Its run directory.
        watcher: Is told of progress.

    Raises:
        NotARunError: There is no run.
        DamagedRunError: A file of it is damaged.
        ResumeMismatchError: The data are not what they were.
    """
    watcher = watcher or Silent()
    run = Run.open(path)
    scenario = _recorded(run)
    scenario.runtime.warm_up()
    watcher.stage("loading data")
    return _execute(scenario, load_data(scenario), run, watcher)


def record(path: Path) -> Result:
    """Record a run whose rounds happened elsewhere, as when Flower was asked for them.

    Args:
        path: Its run directory.
    """
    run = Run.open(path)
    scenario = _recorded(run)
    data = load_data(scenario)
    checkpoint = run.rewind()
    _identify(run, scenario, data, resumed=checkpoint is not None)
    recorder = recorder_of(scenario, data, make_parts(scenario, data), run, Silent(), checkpoint)
    recorder.finish()
    return _conclude(run, scenario, recorder.totals, recorder.macs)


def _recorded(run: Run) -> Scenario:
    try:
        return parse(run.config)
    except TargetError:  # a package that is missing now: the record is as it was
        raise
    except ConfigError as error:
        raise DamagedRunError(f"the config.yaml of '{run.path}' is damaged: {error.what}", "restore it") from error


def _execute(scenario: Scenario, data: FederatedData, run: Run, watcher: Watcher) -> Result:
    checkpoint = run.rewind()
    _identify(run, scenario, data, resumed=checkpoint is not None)
    parts = make_parts(scenario, data)
    done = checkpoint.round_ if checkpoint else 0
    # Asked for before anything is computed, so that a missing extra costs nobody a run.
    board = TensorBoard(run.folder("tensorboard"), done) if scenario.run.tensorboard else None
    watcher = watcher if board is None else _Boarded(watcher, board)
    if isinstance(scenario.runtime, LocalRuntime):
        totals, macs = _play(scenario.runtime, parts, run, watcher, checkpoint)
    else:
        recorder = execute(scenario, data, parts, run, watcher, checkpoint)
        totals, macs = recorder.totals, recorder.macs
    if board is not None:
        board.close()
    watcher.stage("drawing plots")
    return _conclude(run, scenario, totals, macs)


def _conclude(run: Run, scenario: Scenario, totals: Totals, macs: Sequence[int]) -> Result:
    summary = summarise(run.path, scenario, totals, macs)
    run.write_json("summary.json", summary)
    draw(run)
    return Result(run.path, summary)


def _play(
    runtime: LocalRuntime, parts: Parts, run: Run, watcher: Watcher, checkpoint: Checkpoint | None
) -> tuple[Totals, list[int]]:
    """Run the rounds that are left in processes of our own."""
    started = time.perf_counter()
    with _Executors(runtime, parts.learner) as executors:
        devices = parts.fleet()
        if checkpoint is None:
            specs, ready_us, totals = _search(parts, devices, run, watcher, executors)
        else:
            specs, ready_us = snapshot_specs(checkpoint.arrays), [0] * len(devices)
            totals = Totals(**checkpoint.totals)
        watcher.stage("preparing sites and server")
        listed = [ArchSpec.from_json(text) for text in run.read_json("search.json")["shortlist"]]
        federation = assemble(parts, specs, devices, executors.start, listed, ready_us)
        if checkpoint is not None:
            restore(federation, checkpoint.arrays, checkpoint.round_)
        before = totals.wall_time_s
        for report in federation.run():
            totals = totals.plus(report, before + time.perf_counter() - started)
            _record(run, report, federation, totals)
            watcher.round(report, federation.rounds)
        _save_networks(run, federation)
    return totals, [site.cost.macs for site in federation.sites]


class _Boarded:
    """A watcher, and a board that is shown every round."""

    def __init__(self, watcher: Watcher, board: TensorBoard) -> None:
        self.stage, self.searched = watcher.stage, watcher.searched
        self._watcher, self._board = watcher, board

    def round(self, report: RoundReport, rounds: int) -> None:
        self._board.add(report.rows)
        self._watcher.round(report, rounds)


class _Executors:
    """Starts executors and ends them all, whatever happens."""

    def __init__(self, runtime: LocalRuntime, learner: Learner) -> None:
        self.runtime = runtime
        self.learner = learner
        self._stack = ExitStack()

    def start(self, store: Store) -> Executor:
        """An executor that knows the store."""
        executor = self.runtime.executor(self.learner)
        self._stack.callback(executor.close)
        executor.start(store)
        return executor

    def __enter__(self) -> _Executors:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def _identify(run: Run, scenario: Scenario, data: FederatedData, resumed: bool) -> None:
    found = identity(data)
    if not resumed:
        run.write_json("manifest.json", manifest(scenario.seed, found))
        run.write_json("partition.json", {"data": data.name, "histograms": describe(data).tolist()})
    elif run.read_json("manifest.json").get("data") != found:
        raise ResumeMismatchError(
            f"the data of '{run.path}' are not what they were when it began",
            "restore the data, or start a new run",
        )


def _search(
    parts: Parts, devices: Sequence[DeviceProfile], run: Run, watcher: Watcher, executors: _Executors
) -> tuple[list[ArchSpec], list[int], Totals]:
    watcher.stage("every site searches its network")
    space = parts.search.space or parts.task.space
    executor = executors.start(parts.store())
    searched = search(parts, range(len(devices)), devices, executor, space)
    # The rounds have an executor of their own, that knows the server's arrays too.
    executor.close()
    selection = searched.selection
    run.write_json("search.json", selection.described(parts.names, devices))
    watcher.searched(selection, devices)
    ready_us = [d.compute_us(searched.effort.get(name, Effort())) for name, d in zip(parts.names, devices, strict=True)]
    return [choice.spec for choice in selection.choices], ready_us, Totals(search_cpu_s=searched.cpu_s)


def _save_networks(run: Run, federation: Federation) -> None:
    """The server's networks, for use elsewhere: as teachers, or as they are."""
    folder = run.folder("networks")
    taken: Counter[str] = Counter()
    for spec, model in federation.server.students().items():
        # Unlike networks of different packages may share a name.
        taken[spec.name] += 1
        number = f"-{taken[spec.name]}" if taken[spec.name] > 1 else ""
        save_weights(folder / f"server-{spec.name}{number}.safetensors", model.arrays, spec)


def _record(run: Run, report: RoundReport, federation: Federation, totals: Totals) -> None:
    timing = {
        "round": report.round_,
        "train_cpu_s": round(report.train_cpu_s, 4),
        "server_cpu_s": round(report.server_cpu_s, 4),
        "wall_time_s": round(totals.wall_time_s, 4),
        "memory_bytes": psutil.Process().memory_info().rss,
    }
    run.record_round(report.rows, timing, report.facts)
    run.save(report.round_, snapshot(federation), dataclasses.asdict(totals))
