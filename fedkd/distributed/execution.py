"""A run whose sites are processes of their own, from its beginning or from where it was interrupted."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from fedkd.data import FederatedData
from fedkd.deployment import Agreed
from fedkd.distributed import deployed, flower
from fedkd.distributed.recorder import Recorder
from fedkd.errors import OverrideError
from fedkd.federation import Parts, Synchronous
from fedkd.record import Run
from fedkd.record.checkpoint import Checkpoint
from fedkd.runtime import DeployRuntime, FlowerRuntime
from fedkd.scenario import Scenario
from fedkd.summary import Totals
from fedkd.watcher import Watcher
from sim.availability import Availability

_LOOK_S = 0.2


class _Work(Protocol):
    """What was started."""

    def goes_on(self) -> bool:
        """Whether rounds are still to come.

        Raises:
            FedkdError: What went wrong there.
        """
        ...


def execute(
    scenario: Scenario, data: FederatedData, parts: Parts, run: Run, watcher: Watcher, checkpoint: Checkpoint | None
) -> Recorder:
    """Let others do the rounds that are left, and record them.

    Args:
        scenario: The experiment.
        data: Dealt out.
        parts: What the federation is made from.
        run: The run directory.
        watcher: Is told of progress.
        checkpoint: What is on record already.

    Raises:
        OverrideError: The scenario asks for conditions that only a simulation in one process has.
        FedkdError: A process failed; what it kept stays, and the run can be resumed.
    """
    _refuse_conditions(scenario)
    recorder = recorder_of(scenario, data, parts, run, watcher, checkpoint)
    watcher.stage("starting sites")
    with _start(scenario, Agreed(scenario, data.public, data.classes), parts, run.path) as work:
        while work.goes_on():
            recorder.catch_up()
            time.sleep(_LOOK_S)
    recorder.finish()
    return recorder


def recorder_of(
    scenario: Scenario,
    data: FederatedData,
    parts: Parts,
    run: Run,
    watcher: Watcher,
    checkpoint: Checkpoint | None = None,
) -> Recorder:
    """What keeps the record of a run; see `execute`."""
    agreed, state = Agreed(scenario, data.public, data.classes), state_folder(scenario, run.path)
    done, totals = (checkpoint.round_, Totals(**checkpoint.totals)) if checkpoint else (0, Totals())
    return Recorder(run, parts, agreed, state, watcher, done, totals)


def state_folder(scenario: Scenario, folder: Path) -> Path:
    """Where the aggregator of a run keeps what it must not lose."""
    kept = deployed.STATE if isinstance(scenario.runtime, DeployRuntime) else flower.STATE
    return folder / kept


def _start(scenario: Scenario, agreed: Agreed, parts: Parts, folder: Path) -> AbstractContextManager[_Work]:
    runtime = scenario.runtime
    if isinstance(runtime, FlowerRuntime):
        return flower.start(folder)
    assert isinstance(runtime, DeployRuntime), f"{runtime} is none that starts processes"
    return deployed.start(runtime, agreed, parts, folder)


def _refuse_conditions(scenario: Scenario) -> None:
    """Processes have the conditions that they have: who is there, who lies and when rounds end is not made up."""
    asked = {
        "attack=none": scenario.attack.share == 0,
        "availability=always": scenario.availability == Availability(),
        "schedule=synchronous": scenario.schedule == Synchronous(),
        "no search.again": not (scenario.search.again.changes or scenario.search.again.plateau),
    }
    if wanting := [name for name, met in asked.items() if not met]:
        what = f"{type(scenario.runtime).__name__} needs {', '.join(wanting)}: its conditions are real"
        raise OverrideError(what, "use runtime=local, which simulates others")
