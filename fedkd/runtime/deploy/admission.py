"""Who may take part, and with which network."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from importlib.metadata import version

from fedkd.errors import AbortedError, RefusedError
from fedkd.runtime.deploy.ledger import Facts
from fedkd.runtime.deploy.membership import Membership
from fedkd.runtime.deploy.plan import Plan
from fedkd.wire.envelope import FORMAT
from fedkd.wire.v1 import aggregator_pb2 as pb


def check_agreement(plan: Plan, request: pb.JoinRequest) -> None:
    """Refuse a site that does not share what both ends must share.

    Raises:
        RefusedError: Says what differs.
    """
    same = "install the same fedkd on both sides"
    pairs = (
        ("speaks wire format", request.format, FORMAT, same),
        ("runs fedkd", request.package, version("fedkd"), same),
        ("has the public set", request.public_set, plan.public_set, "give it the public set of its kit"),
        ("has the agreement", request.agreement, plan.agreement, "give it the scenario of its kit"),
    )
    for what, theirs, mine, fix in pairs:
        if theirs != mine:
            raise RefusedError(f"'{request.session.site}' {what} {theirs}, this federation {mine}", fix)


def check_place(facts: Facts, closed: int, request: pb.JoinRequest) -> None:
    """Refuse a site for which there is no place in the course of things.

    Raises:
        AbortedError: There is no course any more.
        RefusedError: The federation began without it, or it comes out of another one.
    """
    site = request.session.site
    if facts.phase == "aborted":
        raise AbortedError(f"the run was aborted: {facts.reason}", "start a new one")
    listed = not facts.lists or site in facts.lists
    if site not in facts.enrolled and (facts.phase != "gathering" or not listed):
        raise RefusedError(f"the federation began without '{site}'", "start a new one with it")
    if request.absorbed > closed:
        what = f"'{site}' has taken in round {request.absorbed}, the last one that was closed here is {closed}"
        raise RefusedError(what, "empty its state folder, or restore the aggregator's")


def offered(facts: Facts, site: str) -> Sequence[str]:
    """Networks among which a site may choose: its own, once it has enrolled; none, while others are waited for."""
    return (facts.enrolled[site][0],) if site in facts.enrolled else facts.lists.get(site, ())


def why_not(facts: Facts, site: str, spec: str, samples: int) -> RefusedError | None:
    """Why a site may not enrol with a network, or None where it may, or has."""
    if facts.enrolled.get(site) == (spec, samples):
        return None
    if facts.phase != "gathering":
        return RefusedError(f"'{site}' comes too late to choose a network", "start a new federation with it")
    if spec not in facts.lists.get(site, ()):
        return RefusedError(f"'{site}' chose a network that it was not offered", "choose from the shortlist")
    return None


def describe(
    sites: Sequence[str],
    members: Membership,
    enrolled: Mapping[str, tuple[str, int]],
    said: Container[str],
    round_: int,
) -> list[pb.Member]:
    """What an administrator is told of each site.

    Args:
        sites: Names, in the agreed order.
        members: Their sessions.
        enrolled: Network and number of samples of those that have chosen.
        said: Who has spoken in the open round.
        round_: The open round.
    """
    epochs = members.epochs()
    return [
        pb.Member(
            site=site,
            epoch=epochs[site],
            live=members.is_live(site),
            contributed=round_ if site in said else 0,
            network=enrolled[site][0] if site in enrolled else "",
            instance=members.instance(site),
        )
        for site in sites
    ]
