"""Sites, rounds, evaluation, checkpoints: the loop that every runtime runs."""

from fedkd.federation.assemble import assemble
from fedkd.federation.conditions import Conditions
from fedkd.federation.federation import Federation
from fedkd.federation.parts import Parts
from fedkd.federation.round_report import RoundReport
from fedkd.federation.schedule import Buffered, Closing, Schedule, Synchronous
from fedkd.federation.searching import Searched, search
from fedkd.federation.snapshot import restore, snapshot, snapshot_specs

__all__ = [
    "Buffered",
    "Closing",
    "Conditions",
    "Federation",
    "Parts",
    "RoundReport",
    "Schedule",
    "Searched",
    "Synchronous",
    "assemble",
    "restore",
    "search",
    "snapshot",
    "snapshot_specs",
]
