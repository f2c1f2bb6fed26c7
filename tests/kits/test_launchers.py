"""Start scripts: they run wherever the kit lies, and hand on what Flower needs."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time

import pytest

from fedkd.errors import AbortedError

from .clinics import provisioned


@pytest.fixture
def kits(tmp_path):
    """Kits that were moved to another place, whose name has a blank."""
    provisioned(tmp_path)
    return (tmp_path / "kits").rename(tmp_path / "other place")


@pytest.fixture
def programs(tmp_path):
    """Programs of Flower's names that write down how they were called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("fedkd", "flower-superlink", "flower-supernode"):
        (folder / name).write_text(f'#!/bin/sh\nprintf "%s\\n" "$PWD" "$FLWR_HOME" "$@" >> "{tmp_path}/{name}.log"\n')
        (folder / name).chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin"}


def called(tmp_path, name):
    return (tmp_path / f"{name}.log").read_text().splitlines()


@pytest.mark.parametrize(
    ("script", "program", "arguments"),
    [
        ("aggregator/aggregator.sh", "fedkd", ["aggregator", ".", "--metrics", "localhost:9"]),
        ("clinic-a/site.sh", "fedkd", ["site", ".", "--metrics", "localhost:9"]),
    ],
)
def test_programs_run_in_their_kit(script, program, arguments, kits, programs, tmp_path):
    subprocess.run([kits / script, "--metrics", "localhost:9"], env=programs, check=True, cwd="/")

    assert called(tmp_path, program) == [str((kits / script).parent), "", *arguments]


def test_a_superlink_authenticates_its_nodes(kits, programs, tmp_path):
    subprocess.run([kits / "aggregator" / "superlink.sh"], env=programs, check=True, cwd="/")

    place, home, *arguments = called(tmp_path, "flower-superlink")
    assert (place, home) == (str(kits / "aggregator"), str(kits / "aggregator" / "flower"))
    assert "--enable-supernode-auth" in arguments
    assert arguments[arguments.index("--port") + 1] == "8000"
    # Beside the markers of whom register.sh let in, so that nobody empties the one without the other.
    assert arguments[arguments.index("--database") + 1] == "flower/superlink.db"
    for option in ("--ssl-ca-certfile", "--ssl-certfile", "--ssl-keyfile"):
        assert (kits / "aggregator" / arguments[arguments.index(option) + 1]).is_file()


def test_a_supernode_knows_its_kit_and_ends_when_told(kits, programs, tmp_path):
    process = subprocess.Popen([kits / "clinic-a" / "supernode.sh"], env=programs, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not (tmp_path / "flower-supernode.log").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)

    process.send_signal(signal.SIGTERM)

    assert process.wait(30) == 0
    _, home, *arguments = called(tmp_path, "flower-supernode")
    assert home == str(kits / "clinic-a" / "flower")
    assert f'kit="{kits / "clinic-a"}"' in arguments
    assert (kits / "clinic-a" / arguments[arguments.index("--root-certificates") + 1]).is_file()


def test_an_abort_is_not_tried_again(kits):
    kept = {unit.parent.name + "/" + unit.name: unit.read_text().splitlines() for unit in kits.glob("*/*.service")}

    ended = [name for name, lines in kept.items() if f"RestartPreventExitStatus={AbortedError.code}" in lines]

    assert sorted(ended) == [
        "aggregator/fedkd-aggregator.service",
        "clinic-a/fedkd-site.service",
        "clinic-b/fedkd-site.service",
    ]
    assert AbortedError.code == 68


def test_scripts_are_scripts_and_units_are_units(kits):
    for script in kits.glob("*/*.sh"):
        subprocess.run(["sh", "-n", script], check=True)
    units = sorted(kits.glob("*/*.service"))
    assert len(units) == 2 + 2 * 2
    if (analyze := shutil.which("systemd-analyze")) is not None:
        for unit in units[:4]:
            said = subprocess.run([analyze, "verify", unit], capture_output=True, text=True, check=False).stderr
            # What it says of this machine's other units is none of ours.
            assert [line for line in said.splitlines() if unit.name in line and "Unknown" in line] == []
