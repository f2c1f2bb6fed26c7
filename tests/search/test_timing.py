"""Timings of networks on this machine."""

from __future__ import annotations

import torch

from fedkd.models import ArchSpec
from fedkd.search.timing import forward_us, one_thread, step_us

from .cases import CLASSES, FEATURES, mlp

IMAGE = (1, 28, 28)
SMALL, LARGE = ArchSpec.of("mlp", hidden=(16,)), ArchSpec.of("irnet", width=16, expansion=4, depth=3)


def test_a_network_of_a_hundred_times_the_work_takes_longer():
    # On an idle machine it is 25 times for a sample and 20 times for a step; another program may slow down either.
    assert forward_us(LARGE, IMAGE, 10, repeats=9) > 2 * forward_us(SMALL, IMAGE, 10, repeats=9)
    assert step_us(LARGE, IMAGE, 10, batch=16, repeats=2) > 2 * step_us(SMALL, IMAGE, 10, batch=16, repeats=2)


def test_times_are_microseconds():
    # A forward pass of three small layers: no machine needs less than a microsecond or more than a second.
    assert 1 < forward_us(mlp(8), (FEATURES,), CLASSES, repeats=3) < 1e6
    assert 1 < step_us(mlp(8), (FEATURES,), CLASSES, batch=4, repeats=1) < 1e6


def test_the_number_of_threads_is_given_back():
    before = torch.get_num_threads()

    with one_thread():
        assert torch.get_num_threads() == 1

    assert torch.get_num_threads() == before
