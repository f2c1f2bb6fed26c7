"""The ServerApp's part of a simulation: the rounds of a run directory, on a grid of Flower's."""

from __future__ import annotations

from pathlib import Path

from flwr.serverapp import Grid

from fedkd.composition import parse
from fedkd.deployment import Agreed, ScenarioPlan, ScenarioSite
from fedkd.distributed.flower import STATE
from fedkd.distributed.recorder import EVENTS
from fedkd.files import disk_errors
from fedkd.loading import load_data, make_parts
from fedkd.record import Events, Run
from fedkd.runtime import FlowerRuntime
from fedkd.runtime.deploy import Ledger
from fedkd.runtime.flower.rounds import Rounds


def run_rounds(grid: Grid, folder: Path) -> None:
    """Run what is left of a run.

    Args:
        grid: Flower's; it must have a node for each site.
        folder: The run directory.

    Raises:
        FedkdError: A site failed; what was accepted is kept.
    """
    scenario = parse(Run.open(folder).config)
    runtime = scenario.runtime
    assert isinstance(runtime, FlowerRuntime), f"a run by {runtime} is not Flower's"
    data = load_data(scenario)
    parts, agreed = make_parts(scenario, data), Agreed(scenario, data.public, data.classes)
    state = folder / STATE
    with disk_errors(state):
        state.mkdir(exist_ok=True)
    ledger = Ledger(state, agreed.digest)
    events = Events(state / EVENTS)
    events.mend()
    plan = ScenarioPlan(agreed, parts.names, events, data.test)
    devices = {
        name: ScenarioSite(agreed, name, data.sites[i], profile).device
        for i, (name, profile) in enumerate(zip(parts.names, parts.fleet(), strict=True))
    }
    Rounds(grid, plan, ledger, {"run": str(folder.absolute())}, runtime.round_s).run(devices)
