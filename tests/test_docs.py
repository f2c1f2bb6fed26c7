"""What docs/extend.md and docs/deploy.md say is what works: files are written out and commands run."""

import re
import shlex
import socket
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
FILE = re.compile(r"`([^`\s]+\.(?:py|yaml))`[^`]*?\n```\w+\n(.*?)\n```", re.DOTALL)
SHELL = re.compile(r"```bash\n(.*?)\n```", re.DOTALL)


@pytest.fixture
def written(tmp_path):
    """A folder with every file of the page, and the page's commands."""
    text = (ROOT / "docs" / "extend.md").read_text()
    files = FILE.findall(text)
    for name, content in files:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content + "\n")
    commands = [line for block in SHELL.findall(text) for line in block.splitlines()]
    return tmp_path, [name for name, _ in files], commands


@pytest.mark.slow
def test_the_page_runs(written):
    folder, files, commands = written
    assert len(files) == 6
    assert len(commands) >= 2
    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == "fedkd"
        done = subprocess.run(
            [sys.executable, "-m", "fedkd.cli", *arguments],
            cwd=folder,
            env={"PYTHONPATH": str(folder), "PATH": "", "HOME": str(folder), "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert "global_accuracy" in done.stdout


@pytest.mark.slow
def test_the_rehearsal_runs(tmp_path):
    (block, *_) = SHELL.findall((ROOT / "docs" / "deploy.md").read_text())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = block.replace("--out kits", f"--out kits --port {port}").replace(
        "fedkd ", f"{sys.executable} -m fedkd.cli "
    )

    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.stderr == ""
    assert done.stdout.count("done after round 3") == 3
    assert "finished after round 3" in done.stdout


def test_the_federation_of_the_page_can_be_provisioned(tmp_path):
    text = (ROOT / "docs" / "deploy.md").read_text()
    (content,) = re.findall(r"```yaml\n(.*?)\n```", text, re.DOTALL)
    (tmp_path / "federation.yaml").write_text(content)
    rows = np.arange(60, dtype=np.float64).reshape(20, 3)
    np.savez(tmp_path / "public.npz", inputs=rows)

    command = [sys.executable, "-m", "fedkd.cli", "deploy", "provision", "federation.yaml", "--out", "kits"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    for script in re.findall(r"kit/(\w+\.sh)", text) + re.findall(r"`(\w+\.sh)", text):
        assert list((tmp_path / "kits").glob(f"*/{script}")), script


def test_the_ten_commands_exist():
    text = (ROOT / "docs" / "deploy.md").read_text()
    known = {point.name.replace(".", " ") for point in entry_points(group="fedkd.commands")}

    lines = [line for block in re.findall(r"```console\n(.*?)\n```", text, re.DOTALL) for line in block.splitlines()]
    named = re.findall(r"fedkd (deploy \w+|doctor|site|aggregator)", "\n".join(re.findall(r"`[^`]*`", text) + lines))

    assert [int(line.split()[0]) for line in lines] == list(range(1, 11))
    assert {"deploy provision", "deploy status", "deploy revoke", "doctor"} <= set(named)
    assert set(named) <= known


@pytest.mark.slow
def test_runtimes_agree_as_the_page_of_flower_says(tmp_path):
    (block, *_) = SHELL.findall((ROOT / "docs" / "flower.md").read_text())
    script = block.replace("fedkd ", f"{sys.executable} -m fedkd.cli ")

    done = subprocess.run(["bash", "-ec", script], cwd=tmp_path, capture_output=True, text=True, timeout=300)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("equal\n")
