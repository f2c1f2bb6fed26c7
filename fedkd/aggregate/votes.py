"""Votes: what many sites say about the same public samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from fedkd.knowledge import Knowledge

Table = NDArray[np.float32]


@dataclass(frozen=True)
class Votes:
    """Aligned contributions. Value and validity travel together.

    Attributes:
        values: [K, N, C] probabilities or logits; undefined where not valid.
        valid: [K, N] bool, False where a site said nothing about a sample.
        senders: K names.
        weights: [K] float32 weight of each site, 0 for one that a guard put aside.
        samples: [K] float32 private samples of each site, 1 where unknown.
    """

    values: Table
    valid: NDArray[np.bool_]
    senders: tuple[str, ...]
    weights: Table
    samples: Table

    def __len__(self) -> int:
        return len(self.senders)

    def reweighted(self, weights: Table) -> Votes:
        """The same votes with other site weights."""
        return replace(self, weights=weights.astype(np.float32))


def gather(
    contributions: Sequence[Knowledge], rows: NDArray[np.int64], samples: Mapping[str, int] | None = None
) -> Votes:
    """Line contributions up by row id.

    Args:
        contributions: K Knowledges with a `values` array [n_k, C] for `rows` n_k.
        rows: [N] row ids of the public set, the order of the result.
        samples: Private samples by sender, for weights by count.

    Returns:
        Votes over all N rows.
    """
    order = np.argsort(rows)
    columns = contributions[0].arrays["values"].shape[1]
    values = np.zeros((len(contributions), len(rows), columns), np.float32)
    valid = np.zeros(values.shape[:2], bool)
    for k, knowledge in enumerate(contributions):
        at = order[np.searchsorted(rows, knowledge.rows, sorter=order)]
        values[k, at] = knowledge.arrays["values"]
        valid[k, at] = True
    senders = tuple(k.sender for k in contributions)
    counts = np.array([1 if samples is None else samples[s] for s in senders], np.float32)
    return Votes(values, valid, senders, np.ones(len(senders), np.float32), counts)


@runtime_checkable
class Guard(Protocol):
    """Sets the weights of sites, down to 0 for those that it puts aside (extension point E9, before fusing)."""

    def __call__(self, votes: Votes) -> Votes:
        """The same votes with other weights."""
        ...


@runtime_checkable
class Fusion(Protocol):
    """Makes one table of many (extension point E9)."""

    def __call__(self, votes: Votes) -> Table:
        """Targets [N, C] for votes [K, N, C]; works for K = 1 too."""
        ...


def weighted_mean(votes: Votes, weights: Table) -> Table:
    """Mean over sites with weights [K, N], times the site weights, over valid votes only.

    Returns:
        [N, C]; a row without any weight is the plain mean of the row's valid votes, of those that no guard put aside
        if there are any, or zero if there are none at all.
    """
    total = weights * votes.weights[:, None] * votes.valid
    empty = total.sum(0) <= 1e-12
    trusted = votes.valid & (votes.weights[:, None] > 0)
    fallback = np.where(trusted.any(axis=0, keepdims=True), trusted, votes.valid).astype(np.float32)
    total = np.where(empty[None], fallback, total)
    summed = np.einsum("kn,knc->nc", total, votes.values)
    norm = np.maximum(total.sum(0), 1e-12)
    return np.asarray(summed / norm[:, None], np.float32)
