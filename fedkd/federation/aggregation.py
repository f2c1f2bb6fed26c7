"""The aggregator's end of a federation that is deployed: what came, what goes down, and the server half in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fedkd.errors import KnowledgeError
from fedkd.federation.exchange import Exchange, Held
from fedkd.federation.worker import Part
from fedkd.knowledge import Kind, Knowledge
from fedkd.learning import Arrays, Assignment, Executor
from fedkd.methods import Profile, Server

_SERVER, _HELD = "server", "held"


class Aggregation:
    """Closes rounds and answers sites: the same half that a simulation runs.

    Args:
        profiles: All sites, in the agreed order.
        server: The method's server half.
        exchange: Reads and writes messages.
        executor: Trains the server's networks; knows the server's arrays.
    """

    def __init__(self, profiles: Sequence[Profile], server: Server, exchange: Exchange, executor: Executor) -> None:
        self.profiles = {profile.name: profile for profile in profiles}
        self.server = server
        self.exchange = exchange
        self.executor = executor
        self._answers: dict[str, list[Knowledge]] = {}
        self._before: dict[str, Mapping[Kind, Held]] = {}
        self._resumed: dict[str, Mapping[Kind, int] | None] = {}

    def read(self, parts: Sequence[Part], site: str, round_: int) -> list[Knowledge]:
        """Decode and check what a site sent up.

        Raises:
            WireError: A message does not decode, does not fit the schema, or is of another sender or round.
        """
        if site in self._resumed:
            # Whoever speaks was answered, by a process that ended: what it says may be coded against that answer.
            self._as_noted(site)
            self.answer(site, round_ - 1)
        for part in parts:
            if part.kind not in self.exchange.method.sends:
                known = ", ".join(self.exchange.method.sends) or "nothing"
                raise KnowledgeError(
                    f"'{site}' sent {part.kind}, this federation takes {known}", "send what it asks for"
                )
        found = [self.exchange.read(part.data, part.kind, self.profiles[site], up=True) for part in parts]
        for knowledge in found:
            if (knowledge.sender, knowledge.round) != (site, round_):
                said = f"a message is from '{knowledge.sender}' and of round {knowledge.round}"
                raise KnowledgeError(f"{said}, not from '{site}' and of round {round_}", "send what the round asks for")
        if len({knowledge.kind for knowledge in found}) < len(found):
            raise KnowledgeError(f"'{site}' sent a kind of knowledge twice", "send each kind once")
        return found

    def close(self, contributions: Mapping[str, Sequence[Knowledge]], round_: int) -> dict[str, object]:
        """Fuse, and train the server's networks; returns facts for the record.

        Args:
            contributions: By site.
            round_: The round.
        """
        self._answers, self._before, self._resumed = {}, {}, {}
        # In the agreed order, whoever was first: sums of floating-point numbers depend on it.
        landed = [knowledge for name in self.profiles for knowledge in contributions.get(name, ())]
        facts = dict(self.server.collect(landed, round_)) if landed else {}
        jobs = self.server.jobs(round_)
        outcomes = self.executor.run([Assignment(model, (job,)) for model, job in jobs.values()])
        self.server.trained({name: o.model for name, o in zip(jobs, outcomes, strict=True)}, round_)
        return facts | {"server_cpu_s": sum(outcome.train_cpu_s for outcome in outcomes)}

    def agree(self, site: str, holds: Mapping[Kind, int]) -> dict[Kind, int] | None:
        """Settle what the next answer to a site is coded against.

        It is what the site says that it holds, of what it held before the round's first answer. So an answer that was
        lost is given again, bit for bit; and where a state was lost, messages stand alone.

        Args:
            site: Its name.
            holds: What the site says that it holds.

        Returns:
            What must outlive this process, for `resume`; None where nothing is new.
        """
        if site in self._resumed:
            self._as_noted(site)
        before = self._before.get(site, self.exchange.holding(site))
        digests = {kind: self.exchange.digest(held) for kind, held in before.items()}
        shared = {kind: digest for kind, digest in digests.items() if holds.get(kind) == digest}
        self._before[site] = {kind: before[kind] for kind in shared}
        return None if shared == digests else shared

    def answer(self, site: str, round_: int) -> list[Part]:
        """What goes down to a site at the end of the last closed round; the same however often it is asked for.

        Args:
            site: Its name.
            round_: The last closed round (0: before the first).
        """
        profile = self.profiles[site]
        self.exchange.settle(site, self._before.setdefault(site, self.exchange.holding(site)))
        if site not in self._answers:
            self._answers[site] = self.server.messages(profile, round_)
        return [Part(k.kind, self.exchange.carry(k, profile, up=False).data) for k in self._answers[site]]

    def resume(self, noted: Mapping[str, Mapping[Kind, int]]) -> None:
        """Go on from a snapshot, and from what `agree` noted since."""
        self._resumed = {site: noted.get(site) for site in self.profiles}

    def _as_noted(self, site: str) -> None:
        noted = self._resumed.pop(site)
        if noted is not None:
            self.agree(site, noted)

    def snapshot(self) -> Arrays:
        """All that the next round depends on."""
        return {
            **{f"{_SERVER}:{key}": array for key, array in self.server.state().items()},
            **{f"{_HELD}:{key}": array for key, array in self.exchange.state(list(self.profiles)).items()},
        }

    def restore(self, flat: Arrays) -> None:
        """Undo of `snapshot`."""
        parts: dict[str, Arrays] = {_SERVER: {}, _HELD: {}}
        for key, array in flat.items():
            role, name = key.split(":", 1)
            parts[role][name] = array
        self.server.restore(parts[_SERVER])
        self.exchange.restore(parts[_HELD], list(self.profiles))
