"""Public sets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from fedkd.data import Corpus
from fedkd.data.public import InDomain, OtherSource, PublicSet, Shifted
from fedkd.errors import InvalidValuesError, NotEnoughSamplesError, OutOfRangeError


@dataclass(frozen=True)
class Given:
    """A source that has its corpus already."""

    corpus: Corpus

    def load(self) -> Corpus:
        return self.corpus


def test_in_domain_takes_the_candidates(make_corpus, rng):
    candidates = make_corpus(per_class=2).train
    chosen = InDomain().choose(candidates, 8, 100, rng)
    assert chosen is candidates
    assert isinstance(InDomain(), PublicSet)
    with pytest.raises(NotEnoughSamplesError, match=r"8 samples left for the public set.*asks for 9"):
        InDomain().choose(candidates, 9, 100, rng)


def test_shifts_by_hand(rng):
    inputs = np.arange(8, dtype=np.float32).reshape(2, 1, 2, 2)

    np.testing.assert_array_equal(Shifted(invert=True).transform(inputs, rng), 7 - inputs)
    np.testing.assert_allclose(Shifted(rotation_degrees=180).transform(inputs, rng), inputs[..., ::-1, ::-1], atol=1e-4)
    noise = Shifted(noise=2).transform(np.zeros((100, 20), np.float32), rng)
    assert noise.std() == pytest.approx(2, rel=0.1)
    assert noise.dtype == np.float32


def test_shifted_chooses_as_in_domain_does(make_corpus, rng):
    candidates = make_corpus(per_class=2).train
    assert Shifted(noise=1).choose(candidates, 8, 100, rng) is candidates


def test_shift_must_shift():
    for fields in ({}, {"noise": -1.0}, {"rotation_degrees": float("nan")}):
        with pytest.raises(OutOfRangeError):
            Shifted(**fields)


def test_other_source_gives_new_ids_and_no_labels(make_corpus, rng):
    candidates = make_corpus(images=True).train
    other = OtherSource(Given(make_corpus(per_class=10, images=True)))

    chosen = other.choose(candidates, 5, 1000, rng)

    assert chosen.ids.min() >= 1000
    assert len(set(chosen.ids)) == 5
    assert chosen.targets.tolist() == [-1] * 5
    # Sample i of the toy corpus is full of i.
    np.testing.assert_array_equal(chosen.inputs[:, 0, 0, 0], chosen.ids - 1000)


def test_other_images_are_brought_to_the_shape(make_corpus, rng):
    candidates = make_corpus(images=True).train
    other = make_corpus(images=True)
    wide = Corpus(
        type(other.train)(np.zeros((160, 3, 9, 9), np.float32), other.train.targets, other.train.ids),
        None,
        4,
        "wide",
    )
    assert OtherSource(Given(wide)).choose(candidates, 5, 0, rng).inputs.shape == (5, 1, 6, 6)


def test_other_source_errors(make_corpus, rng):
    images, table = make_corpus(images=True), make_corpus()
    with pytest.raises(NotEnoughSamplesError, match="toy has 160"):
        OtherSource(Given(table)).choose(table.train, 161, 0, rng)
    with pytest.raises(InvalidValuesError, match="public source has samples of shape"):
        OtherSource(Given(table)).choose(images.train, 5, 0, rng)
    with pytest.raises(InvalidValuesError, match="cannot be brought"):
        OtherSource(Given(images)).choose(table.train, 5, 0, rng)
