"""Paired differences, standard errors and verdicts, computed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from fedkd.proofs import Claim, Estimate, Measured, Results, run
from fedkd.proofs.proof import better, reported
from fedkd.proofs.tables import plain, table


@dataclass(frozen=True)
class Squares:
    """A proof whose figures a reader can compute: seed squared, and that less one or two."""

    title: ClassVar[str] = "Squares"
    compared: ClassVar[Mapping[str, str]] = {"less": "square"}

    def measure(self, seed: int) -> Measured:
        low = {"size": seed**2 - 1.0 - seed % 2}
        return {"square": {"size": float(seed**2), "root": float(seed)}, "less": low}

    def claims(self, results: Results) -> tuple[Claim, ...]:
        return (better(results, "size", "square", "less", 1.0),)


def results(*seeds: int) -> Results:
    return run(Squares(), seeds, lambda done: None)


def test_an_estimate_has_the_standard_error_of_the_mean():
    # Deviations -1, 0, 1: a sample variance of 1, over three seeds.
    found = Estimate.of(np.array([2.0, 3.0, 4.0]))

    assert (found.mean, found.error) == (3.0, pytest.approx(1 / np.sqrt(3)))


def test_differences_are_paired_by_seed():
    found = results(1, 2, 3)

    # 0, 3 and 7 against 1, 4 and 9: the seeds differ by much, the pairs by 2, 1 and 2.
    difference = found.difference("square", "less", "size")

    assert found.values("less", "size").tolist() == [-1, 3, 7]
    assert (difference.mean, difference.error) == (pytest.approx(5 / 3), pytest.approx(1 / 3))
    assert (found.arms, found.figures) == (("square", "less"), ("size", "root"))


def test_progress_is_told_after_every_seed():
    told: list[int] = []

    run(Squares(), range(3), told.append)

    assert told == [1, 2, 3]


@pytest.mark.parametrize(
    ("least", "holds", "verdict"),
    [
        (0.0, True, "at least +0.00 was claimed: holds."),
        (1.5, True, "at least +1.50 was claimed: holds, but by less than two standard errors."),
        (2.0, False, "at least +2.00 was claimed: does not hold."),
    ],
)
def test_a_claim_is_held_against_the_mean_difference(least, holds, verdict):
    claim = better(results(1, 2, 3), "size", "square", "less", least)

    assert claim == Claim(f"square against less, size: +1.67 ± 0.33 over 3 seeds, {verdict}", holds)


def test_what_is_not_claimed_is_only_reported():
    claim = reported(results(1, 2, 3), "size", "less", "square")

    assert claim == Claim("less against square, size: -1.67 ± 0.33 over 3 seeds, nothing was claimed.", None)


def test_one_seed_has_no_standard_error():
    with pytest.raises(ValueError, match="standard error"):
        results(1)


def test_the_table_has_a_row_an_arm():
    made = table(Squares(), results(1, 2, 3))

    assert [column.header for column in made.columns] == ["arm", "size", "root", "size, difference"]
    rows = list(zip(*(column.cells for column in made.columns), strict=True))
    assert rows == [
        ("square", "4.667 ± 2.333", "2.000 ± 0.577", "-"),
        ("less", "3.000 ± 2.309", "-", "-1.67 ± 0.33 to square"),
    ]


def test_the_plain_form_holds_every_measurement():
    form = plain(Squares(), results(1, 2, 3))

    assert form["seeds"] == [1, 2, 3]
    assert form["arms"] == {"square": {"size": [1, 4, 9], "root": [1, 2, 3]}, "less": {"size": [-1, 3, 7]}}
    assert form["differences"] == {
        "less": {"mean": pytest.approx(-5 / 3), "error": pytest.approx(1 / 3), "to": "square"}
    }
    assert [claim["holds"] for claim in form["claims"]] == [True]
