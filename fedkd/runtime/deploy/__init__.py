"""Deployment: an aggregator that serves sites over gRPC, and the session of a site.

The parts that a scenario has no say in; `fedkd.deployment` puts them together.
"""

from fedkd.runtime.deploy.desk import Desk
from fedkd.runtime.deploy.hosting import Door, Hosted, host
from fedkd.runtime.deploy.ledger import Ledger
from fedkd.runtime.deploy.participant import Member, Participant
from fedkd.runtime.deploy.plan import Plan
from fedkd.runtime.deploy.rules import Rules
from fedkd.runtime.deploy.session import Patience, Session
from fedkd.runtime.deploy.site_store import SiteStore

__all__ = [
    "Desk",
    "Door",
    "Hosted",
    "Ledger",
    "Member",
    "Participant",
    "Patience",
    "Plan",
    "Rules",
    "Session",
    "SiteStore",
    "host",
]
