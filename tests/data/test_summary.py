"""Fingerprints of sets."""

from __future__ import annotations

import hashlib

import numpy as np

from fedkd.data import Examples, fingerprint


def test_fingerprint_is_the_hash_of_shape_ids_and_inputs():
    examples = Examples(np.ones((2, 3), np.float32), np.array([0, 1]), np.array([7, 8]))
    content = b"(2, 3)" + np.array([7, 8], "<i8").tobytes() + np.ones(6, "<f4").tobytes()
    assert fingerprint(examples) == hashlib.sha256(content).hexdigest()


def test_fingerprint_sees_inputs_ids_and_shape_but_not_labels():
    inputs, targets, ids = np.zeros((2, 4), np.float32), np.array([0, 1]), np.array([0, 1])
    base = fingerprint(Examples(inputs, targets, ids))

    assert fingerprint(Examples(inputs, targets + 1, ids)) == base
    assert fingerprint(Examples(inputs + 1, targets, ids)) != base
    assert fingerprint(Examples(inputs, targets, ids + 1)) != base
    assert fingerprint(Examples(inputs.reshape(2, 2, 2), targets, ids)) != base
