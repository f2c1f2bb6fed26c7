"""A machine that nobody described is measured once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fedkd.errors import DamagedRunError
from fedkd.kits import SiteKit, device_of, read_kit
from sim.device import Budget

from .clinics import provisioned


@pytest.fixture
def kit(tmp_path):
    provisioned(tmp_path, sites=[{"name": "clinic-a", "data": "t.csv", "budget": {"latency_us": 900}}])
    return tmp_path / "kits" / "clinic-a"


def test_it_stays_what_it_was_found_to_be(kit):
    said: list[str] = []
    found, agreed = read_kit(kit, SiteKit)

    first = device_of(kit, found, agreed, said.append)
    again = device_of(kit, found, agreed, said.append)

    assert first == again
    assert (first.name, first.budget) == ("clinic-a", Budget(latency_us=900))
    assert 1e6 < first.macs_per_s < 1e12
    assert 0 < first.layer_us < 1e4
    assert [line.split()[0] for line in said] == ["measuring", "it"]


def test_what_a_kit_says_is_not_measured(kit):
    found, agreed = read_kit(kit, SiteKit)
    said: list[str] = []
    measured = device_of(kit, found, agreed, said.append)

    described = replace(measured, macs_per_s=5.0)

    assert device_of(kit, replace(found, device=described), agreed, said.append) == described


def test_damage_is_named(kit):
    (kit / "state").mkdir()
    (kit / "state" / "device.json").write_text('{"name": "x"}')

    with pytest.raises(DamagedRunError, match="delete it to measure again"):
        device_of(kit, *read_kit(kit, SiteKit), print)
