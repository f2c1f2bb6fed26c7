"""Scores in the spirit of FedKDNAS, by hand."""

import pytest

from fedkd.comparison.composite import Spent, scores

REFERENCE = Spent(accuracy=0.9, bytes_per_site=4000.0, client_cpu_s=20.0)


def test_by_hand():
    found = scores(Spent(accuracy=0.8, bytes_per_site=100.0, client_cpu_s=10.0), REFERENCE)

    # RES 10 / 20, CES 4000 / 100, UES 0.8 x 40 / 0.5.
    assert found is not None
    assert (found.res, found.pqs, found.ces, found.ues) == (0.5, 0.8, 40.0, pytest.approx(64.0))


def test_the_reference_scores_its_accuracy():
    found = scores(REFERENCE, REFERENCE)

    assert found is not None
    assert (found.res, found.pqs, found.ces, found.ues) == (1.0, 0.9, 1.0, 0.9)


@pytest.mark.parametrize("nothing", [Spent(0.5, 0.0, 10.0), Spent(0.5, 100.0, 0.0)])
def test_whoever_sends_or_computes_nothing_has_none(nothing):
    assert scores(nothing, REFERENCE) is None
    assert scores(REFERENCE, nothing) is None
