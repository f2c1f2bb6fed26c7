"""Starts a session of many rounds on every node, and another where one ended before its time.

Flower is a slow failure detector and fences nobody, so what it says is only a reason to fence at the aggregator and to
start again. A SuperNode takes no message before the handler of the last one has returned: a session that was fenced
ends at its next beat.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol

from flwr.app import Message
from flwr.serverapp import Grid

from fedkd.errors import AbortedError, FedkdError, RoundFailedError, UnreachableError
from fedkd.runtime.flower.parcel import Parcel

SESSION = "train.session"
_LOOK_S = 0.5
_LONGEST_S = 7 * 24 * 3600.0


class Office(Protocol):
    """The aggregator, as far as an issuer needs it."""

    def epochs(self) -> dict[str, int]:
        """The epoch of each site."""
        ...

    def sites_at(self, node: int) -> list[str]:
        """Sites whose last session was of a node."""
        ...

    def fence(self, site: str, epoch: int) -> int:
        """Let no session of a site below an epoch go on; returns the epoch in force."""
        ...

    def over(self) -> str | None:
        """How the federation ended; None while it goes on.

        Raises:
            AbortedError: It was ended before its time, with the reason.
        """
        ...


@dataclass
class _Node:
    epoch: int
    issued: int = 0
    message: str | None = None
    done: bool = False
    failures: list[str] = field(default_factory=list)


class Issuer:
    """Sees a federation through.

    Args:
        grid: Flower's.
        office: The aggregator.
        most: Sessions that a node is given, one after the other.
        about: Goes with every session.
    """

    def __init__(self, grid: Grid, office: Office, most: int = 4, about: dict[str, object] | None = None) -> None:
        self.grid = grid
        self.office = office
        self.most = most
        self.about = about or {}
        self._nodes: dict[int, _Node] = {}

    def run(self, gather_s: float = 600.0) -> None:
        """Issue sessions until all sites are done.

        Args:
            gather_s: How long to wait for the first node.

        Raises:
            RoundFailedError: No node came, or all sessions of all nodes failed.
            AbortedError: The federation was aborted.
        """
        first = self._take_over()
        until_s = time.monotonic() + gather_s
        while not self._over():
            online = set(self.grid.get_node_ids())
            for node in online - self._nodes.keys():
                self._nodes[node] = _Node(first)
            self._collect()
            waiting = [node for node in online if self._waits(self._nodes[node])]
            if waiting and not self._ended():
                for node in waiting:
                    self._issue(node)
            if not self._nodes and time.monotonic() > until_s:
                raise RoundFailedError(f"no SuperNode came within {gather_s:g} s", "start supernode.sh on the sites")
            time.sleep(_LOOK_S)

    def _take_over(self) -> int:
        """The first epoch of this run. Sessions that an earlier one left end, since their nodes are busy until then."""
        epochs = self.office.epochs()
        first = 1 + max(epochs.values(), default=0)
        for site in (site for site, epoch in epochs.items() if epoch):
            self.office.fence(site, first)
        return first

    def _waits(self, node: _Node) -> bool:
        return node.message is None and not node.done and node.issued < self.most

    def _over(self) -> bool:
        """Whether all is done here: the federation has ended, and nobody is still on the way home."""
        nodes = self._nodes.values()
        if not nodes or any(node.message for node in nodes):
            return False
        if not any(node.done for node in nodes) and all(node.issued >= self.most for node in nodes):
            what = "; ".join(node.failures[-1] for node in nodes if node.failures)
            raise RoundFailedError(f"no session of any site came to its end ({what})", "look at the sites' logs")
        return self._ended()

    def _ended(self) -> bool:
        """Whether the federation has. A session that came to its end says so as well, also when nobody answers.

        Raises:
            AbortedError: It was aborted.
        """
        if any(node.done for node in self._nodes.values()):
            return True
        try:
            return self.office.over() is not None
        except UnreachableError:
            # It may be on its way back. A session goes on dialling meanwhile, and so does its successor.
            return False

    def _issue(self, number: int) -> None:
        node = self._nodes[number]
        parcel = Parcel({**self.about, "epoch": node.epoch})
        message = Message(parcel.to_records(), number, SESSION, ttl=_LONGEST_S)
        (node.message,) = self.grid.push_messages([message])
        node.issued += 1

    def _collect(self) -> None:
        waiting = {node.message: number for number, node in self._nodes.items() if node.message}
        for reply in self.grid.pull_messages(list(waiting)) if waiting else ():
            number = waiting[reply.metadata.reply_to_message_id]
            node = self._nodes[number]
            node.message = None
            try:
                if reply.has_error():
                    raise RoundFailedError(f"Flower's code {reply.error.code}: {reply.error.reason}", "start again")
                Parcel.from_records(reply.content)
                node.done = True
            except AbortedError:
                raise
            except FedkdError as error:
                node.failures.append(error.what)
                node.epoch += 1
                self._fence(number, node.epoch)

    def _fence(self, number: int, epoch: int) -> None:
        """End what may still run there: a process that is busy, or cut off from its SuperNode, goes on pushing."""
        try:
            for site in self.office.sites_at(number):
                self.office.fence(site, epoch)
        except UnreachableError:
            # The next session's epoch fences it as well.
            return
