"""Simulate a federation: from a scenario to a run directory."""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil

from fedkd.composition import dump, parse
from fedkd.data import FederatedData, describe, identity
from fedkd.errors import ConfigError, DamagedRunError, ResumeMismatchError, TargetError
from fedkd.federation import (
    Conditions,
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
from fedkd.models import ArchSpec, save_weights
from fedkd.record import Run, TensorBoard, manifest
from fedkd.report import draw
from fedkd.scenario import Scenario
from fedkd.search import Selection
from fedkd.summary import Totals, summarise
from sim.device import DeviceProfile, Effort
from sim.streams import Streams


class Watcher(Protocol):
    """Somebody who looks on: a progress bar, a notebook, a test."""

    def stage(self, text: str) -> None:
        """A step of the preparation begins."""
        ...

    def searched(self, selection: Selection, devices: Sequence[DeviceProfile]) -> None:
        """Every site has its network."""
        ...

    def round(self, report: RoundReport, rounds: int) -> None:
        """A round is over and on disk."""
        ...


class Silent:
    """Looks on and says nothing."""

    def stage(self, text: str) -> None:
        """Nothing."""

    def searched(self, selection: Selection, devices: Sequence[DeviceProfile]) -> None:
        """Nothing."""

    def round(self, report: RoundReport, rounds: int) -> None:
        """Nothing."""


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
    data = _load(scenario)
    run = Run.create(path, dump(scenario))
    try:
        return _execute(scenario, data, run, watcher)
    except Exception:
        # Before its first round, a run that failed holds nothing that anybody could go on from.
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
    return _execute(scenario, _load(scenario), run, watcher)


def _recorded(run: Run) -> Scenario:
    try:
        return parse(run.config)
    except TargetError:  # a package that is missing now: the record is as it was
        raise
    except ConfigError as error:
        raise DamagedRunError(f"the config.yaml of '{run.path}' is damaged: {error.what}", "restore it") from error


def _load(scenario: Scenario) -> FederatedData:
    streams = Streams(scenario.seed)
    return scenario.task.load(scenario.data, scenario.partition, scenario.public, scenario.federation.sites, streams)


def _execute(scenario: Scenario, data: FederatedData, run: Run, watcher: Watcher) -> Result:
    started = time.perf_counter()
    checkpoint = run.rewind()
    _identify(run, scenario, data, resumed=checkpoint is not None)
    parts = _parts(scenario, data)
    done = checkpoint.round_ if checkpoint else 0
    # Asked for before anything is computed, so that a missing extra costs nobody a run.
    board = TensorBoard(run.folder("tensorboard"), done) if scenario.run.tensorboard else None
    with _Executors(scenario, parts.learner) as executors:
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
            if board is not None:
                board.add(report.rows)
            watcher.round(report, federation.rounds)
        _save_networks(run, federation)
    if board is not None:
        board.close()
    summary = summarise(run.path, scenario, totals, [site.cost.macs for site in federation.sites])
    run.write_json("summary.json", summary)
    watcher.stage("drawing plots")
    draw(run)
    return Result(run.path, summary)


def parts_of(scenario: Scenario) -> Parts:
    """Load the data of a scenario, and put together what a federation is made from.

    Raises:
        DataError: The data cannot be used.
    """
    return _parts(scenario, _load(scenario))


def _parts(scenario: Scenario, data: FederatedData) -> Parts:
    runtime = scenario.runtime
    learner = Learner(data.input_shape, data.classes, runtime.cohort, runtime.resolved_device())
    streams = Streams(scenario.seed)
    return Parts(
        scenario.task,
        data,
        scenario.data.view,
        scenario.method,
        scenario.search,
        scenario.device.profiles,
        scenario.device.batch,
        Conditions(scenario.network, scenario.schedule, scenario.availability, scenario.attack, streams),
        learner,
        scenario.federation.rounds,
        streams,
    )


class _Executors:
    """Starts executors and ends them all, whatever happens."""

    def __init__(self, scenario: Scenario, learner: Learner) -> None:
        self.scenario = scenario
        self.learner = learner
        self._stack = ExitStack()

    def start(self, store: Store) -> Executor:
        """An executor that knows the store."""
        executor = self.scenario.runtime.executor(self.learner)
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
    run.write_json("search.json", _selection(selection, parts.names, devices))
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


def _selection(selection: Selection, names: Sequence[str], devices: Sequence[DeviceProfile]) -> dict[str, object]:
    sites = {
        name: {
            "device": device.name,
            "network": choice.spec.name,
            "spec": choice.spec.to_json(),
            "reason": choice.reason,
            "validation_accuracy": dict(choice.scores),
        }
        for name, device, choice in zip(names, devices, selection.choices, strict=True)
    }
    return {
        "shortlist": [spec.to_json() for spec in selection.shortlist],
        "sites": sites,
        "proxy_scores": selection.scores,
        "rejected": selection.rejected,
    }


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
