"""From a scenario's parts to a federation that is ready for its first round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from fedkd.federation.evaluation import Evaluation
from fedkd.federation.exchange import Exchange
from fedkd.federation.federation import Federation
from fedkd.federation.parts import Parts
from fedkd.federation.reselection import Reselection
from fedkd.federation.site import Site
from fedkd.learning import Executor, Store
from fedkd.methods import Method, Profile, Setting
from fedkd.models import ArchSpec, is_forest, measure, skeleton
from fedkd.tasks import Task
from fedkd.wire import WireContext
from sim.device import DeviceProfile


def assemble(
    parts: Parts,
    specs: Sequence[ArchSpec],
    devices: Sequence[DeviceProfile],
    start: Callable[[Store], Executor],
    shortlist: Sequence[ArchSpec],
    ready_us: Sequence[int],
) -> Federation:
    """Put sites and server together.

    Args:
        parts: The parts.
        specs: The network of each site.
        devices: The device of each site.
        start: Starts an executor that knows a store.
        shortlist: Networks that a later search looks at first.
        ready_us: Virtual time at which each site has its network.
    """
    store = parts.store()
    setting = Setting(
        parts.rounds,
        parts.data.classes,
        parts.data.public.ids,
        parts.learner,
        store,
        parts.view,
        parts.streams,
        parts.task.supervised,
        parts.limits,
    )
    profiles = [
        Profile(name, spec, len(site.train))
        for name, spec, site in zip(parts.names, specs, parts.data.sites, strict=True)
    ]
    client, server = parts.method.client(setting), parts.method.server(setting, profiles)
    store.update(server.arrays())
    executor = start(store)
    shape, classes = parts.learner.input_shape, parts.data.classes
    sites = [
        Site(profile, data, device, measure(profile.spec, shape, classes), client.start(profile), ready)
        for profile, data, device, ready in zip(profiles, parts.data.sites, devices, ready_us, strict=True)
    ]
    exchange = make_exchange(parts.method, parts.task, setting)
    labels = np.concatenate([site.validation.targets for site in parts.data.sites])
    evaluation = Evaluation(parts.task, executor, parts.data.test.targets, labels)
    reselection = Reselection(parts, executor, client, server, exchange, tuple(shortlist))
    samples = {key: len(array) for key, array in store.items()}
    return Federation(
        sites,
        client,
        server,
        exchange,
        executor,
        evaluation,
        reselection,
        parts.conditions,
        samples,
        parts.rounds,
    )


def make_exchange(method: Method, task: Task, setting: Setting) -> Exchange:
    """One end of all paths, or both."""
    shape, classes = setting.learner.input_shape, setting.classes

    @lru_cache(maxsize=256)
    def shapes(spec: ArchSpec) -> dict[str, tuple[int, ...]] | None:
        """Shapes of a network's arrays; those of trees vary."""
        if is_forest(spec):
            return None
        return {name: tuple(t.shape) for name, t in skeleton(spec, shape, classes).state_dict().items()}

    return Exchange(method, task.kinds, WireContext(setting.rows, setting.limits), classes, shapes)
