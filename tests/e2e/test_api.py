"""Python and the command line give the same run, and `--json` prints what scripts read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fedkd.record import read_metrics
from tests.tiny import ROUNDS, SITES, tiny_overrides

pytestmark = pytest.mark.slow

KEYS = {"method", "data", "sites", "rounds", "seed", "networks", "run"}
FIGURES = {"global_accuracy", "local_accuracy", "local_prior_accuracy", "student_accuracy"}
COSTS = {"bytes_up", "bytes_down", "bytes_per_site", "train_cpu_s", "search_cpu_s", "wall_time_s", "virtual_time_s"}


@pytest.fixture
def printed(cli):
    """Standard output of `--json`; the run is in the folder `run`."""
    code, out, err = cli("simulate", *tiny_overrides("fedkdnas", "run.dir=run"), "--json")
    assert (code, err) == (0, "")
    return out


PROGRAM = """
import sys
from pathlib import Path

import fedkd

composed = fedkd.compose(sys.argv[1:])
scenario = fedkd.Scenario(**vars(composed))
assert scenario == composed
result = fedkd.simulate(scenario, Path("python"))
assert isinstance(result, fedkd.Result)
again = fedkd.resume(Path("python"))
assert again.summary == result.summary
"""


def test_python_and_the_command_line_give_the_same_bytes(printed, tmp_path):
    command = [sys.executable, "-W", "error", "-c", PROGRAM, *tiny_overrides("fedkdnas")]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "python/metrics.csv").read_bytes() == (tmp_path / "run/metrics.csv").read_bytes()


def test_names_of_the_face_do_not_depend_on_the_order_in_which_they_are_asked_for():
    code = (
        "import fedkd, fedkd.simulation, fedkd.composition; "
        "print(fedkd.Result.__name__, fedkd.resume.__name__, fedkd.simulate.__name__, fedkd.compose.__name__)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["Result", "resume", "simulate", "compose"]


def test_json_is_one_object_and_the_summary(printed):
    lines = printed.splitlines()
    summary = json.loads(printed)

    assert len(lines) == 1
    assert summary == json.loads(Path("run/summary.json").read_text())
    assert summary.keys() >= KEYS | FIGURES | COSTS


def test_the_figures_have_a_mean_and_a_spread(printed):
    summary = json.loads(printed)
    last = [row for row in read_metrics(Path("run")) if int(row["round"]) == ROUNDS]

    assert len(last) == SITES
    for name in FIGURES:
        values = [float(row[name]) for row in last]
        spread = summary[name]
        assert spread.keys() == {"mean", "std", "min", "max"}
        assert spread["mean"] == pytest.approx(sum(values) / SITES, abs=1e-6)
        assert (spread["min"], spread["max"]) == pytest.approx((min(values), max(values)), abs=1e-6)


def test_the_costs_are_the_sums_of_the_rounds(printed):
    summary = json.loads(printed)
    rows = read_metrics(Path("run"))

    assert (summary["method"], summary["rounds"], summary["sites"], summary["seed"]) == ("fedkdnas", ROUNDS, SITES, 0)
    for name in ("bytes_up", "bytes_down"):
        assert summary[name] == sum(int(row[name]) for row in rows) > 0
    assert summary["bytes_per_site"] == pytest.approx((summary["bytes_up"] + summary["bytes_down"]) / SITES, abs=0.1)
    assert summary["virtual_time_s"] == max(int(row["virtual_time_us"]) for row in rows) / 1e6
    assert all(summary[name] >= 0 for name in COSTS)


def test_without_json_the_last_words_name_the_run(cli):
    code, out, err = cli("simulate", *tiny_overrides("local", "run.dir=run"))

    assert (code, err) == (0, "")
    assert "reached a global accuracy of" in " ".join(out.split())
    assert "run directory: run (plots in run/plots)" in out


def test_show_prints_a_scenario_and_stops(cli, tmp_path):
    code, out, err = cli("simulate", *tiny_overrides("local", "run.dir=run"), "--show")

    assert (code, err) == (0, "")
    assert "_target_: fedkd.methods.local.Local" in out
    assert list(tmp_path.iterdir()) == []
