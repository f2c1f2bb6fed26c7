"""A site: a client of the federation, with its own data, device and network."""

from __future__ import annotations

from dataclasses import dataclass

from fedkd.data import SiteData
from fedkd.methods import ClientState, Profile
from fedkd.models import Cost
from sim.device import DeviceProfile


@dataclass(frozen=True)
class Site:
    """One client as the simulation sees it.

    Attributes:
        profile: What the aggregator knows of it.
        data: What only it knows.
        device: What it runs on.
        cost: What its network costs.
        state: What it carries from round to round.
        ready_us: Virtual time at which it can start its next local step.
        history: Its validation accuracy after every round since its last search.
    """

    profile: Profile
    data: SiteData
    device: DeviceProfile
    cost: Cost
    state: ClientState
    ready_us: int = 0
    history: tuple[float, ...] = ()
