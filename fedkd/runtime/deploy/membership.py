"""Who belongs to the federation, by epoch and lease.

Flower is a slow failure detector, and never ends what it believes dead: a site whose network was cut, or whose process
was orphaned, goes on pushing. So membership is decided here. A session has an epoch, given by whoever starts sites, and
an instance, its process: a higher epoch fences all lower ones, and of two processes of one epoch the first
that is still there wins.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from fedkd.errors import FencedError, NotAMemberError, RefusedError

_END = "let the newer session go on"


@dataclass(frozen=True)
class Member:
    """What is known of a site.

    Attributes:
        epoch: Sessions below it are fenced.
        instance: The process that holds the session; empty where none does.
        seen_s: When it last called, on the aggregator's monotonic clock; -inf where nothing is expected of it.
    """

    epoch: int = 0
    instance: str = ""
    seen_s: float = -math.inf


class Membership:
    """Sessions of the sites that may take part.

    Args:
        sites: Their names.
        lease_s: A member that has not called for so long is not waited for.
        now_s: A monotonic clock.
    """

    def __init__(self, sites: Sequence[str], lease_s: float, now_s: Callable[[], float]) -> None:
        self.lease_s = lease_s
        self._now_s = now_s
        self._members = {site: Member() for site in sites}

    def join(self, site: str, epoch: int, instance: str) -> None:
        """Begin a session, or come back to it.

        Raises:
            RefusedError: The site is none of this federation's, or its process has no name.
            FencedError: The epoch is past, or another process of the same epoch is live.
        """
        member = self._member(site)
        if not instance or len(instance) > 64:
            what = f"'{site}' joins with an instance of {len(instance)} letters"
            raise RefusedError(what, "give each process a name of its own, of at most 64")
        if epoch < member.epoch:
            raise FencedError(f"epoch {epoch} of '{site}' is past, epoch {member.epoch} has begun", _END)
        if epoch == member.epoch and member.instance not in ("", instance) and self.is_live(site):
            raise FencedError(f"another process of '{site}' holds epoch {epoch}", "end one of them, or raise the epoch")
        self._members[site] = Member(epoch, instance, self._now_s())

    def check(self, site: str, epoch: int, instance: str) -> None:
        """A call of a session: it is still here.

        Raises:
            RefusedError: The site is none of this federation's.
            FencedError: A newer session has begun.
            NotAMemberError: Nobody has joined like this since the aggregator began.
        """
        member = self._member(site)
        if epoch < member.epoch or (epoch == member.epoch and member.instance not in ("", instance)):
            raise FencedError(f"this session of '{site}' is fenced, epoch {member.epoch} has begun", _END)
        if not instance or (epoch, instance) != (member.epoch, member.instance):
            raise NotAMemberError(f"'{site}' has not joined in epoch {epoch}", "join first")
        self._members[site] = replace(member, seen_s=self._now_s())

    def fence(self, site: str, epoch: int) -> int:
        """Let no session below an epoch go on; returns the epoch in force.

        Raises:
            RefusedError: The site is none of this federation's.
        """
        member = self._member(site)
        if epoch > member.epoch:
            self._members[site] = Member(epoch)
        return self._members[site].epoch

    def leave(self, site: str) -> None:
        """End a session that was checked."""
        self._members[site] = replace(self._members[site], instance="", seen_s=-math.inf)

    def is_live(self, site: str) -> bool:
        """Whether a session has called within its lease."""
        member = self._member(site)
        return bool(member.instance) and self._now_s() - member.seen_s <= self.lease_s

    def is_expected(self, site: str) -> bool:
        """Whether a round waits for it: it has called within its lease, or may come back after a restart."""
        return self._now_s() - self._member(site).seen_s <= self.lease_s

    def instance(self, site: str) -> str:
        """The process that holds its session; empty where none does."""
        return self._member(site).instance

    def epochs(self) -> dict[str, int]:
        """The epoch of each site, which outlives the aggregator's process."""
        return {site: member.epoch for site, member in self._members.items()}

    def restore(self, epochs: Mapping[str, int]) -> None:
        """Take the epochs back; sessions have to join again, and have their lease to do so."""
        self._members = {site: Member(epochs.get(site, 0), "", self._now_s()) for site in self._members}

    def _member(self, site: str) -> Member:
        if site not in self._members:
            raise RefusedError(f"there is no site '{site}' in this federation", "use a name that was provisioned")
        return self._members[site]
