"""Sites, rounds, evaluation, checkpoints: the loop that every runtime runs."""

from fedkd.federation.aggregation import Aggregation
from fedkd.federation.assemble import assemble, make_exchange
from fedkd.federation.conditions import Conditions
from fedkd.federation.exchange import Exchange
from fedkd.federation.federation import Federation
from fedkd.federation.parts import Parts
from fedkd.federation.round_report import RoundReport
from fedkd.federation.schedule import Buffered, Closing, Schedule, Synchronous
from fedkd.federation.searching import Searched, SiteTrials, search
from fedkd.federation.self_evaluation import TEST, SelfEvaluation
from fedkd.federation.snapshot import restore, snapshot, snapshot_specs
from fedkd.federation.worker import Part, SiteWorker

__all__ = [
    "TEST",
    "Aggregation",
    "Buffered",
    "Closing",
    "Conditions",
    "Exchange",
    "Federation",
    "Part",
    "Parts",
    "RoundReport",
    "Schedule",
    "Searched",
    "SelfEvaluation",
    "SiteTrials",
    "SiteWorker",
    "Synchronous",
    "assemble",
    "make_exchange",
    "restore",
    "search",
    "snapshot",
    "snapshot_specs",
]
