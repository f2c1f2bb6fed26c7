"""Comparisons: arms over seeds, kept, resumed and counted."""

import numpy as np
import pytest
import yaml

from fedkd.compare import ArmResult, Comparison, compare, run_or_resume
from fedkd.comparison import COLUMNS, cells, load, markdown
from fedkd.errors import ConfigError, UnknownChoiceError, UnknownKeyError
from tests.tiny import tiny_overrides

SUMMARY = {
    "global_accuracy": {"mean": 0.5},
    "local_prior_accuracy": {"mean": 0.6},
    "student_accuracy": None,
    "bytes_per_site": 2000.0,
    "train_cpu_s": 1.0,
    "search_cpu_s": 0.0,
}
ARM = ArmResult(
    "toy",
    (SUMMARY, SUMMARY | {"global_accuracy": {"mean": 0.7}}),
    np.array([0.2, 0.596, 0.6, 0.58]),
    np.array([500.0, 1000.0, 1500.0, 2000.0]),
)


def test_a_grid_is_crossed_with_the_arms_and_own_overrides_go_last():
    made = Comparison({"a": ("x=1",), "b": ()}, base=("x=0",), grid={"p.q": ("1", "2"), "r": ("3",)})

    assert made.overrides() == {
        "a-q=1-r=3": ("x=0", "x=1", "p.q=1", "r=3"),
        "a-q=2-r=3": ("x=0", "x=1", "p.q=2", "r=3"),
        "b-q=1-r=3": ("x=0", "p.q=1", "r=3"),
        "b-q=2-r=3": ("x=0", "p.q=2", "r=3"),
    }


def test_bytes_count_up_to_the_first_round_within_half_a_point_of_the_best():
    assert ARM.bytes_to_best() == (2, 1000.0)


def test_figures_are_means_over_seeds():
    assert ARM.figure("global_accuracy") == pytest.approx((0.6, 0.1))
    assert ARM.figure("bytes_per_site") == (2000.0, 0.0)
    assert ARM.figure("student_accuracy") is None
    row = ("toy", "0.600 ± 0.100", "0.600 ± 0.000", "-", "2.0 ± 0.0", "1.0", "2", "1.0 ± 0.0", "0.0 ± 0.0")
    assert cells(ARM) == row
    assert markdown([ARM]).splitlines()[2] == f"| {' | '.join(row)} |"
    assert len(row) == len(COLUMNS)


@pytest.mark.parametrize("name", ["mnist5k", "rivals", "tune_fedavg"])
def test_every_comparison_that_we_ship_composes(name):
    from fedkd.composition import compose

    for overrides in load(name, ("federation.rounds=1",)).overrides().values():
        assert compose(overrides).federation.rounds in (1, 60)


def test_files_of_others_are_read_and_bad_ones_refused(tmp_path):
    good, bad, unknown = (tmp_path / f"{name}.yaml" for name in ("good", "bad", "unknown"))
    good.write_text(yaml.safe_dump({"arms": {"a": ["seed=3"]}, "seeds": [5]}))
    bad.write_text("arms: [")
    unknown.write_text("arms: {a: []}\nseed: [1]\n")

    assert load(str(good), ("seed=4",)) == Comparison({"a": ("seed=3",)}, base=("seed=4",), seeds=(5,))
    with pytest.raises(ConfigError, match="not YAML"):
        load(str(bad), ())
    bad.write_text("- a list")
    with pytest.raises(ConfigError, match="no mapping"):
        load(str(bad), ())
    with pytest.raises(UnknownKeyError, match="seed"):
        load(str(unknown), ())
    with pytest.raises(UnknownChoiceError, match="mnist5k"):
        load("mnist6k", ())


@pytest.mark.slow
def test_runs_are_kept_resumed_and_a_bold_setting_is_a_result(tmp_path):
    base = tuple(tiny_overrides("fedavg", "federation.rounds=2"))
    bold = ("method.local.optimizer.learning_rate=1e30",)
    comparison = Comparison({"fine": (), "bold": bold}, base=base, seeds=(0,))
    told = []

    results, diverged = compare(comparison, tmp_path, 1, lambda *facts: told.append(facts))
    first = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("summary.json")}
    again, _ = compare(Comparison({"fine": ()}, base=base, seeds=(0,)), tmp_path, 1, lambda *facts: None)

    assert [r.name for r in results] == ["fine"]
    assert list(diverged) == ["bold/seed-0"]
    assert "learning rate" in diverged["bold/seed-0"]
    assert [facts[1:] for facts in told] == [(1, 2), (2, 2)]
    assert first == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("summary.json")}
    assert again[0].figure("global_accuracy") == results[0].figure("global_accuracy")
    with pytest.raises(ConfigError, match="another scenario"):
        run_or_resume(tmp_path / "fine" / "seed-0", (*base, "seed=9"))
