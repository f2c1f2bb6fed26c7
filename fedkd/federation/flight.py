"""What is on its way to the aggregator, and how a checkpoint keeps it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fedkd.knowledge import Kind, Knowledge
from fedkd.learning import Arrays

# No array of a Knowledge can have these names.
ABOUT, ROWS = "about", "#rows"


@dataclass(frozen=True)
class Flight:
    """The contributions of one site to one round.

    Attributes:
        site: Its name.
        contributions: As the aggregator will decode them.
        arrives_us: Virtual time at which the last byte is there.
    """

    site: str
    contributions: tuple[Knowledge, ...]
    arrives_us: int


def pack_flights(flights: Sequence[Flight]) -> Arrays:
    """As flat arrays `FLIGHT|CONTRIBUTION|NAME`, and one text that says what they are."""
    flat: Arrays = {}
    for f, flight in enumerate(flights):
        for k, knowledge in enumerate(flight.contributions):
            flat[f"{f}|{k}|{ROWS}"] = knowledge.rows
            flat.update({f"{f}|{k}|{name}": array for name, array in knowledge.arrays.items()})
    about = [
        {
            "site": flight.site,
            "arrives_us": flight.arrives_us,
            "contributions": [[k.kind.value, k.round, k.fingerprint] for k in flight.contributions],
        }
        for flight in flights
    ]
    flat[ABOUT] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    return flat


def unpack_flights(flat: Arrays) -> list[Flight]:
    """Undo of `pack_flights`."""
    arrays: dict[tuple[int, int], Arrays] = {}
    for key, array in flat.items():
        if key != ABOUT:
            f, k, name = key.split("|", 2)
            arrays.setdefault((int(f), int(k)), {})[name] = array
    return [
        Flight(
            item["site"],
            tuple(_knowledge(arrays[f, k], item["site"], *about) for k, about in enumerate(item["contributions"])),
            item["arrives_us"],
        )
        for f, item in enumerate(json.loads(flat[ABOUT].tobytes()))
    ]


def _knowledge(arrays: Arrays, sender: str, kind: str, round_: int, fingerprint: str) -> Knowledge:
    named = {name: array for name, array in arrays.items() if name != ROWS}
    return Knowledge(Kind(kind), named, arrays[ROWS], sender, round_, fingerprint)
