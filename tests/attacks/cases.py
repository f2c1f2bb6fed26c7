"""Honest votes, attackers and messages whose every number is known."""

from __future__ import annotations

import numpy as np

from fedkd.aggregate import Votes
from fedkd.knowledge import Kind, Knowledge


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def honest(values: object, valid: object = None) -> Votes:
    """Votes of honest sites [K, N, C]."""
    table = np.array(values, np.float32)
    sites, rows = table.shape[:2]
    ones = np.ones(sites, np.float32)
    said = np.ones((sites, rows), bool) if valid is None else np.array(valid, bool)
    return Votes(table, said, tuple(f"honest {k}" for k in range(sites)), ones, ones)


def table(values: object) -> np.ndarray:
    return np.array(values, np.float32)


def message(
    values: object, sender: str, kind: Kind = Kind.PROBS, rows: object = None, name: str = "values"
) -> Knowledge:
    """A message about the rows 0, 1 and so on, if none are named."""
    array = np.array(values, np.float32)
    ids = np.arange(len(array)) if rows is None else np.array(rows)
    return Knowledge(kind, {name: array}, ids.astype(np.int64), sender, 1, "")


def parameters(values: object, sender: str, kind: Kind = Kind.UPDATE) -> Knowledge:
    """An update of one array of weights and one of whole numbers."""
    arrays = {"weight": np.array(values, np.float32), "seen": np.array(7, np.int64)}
    return Knowledge(kind, arrays, np.zeros(0, np.int64), sender, 1, "")
