"""Batches: which rows, which targets, which views."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedkd.distill import LABEL, hard_labels
from fedkd.learning import Feed, draw_rows
from fedkd.learning.batches import Batches

from .cases import generator

STORE = {
    "three": np.float32([[0], [1], [2]]),
    # Two augmented versions of "three", one after the other.
    "views": np.float32([[0.1], [1.1], [2.1], [0.2], [1.2], [2.2]]),
    "labels": np.int64([7, 8, 9]),
}


@dataclass(frozen=True)
class Shaken:
    """A view whose draws show."""

    def views(self, inputs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return inputs + rng.uniform(0.1, 0.9, inputs.shape).astype(np.float32)


def feed(inputs: str, rows: list[list[int]], labels: object = "labels", **more: object) -> Feed:
    return Feed(inputs, {LABEL: labels}, np.array(rows, np.int64), hard_labels(), **more)


def test_a_step_takes_its_rows_for_every_member():
    batches = Batches([feed("three", [[0, 1], [2, 2]]), feed("three", [[2, 0], [1, 0]])], STORE, "cpu")

    inputs, targets = batches.take(1)

    assert inputs.tolist() == [[[2], [2]], [[1], [0]]]
    assert targets[LABEL].tolist() == [[9, 9], [8, 7]]


def test_members_may_have_inputs_and_targets_of_their_own():
    own = feed("views", [[4, 3]], labels=np.int64([0, 1, 2, 3, 4, 5]))

    inputs, targets = Batches([feed("three", [[0, 1]]), own], STORE, "cpu").take(0)

    np.testing.assert_allclose(inputs, [[[0], [1]], [[1.2], [0.2]]])
    assert targets[LABEL].tolist() == [[7, 8], [4, 3]]


def test_augmented_copies_share_the_targets_of_their_set():
    inputs, targets = Batches([feed("views", [[0, 3, 5, 4]])], STORE, "cpu").take(0)

    np.testing.assert_allclose(inputs[0, :, 0], [0.1, 0.2, 2.2, 1.2])
    assert targets[LABEL].tolist() == [[7, 7, 9, 8]]


def test_a_view_varies_each_draw_by_the_seed_of_the_feed():
    rows = [[0, 0, 2], [0, 1, 1]]

    def take(*seeds: int) -> np.ndarray:
        batches = Batches([feed("three", rows, view=Shaken(), seed=seed) for seed in seeds], STORE, "cpu")
        return np.stack([batches.take(step)[0].numpy() for step in range(2)])

    drawn = take(1, 2)

    # Whole parts are the samples; what the view added is new each time.
    assert np.floor(drawn[:, 0, :, 0]).tolist() == rows
    assert len(np.unique(drawn)) == drawn.size
    np.testing.assert_array_equal(take(1)[:, 0], drawn[:, 0])
    np.testing.assert_array_equal(take(2)[:, 0], drawn[:, 1])


@given(st.integers(1, 50), st.integers(1, 12), st.integers(1, 20), st.integers(0, 5))
def test_rows_cover_the_samples_evenly(samples, steps, batch, seed):
    rows = draw_rows(generator(seed), samples, steps, batch)

    counts = np.bincount(rows.ravel(), minlength=samples)
    assert rows.shape == (steps, batch)
    assert rows.dtype == np.int64
    assert len(counts) == samples
    assert counts.max() - counts.min() <= 1


@given(st.integers(1, 20), st.integers(0, 5))
def test_every_pass_is_shuffled_anew_and_whole(samples, seed):
    first, second = draw_rows(generator(seed), samples, 2, samples)

    assert sorted(first) == sorted(second) == list(range(samples))


def test_passes_differ():
    first, second = draw_rows(generator(0), 40, 2, 40)

    assert first.tolist() != second.tolist()


@pytest.mark.parametrize("samples", [1, 5])
def test_no_step_draws_no_row(samples):
    assert draw_rows(generator(0), samples, 0, 8).shape == (0, 8)
