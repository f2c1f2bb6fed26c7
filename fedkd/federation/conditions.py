"""The conditions under which a federation works: who is there, who lies, when rounds end, how messages travel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fedkd.attacks import Adversary
from fedkd.federation.schedule import Schedule
from sim.availability import Availability
from sim.network import Network, Transfer
from sim.streams import Streams


@dataclass(frozen=True)
class Conditions:
    """What a federation cannot choose.

    Attributes:
        network: How long messages take.
        schedule: Who is asked, and when a round ends.
        availability: When sites are there, and whether they deliver.
        adversary: Who lies, and how.
        streams: Random streams.
    """

    network: Network
    schedule: Schedule
    availability: Availability
    adversary: Adversary
    streams: Streams

    def ask(self, ready_us: dict[str, int], at_us: int, sites: int, round_: int) -> tuple[str, ...]:
        """Sites that take part in a round which opens at `at_us`.

        Args:
            ready_us: When each site that has nothing on its way is ready.
            at_us: When the round opens.
            sites: Number of all sites.
            round_: The round.

        Returns:
            At least one site, unless there is none that could be asked: when nobody is on, whoever comes back first.
        """
        back = {name: self.availability.next_on_us(name, at_us, self.streams) for name in ready_us}
        here = [name for name, on_us in back.items() if on_us <= at_us]
        if not here and back:
            here = [min(back, key=lambda name: (back[name], name))]
        return self.schedule.ask(here, sites, round_, self.streams)

    def on_us(self, name: str, at_us: int) -> int:
        """When a site can be reached from `at_us` on."""
        return self.availability.next_on_us(name, at_us, self.streams)

    def silent(self, names: Sequence[str], round_: int) -> frozenset[str]:
        """Those that take part in a round and never deliver."""
        return frozenset(name for name in names if self.availability.drops_out(name, round_, self.streams))

    def arrivals(self, sends: Sequence[tuple[str, int, int]], round_: int, up: bool) -> dict[str, int]:
        """When the messages of a round arrive.

        What a site sends or gets in a round travels as one stream.

        Args:
            sends: Name of the site, when it is sent, number of bytes; a site at most once.
            round_: The round.
            up: Whether towards the aggregator.
        """
        way = "up" if up else "down"
        transfers = [Transfer((name, round_, way), sent_us, size) for name, sent_us, size in sends]
        arrivals = self.network.arrivals(transfers, up, self.streams)
        return {name: at_us for (name, _, _), at_us in zip(sends, arrivals, strict=True)}
