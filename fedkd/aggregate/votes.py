"""Votes: what many sites say about the same public samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from fedkd.knowledge import Knowledge

Table = NDArray[np.float32]
Memory = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Votes:
    """Aligned contributions. Value and validity travel together.

    Attributes:
        values: [K, N, C] probabilities or logits; undefined where not valid.
        valid: [K, N] bool, False where a site said nothing about a sample.
        senders: K names.
        weights: [K] float32 weight of each site, 0 for one that a guard put aside.
        samples: [K] float32 private samples of each site, 1 where unknown.
        counts: [K, C] float32 private samples by class, None where sites keep their histograms to themselves.
    """

    values: Table
    valid: NDArray[np.bool_]
    senders: tuple[str, ...]
    weights: Table
    samples: Table
    counts: Table | None = None

    def __len__(self) -> int:
        return len(self.senders)

    @property
    def trusted(self) -> NDArray[np.bool_]:
        """[K, N] bool: the valid votes of sites that no guard put aside; where a row has none, its valid votes."""
        kept = self.valid & (self.weights[:, None] > 0)
        return np.where(kept.any(axis=0, keepdims=True), kept, self.valid)

    @property
    def site_weights(self) -> Table:
        """[K, N] weight of each vote: its site's, 1 where only sites that were put aside speak, 0 for no vote."""
        put_aside = self.weights[:, None] <= 0
        return np.where(self.trusted, np.where(put_aside, 1, self.weights[:, None]), 0).astype(np.float32)

    def of(self, sites: NDArray[np.bool_]) -> Votes:
        """The votes of some sites alone, [K] bool."""
        names = tuple(name for name, chosen in zip(self.senders, sites, strict=True) if chosen)
        counts = None if self.counts is None else self.counts[sites]
        return Votes(self.values[sites], self.valid[sites], names, self.weights[sites], self.samples[sites], counts)

    def at(self, samples: slice) -> Votes:
        """The votes about some samples alone."""
        return replace(self, values=self.values[:, samples], valid=self.valid[:, samples])

    def reweighted(self, weights: Table) -> Votes:
        """The same votes with other site weights."""
        return replace(self, weights=weights.astype(np.float32))


def gather(
    contributions: Sequence[Knowledge],
    rows: NDArray[np.int64],
    samples: Mapping[str, int] | None = None,
    counts: Mapping[str, NDArray[np.int64]] | None = None,
) -> Votes:
    """Line contributions up by row id.

    Args:
        contributions: K Knowledges with a `values` array [n_k, C] for `rows` n_k.
        rows: [N] row ids of the public set, the order of the result.
        samples: Private samples by sender, for weights by count.
        counts: [C] private samples of each class by sender, where sites share their histograms.

    Returns:
        Votes over all N rows.
    """
    order: NDArray[np.int64] | None = None
    columns = contributions[0].arrays["values"].shape[1]
    values = np.zeros((len(contributions), len(rows), columns), np.float32)
    valid = np.zeros(values.shape[:2], bool)
    for k, knowledge in enumerate(contributions):
        if np.array_equal(knowledge.rows, rows):
            values[k], valid[k] = knowledge.arrays["values"], True
            continue
        order = np.argsort(rows) if order is None else order
        at = order[np.searchsorted(rows, knowledge.rows, sorter=order)]
        values[k, at] = knowledge.arrays["values"]
        valid[k, at] = True
    senders = tuple(k.sender for k in contributions)
    totals = np.array([1 if samples is None else samples[s] for s in senders], np.float32)
    by_class = None if counts is None else np.array([counts[s] for s in senders], np.float32)
    return Votes(values, valid, senders, np.ones(len(senders), np.float32), totals, by_class)


@runtime_checkable
class Guard(Protocol):
    """Sets the weights of sites, down to 0 for those that it puts aside (extension point E9, before fusing)."""

    def __call__(self, votes: Votes, memory: Memory) -> tuple[Votes, Memory]:
        """Weigh the sites of one round.

        Args:
            votes: Of this round.
            memory: What the call of the round before returned, empty in the first round. The server keeps it and
                stores it in checkpoints; a guard itself holds no state.

        Returns:
            The same votes with other weights, and what to remember; names of arrays hold no "|".
        """
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
    total = np.where(empty[None], votes.trusted.astype(np.float32), total)
    summed = np.einsum("kn,knc->nc", total, votes.values)
    norm = np.maximum(total.sum(0), 1e-12)
    return np.asarray(summed / norm[:, None], np.float32)


def normalised(table: Table, votes: Votes) -> Table:
    """Rows [N, C] of numbers >= 0 as distributions: uniform where a row holds nothing, zero where nobody voted."""
    total = table.sum(-1, keepdims=True)
    uniform = np.float32(1 / table.shape[-1])
    rows = np.where(total > 1e-12, table / np.maximum(total, 1e-12), uniform)
    spoken = votes.valid.any(axis=0, keepdims=True).T
    return np.asarray(np.where(spoken, rows, 0), np.float32)
