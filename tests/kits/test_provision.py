"""Kits: complete, private, and kept when they are written again."""

from __future__ import annotations

import json
import stat
from contextlib import contextmanager

import pytest

from fedkd.errors import CertificateError, ConfigFileError
from fedkd.files import write_whole
from fedkd.kits import AggregatorKit, Scale, SiteKit, read_kit, rotate
from fedkd.runtime.identity import Credentials, NodeKey, describe

from .clinics import provisioned


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def fingerprint(folder):
    return describe(Credentials.read(folder).certificate).fingerprint


def test_every_machine_gets_what_it_needs(tmp_path):
    done = provisioned(tmp_path)
    kits = tmp_path / "kits"

    server, agreed = read_kit(kits / "aggregator", AggregatorKit)
    site, same = read_kit(kits / "clinic-b", SiteKit)

    assert (done.issued, done.kept, done.changed) == (("clinic-a", "clinic-b"), (), False)
    assert (server.listen, server.sites) == ("127.0.0.1:8090", ("clinic-a", "clinic-b"))
    assert (site.site, site.aggregator, site.data, site.label) == (
        "clinic-b",
        "127.0.0.1:8090",
        "/srv/table.csv",
        "result",
    )
    assert site.reading.scale == Scale((2.0, 20.0, 7.0), (1.0, 10.0, 1.0))
    assert agreed.digest == same.digest
    assert agreed.public_digest == same.public_digest
    assert [
        describe(Credentials.read(kits / name).certificate).role for name in ("aggregator", "clinic-a", "admin")
    ] == [
        "server",
        "site",
        "admin",
    ]
    public = (kits / "aggregator" / "supernodes" / "clinic-a.pub").read_bytes()
    assert public == NodeKey.read(kits / "clinic-a").public("clinic-a")
    assert public.startswith(b"ecdsa-sha2-nistp384 ")


def test_secrets_are_their_owners_and_no_path_of_here_is_in_a_kit(tmp_path):
    provisioned(tmp_path)
    kits = tmp_path / "kits"

    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [kits, *kits.rglob("*")]}

    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    keys = [path for path in modes if path.suffix == ".key" or path.name == "key.pem"]
    assert len(keys) == 1 + 1 + 1 + 2 * 2
    assert {modes[path] for path in keys} == {0o600}
    assert [name for name, content in files(kits).items() if str(tmp_path).encode() in content] == []
    # The authority's key is nowhere but with the authority.
    secret = (kits / "authority" / "ca.key").read_bytes()
    assert [name for name, content in files(kits).items() if content == secret] == ["authority/ca.key"]


def test_a_site_may_be_added(tmp_path):
    provisioned(tmp_path)
    before = files(tmp_path / "kits")

    done = provisioned(tmp_path, "clinic-a", "clinic-b", "clinic-c")

    after = files(tmp_path / "kits")
    assert (done.kept, done.issued, done.changed) == (("clinic-a", "clinic-b"), ("clinic-c",), True)
    assert {name for name in before if before[name] != after[name]} == {
        "aggregator/kit.yaml",
        "aggregator/members.json",
        *(f"{kit}/scenario.yaml" for kit in ("aggregator", "clinic-a", "clinic-b")),
    }
    members = json.loads(after["aggregator/members.json"])
    assert sorted(members) == ["admin", "clinic-a", "clinic-b", "clinic-c"]
    assert members["clinic-c"] == [fingerprint(tmp_path / "kits" / "clinic-c")]


def test_the_same_again_changes_nothing(tmp_path):
    provisioned(tmp_path)
    before = files(tmp_path / "kits")

    done = provisioned(tmp_path)

    assert files(tmp_path / "kits") == before
    assert (done.kept, done.issued, done.changed) == (("clinic-a", "clinic-b"), (), False)


def test_a_server_that_moves_gets_a_new_certificate(tmp_path):
    provisioned(tmp_path)
    before = [fingerprint(tmp_path / "kits" / name) for name in ("aggregator", "clinic-a")]

    provisioned(tmp_path, address="server.example.org")

    after = [fingerprint(tmp_path / "kits" / name) for name in ("aggregator", "clinic-a")]
    assert after[0] != before[0]
    assert after[1] == before[1]
    assert read_kit(tmp_path / "kits" / "clinic-a", SiteKit)[0].aggregator == "server.example.org:8090"


def test_what_ends_soon_is_renewed_but_for_sites(tmp_path):
    provisioned(tmp_path, days=10)
    before = [fingerprint(tmp_path / "kits" / name) for name in ("aggregator", "admin", "clinic-a")]

    provisioned(tmp_path)

    after = [fingerprint(tmp_path / "kits" / name) for name in ("aggregator", "admin", "clinic-a")]
    assert [old == new for old, new in zip(before, after, strict=True)] == [False, False, True]
    members = json.loads((tmp_path / "kits" / "aggregator" / "members.json").read_text())
    assert members["admin"] == [after[1]]


def test_who_left_the_file_is_named(tmp_path):
    provisioned(tmp_path)

    assert provisioned(tmp_path, "clinic-a").orphaned == ("clinic-b",)


def test_addresses_may_be_of_the_sixth_version(tmp_path):
    provisioned(tmp_path, address="::1", listen="::")

    assert read_kit(tmp_path / "kits" / "clinic-a", SiteKit)[0].aggregator == "[::1]:8090"
    assert read_kit(tmp_path / "kits" / "aggregator", AggregatorKit)[0].listen == "[::]:8090"


@contextmanager
def killed(monkeypatch, name):
    """What is done in it ends before a file of this name is written."""

    def write(path, content, *, private=False):
        if path.name == name:
            raise KeyboardInterrupt
        write_whole(path, content, private=private)

    with monkeypatch.context() as patch:
        for module in ("fedkd.runtime.identity.credentials", "fedkd.runtime.identity.listing"):
            patch.setattr(f"{module}.write_whole", write)
        with pytest.raises(KeyboardInterrupt):
            yield


@pytest.mark.parametrize("name", ["certificate.pem", "ca.crt", "members.json"])
@pytest.mark.parametrize("site", ["clinic-a", "clinic-b"])
def test_a_kill_in_a_renewal_costs_one_more_provision(name, site, tmp_path, monkeypatch):
    provisioned(tmp_path)
    with killed(monkeypatch, name):
        rotate(tmp_path / "kits", site, 30)

    provisioned(tmp_path)

    members = json.loads((tmp_path / "kits" / "aggregator" / "members.json").read_text())
    assert members == {kit: [fingerprint(tmp_path / "kits" / kit)] for kit in ("admin", "clinic-a", "clinic-b")}


@pytest.mark.parametrize("name", ["key.pem", "certificate.pem", "ca.crt", "members.json"])
def test_a_kill_in_the_first_provision_costs_one_more(name, tmp_path, monkeypatch):
    with killed(monkeypatch, name):
        provisioned(tmp_path)

    provisioned(tmp_path)

    members = json.loads((tmp_path / "kits" / "aggregator" / "members.json").read_text())
    assert members == {kit: [fingerprint(tmp_path / "kits" / kit)] for kit in ("admin", "clinic-a", "clinic-b")}


def test_damage_is_named_and_not_papered_over(tmp_path):
    provisioned(tmp_path)
    (tmp_path / "kits" / "clinic-a" / "key.pem").write_text("lost")

    with pytest.raises(CertificateError, match=r"key\.pem' is no private key"):
        provisioned(tmp_path)
    with pytest.raises(ConfigFileError, match="is no kit"):
        read_kit(tmp_path, SiteKit)
