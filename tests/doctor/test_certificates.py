"""Certificates, keys and the clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fedkd.doctor.certificates import check_certificate, check_node_key
from fedkd.doctor.finding import caught
from fedkd.runtime.identity import NodeKey
from tests.runtime.identity.cases import NOW, authority


@pytest.fixture
def clinics(tmp_path):
    return authority(tmp_path / "authority")


def findings(folder, role="site", name="clinic-a", at=NOW):
    return {
        finding.check: finding for finding in caught("certificate", lambda: check_certificate(folder, role, name, at))
    }


def test_a_good_certificate_and_a_good_clock(clinics, tmp_path):
    clinics.issue_site("clinic-a", 90, NOW).write(tmp_path)

    found = findings(tmp_path)

    assert (found["certificate"].verdict, found["clock"].verdict) == ("ok", "ok")
    assert "2026-05-30" in found["certificate"].what


def test_one_that_ends_soon_is_a_warning(clinics, tmp_path):
    clinics.issue_site("clinic-a", 10, NOW).write(tmp_path)

    found = findings(tmp_path)["certificate"]

    assert found.verdict == "warning"
    assert "rotate" in found.fix


def test_a_clock_before_the_issue_is_a_warning(clinics, tmp_path):
    clinics.issue_site("clinic-a", 90, NOW).write(tmp_path)

    assert findings(tmp_path, at=NOW - timedelta(minutes=30))["clock"].verdict == "warning"


@pytest.mark.parametrize(
    ("issued_at", "role", "name", "words"),
    [
        (NOW - timedelta(days=2), "site", "clinic-a", "expired on 2026-02-28"),
        (NOW + timedelta(days=2), "site", "clinic-a", "not valid before 2026-03-03"),
        (NOW, "site", "clinic-b", "the site 'clinic-a', not of the site 'clinic-b'"),
        (NOW, "server", "", "the site 'clinic-a', not of the server"),
    ],
)
def test_what_is_wrong_is_named(issued_at, role, name, words, tmp_path):
    old = authority(tmp_path / "authority", at=NOW - timedelta(days=10))
    old.issue_site("clinic-a", 1, issued_at).write(tmp_path)

    found = findings(tmp_path, role, name)

    assert found["certificate"].verdict == "failed"
    assert words in found["certificate"].what


def test_another_authority_another_key_and_no_key(clinics, tmp_path):
    clinics.issue_site("clinic-a", 90, NOW).write(tmp_path)
    stranger = authority(tmp_path / "stranger", "strangers")
    (tmp_path / "ca.crt").write_bytes(stranger.pem)
    assert "not signed by this authority" in findings(tmp_path)["certificate"].what

    (tmp_path / "key.pem").write_bytes(clinics.issue_site("clinic-a", 90, NOW).key)
    assert "do not belong together" in findings(tmp_path)["certificate"].what

    (tmp_path / "key.pem").unlink()
    assert "cannot be read" in findings(tmp_path)["certificate"].what


def test_keys_of_supernodes(tmp_path):
    assert list(check_node_key(tmp_path)) == []
    NodeKey.create().write(tmp_path)
    assert [finding.verdict for finding in check_node_key(tmp_path)] == ["ok"]
    (tmp_path / "supernode.key").write_text("lost")
    assert [finding.verdict for finding in caught("supernode key", lambda: check_node_key(tmp_path))] == ["failed"]
