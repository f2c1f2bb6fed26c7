"""Who is listed and valid is let in; everybody else is told why not."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from fedkd.errors import CertificateError, DeployError, NotAllowedError, OutOfRangeError
from fedkd.runtime.identity import Authority, Credentials, Member, Members, describe
from fedkd.runtime.identity import members as room
from tests.runtime.identity.cases import NOW, authority


@pytest.fixture
def signer(tmp_path) -> Authority:
    return authority(tmp_path / "ca")


@pytest.fixture
def members(tmp_path) -> Members:
    return Members(tmp_path / "members.json")


def mark(issued: Credentials) -> str:
    return describe(issued.certificate).fingerprint


def test_who_is_listed_is_let_in(signer, members):
    site, admin = signer.issue_site("a", 30, NOW), signer.issue_admin(30, NOW)
    members.allow("a", mark(site))
    members.allow("admin", mark(admin))

    assert members.role_of(site.certificate, NOW) == Member("site", "a", mark(site))
    assert members.role_of(admin.certificate, NOW) == Member("admin", "admin", mark(admin))


def test_a_site_without_an_entry(signer, members):
    members.allow("a", mark(signer.issue_site("a", 30, NOW)))

    with pytest.raises(NotAllowedError, match="'b' is not on the list of members; ask the administrator") as caught:
        members.role_of(signer.issue_site("b", 30, NOW).certificate, NOW)

    assert caught.value.code == 65


def test_another_certificate_of_a_listed_site(signer, members):
    first, second = (signer.issue_site("a", 30, NOW) for _ in range(2))
    members.allow("a", mark(first))

    with pytest.raises(NotAllowedError, match=f"{mark(second)[:16]} of 'a' is not, or no more, on the list"):
        members.role_of(second.certificate, NOW)

    members.allow("a", mark(second))
    assert members.role_of(second.certificate, NOW).name == members.role_of(first.certificate, NOW).name == "a"


def test_the_fingerprint_of_another_site_lets_nobody_in(signer, members):
    issued = signer.issue_site("a", 30, NOW)
    members.allow("b", mark(issued))

    with pytest.raises(NotAllowedError, match="'a' is not on the list"):
        members.role_of(issued.certificate, NOW)


def test_a_revoked_site_loses_all_its_certificates_and_no_other_site_does(signer, members):
    first, second, other = (
        signer.issue_site("a", 9, NOW),
        signer.issue_site("a", 9, NOW),
        signer.issue_site("b", 9, NOW),
    )
    for site, issued in (("a", first), ("a", second), ("b", other)):
        members.allow(site, mark(issued))

    members.revoke("a")

    for issued in (first, second):
        with pytest.raises(NotAllowedError, match="'a' is revoked"):
            members.role_of(issued.certificate, NOW)
    assert members.role_of(other.certificate, NOW).name == "b"


def test_a_revoked_site_comes_back_with_a_new_certificate_only(signer, members):
    old, new = signer.issue_site("a", 30, NOW), signer.issue_site("a", 30, NOW)
    members.allow("a", mark(old))
    members.revoke("a")

    members.allow("a", mark(new))

    assert members.role_of(new.certificate, NOW).name == "a"
    with pytest.raises(NotAllowedError, match="no more, on the list"):
        members.role_of(old.certificate, NOW)


def test_time_is_asked_for_at_every_call(signer, members):
    issued = signer.issue_site("a", 30, NOW)
    members.allow("a", mark(issued))

    assert members.role_of(issued.certificate, NOW + timedelta(days=30)).name == "a"
    with pytest.raises(NotAllowedError, match="of 'a' expired on 2026-03-31"):
        members.role_of(issued.certificate, NOW + timedelta(days=31))
    with pytest.raises(NotAllowedError, match="of 'a' is not valid before 2026-03-01"):
        members.role_of(issued.certificate, NOW - timedelta(days=1))


def test_a_server_and_nonsense_are_no_members(signer, members):
    members.allow("hub", mark(server := signer.issue_server(["hub"], 30, NOW)))

    with pytest.raises(NotAllowedError, match="'hub' is a server"):
        members.role_of(server.certificate, NOW)
    with pytest.raises(CertificateError):
        members.role_of(b"nonsense", NOW)


def test_a_new_certificate_takes_the_place_of_one(signer, members, tmp_path):
    one, two, three = (mark(signer.issue_site("a", 30, NOW)) for _ in range(3))
    members.allow("a", one)
    members.allow("a", two)

    members.rotate("a", three, old=one)
    assert json.loads((tmp_path / "members.json").read_text()) == {"a": [two, three]}

    members.rotate("a", one)
    assert json.loads((tmp_path / "members.json").read_text()) == {"a": [one]}


def test_what_is_allowed_twice_is_listed_once(members, tmp_path):
    members.allow("a", "1" * 64)
    members.allow("a", "1" * 64)
    members.rotate("a", "1" * 64)

    assert json.loads((tmp_path / "members.json").read_text()) == {"a": ["1" * 64]}


def test_changes_that_make_no_sense_change_nothing(members, tmp_path):
    members.allow("a", "1" * 64)
    members.allow("gone", "2" * 64)
    members.revoke("gone")
    before = (tmp_path / "members.json").read_bytes()

    with pytest.raises(NotAllowedError, match="'typo' is not on the list"):
        members.revoke("typo")
    with pytest.raises(NotAllowedError, match="'typo' is not on the list"):
        members.rotate("typo", "3" * 64)
    with pytest.raises(NotAllowedError, match="'gone' is revoked"):
        members.rotate("gone", "3" * 64)
    with pytest.raises(NotAllowedError, match="'a' has no certificate '222"):
        members.rotate("a", "3" * 64, old="2" * 64)
    with pytest.raises(OutOfRangeError, match="no SHA-256 fingerprint"):
        members.rotate("a", "3")
    with pytest.raises(OutOfRangeError, match="no SHA-256 fingerprint"):
        members.allow("a", "*")
    with pytest.raises(OutOfRangeError, match="is no name"):
        members.allow("*", "3" * 64)

    assert (tmp_path / "members.json").read_bytes() == before


def test_a_change_from_elsewhere_is_seen_at_the_next_call(signer, members, tmp_path):
    issued = signer.issue_site("a", 30, NOW)
    elsewhere = Members(tmp_path / "members.json")

    elsewhere.allow("a", mark(issued))
    assert members.role_of(issued.certificate, NOW).name == "a"
    elsewhere.rotate("a", "1" * 64)
    with pytest.raises(NotAllowedError):
        members.role_of(issued.certificate, NOW)
    elsewhere.rotate("a", mark(issued))
    assert members.role_of(issued.certificate, NOW).name == "a"


def test_a_list_that_has_not_changed_is_not_read_again(signer, members, monkeypatch):
    issued, reads = signer.issue_site("a", 30, NOW), []
    members.allow("a", mark(issued))
    monkeypatch.setattr(room, "read_list", lambda path, read=room.read_list: (reads.append(path), read(path))[1])

    for _ in range(5):
        members.role_of(issued.certificate, NOW)

    assert reads == [members.path]


@pytest.mark.parametrize("content", [None, b"", b"{}x", b'{"a": "*"}', b"true"])
def test_a_list_that_is_lost_lets_nobody_in(signer, members, content):
    issued = signer.issue_site("a", 30, NOW)
    members.allow("a", mark(issued))
    good = members.path.read_bytes()
    assert members.role_of(issued.certificate, NOW).name == "a"

    if content is None:
        members.path.unlink()
    else:
        members.path.write_bytes(content)
    for _ in range(2):
        with pytest.raises(DeployError, match="so nobody is let in") as caught:
            members.role_of(issued.certificate, NOW)
        assert caught.value.code == 66

    members.path.write_bytes(good)
    assert members.role_of(issued.certificate, NOW).name == "a"


def test_a_damaged_list_is_not_written_over(members):
    members.path.write_bytes(b"precious, but damaged")

    with pytest.raises(DeployError, match="cannot be read"):
        members.allow("a", "1" * 64)

    assert members.path.read_bytes() == b"precious, but damaged"


def test_an_empty_list_is_nobody(signer, members):
    members.path.write_bytes(b"{}")

    with pytest.raises(NotAllowedError, match="'a' is not on the list"):
        members.role_of(signer.issue_site("a", 30, NOW).certificate, NOW)


def test_of_many_changes_at_once_none_is_lost(members, tmp_path):
    sites = [f"site-{number}" for number in range(12)]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda site: Members(members.path).allow(site, "1" * 64), sites))

    assert sorted(json.loads((tmp_path / "members.json").read_text())) == sorted(sites)


def test_who_is_listed_can_be_asked(tmp_path):
    members = Members(tmp_path / "members.json")
    assert members.allowed("clinic-a") is None

    members.allow("clinic-a", "a" * 64)

    assert members.allowed("clinic-a") == ("a" * 64,)
    assert members.allowed("clinic-b") is None
    members.revoke("clinic-a")
    assert members.allowed("clinic-a") == ()
