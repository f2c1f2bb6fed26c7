"""The site's end of a federation that is deployed: one site, its network, and what it was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fedkd.federation.exchange import Exchange
from fedkd.federation.self_evaluation import TEST, SelfEvaluation
from fedkd.knowledge import Kind
from fedkd.learning import Arrays, Assignment, Executor, pack, unpack
from fedkd.methods import Client, ClientState, Profile
from fedkd.wire.buffer import Buffer

_MODEL, _COMPANION, _MEMORY, _HELD = "model", "companion", "memory", "held"
_OWN = "own"


@dataclass(frozen=True)
class Part:
    """One encoded Knowledge of several that travel together.

    Attributes:
        kind: Tells the receiver which codec reads it.
        data: An envelope, as a codec wrote it.
    """

    kind: Kind
    data: Buffer


class SiteWorker:
    """Takes in what the aggregator sent, trains, and says what to send: the same halves that a simulation runs.

    Args:
        profile: Who the site is.
        client: The method's client half.
        exchange: Reads and writes messages.
        executor: Trains the site's network; knows its arrays.
        evaluation: Says what the network is worth on samples that the site has.
    """

    def __init__(
        self,
        profile: Profile,
        client: Client,
        exchange: Exchange,
        executor: Executor,
        evaluation: SelfEvaluation,
    ) -> None:
        self.profile = profile
        self.client = client
        self.exchange = exchange
        self.executor = executor
        self.evaluation = evaluation
        self.state = client.start(profile)

    def absorb(self, parts: Sequence[Part], round_: int) -> None:
        """Take in what was sent at the end of round `round_` (0: before the first).

        Raises:
            WireError: A message does not decode, or is none that the method sends.
        """
        messages = [self.exchange.read(part.data, part.kind, self.profile, up=False) for part in parts]
        self.state = self.client.absorb(self.state, messages, round_)

    def figures(self) -> dict[str, float]:
        """What the network is worth as it is now; names as in `Evaluation.rows`."""
        evaluation = self.evaluation
        (outcome,) = self.executor.run([Assignment(self.state.model, (), evaluation.asks(self.profile.name))])
        return evaluation.figures(self.profile.name, outcome.answers)

    def step(self, round_: int) -> tuple[list[Part], dict[str, float]]:
        """Train in round `round_` (from 1); returns what to send up, and figures of the training."""
        work = self.client.work(self.profile, self.state, round_)
        asks = (*work.asks, TEST) if self.evaluation.test_labels is not None else work.asks
        assignments = [Assignment(self.state.model, work.jobs, asks)]
        if self.state.companion is not None:
            assignments.append(Assignment(self.state.companion, work.companion))
        own, *other = self.executor.run(assignments)
        self.state = replace(self.state, model=own.model, companion=other[0].model if other else None)
        said = self.client.report(self.profile, self.state, round_, own.answers)
        parts = [Part(knowledge.kind, self.exchange.write(knowledge, self.profile)) for knowledge in said]
        figures = {"train_cpu_s": sum(outcome.train_cpu_s for outcome in (own, *other))}
        return parts, figures | self.evaluation.trained(own.answers)

    def snapshot(self) -> Arrays:
        """All that the next round depends on."""
        models = {_OWN: self.state.model}
        companions = {} if self.state.companion is None else {_OWN: self.state.companion}
        return {
            **{f"{_MODEL}:{key}": array for key, array in pack(models).items()},
            **{f"{_COMPANION}:{key}": array for key, array in pack(companions).items()},
            **{f"{_MEMORY}:{key}": array for key, array in self.state.memory.items()},
            **{f"{_HELD}:{key}": array for key, array in self.exchange.state([self.profile.name]).items()},
        }

    def restore(self, flat: Arrays) -> None:
        """Undo of `snapshot`."""
        parts: dict[str, Arrays] = {_MODEL: {}, _COMPANION: {}, _MEMORY: {}, _HELD: {}}
        for key, array in flat.items():
            role, name = key.split(":", 1)
            parts[role][name] = array
        companion = unpack(parts[_COMPANION]).get(_OWN)
        self.state = ClientState(unpack(parts[_MODEL])[_OWN], parts[_MEMORY], companion)
        self.exchange.restore(parts[_HELD], [self.profile.name])
