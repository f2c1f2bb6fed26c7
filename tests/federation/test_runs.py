"""Whole federations: bytes, time, search, interruption."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.errors import MixedArchitecturesError
from fedkd.federation import restore, snapshot, snapshot_specs
from fedkd.wire import Chain
from tests.tiny import METHODS, SITES, play, tiny

from .cases import make_federation, make_parts


def listed(*hidden: int) -> str:
    """The override for a search space of networks with so many hidden units each."""
    networks = ", ".join(f"'{{family: mlp, hidden: [{units}]}}'" for units in hidden)
    return f"search.space={{_target_: fedkd.search.ListedSpace, networks: [{networks}]}}"


def devices(*classes: tuple[str, float]) -> str:
    """The override for devices with a name and a speed."""
    profiles = [f"{{name: {name}, macs_per_s: {speed}, share: 1.0, budget: {{}}}}" for name, speed in classes]
    return f"device.profiles=[{', '.join(profiles)}]"


# After the first round devices have room for 400 parameters: 64 x 4 + 4 + 4 x 10 + 10 = 310, not 610 of eight units.
SHRINK = "search.again.changes=[{round: 1, device: any, budget: {parameters: 400}}]"
MOVING = ("fedkdnas", "search=largest", listed(4, 8), SHRINK, "search.again.warm_steps=0")


def test_bytes_in_the_record_are_what_the_codecs_returned(tmp_path, monkeypatch):
    encoded = []
    encode = Chain.encode

    def counting(chain, knowledge, context):
        data = encode(chain, knowledge, context)
        encoded.append((knowledge.sender == "server", len(data)))
        return data

    monkeypatch.setattr(Chain, "encode", counting)
    summary = play(tiny("fedkdnas"), tmp_path / "run").summary

    assert summary["bytes_up"] == sum(size for down, size in encoded if not down)
    # What goes to everyone is coded once, and counted for each.
    assert summary["bytes_down"] == SITES * sum(size for down, size in encoded if down)
    assert len(encoded) == 3 * SITES + 4


def test_virtual_time_of_a_real_run_by_hand(tmp_path):
    devices = (
        "{macs_per_s: 1.0e6, share: 1, budget: {}, name: slow}, {macs_per_s: 4.0e6, share: 1, budget: {}, name: fast}"
    )
    scenario = tiny("fedkdnas_paper", "federation.sites=2", "federation.rounds=2", f"device.profiles=[{devices}]")

    run = play(scenario, tmp_path / "run")

    # 64 inputs, 8 units, 10 classes: 592 MACs. A round has 3 steps of 32 private samples, from the second on as many
    # public ones, three passes each; then 60 answers. The slow device takes a microsecond a MAC.
    up, down = ({(m.site, m.round): m.size for m in run.messages if m.up is way} for way in (True, False))
    close = 0
    for round_, samples in ((1, 96), (2, 192)):
        slow = 592 * (3 * samples + 60)
        sent = max(up[site, round_] for site in ("site-00", "site-01"))
        close += slow + 20_000 + -(-sent * 1_000_000 // 1_250_000)
        size = down.get(("site-00", round_))
        close += 0 if size is None else 20_000 + -(-size * 1_000_000 // 6_250_000)
        times = {int(row["virtual_time_us"]) for row in run.rows if row["round"] == str(round_)}
        assert times == {close}
    assert run.summary["virtual_time_s"] == close / 1e6


def test_time_of_the_search_comes_first(tmp_path):
    searched = tiny("local", "search=on_device", "search.rungs=[2]", "federation.rounds=1", listed(4, 8))

    run = play(searched, tmp_path / "run")

    # 296 and 592 MACs, two steps of 32 samples, three passes, at 5 GMAC/s; then three steps of the network that was
    # chosen. All wait for the slowest.
    macs = max({"mlp-4": 296, "mlp-8": 592}[row["network"]] for row in run.rows)
    expected = -(-3 * 64 * (296 + 592) // 5000) + -(-3 * 96 * macs // 5000)
    assert {int(row["virtual_time_us"]) for row in run.rows} == {expected}


@pytest.mark.parametrize("method", [*((name,) for name in METHODS), MOVING], ids=[*METHODS, "fedkdnas moving"])
def test_a_federation_that_is_restored_goes_on_bit_for_bit(method):
    scenario = tiny(*method)
    whole, half = make_federation(scenario), make_federation(scenario)
    for federation in (whole, half):
        federation.step()

    stored = snapshot(half)
    other = make_federation(scenario, snapshot_specs(stored))
    restore(other, stored, 1)
    expected, got = ([report.rows for report in federation.run()] for federation in (whole, other))

    assert len(got) == 2
    assert got == expected
    assert snapshot(other).keys() == snapshot(whole).keys()
    for key, array in snapshot(whole).items():
        np.testing.assert_array_equal(snapshot(other)[key], array, strict=True)


def test_a_snapshot_knows_the_networks():
    federation = make_federation(tiny("local", "search=random", listed(4, 8, 9)))
    federation.step()

    specs = snapshot_specs(snapshot(federation))

    assert specs == [site.profile.spec for site in federation.sites]
    assert len(set(specs)) > 1


def test_names_sort_as_the_sites_do():
    parts = make_parts(tiny("local", "federation.sites=11"))

    assert parts.names == tuple(f"site-{i:02d}" for i in range(11))
    assert sorted(parts.names) == list(parts.names)
    store = parts.store()
    assert store["site-10/inputs"].shape[1:] == (1, 8, 8)
    assert len(store["validation"]) == sum(len(store[f"{name}/validation"]) for name in parts.names)


def test_the_fleet_has_the_shares_that_were_asked_for():
    fleet = make_parts(tiny("local", devices(("a", 1e6), ("b", 1e6)), "device.profiles.1.share=3")).fleet()

    assert sorted(device.name for device in fleet) == ["a", "b", "b", "b"]


def test_devices_of_a_class_may_differ_in_speed():
    spread = "device.profiles.0.spread=0.5"
    fleet = make_parts(tiny("local", devices(("a", 1e6)), spread)).fleet()
    again = make_parts(tiny("local", devices(("a", 1e6)), spread)).fleet()

    speeds = [device.macs_per_s for device in fleet]
    assert len(set(speeds)) == SITES
    assert [device.macs_per_s for device in again] == speeds
    assert {device.name for device in fleet} == {"a"}


def test_a_method_of_one_architecture_refuses_a_mixed_search():
    with pytest.raises(MixedArchitecturesError, match="fedavg averages weights"):
        tiny("fedavg", "search=random", listed(4, 8, 9))


def test_a_changed_budget_moves_sites_to_a_network_that_fits(tmp_path):
    run = play(tiny(*MOVING), tmp_path / "run")

    networks = [{row["network"] for row in run.rows if row["round"] == str(round_)} for round_ in (1, 2, 3)]
    assert networks == [{"mlp-8"}, {"mlp-4"}, {"mlp-4"}]
    searched = run.events()[0]["searched"]
    assert {facts["to"] for facts in searched.values()} == {"mlp-4"}


def test_sites_may_keep_all_their_samples_for_training(tmp_path):
    run = play(tiny("fedkdnas", "data.split.validation=0", "federation.rounds=1"), tmp_path / "run")

    assert {row["validation_accuracy"] for row in run.rows} == {""}
    assert run.summary["validation_accuracy"] is None


def test_networks_with_running_statistics_can_be_averaged(tmp_path):
    network = "search.network='{family: irnet, width: 4, expansion: 1, depth: 2, norm: batch}'"

    run = play(tiny("fedavg_int8", network, "federation.rounds=2"), tmp_path / "run")

    assert run.summary["bytes_up"] > 0


def test_trees_cannot_be_averaged(tmp_path):
    forest = tiny("fedavg", "search.network='{family: forest, trees: 3, depth: 3}'")

    with pytest.raises(MixedArchitecturesError, match="fedavg"):
        play(forest, tmp_path / "run")


@pytest.mark.parametrize("method", ["fedkdnas", "fedkdnas_paper", "local", "pooled"])
def test_trees_take_part_in_everything_that_exchanges_predictions(method, tmp_path):
    forest = tiny(method, "search.network='{family: forest, trees: 3, depth: 3}'")

    run = play(forest, tmp_path / "run")

    assert {row["network"] for row in run.rows} == {"forest-d3-t3"}
