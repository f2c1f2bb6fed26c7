"""Search spaces: many networks, all of them buildable."""

from __future__ import annotations

import pytest

from fedkd.errors import ArchitectureError
from fedkd.models import complete, is_forest, measure
from fedkd.search import ListedSpace, SearchSpace, StandardSpace
from fedkd.search.space import parse_network

from .cases import mlp

SHAPES = [(1, 28, 28), (1, 8, 8), (3, 32, 32), (6, 30), (1, 2), (4,), (64,)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_candidate_of_every_modality_can_be_built(shape):
    candidates = StandardSpace().candidates(shape)

    assert isinstance(StandardSpace(), SearchSpace)
    assert len(candidates) >= 60
    costs = [measure(spec, shape, 10) for spec in candidates]
    assert all(cost.parameters > 0 and cost.macs > 0 for cost in costs)
    assert not any(is_forest(spec) for spec in candidates)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_no_candidate_is_there_twice(shape):
    candidates = StandardSpace().candidates(shape)

    assert len({complete(spec) for spec in candidates}) == len(candidates)
    # The record names networks by their short names.
    assert len({spec.name for spec in candidates}) == len(candidates)


def test_the_order_is_fixed():
    assert StandardSpace().candidates((1, 28, 28)) == StandardSpace().candidates((1, 28, 28))


def test_candidates_span_two_orders_of_magnitude():
    macs = [measure(spec, (1, 28, 28), 10).macs for spec in StandardSpace().candidates((1, 28, 28))]

    assert max(macs) > 50 * min(macs)


def test_a_listed_space_holds_what_it_lists_in_that_order():
    space = ListedSpace(("{family: mlp, hidden: [5, 3]}", '{"family": "mlp", "hidden": [8]}'))

    assert space.candidates((4,)) == (mlp(5, 3), mlp(8))


def test_an_empty_list_is_refused():
    with pytest.raises(ValueError, match="at least one network"):
        ListedSpace(())


@pytest.mark.parametrize("text", ["", "cnn", "[1]", "{hidden: [3]}", "{family: [", "{family: mlp, hidden: 2020-01-01}"])
def test_text_that_is_no_network_is_refused(text):
    with pytest.raises(ArchitectureError):
        parse_network(text)
