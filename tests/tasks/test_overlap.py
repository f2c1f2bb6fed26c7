"""A public set cannot come from the data that it must not overlap."""

import pytest

from fedkd.errors import OverlapError
from sim.streams import Streams
from tests.tiny import tiny


def test_the_private_source_is_no_source_of_a_public_set():
    scenario = tiny("fedkdnas", "public=other")
    assert scenario.public.source == scenario.data.source  # both default to the digits

    with pytest.raises(OverlapError, match="would overlap"):
        scenario.task.load(scenario.data, scenario.partition, scenario.public, 4, Streams(0))
