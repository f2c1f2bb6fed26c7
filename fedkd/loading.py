"""Loads the data of a scenario, and puts together what a federation is made from."""

from __future__ import annotations

from fedkd.data import FederatedData
from fedkd.federation import Conditions, Parts
from fedkd.learning import Learner
from fedkd.scenario import Scenario
from sim.streams import Streams


def load_data(scenario: Scenario) -> FederatedData:
    """The data of a scenario, dealt out.

    Raises:
        DataError: They cannot be used.
    """
    streams = Streams(scenario.seed)
    return scenario.task.load(scenario.data, scenario.partition, scenario.public, scenario.federation.sites, streams)


def make_parts(scenario: Scenario, data: FederatedData) -> Parts:
    """What a federation is put together from."""
    runtime, streams = scenario.runtime, Streams(scenario.seed)
    return Parts(
        scenario.task,
        data,
        scenario.data.view,
        scenario.method,
        scenario.search,
        scenario.device.profiles,
        scenario.device.batch,
        Conditions(scenario.network, scenario.schedule, scenario.availability, scenario.attack, streams),
        Learner(data.input_shape, data.classes, runtime.cohort, runtime.resolved_device()),
        scenario.federation.rounds,
        streams,
        scenario.federation.limits,
    )
