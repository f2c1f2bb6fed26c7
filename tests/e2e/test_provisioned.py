"""Kits from a federation's file, with real tables: a site is revoked while it runs, comes back, and all finish."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.request

import pytest
import yaml

from tests.e2e.console import SCRIPT, run
from tests.kits.clinics import SCENARIO, plain, write

pytestmark = pytest.mark.slow

STEPS = ("method=fedmd", "method.revisit.steps=3", "method.digest.steps=2", "federation.rounds=2")


def free_ports() -> dict[str, int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return {"aggregator": one.getsockname()[1], "superlink": two.getsockname()[1]}


@pytest.fixture
def kits(tmp_path):
    tables = {}
    for number, name in enumerate(("clinic-a", "clinic-b")):
        rows = [f"{i % 5},{i * 10},7,{('well', 'ill')[(i + number) % 2]}" for i in range(30)]
        tables[name] = tmp_path / f"{name}.csv"
        tables[name].write_text("\n".join(["x,y,z,result", *rows]) + "\n")
    sites = [{"name": name, "data": str(path), "label": "result"} for name, path in tables.items()]
    write(tmp_path, plain(sites=sites, scenario=[*SCENARIO, *STEPS], ports=free_ports()))
    done = run("deploy", "provision", "federation.yaml", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "certificates issued: clinic-a, clinic-b" in done.stdout
    return tmp_path / "kits"


@pytest.fixture
def start(tmp_path):
    started = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        started.append(subprocess.Popen([SCRIPT, *arguments], cwd=tmp_path, stdout=pipe, stderr=pipe, text=True))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def here(folder) -> list[str]:
    done = run("deploy", "status", "kits", "--json", cwd=folder)
    return [site["site"] for site in json.loads(done.stdout)["sites"] if site["here"]] if not done.returncode else []


def test_from_a_file_to_the_last_round(kits, start, tmp_path):
    metrics = f"127.0.0.1:{free_ports()['aggregator']}"
    aggregator = start("aggregator", "kits/aggregator", "--metrics", metrics)
    first = start("site", "kits/clinic-a")
    deadline = time.monotonic() + 180
    while here(tmp_path) != ["clinic-a"]:
        assert time.monotonic() < deadline, "the site was never seen"

    with urllib.request.urlopen(f"http://{metrics}/metrics", timeout=10) as reply:
        assert b"fedkd_sites_live 1.0" in reply.read()
    doctor = run("doctor", "kits/clinic-b", cwd=tmp_path)
    assert (doctor.returncode, "failed" in doctor.stdout) == (0, False), doctor.stdout
    assert run("deploy", "revoke", "kits", "clinic-a", cwd=tmp_path).returncode == 0

    out, err = first.communicate(timeout=120)
    assert first.returncode == 48
    assert "measuring this machine" in out
    assert "'clinic-a' is revoked" in err
    measured = (kits / "clinic-a" / "state" / "device.json").read_text()
    assert run("deploy", "rotate", "kits", "clinic-a", "--readmit", cwd=tmp_path).returncode == 0
    sites = [start("site", f"kits/{name}", "--epoch", "2") for name in ("clinic-a", "clinic-b")]
    assert [site.communicate(timeout=180)[0].splitlines()[-1] for site in sites] == ["done after round 2"] * 2
    assert "finished after round 2" in aggregator.communicate(timeout=60)[0]
    assert (kits / "clinic-a" / "state" / "device.json").read_text() == measured
    # Nothing of a site's data is with the server.
    assert not list((kits / "aggregator").rglob("*.csv"))
    assert yaml.safe_load((kits / "aggregator" / "kit.yaml").read_text())["sites"] == ["clinic-a", "clinic-b"]
