"""Shutting a site out, and letting it in with another certificate."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest

from fedkd.errors import NotAllowedError
from fedkd.kits import MEMBERS, revoke, rotate
from fedkd.runtime.identity import Credentials, Members

from .clinics import provisioned


@pytest.fixture
def kits(tmp_path):
    provisioned(tmp_path)
    return tmp_path / "kits"


def certificate(kits, site="clinic-a"):
    return Credentials.read(kits / site).certificate


def knocks(kits, pem):
    return Members(kits / "aggregator" / MEMBERS).role_of(pem, datetime.now(UTC)).name


def test_who_is_revoked_stays_out_when_kits_are_written_again(kits, tmp_path):
    assert knocks(kits, certificate(kits)) == "clinic-a"

    listed = revoke(kits, "clinic-a")

    assert listed == kits / "aggregator" / MEMBERS
    assert not (kits / "aggregator" / "supernodes" / "clinic-a.pub").exists()
    done = provisioned(tmp_path)
    assert done.revoked == ("clinic-a",)
    assert [path.name for path in (kits / "aggregator" / "supernodes").iterdir()] == ["clinic-b.pub"]
    with pytest.raises(NotAllowedError, match="'clinic-a' is revoked"):
        knocks(kits, certificate(kits))
    assert knocks(kits, certificate(kits, "clinic-b")) == "clinic-b"


def test_the_server_may_revoke_in_its_own_kit(kits):
    revoke(kits / "aggregator", "clinic-a")

    with pytest.raises(NotAllowedError, match="'clinic-a' is revoked"):
        knocks(kits, certificate(kits))


def test_a_new_certificate_takes_the_place_of_the_old_one(kits):
    old, node_key = certificate(kits), (kits / "clinic-a" / "supernode.key").read_bytes()

    rotate(kits, "clinic-a", 30)

    assert knocks(kits, certificate(kits)) == "clinic-a"
    with pytest.raises(NotAllowedError, match="no more, on the list"):
        knocks(kits, old)
    assert (kits / "clinic-a" / "supernode.key").read_bytes() == node_key


def test_a_node_key_may_be_new_too(kits):
    public = kits / "aggregator" / "supernodes" / "clinic-a.pub"
    before = public.read_bytes()

    rotate(kits, "clinic-a", 30, node_key=True)

    assert public.read_bytes() != before


def test_who_is_revoked_comes_back_only_on_purpose(kits):
    old = certificate(kits)
    revoke(kits, "clinic-a")

    with pytest.raises(NotAllowedError, match="--readmit"):
        rotate(kits, "clinic-a", 30)
    rotate(kits, "clinic-a", 30, readmit=True)

    assert knocks(kits, certificate(kits)) == "clinic-a"
    assert (kits / "aggregator" / "supernodes" / "clinic-a.pub").exists()
    with pytest.raises(NotAllowedError, match="no more, on the list"):
        knocks(kits, old)


@pytest.mark.parametrize("place", ["", "aggregator"])
def test_the_administrator_cannot_lock_himself_out(place, kits, tmp_path):
    old = certificate(kits, "admin")

    with pytest.raises(NotAllowedError, match="the administrator cannot be revoked"):
        revoke(kits / place, "admin")

    assert knocks(kits, old) == "admin"
    # What the sentence says helps.
    shutil.rmtree(kits / "admin")
    provisioned(tmp_path)
    assert knocks(kits, certificate(kits, "admin")) == "admin"
    with pytest.raises(NotAllowedError, match="no more, on the list"):
        knocks(kits, old)


def test_strangers_are_named(kits, tmp_path):
    with pytest.raises(NotAllowedError, match="no kit of 'clinic-z'"):
        rotate(kits, "clinic-z", 30)
    with pytest.raises(NotAllowedError, match="'clinic-z' is not on the list"):
        revoke(kits, "clinic-z")
    with pytest.raises(NotAllowedError, match="has no list of members"):
        revoke(tmp_path, "clinic-a")
