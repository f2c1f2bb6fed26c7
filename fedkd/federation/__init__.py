"""Sites, rounds, evaluation, checkpoints: the loop that every runtime runs."""

from fedkd.federation.assemble import assemble
from fedkd.federation.federation import Federation, RoundReport
from fedkd.federation.parts import Parts
from fedkd.federation.searching import Searched, search
from fedkd.federation.snapshot import restore, snapshot, snapshot_specs

__all__ = [
    "Federation",
    "Parts",
    "RoundReport",
    "Searched",
    "assemble",
    "restore",
    "search",
    "snapshot",
    "snapshot_specs",
]
