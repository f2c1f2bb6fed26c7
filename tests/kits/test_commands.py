"""The administrator's commands, as they are typed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from fedkd.runtime.identity import Authority, Credentials
from tests.e2e.console import call

from .clinics import free_ports, plain, serving, write

LONG_AGO, SOME_DAY = (datetime.now(UTC) + timedelta(days=days) for days in (-9, 9))


@pytest.fixture
def cli(capfd, monkeypatch, tmp_path):
    """The command line in this process, beside a federation's file."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, plain())
    return partial(call, capfd, monkeypatch)


def test_provision_says_what_it_kept(cli, tmp_path):
    code, out, err = cli("deploy", "provision", "federation.yaml")
    assert (code, err) == (0, "")
    assert "certificates issued: clinic-a, clinic-b" in out

    write(tmp_path, plain("clinic-a", "clinic-c"))
    code, out, _ = cli("deploy", "provision", "federation.yaml")

    assert code == 0
    for line in ("certificates kept: clinic-a", "certificates issued: clinic-c", "no longer in the file: clinic-b"):
        assert any(said.startswith(line) for said in out.splitlines())
    assert "copy every kit again" not in out  # two sites before, two sites now


def test_revoke_and_rotate_say_what_to_copy(cli):
    cli("deploy", "provision", "federation.yaml")

    code, out, _ = cli("deploy", "revoke", "kits", "clinic-a")
    assert code == 0
    assert "clinic-a is revoked in kits/aggregator/members.json" in out
    code, _, err = cli("deploy", "rotate", "kits", "clinic-a")
    assert code == 65
    assert "give --readmit" in err
    code, out, _ = cli("deploy", "rotate", "kits", "clinic-a", "--readmit", "--days", "7", "--node-key")
    assert code == 0
    assert "for 7 days" in out
    assert "unregister.sh clinic-a" in out


def test_an_aggregator_of_what_was_aborted_says_so_with_a_code_of_its_own(cli, tmp_path):
    write(tmp_path, plain(ports=free_ports()))
    cli("deploy", "provision", "federation.yaml")
    with serving(tmp_path / "kits"):
        pass

    code, out, _ = cli("aggregator", "kits/aggregator")

    assert code == 68
    assert out.splitlines()[-1] == "aborted after round 0: the test is over"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (lambda kits: Authority.open(kits / "authority").issue_server(["127.0.0.1"], 1, LONG_AGO), "expired on"),
        (
            lambda kits: Authority.open(kits / "authority").issue_server(["127.0.0.1"], 1, SOME_DAY),
            "is not valid before",
        ),
        (lambda kits: Authority.create(kits / "b", "b").issue_server(["127.0.0.1"], 1), "not signed by this authority"),
        (lambda kits: Credentials.read(kits / "clinic-a"), "is a client's"),
    ],
)
def test_a_server_that_nobody_would_trust_does_not_begin(fault, words, cli, tmp_path):
    cli("deploy", "provision", "federation.yaml")
    kits = tmp_path / "kits"
    replace(fault(kits), ca=(kits / "authority" / "ca.crt").read_bytes()).write(kits / "aggregator")

    code, out, err = cli("aggregator", "kits/aggregator")

    assert (code, out) == (64, "")
    assert words in err


def test_mistakes_have_their_codes(cli, tmp_path):
    assert cli("deploy", "provision", "nowhere.yaml")[0] == 19
    assert cli("deploy", "status", "nowhere")[0] == 19
    assert cli("deploy", "revoke", "nowhere", "clinic-a")[0] == 65
    cli("deploy", "provision", "federation.yaml")
    shutil.rmtree(tmp_path / "kits" / "authority")
    assert cli("deploy", "rotate", "kits", "clinic-a")[0] == 64
