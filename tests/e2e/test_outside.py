"""The wheel works where the repository is not, and so do parts that others write."""

from __future__ import annotations

import json
import os
import shutil
import site
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
OUTSIDE = Path(__file__).with_name("outside")


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run to the end, expect success, and return standard output."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run(
        command, cwd=cwd, env=inherited | environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def binaries(tmp_path_factory):
    """The programs of a virtual environment that holds the wheel; everything else comes from this environment."""
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, cwd=ROOT)
    (wheel,) = folder.glob("fedkd-*.whl")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=folder)
    # Folders on a path file go onto sys.path, but path files in them are not read: no editable fedkd gets in.
    purelib = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    Path(purelib, "others.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    return python.parent


@pytest.fixture
def empty(tmp_path):
    """A folder without anything."""
    return tmp_path


def test_the_wheel_is_what_runs(binaries, empty):
    where = run(binaries / "python", "-c", "import fedkd, sim, scenarios; print(fedkd.__file__)", cwd=empty)

    assert Path(where).is_relative_to(binaries.parent)


def test_help_and_axes(binaries, empty):
    assert "simulate" in run(binaries / "fedkd", "--help", cwd=empty)
    assert "dirichlet" in run(binaries / "fedkd", "axes", cwd=empty)
    assert list(empty.iterdir()) == []


def test_a_small_simulation(binaries, empty):
    printed = run(
        binaries / "fedkd",
        "simulate",
        "data=digits",
        "federation.sites=3",
        "federation.rounds=1",
        "method=fedmd",
        "method.revisit.steps=2",
        "search=smallest",
        "runtime.processes=1",
        "--json",
        cwd=empty,
    )

    (made,) = (empty / "runs").iterdir()
    assert json.loads(printed) == json.loads((made / "summary.json").read_text())
    assert {path.name for path in (made / "plots").iterdir()} >= {"accuracy.png", "partition.png"}


def test_parts_of_others(binaries, empty):
    shutil.copytree(OUTSIDE, empty, dirs_exist_ok=True)

    printed = run(
        binaries / "fedkd",
        "simulate",
        "--config-dir=conf",
        "--config=federated/blobs",
        "run.dir=run",
        "--json",
        cwd=empty,
        PYTHONPATH=str(empty),
    )

    summary = json.loads(printed)
    assert (summary["method"], summary["data"], summary["networks"]) == ("whispers", "blobs", {"FAMILY-w6": 4})
    assert summary["global_accuracy"]["mean"] > 0.7
    assert summary["local_accuracy"] is None
    assert "otherkd.percent.Percent" in (empty / "run" / "config.yaml").read_text()
    choices = run(binaries / "fedkd", "axes", "--config-dir=conf", cwd=empty)
    assert all(choice in choices for choice in ("blobs", "turns", "guess", "whispers"))
