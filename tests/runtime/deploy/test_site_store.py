"""What a site must know to go on: its network, and its state."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.errors import DamagedRunError, DiskError
from fedkd.federation import Part
from fedkd.knowledge import Kind
from fedkd.record import checkpoint
from fedkd.runtime.deploy import site_store as module
from fedkd.runtime.deploy.site_store import Chosen, Kept, Said, SiteStore

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
    store.choose(Chosen("agreed", SPEC, 1.5))

    assert again(store).chosen("agreed") == Chosen("agreed", SPEC, 1.5)
    assert again(store).chosen("another") is None


def test_the_state_that_was_kept_last_is_found(store):
    for round_ in (0, 1, 2, 3):
        store.save(Kept(round_, state(round_), None))

    kept = again(store).newest()
    assert kept.absorbed == 3
    assert kept.said is None
    assert list(kept.arrays) == list(state(3))
    for name, array in state(3).items():
        np.testing.assert_array_equal(kept.arrays[name], array, strict=True)


def test_what_was_said_after_training_is_found_word_for_word(store):
    said = Said([Part(Kind.PROBS, b"\x00\x01"), Part(Kind.WEIGHTS, b"")], {"train_cpu_s": 0.5})
    store.save(Kept(2, state(2), None))
    store.save(Kept(2, state(3), said))

    kept = again(store).newest()
    assert (kept.absorbed, kept.said) == (2, said)
    assert list(kept.arrays) == list(state(3))

    store.save(Kept(3, state(4), None))
    assert again(store).newest().said is None


def test_a_new_choice_drops_the_states_of_the_old_network(store):
    store.choose(Chosen("agreed", SPEC, 1.5))
    store.save(Kept(2, state(2), None))
    (store._states / "round-00003.safetensors.partial").write_bytes(b"half")

    store.choose(Chosen("another", SPEC, 1.5))

    assert again(store).newest() is None
    assert list(store._states.iterdir()) == []
    assert again(store).chosen("another") == Chosen("another", SPEC, 1.5)


def test_a_crash_while_choosing_leaves_no_state_of_another_network(store, monkeypatch):
    store.choose(Chosen("agreed", SPEC, 1.5))
    store.save(Kept(2, state(2), None))
    with monkeypatch.context() as patch:
        patch.setattr(module, "write_whole", fail)
        with pytest.raises(DiskError):
            store.choose(Chosen("another", SPEC, 1.5))

    assert again(store).newest() is None


def test_every_cut_of_the_choice_is_noticed(store):
    store.choose(Chosen("agreed", SPEC, 1.5))
    whole = store._choice.read_bytes()

    for place in range(len(whole)):
        store._choice.write_bytes(whole[:place])
        with pytest.raises(DamagedRunError, match="cannot be read"):
            again(store).chosen("agreed")
    for other in (
        b"[]",
        b"3",
        b'{"agreement": "agreed"}',
        b'{"agreement": "agreed", "spec": "x", "cpu_s": 1, "more": 1}',
    ):
        store._choice.write_bytes(other)
        with pytest.raises(DamagedRunError, match="cannot be read"):
            again(store).chosen("agreed")


def test_a_damaged_state_is_noticed(store):
    store.save(Kept(1, state(1), None))
    (path,) = store._states.iterdir()
    whole = path.read_bytes()

    for place in range(0, len(whole), 7):
        for data in (whole[:place], whole[:place] + bytes([whole[place] ^ 64]) + whole[place + 1 :]):
            path.write_bytes(data)
            with pytest.raises(DamagedRunError, match="cannot be read"):
                again(store).newest()


def test_a_state_that_cannot_be_written_leaves_the_older_ones(store, monkeypatch):
    store.save(Kept(1, state(1), None))
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "write_whole", fail)
        with pytest.raises(DiskError):
            store.save(Kept(2, state(2), None))

    assert again(store).newest().absorbed == 1


def test_crash_leftovers_are_ignored(store):
    store.save(Kept(1, state(1), None))
    (store._states / "round-00002.safetensors.partial").write_bytes(b"half")

    assert again(store).newest().absorbed == 1
