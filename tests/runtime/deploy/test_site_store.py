"""What a site must know to go on: its network, and its state."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.errors import DamagedRunError, DiskError
from fedkd.record import checkpoint
from fedkd.runtime.deploy import site_store as module
from fedkd.runtime.deploy.site_store import SiteStore

SPEC = '{"family": "mlp", "hidden": [8]}'


def state(value):
    return {"model:w": np.full((2, 3), value, np.float32), "memory:seen": np.array(3)}


def fail(*_):
    raise DiskError("'x' cannot be written because the disk is full", "free some space")


@pytest.fixture
def store(tmp_path):
    return SiteStore(tmp_path / "deep" / "site-00")


def again(store):
    return SiteStore(store._choice.parent)


def test_a_new_folder_holds_nothing(store):
    assert store.chosen("agreed") is None
    assert store.newest() is None


def test_a_choice_outlives_the_process_and_holds_for_one_federation(store):
    store.choose("agreed", SPEC)

    assert again(store).chosen("agreed") == SPEC
    assert again(store).chosen("another") is None


def test_the_state_that_was_kept_last_is_found(store):
    for round_ in (0, 1, 2, 3):
        store.save(round_, state(round_))

    kept = again(store).newest()
    assert kept.round_ == 3
    assert list(kept.arrays) == list(state(3))
    for name, array in state(3).items():
        np.testing.assert_array_equal(kept.arrays[name], array, strict=True)


def test_a_new_choice_drops_the_states_of_the_old_network(store):
    store.choose("agreed", SPEC)
    store.save(2, state(2))
    (store._states / "round-00003.safetensors.partial").write_bytes(b"half")

    store.choose("another", SPEC)

    assert again(store).newest() is None
    assert list(store._states.iterdir()) == []
    assert again(store).chosen("another") == SPEC


def test_a_crash_while_choosing_leaves_no_state_of_another_network(store, monkeypatch):
    store.choose("agreed", SPEC)
    store.save(2, state(2))
    with monkeypatch.context() as patch:
        patch.setattr(module, "write_whole", fail)
        with pytest.raises(DiskError):
            store.choose("another", SPEC)

    assert again(store).newest() is None


def test_every_cut_of_the_choice_is_noticed(store):
    store.choose("agreed", SPEC)
    whole = store._choice.read_bytes()

    for place in range(len(whole)):
        store._choice.write_bytes(whole[:place])
        with pytest.raises(DamagedRunError, match="cannot be read"):
            again(store).chosen("agreed")
    for other in (b"[]", b"3", b'{"agreement": "agreed"}', b'{"agreement": "agreed", "spec": "x", "more": 1}'):
        store._choice.write_bytes(other)
        with pytest.raises(DamagedRunError, match="cannot be read"):
            again(store).chosen("agreed")


def test_a_damaged_state_is_noticed(store):
    store.save(1, state(1))
    (path,) = store._states.iterdir()
    whole = path.read_bytes()

    for place in range(0, len(whole), 7):
        for data in (whole[:place], whole[:place] + bytes([whole[place] ^ 64]) + whole[place + 1 :]):
            path.write_bytes(data)
            with pytest.raises(DamagedRunError, match="cannot be read"):
                again(store).newest()


def test_a_state_that_cannot_be_written_leaves_the_older_ones(store, monkeypatch):
    store.save(1, state(1))
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "write_whole", fail)
        with pytest.raises(DiskError):
            store.save(2, state(2))

    assert again(store).newest().round_ == 1


def test_crash_leftovers_are_ignored(store):
    store.save(1, state(1))
    (store._states / "round-00002.safetensors.partial").write_bytes(b"half")

    assert again(store).newest().round_ == 1
