"""The YAML files of the axes `network` and `availability`, built by the strict constructor."""

from __future__ import annotations

from pathlib import Path

import pytest
from omegaconf import OmegaConf

from fedkd.construct import construct
from sim.availability import Availability
from sim.network import Link, Network, Transfer
from sim.streams import Streams

FOLDER = Path(__file__).parents[2] / "scenarios"
NETWORKS = {path.stem: path for path in sorted((FOLDER / "network").glob("*.yaml"))}
AVAILABILITIES = {path.stem: path for path in sorted((FOLDER / "availability").glob("*.yaml"))}
TWENTY = [Transfer((i,), 0, 10_000) for i in range(20)]


def build(path: Path, expected: type):
    return construct(OmegaConf.to_container(OmegaConf.load(path)), expected, path.stem)


def network(name: str) -> Network:
    return build(NETWORKS[name], Network)


def test_none_is_missing():
    assert {*NETWORKS} == {"home", "lossy", "mobile", "narrowband", "shared"}
    assert {*AVAILABILITIES} == {"always", "dropouts", "sessions"}


def test_homes_and_narrowband_have_no_chance_and_no_bottleneck():
    assert network("home") == Network(Link(20_000, 1.25e6, 6.25e6))
    assert network("narrowband") == Network(Link(100_000, 37_500, 100_000))


@pytest.mark.parametrize("name", ["lossy", "mobile"])
def test_some_of_twenty_messages_are_sent_again(name):
    trips = [network(name).link.trip(100_000, Streams(0).generator("message", i)) for i in range(20)]

    # 72 packets each: where one in 200 is lost, 30 % of the messages lose one, and where one in 50 is, 77 %.
    assert {trip.rounds for trip in trips} >= {1, 2}
    assert min(trip.jitter_us for trip in trips) > 0


def test_a_shared_access_is_felt_by_twenty():
    homes, shared = (network(name).arrivals(TWENTY, True, Streams(0)) for name in ("home", "shared"))

    # 10,000 bytes: 8000 us at 1.25 MB/s, 16,000 us at a twentieth of 12.5 MB/s.
    assert homes == [28_000] * 20
    assert shared == [36_000] * 20


def test_mobile_uplinks_are_slower():
    assert network("mobile").link.up_bytes_per_s * 10 == network("mobile").link.down_bytes_per_s


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("always", Availability()),
        ("dropouts", Availability(dropout=0.2)),
        ("sessions", Availability(0.0, on_us=60_000_000, off_us=30_000_000)),
    ],
)
def test_availabilities(name, expected):
    assert build(AVAILABILITIES[name], Availability) == expected
