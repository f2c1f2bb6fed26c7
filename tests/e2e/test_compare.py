"""`fedkd compare` as people start it: what it prints, how it ends, and what Ctrl-C leaves."""

from __future__ import annotations

import json

import psutil
import pytest
import yaml

from tests.e2e.console import Started, rounds, run
from tests.tiny import tiny_overrides

pytestmark = pytest.mark.slow


def write(path, **content):
    base = tiny_overrides("fedavg", "federation.rounds=2")
    path.write_text(yaml.safe_dump({"base": base, "seeds": [0]} | content, sort_keys=False))


def test_tables_files_and_the_exit_code_of_a_failure(tmp_path):
    write(
        tmp_path / "two.yaml",
        arms={"plain": [], "greedy": ["data.split.private=100000"]},
        panels={"iid": ["partition=iid"], "shards": ["partition=shards"]},
    )

    done = run("compare", "two.yaml", "--against", "greedy", "--target", "0.05", "--processes", "1", cwd=tmp_path)

    assert done.returncode == 24, done.stderr
    text = done.stdout
    assert all(
        f"{panel}: {sheet}" in text for panel in ("iid", "shards") for sheet in ("accuracy", "cost", "trade-off")
    )
    assert "global - greedy, by seed" in text
    assert "kB to 0.05" in text
    assert "4 of 4: shards/greedy/seed-0" in text
    assert "iid/greedy/seed-0 failed: error 24: " in text
    assert "Traceback" not in text + done.stderr
    folder = tmp_path / "runs" / "two"
    assert "Traceback" in (folder / "failures.txt").read_text()
    assert {p.name for p in folder.iterdir() if p.is_file()} == {"table.md", "table.json", "table.csv", "failures.txt"}
    assert len(list((folder / "plots").iterdir())) == 6
    arms = {arm["name"]: arm for arm in json.loads((folder / "table.json").read_text())["panels"][0]["arms"]}
    assert (arms["plain"]["seeds"], arms["greedy"]["seeds"]) == ([0], [])

    shown = run("compare", "two.yaml", "--gather", "--sort", "bytes", cwd=tmp_path)

    assert shown.returncode == 16
    assert "bytes_per_site" in shown.stderr


def test_ctrl_c_leaves_what_has_finished_and_the_same_command_goes_on(tmp_path):
    # The second run could go on for ever.
    write(tmp_path / "long.yaml", arms={"short": [], "long": ["federation.rounds=2000"]})
    command = ("compare", "long.yaml", "--processes", "1")
    long, short = (tmp_path / "runs" / "long" / arm / "seed-0" for arm in ("long", "short"))
    started = Started.of(*command, cwd=tmp_path)
    started.wait_for(lambda: rounds(long) > 2)
    workers = started.descendants()

    assert started.interrupt() == 130
    assert workers
    assert psutil.wait_procs(workers, timeout=20)[1] == []
    assert "interrupted" in (tmp_path / "stderr").read_text()
    assert "Traceback" not in (tmp_path / "stderr").read_text()
    before, kept = rounds(long), (short / "summary.json").stat().st_mtime_ns
    again = Started.of(*command, cwd=tmp_path)
    again.wait_for(lambda: rounds(long) > before)
    again.interrupt()

    assert (short / "summary.json").stat().st_mtime_ns == kept
