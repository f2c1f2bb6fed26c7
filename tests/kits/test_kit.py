"""What a kit says survives the way through its files."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from fedkd.composition import compose
from fedkd.data import Examples
from fedkd.deployment import Agreed
from fedkd.errors import ConfigError, UnreadableDataError
from fedkd.kits import AggregatorKit, Reading, Scale, SiteKit, read_kit
from fedkd.kits.kit import write_kit
from fedkd.runtime.deploy import Rules
from sim.device import Budget, DeviceProfile

SITE = SiteKit(
    "clinic-a",
    "[::1]:8090",
    3,
    DeviceProfile("board", 1e8, 1.0, Budget(latency_us=10)),
    data="/srv/t.csv",
    label="result",
    validation=0.25,
    reading=Reading(("a", "b", "c"), ("x", "y"), Scale((0.1, 1e-9), (0.3, 1e9))),
    test="test.npz",
    superlink="[::1]:8000",
)
AGGREGATOR = AggregatorKit("0.0.0.0:8090", ("clinic-a", "clinic-b"), 3, Rules(quorum=0.5, round_s=7), "test.npz")


@pytest.fixture
def agreed():
    inputs = np.arange(6, dtype=np.float32).reshape(3, 2)
    return Agreed(compose(["data=wine"]), Examples(inputs, np.full(3, -1), np.array([4, 5, 9])), 3)


@pytest.mark.parametrize("kit", [SITE, AGGREGATOR, SiteKit("a", "b:1", 3)])
def test_a_kit_comes_back(kit, agreed, tmp_path):
    write_kit(tmp_path, kit, agreed)

    found, same = read_kit(tmp_path, type(kit))

    assert found == kit
    assert (same.digest, same.public_digest) == (agreed.digest, agreed.public_digest)
    assert same.public.ids.tolist() == [4, 5, 9]


@pytest.mark.parametrize("key", ["listen", "superlink"])
def test_an_aggregators_addresses_are_looked_at(key):
    with pytest.raises(ValueError, match=f"{key}=server must be HOST:PORT"):
        replace(AGGREGATOR, **{key: "server"})


def test_mistakes_in_a_kit_are_named(agreed, tmp_path):
    write_kit(tmp_path, SITE, agreed)
    path = tmp_path / "kit.yaml"
    good = path.read_text()

    path.write_text(good.replace("validation: 0.25", "validation: 1.5"))
    with pytest.raises(ConfigError, match=r"in '.*kit\.yaml', validation is 1\.5, but it must lie in"):
        read_kit(tmp_path, SiteKit)
    path.write_text(good + "secret: 1\n")
    with pytest.raises(ConfigError, match=r"kit\.yaml' has no key 'secret'"):
        read_kit(tmp_path, SiteKit)
    for address in ("server", "server:", "server:eighty", "server:65536", ":8090", "::1:8090", f"{'x' * 64}:1"):
        path.write_text(good.replace("aggregator: '[::1]:8090'", f"aggregator: '{address}'"))
        with pytest.raises(ConfigError, match=re.escape(f"aggregator={address} must be HOST:PORT")):
            read_kit(tmp_path, SiteKit)
    path.write_text(good)
    (tmp_path / "public.npz").write_bytes(b"cut")
    with pytest.raises(UnreadableDataError, match="cannot be read as arrays"):
        read_kit(tmp_path, SiteKit)
