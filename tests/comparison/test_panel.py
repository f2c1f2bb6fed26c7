"""Arms side by side."""

import pytest

from fedkd.comparison import Comparison, gather
from fedkd.errors import UnknownChoiceError
from tests.comparison.cases import PANEL, record

BASE, BETTER, THRIFTY, DEAD, POOLED = PANEL.arms


def test_differences_are_paired_with_the_reference():
    difference = PANEL.difference(BETTER, "global_accuracy")

    assert difference is not None
    assert (difference.mean, difference.error, difference.seeds) == (pytest.approx(0.1), pytest.approx(0.0), 2)
    assert PANEL.difference(BASE, "global_accuracy") is None
    assert PANEL.difference(DEAD, "global_accuracy") is None


def test_bounds_and_the_dead_are_not_on_the_front():
    assert PANEL.dominators == {"base": ("better",), "better": (), "thrifty": ()}


def test_scores_are_relative_to_the_reference():
    found = PANEL.scores(BETTER)

    # Half the bytes, half the CPU: 0.7 x 2 / 0.5.
    assert found is not None
    assert found.ues == pytest.approx(2.8)
    assert PANEL.scores(DEAD) is None
    assert PANEL.scores(POOLED) is None


def test_arms_are_sorted_by_a_figure_and_the_dead_are_last():
    assert [arm.name for arm in PANEL.sorted("global_accuracy")] == ["pooled", "better", "base", "thrifty", "dead"]
    with pytest.raises(UnknownChoiceError, match="'accuracy'; choose one of bytes_per_site, global_accuracy"):
        PANEL.sorted("accuracy")


def test_what_has_finished_is_gathered(tmp_path):
    comparison = Comparison({"a": (), "b": ()}, panels={"p": (), "q": ()}, seeds=(0, 1), target=0.5)
    record(tmp_path / "p" / "a" / "seed-0", [0.1, 0.5])
    record(tmp_path / "p" / "b" / "seed-0", [0.1, 0.6])
    record(tmp_path / "p" / "b" / "seed-1", [0.1, 0.7])

    p, q = gather(comparison, tmp_path)

    assert (p.name, q.name, p.seeds, p.reference, p.target) == ("p", "q", 2, "a", 0.5)
    assert [list(arm.summaries) for arm in p.arms] == [[0], [0, 1]]
    assert [arm.curves for arm in q.arms] == [None, None]
    assert [arm.name for arm in gather(comparison, tmp_path, "global_accuracy")[0].arms] == ["b", "a"]
