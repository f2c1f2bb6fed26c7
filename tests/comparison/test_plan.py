"""What a comparison runs."""

import re
from pathlib import Path

import pytest

from fedkd.comparison import Comparison
from fedkd.comparison.plan import Trial


def test_a_grid_is_crossed_with_the_arms_and_own_overrides_go_last():
    made = Comparison({"a": ("x=1",), "b": ()}, base=("x=0",), grid={"p.q": ("1", "2"), "r": ("3",)}, seeds=(7,))

    assert {trial.arm: trial.overrides[:-2] for trial in made.trials()} == {
        "a-q=1-r=3": ("x=0", "x=1", "p.q=1", "r=3"),
        "a-q=2-r=3": ("x=0", "x=1", "p.q=2", "r=3"),
        "b-q=1-r=3": ("x=0", "p.q=1", "r=3"),
        "b-q=2-r=3": ("x=0", "p.q=2", "r=3"),
    }
    assert {trial.overrides[-2:] for trial in made.trials()} == {("seed=7", "runtime.processes=1")}
    assert made.names() == ("a-q=1-r=3", "a-q=2-r=3", "b-q=1-r=3", "b-q=2-r=3")


def test_panels_are_crossed_with_arms_and_seeds_one_seed_after_the_other():
    made = Comparison({"a": ("x=1",), "b": ()}, base=("x=0",), panels={"p": ("y=1",), "q": ("y=2",)}, seeds=(0, 1))

    trials = made.trials()

    assert [trial.name for trial in trials[:4]] == ["p/a/seed-0", "p/b/seed-0", "q/a/seed-0", "q/b/seed-0"]
    assert trials[0].overrides == ("x=0", "y=1", "x=1", "seed=0", "runtime.processes=1")
    assert len(trials) == 8
    assert trials[7].path(Path("runs")) == Path("runs/q/b/seed-1")


def test_without_panels_arms_lie_where_they_always_lay():
    assert Trial("", "a", 3, ()).path(Path("runs")) == Path("runs/a/seed-3")


def test_the_first_arm_is_the_reference_unless_another_is_named():
    assert Comparison({"a": (), "b": ()}).against() == "a"
    assert Comparison({"a": (), "b": ()}, reference="b").against() == "b"
    assert Comparison({"a": ()}, grid={"k": ("1", "2")}, reference="a-k=2").against() == "a-k=2"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"arms": {}}, "at least one arm"),
        ({"seeds": ()}, "at least one arm and one seed"),
        ({"seeds": (1, 1)}, "a seed twice"),
        ({"target": 90.0}, "target=90.0"),
        ({"arms": {"a/b": ()}}, "'a/b'"),
        ({"arms": {"plots": ()}}, "'plots'"),
        ({"panels": {"": ()}}, "''"),
        ({"grid": {"k": ("a/b",)}}, "'a-k=a/b'"),
        ({"reference": "c"}, "'c', but the arms are a"),
        ({"bounds": ("c",)}, "'c', but the arms are a"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        Comparison(**({"arms": {"a": ()}} | wrong))
