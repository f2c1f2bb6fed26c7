"""Who attacks, and where: the one place between honest sites and the wire where contributions are falsified."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from fedkd.aggregate import Table, Votes, gather
from fedkd.attacks.attack import ArrayAttack, Attack
from fedkd.errors import OutOfRangeError
from fedkd.knowledge import Kind, Knowledge
from sim.streams import Streams

TABLES = (Kind.PROBS, Kind.LOGITS)
PARAMETERS = (Kind.WEIGHTS, Kind.UPDATE)

FLOOR = 1e-12
"""Least probability of a falsified table of logits: a logit cannot be minus infinity."""


@dataclass(frozen=True)
class Adversary:
    """A share of the sites that lies to the server.

    Attributes:
        share: Share of the sites that attack, in [0, 1).
        attack: What they do; None for no attackers at all.
    """

    share: float = 0.0
    attack: Attack | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.share < 1:
            raise ValueError(f"share={self.share} of attackers must be in [0, 1)")
        if self.share and self.attack is None:
            raise ValueError(f"share={self.share} of the sites attack, but attack is null; name one, or set share=0")

    def attackers(self, names: Sequence[str], streams: Streams) -> frozenset[str]:
        """Names of the attackers: round(share x K) of the K names, drawn from a stream, but never all of them."""
        count = min(round(self.share * len(names)), len(names) - 1)
        drawn = streams.generator("federation", "attackers").permutation(len(names))[: max(count, 0)]
        return frozenset(names[int(i)] for i in drawn)

    def distort(
        self,
        contributions: Sequence[Knowledge],
        attackers: AbstractSet[str],
        rows: NDArray[np.int64],
        round_: int,
        streams: Streams,
    ) -> list[Knowledge]:
        """What really leaves the sites in one round, in the same order.

        Predictions of attackers are replaced; of a table of logits the attack sees the softmax, and what it makes of it
        is sent as log probabilities with the row means of the honest logits. Weights and updates are replaced by an
        `ArrayAttack`. Kinds that are neither stay as they are, and so do all honest contributions.

        Args:
            contributions: Of all sites, any kinds.
            attackers: Names that `attackers` drew.
            rows: [N] row ids of the public set.
            round_: Number of the round.
            streams: Random streams of the run.

        Raises:
            OutOfRangeError: Attackers send weights or updates, and the attack only knows predictions.
        """
        if self.attack is None or not attackers:
            return list(contributions)
        sent = [self._parameters(k) if k.sender in attackers else k for k in contributions]
        for kind in TABLES:
            rng = streams.generator("federation", "attack", round_, kind)
            sent = self._tables(sent, kind, attackers, rows, round_, rng)
        return sent

    def _parameters(self, knowledge: Knowledge) -> Knowledge:
        if knowledge.kind not in PARAMETERS:
            return knowledge
        if not isinstance(self.attack, ArrayAttack):
            raise OutOfRangeError(
                f"the attack {type(self.attack).__name__} falsifies predictions, but '{knowledge.sender}' sends "
                f"{knowledge.kind}",
                "choose attack=scaled, or a method that exchanges predictions",
            )
        # Whole numbers (counts of batches) say nothing that is worth a lie.
        arrays = {
            name: self.attack.distort_array(array) if array.dtype.kind == "f" else array
            for name, array in knowledge.arrays.items()
        }
        return replace(knowledge, arrays=arrays)

    def _tables(
        self,
        sent: list[Knowledge],
        kind: Kind,
        attackers: AbstractSet[str],
        rows: NDArray[np.int64],
        round_: int,
        rng: np.random.Generator,
    ) -> list[Knowledge]:
        lying = [i for i, k in enumerate(sent) if k.kind is kind and k.sender in attackers]
        if not lying:
            return sent
        telling = [k for k in sent if k.kind is kind and k.sender not in attackers]
        # Class ids, where a method exchanges means by class, are no rows of the public set.
        known = np.unique(np.concatenate([rows, *(k.rows for k in sent if k.kind is kind)]))
        own = _probabilities([sent[i] for i in lying], known, kind)
        # Attackers that are among themselves know nobody better than one another.
        honest = _probabilities(telling, known, kind) if telling else own
        assert self.attack is not None
        false = self.attack(honest, own.values, round_, rng)
        result = list(sent)
        for table, true, i in zip(false, own.values, lying, strict=True):
            at = np.searchsorted(known, sent[i].rows)
            if not np.array_equal(table[at], true[at]):
                result[i] = _replaced(sent[i], table[at])
        return result


def _probabilities(contributions: Sequence[Knowledge], rows: NDArray[np.int64], kind: Kind) -> Votes:
    """Votes as probabilities; uniform where nothing was said, so that no row is undefined."""
    votes = gather(contributions, rows)
    values = softmax(votes.values, axis=-1) if kind is Kind.LOGITS else votes.values
    uniform = np.float32(1 / values.shape[-1])
    return replace(votes, values=np.where(votes.valid[:, :, None], values, uniform))


def _replaced(knowledge: Knowledge, table: Table) -> Knowledge:
    """The same message with other predictions [n, C], in the dtype of the true ones."""
    true = knowledge.arrays["values"]
    if knowledge.kind is Kind.LOGITS:
        logs = np.log(np.maximum(table, FLOOR))
        table = logs - logs.mean(-1, keepdims=True) + true.mean(-1, keepdims=True)
    return replace(knowledge, arrays={**knowledge.arrays, "values": np.asarray(table, true.dtype)})
