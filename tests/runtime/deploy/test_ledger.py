"""What an aggregator must know to go on: facts, contributions and the last closed round."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedkd.errors import DamagedRunError, DiskError
from fedkd.runtime.deploy import ledger as module
from fedkd.runtime.deploy.inbox import Contribution
from fedkd.runtime.deploy.ledger import Facts, Ledger
from fedkd.wire.service.stream import Piece

AGREED = "0123abcd"
SAID = Contribution((Piece(1, b"labels"),))
FULL = Facts(AGREED, "aborted", "nobody came", {"site-00": 2**63}, {"site-00": ('{"family": "mlp"}', 40)})


def arrays(value):
    return {"server:x": np.full((2, 3), value, np.float32), "held:probs|holders|": np.array([0, -1])}


def fail(*_):
    raise DiskError("'x' cannot be written because the disk is full", "free some space")


def test_a_new_folder_holds_nothing(tmp_path):
    ledger = Ledger(tmp_path / "deep" / "aggregator", AGREED)

    assert ledger.facts == Facts(AGREED, "gathering", "", {}, {})
    assert ledger.newest() is None
    assert ledger.inbox.read(1, ["site-00"]) == {}


@given(
    st.builds(
        Facts,
        st.just(AGREED),
        st.sampled_from(["gathering", "running", "finished", "aborted"]),
        st.text(max_size=10),
        st.dictionaries(st.text(max_size=4), st.integers(0, 2**64 - 1), max_size=3),
        st.dictionaries(st.text(max_size=4), st.tuples(st.text(max_size=9), st.integers(0, 2**64 - 1)), max_size=3),
    )
)
def test_facts_and_back(tmp_path_factory, facts):
    folder = tmp_path_factory.mktemp("ledger")
    ledger = Ledger(folder, AGREED)

    ledger.write(facts)

    assert ledger.facts == facts
    assert Ledger(folder, AGREED).facts == facts


def test_another_agreement_is_another_run(tmp_path):
    Ledger(tmp_path, AGREED).write(FULL)

    with pytest.raises(DamagedRunError, match=r"another agreement \(0123abcd, not ffff\)"):
        Ledger(tmp_path, "ffff")
    assert Ledger(tmp_path, AGREED).facts == FULL


def test_every_cut_of_the_facts_is_noticed(tmp_path):
    Ledger(tmp_path, AGREED).write(FULL)
    path = tmp_path / "aggregator.json"
    whole = path.read_bytes()

    for place in range(len(whole)):
        path.write_bytes(whole[:place])
        with pytest.raises(DamagedRunError, match="cannot be read"):
            Ledger(tmp_path, AGREED)


@pytest.mark.parametrize(
    "changed",
    [
        {"enrolled": {"a": ["x"]}},
        {"enrolled": {"a": ["x", "y"]}},
        {"enrolled": {"a": 3}},
        {"enrolled": None},
        {"enrolled": [1]},
    ],
)
def test_facts_of_another_form_are_noticed(changed, tmp_path):
    Ledger(tmp_path, AGREED).write(FULL)
    path = tmp_path / "aggregator.json"
    plain = json.loads(path.read_bytes()) | changed
    path.write_text(json.dumps({key: value for key, value in plain.items() if value is not None}))

    with pytest.raises(DamagedRunError, match="cannot be read"):
        Ledger(tmp_path, AGREED)


def test_a_crash_while_facts_were_written_leaves_the_old_ones(tmp_path):
    Ledger(tmp_path, AGREED).write(FULL)
    (tmp_path / "aggregator.json.partial").write_bytes(b'{"agre')

    assert Ledger(tmp_path, AGREED).facts == FULL


def test_facts_that_cannot_be_written_are_none(tmp_path, monkeypatch):
    ledger = Ledger(tmp_path, AGREED)
    ledger.write(FULL)
    with monkeypatch.context() as patch:
        patch.setattr(module, "write_whole", fail)
        with pytest.raises(DiskError):
            ledger.write(Facts(AGREED, "finished"))

    assert ledger.facts == FULL
    assert Ledger(tmp_path, AGREED).facts == FULL


def test_a_closed_round_is_kept_beside_what_was_said_since(tmp_path):
    ledger = Ledger(tmp_path, AGREED)
    ledger.inbox.put(1, {"site-00": SAID})
    ledger.inbox.note(2, {"site-00": {}})

    ledger.save(1, arrays(1.5))

    again = Ledger(tmp_path, AGREED)
    assert again.inbox.noted(2) == {"site-00": {}}
    kept = again.newest()
    assert kept.round_ == 1
    assert list(kept.arrays) == list(arrays(1.5))
    for name, array in arrays(1.5).items():
        np.testing.assert_array_equal(kept.arrays[name], array, strict=True)


def test_the_last_closed_round_counts(tmp_path):
    ledger = Ledger(tmp_path, AGREED)
    for round_ in (1, 2, 3):
        ledger.save(round_, arrays(round_))

    kept = Ledger(tmp_path, AGREED).newest()
    assert kept.round_ == 3
    np.testing.assert_array_equal(kept.arrays["server:x"], arrays(3)["server:x"])


def test_a_round_that_cannot_be_kept_is_still_open(tmp_path, monkeypatch):
    ledger = Ledger(tmp_path, AGREED)
    ledger.save(1, arrays(1))
    ledger.inbox.put(2, {"site-00": SAID})
    with monkeypatch.context() as patch:
        patch.setattr(module, "write_checkpoint", fail)
        with pytest.raises(DiskError):
            ledger.save(2, arrays(2))

    again = Ledger(tmp_path, AGREED)
    assert again.newest().round_ == 1
    assert again.inbox.read(2, ["site-00"]) == {"site-00": SAID}


def test_a_checkpoint_whose_name_a_power_cut_took_away_is_made_again(tmp_path):
    ledger = Ledger(tmp_path, AGREED)
    ledger.save(1, arrays(1))
    ledger.inbox.put(2, {"site-00": SAID})
    ledger.save(2, arrays(2))
    ledger.inbox.put(3, {"site-00": SAID})
    (tmp_path / "checkpoints" / "round-00002.safetensors").unlink()

    again = Ledger(tmp_path, AGREED)
    assert again.newest().round_ == 1
    assert again.inbox.read(2, ["site-00"]) == {"site-00": SAID}


def test_a_damaged_checkpoint_is_noticed(tmp_path):
    Ledger(tmp_path, AGREED).save(1, arrays(1))
    (path,) = (tmp_path / "checkpoints").iterdir()
    whole = path.read_bytes()

    for place in range(0, len(whole), 7):
        for data in (whole[:place], whole[:place] + bytes([whole[place] ^ 64]) + whole[place + 1 :]):
            path.write_bytes(data)
            with pytest.raises(DamagedRunError, match="cannot be read"):
                Ledger(tmp_path, AGREED).newest()
