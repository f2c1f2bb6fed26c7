"""All checks of a kit."""

from __future__ import annotations

import json

import pytest

from fedkd.doctor import examine
from tests.e2e.conftest import cli  # noqa: F401
from tests.kits.clinics import provisioned


@pytest.fixture
def kits(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("x,y,z,result\n1,2,7,well\n3,4,7,ill\n")
    provisioned(
        tmp_path,
        sites=[{"name": "clinic-a", "data": str(table), "label": "result"}],
        ports={"aggregator": 1, "superlink": 2},
    )
    return tmp_path / "kits"


def verdicts(folder):
    return {finding.check: finding for finding in examine(folder)}


def test_a_site_is_ready_but_for_the_server(kits):
    found = verdicts(kits / "clinic-a")

    assert found["data"].what == "1 training and 1 validation samples, 2 of 2 classes"
    assert [check for check, finding in found.items() if finding.verdict == "failed"] == ["aggregator"]
    assert found["superlink"].verdict == "warning"
    assert [found[check].verdict for check in ("kit", "certificate", "clock", "keys", "supernode key")] == ["ok"] * 5


def test_each_fault_is_a_line_and_hides_no_other(kits, tmp_path):
    kit = kits / "clinic-a"
    (tmp_path / "table.csv").write_text("x,y,z,result\n1,2,7,unwell\n3,4,7,ill\n")
    (kit / "key.pem").chmod(0o644)
    (kit / "supernode.key").write_text("lost")
    (kit / "certificate.pem").write_bytes((kits / "aggregator" / "certificate.pem").read_bytes())

    found = verdicts(kit)

    failed = {check for check, finding in found.items() if finding.verdict == "failed"}
    assert failed >= {"data", "keys", "certificate", "supernode key"}
    assert "a label 'unwell', known are well, ill" in found["data"].what


def test_a_server(kits):
    found = verdicts(kits / "aggregator")

    assert found["kit"].what == "of the aggregator, for 1 sites"
    assert {"certificate", "disk", "superlink"} <= found.keys()
    assert "clinic-a" not in found["certificate"].what


def test_a_folder_that_is_no_kit(tmp_path):
    assert verdicts(tmp_path)["kit"].verdict == "failed"


def test_the_command_says_it_in_words_and_in_json(kits, cli):  # noqa: F811
    code, out, _ = cli("doctor", str(kits / "clinic-a"))
    lines = out.splitlines()

    assert code == 1
    assert any(line.startswith("ok      certificate: clinic-a, valid until") for line in lines)
    assert any(line.startswith("failed  aggregator: 127.0.0.1:1 cannot be reached") for line in lines)
    code, out, _ = cli("doctor", str(kits / "clinic-a"), "--json")
    assert code == 1
    assert {finding["verdict"] for finding in json.loads(out)} >= {"ok", "failed"}


def test_a_machine_without_a_kit_passes(cli):  # noqa: F811
    code, out, _ = cli("doctor")

    assert code == 0
    assert "failed" not in out
