"""Files that say what to compare."""

from pathlib import Path

import pytest
import yaml

from fedkd.comparison import Comparison, load
from fedkd.composition import compose
from fedkd.errors import ConfigError, OutOfRangeError, UnknownChoiceError, UnknownKeyError

SHIPPED = sorted(path.stem for path in (Path(__file__).parents[2] / "scenarios" / "compare").glob("*.yaml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_comparison_that_we_ship_composes(name):
    comparison = load(name, ("federation.rounds=1",))
    first = [trial for trial in comparison.trials() if trial.seed == comparison.seeds[0]]

    assert all(compose(trial.overrides).federation.rounds >= 1 for trial in first)


def test_the_papers_table_has_its_three_partitions():
    comparison = load("paper")

    assert list(comparison.panels) == ["iid", "dirichlet-0.1", "shards"]
    assert {"fedkdnas", "fedkdnas_paper", "fedmd", "fedavg", "local", "pooled"} <= set(comparison.names())


def test_files_of_others_are_read_and_bad_ones_refused(tmp_path):
    good, bad, unknown = (tmp_path / f"{name}.yaml" for name in ("good", "bad", "unknown"))
    good.write_text(yaml.safe_dump({"arms": {"a": ["seed=3"]}, "seeds": [5]}))
    bad.write_text("arms: [")
    unknown.write_text("arms: {a: []}\nseed: [1]\n")

    assert load(str(good), ("seed=4",)) == Comparison({"a": ("seed=3",)}, base=("seed=4",), seeds=(5,))
    with pytest.raises(ConfigError, match="not YAML"):
        load(str(bad))
    bad.write_text("- a list")
    with pytest.raises(ConfigError, match="no mapping"):
        load(str(bad))
    with pytest.raises(UnknownKeyError, match="seed"):
        load(str(unknown))
    with pytest.raises(UnknownChoiceError, match="mnist5k"):
        load("mnist6k")


def test_the_command_line_goes_before_the_file(tmp_path):
    file = tmp_path / "two.yaml"
    file.write_text("arms: {a: [], b: []}\nreference: a\ntarget: 0.8\n")

    assert (load(str(file)).reference, load(str(file)).target) == ("a", 0.8)
    given = load(str(file), reference="b", target=0.9)
    assert (given.reference, given.target) == ("b", 0.9)
    with pytest.raises(OutOfRangeError, match="'c', but the arms are a, b"):
        load(str(file), reference="c")
