"""Genomes: ways through a list of networks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedkd.models import ArchSpec
from fedkd.search import StandardSpace
from fedkd.search.forks import Forks

from .cases import mlp


def test_a_way_is_the_family_then_length_and_entries_of_each_option():
    # cnn before mlp; one layer before two; 4 before 8.
    cnn = ArchSpec.of("cnn", channels=(4, 8), kernel=3)
    forks = Forks([mlp(4), mlp(8), mlp(8, 4), cnn])

    assert forks.genes == 5  # family, number of channels, two channels, kernel
    assert forks.follow([0.2, 0, 0, 0, 0]) == cnn
    assert forks.follow([0.8, 0.4, 0.4, 0, 0]) == mlp(4)
    assert forks.follow([0.8, 0.4, 0.6, 0, 0]) == mlp(8)
    assert forks.follow([1.0, 1.0, 0.0, 0, 0]) == mlp(8, 4)


def test_one_network_needs_no_choice():
    assert Forks([mlp(3)]).follow([0.7, 0.1, 0.9]) == mlp(3)


@pytest.mark.parametrize("shape", [(1, 8, 8), (6, 30), (4,)], ids=str)
def test_every_network_of_a_space_can_be_reached(shape):
    specs = StandardSpace().candidates(shape)
    forks = Forks(specs)
    rng = np.random.Generator(np.random.PCG64(0))

    assert {forks.follow(genome) for genome in rng.random((6000, forks.genes))} == set(specs)


FORKS = Forks(StandardSpace().candidates((1, 8, 8)))


@given(st.lists(st.floats(0, 1), min_size=FORKS.genes, max_size=FORKS.genes))
def test_every_genome_is_a_network_of_the_space(genome):
    assert FORKS.follow(genome) in StandardSpace().candidates((1, 8, 8))
