"""Votes whose every number is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fedkd.aggregate import Votes
from fedkd.knowledge import Kind, Knowledge


def knowledge(values: Sequence[Sequence[float]], rows: Sequence[int], sender: str = "a") -> Knowledge:
    return Knowledge(Kind.LOGITS, {"values": np.array(values, np.float32)}, np.array(rows, np.int64), sender, 1, "")


def votes(
    values: object, valid: object = None, weights: object = None, samples: object = None, counts: object = None
) -> Votes:
    """Votes of K sites; everything but the values [K, N, C] defaults to ones, and the counts to none."""
    table = np.array(values, np.float32)
    sites, rows = table.shape[:2]
    return Votes(
        table,
        np.ones((sites, rows), bool) if valid is None else np.array(valid, bool),
        tuple("abcdefghijkl"[:sites]),
        np.array([1] * sites if weights is None else weights, np.float32),
        np.array([1] * sites if samples is None else samples, np.float32),
        None if counts is None else np.array(counts, np.float32),
    )
