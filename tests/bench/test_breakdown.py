"""A profile of a real federation has its parts."""

from __future__ import annotations

import cProfile
import time

import pytest

from fedkd.bench.breakdown import shares
from fedkd.simulation import simulate
from tests.tiny import tiny


@pytest.mark.slow
def test_the_parts_of_a_round_are_found(tmp_path):
    profile = cProfile.Profile(time.process_time)
    started = time.process_time()
    profile.runcall(simulate, tiny("fedavg"), tmp_path / "run")
    took_s = time.process_time() - started

    found = {share.name: share.seconds for share in shares(profile)}

    assert len(found) == 5
    assert all(seconds > 0 for name, seconds in found.items() if name != "other")
    assert 0 < sum(found.values()) < took_s
