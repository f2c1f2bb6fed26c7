"""The administrator's commands, as they are typed."""

from __future__ import annotations

import shutil
from functools import partial

import pytest

from tests.e2e.console import call

from .clinics import plain, write


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


def test_mistakes_have_their_codes(cli, tmp_path):
    assert cli("deploy", "provision", "nowhere.yaml")[0] == 19
    assert cli("deploy", "status", "nowhere")[0] == 19
    assert cli("deploy", "revoke", "nowhere", "clinic-a")[0] == 65
    cli("deploy", "provision", "federation.yaml")
    shutil.rmtree(tmp_path / "kits" / "authority")
    assert cli("deploy", "rotate", "kits", "clinic-a")[0] == 64
