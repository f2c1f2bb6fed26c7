"""Scenario: everything that a run depends on, in frozen dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, field

from fedkd.attacks import Adversary
from fedkd.data import DataConfig, Partition
from fedkd.data.public import PublicSet
from fedkd.errors import MixedArchitecturesError
from fedkd.federation import Schedule, Synchronous
from fedkd.methods import Method
from fedkd.runtime import LocalRuntime, Runtime
from fedkd.search import SearchStrategy
from fedkd.tasks import Task
from fedkd.wire import Limits
from sim.availability import Availability
from sim.device import DeviceProfile
from sim.network import Network


@dataclass(frozen=True)
class FederationConfig:
    """Size of the federation.

    Attributes:
        sites: Number of sites K.
        rounds: Number of rounds.
        max_bytes: Most bytes of a message; it may hold a fourth as many numbers.
    """

    sites: int = 20
    rounds: int = 12
    max_bytes: int = 2**26

    def __post_init__(self) -> None:
        if self.sites < 1 or self.rounds < 1:
            raise ValueError("a federation needs sites >= 1 and rounds >= 1")
        if self.max_bytes < 2**16:
            raise ValueError(f"max_bytes={self.max_bytes} must be at least {2**16}")

    @property
    def limits(self) -> Limits:
        """What both ends of a connection are ready to hold."""
        return Limits(max_bytes=self.max_bytes, max_elements=self.max_bytes // 4)


@dataclass(frozen=True)
class Fleet:
    """The classes of devices and their shares.

    Attributes:
        profiles: At least one.
        batch: Samples of a training step, for peak memory.
    """

    profiles: tuple[DeviceProfile, ...]
    batch: int = 64

    def __post_init__(self) -> None:
        if not self.profiles or sum(p.share for p in self.profiles) <= 0:
            raise ValueError("a fleet needs at least one device class with a positive share")
        if len({p.name for p in self.profiles}) < len(self.profiles):
            raise ValueError("device classes need distinct names")
        if self.batch < 1:
            raise ValueError(f"batch={self.batch} must be at least 1")


@dataclass(frozen=True)
class RunConfig:
    """Where the run goes.

    Attributes:
        dir: The run directory; None makes one under runs/ from the time and the method.
        tensorboard: Whether to write TensorBoard events (needs the extra `tensorboard`).
    """

    dir: str | None = None
    tensorboard: bool = False


@dataclass(frozen=True)
class Scenario:
    """A whole experiment. Two runs of equal scenarios give equal figures.

    Attributes:
        task: What is learnt.
        data: Where the samples come from, and how many go where.
        partition: Who owns what.
        public: What everyone holds.
        method: How the sites learn together.
        search: How a site finds its network.
        device: What the sites run on.
        network: How messages travel.
        schedule: Who is asked in a round, and when it ends.
        availability: When sites are there, and whether they deliver.
        attack: Who lies, and how.
        runtime: Where the work is done.
        federation: How many sites and rounds.
        run: Where the record goes.
        seed: Names all random streams.

    Raises:
        MixedArchitecturesError: The method needs one architecture and the search may find several.
    """

    task: Task
    data: DataConfig
    partition: Partition
    public: PublicSet
    method: Method
    search: SearchStrategy
    device: Fleet
    network: Network
    schedule: Schedule = field(default_factory=Synchronous)
    availability: Availability = field(default_factory=Availability)
    attack: Adversary = field(default_factory=Adversary)
    runtime: Runtime = field(default_factory=LocalRuntime)
    federation: FederationConfig = field(default_factory=FederationConfig)
    run: RunConfig = field(default_factory=RunConfig)
    seed: int = 0

    def __post_init__(self) -> None:
        if self.availability.dropout and self.schedule.patient:
            raise ValueError(
                f"availability.dropout={self.availability.dropout} needs a schedule that does not wait for ever: "
                "give schedule.deadline_us, or choose schedule=buffered"
            )
        again, classes = self.search.again, {profile.name for profile in self.device.profiles}
        for change in again.changes:
            if change.device not in classes or change.round >= self.federation.rounds:
                raise ValueError(
                    f"search.again changes the budget of '{change.device}' after round {change.round}, but there are "
                    f"the devices {', '.join(sorted(classes))} and {self.federation.rounds} rounds"
                )
        if self.method.one_architecture and (again.changes or again.plateau):
            raise ValueError(f"{self.method.name} needs one network everywhere, so no site can search again")
        if self.method.one_architecture and self.search.limit > 1:
            raise MixedArchitecturesError(
                f"{self.method.name} averages weights, but this search may give sites up to {self.search.limit} unlike "
                "networks",
                "add search.limit=1 if one network fits all devices, use search=fixed device=unlimited, or choose a "
                "method that exchanges predictions",
            )
