"""What sites said in the open round, on disk before they are told that it was accepted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fedkd.errors import CorruptMessageError, TooLargeError
from fedkd.knowledge import Kind
from fedkd.runtime.deploy.records import Record, Records
from fedkd.wire.buffer import Buffer
from fedkd.wire.service.stream import Piece

_MOST_FIGURES, _LONGEST_NAME = 32, 64


@dataclass(frozen=True)
class Contribution:
    """What a site said in a round.

    Attributes:
        pieces: Encoded knowledge.
        figures: The site's own, for the record.
    """

    pieces: tuple[Piece, ...]
    figures: Mapping[str, float] = field(default_factory=dict)


def read_figures(figures: Mapping[str, float]) -> dict[str, float]:
    """Figures that came with a message.

    Raises:
        TooLargeError: There are too many, or their names are too long.
        CorruptMessageError: One is no number.
    """
    if len(figures) > _MOST_FIGURES or any(len(name) > _LONGEST_NAME for name in figures):
        what = (
            f"a message has {len(figures)} figures, the limits are {_MOST_FIGURES}, and {_LONGEST_NAME} letters a name"
        )
        raise TooLargeError(what, "send fewer, or name them shorter")
    if not all(math.isfinite(value) for value in figures.values()):
        raise CorruptMessageError("a message has figures that are no numbers", "leave out what cannot be known")
    return dict(figures)


class Inbox:
    """Two files that take turns, one a round: what was said before outlives the checkpoint that makes it needless.

    Args:
        folder: Made where absent.
    """

    def __init__(self, folder: Path) -> None:
        self._files = (Records(folder / "even"), Records(folder / "odd"))
        self._rounds: dict[int, int] = {}

    def put(self, round_: int, said: Mapping[str, Contribution]) -> None:
        """Keep what sites said, all or none of it.

        Raises:
            DiskError: It cannot be written; nothing is kept.
        """
        self._append(
            round_,
            [
                Record(
                    {"site": site, "kinds": [piece.kind for piece in given.pieces], "figures": dict(given.figures)},
                    tuple(piece.data for piece in given.pieces),
                )
                for site, given in said.items()
            ],
        )

    def read(self, round_: int, sites: Sequence[str]) -> dict[str, Contribution]:
        """What was said in a round.

        Raises:
            DamagedRunError: The file is damaged.
        """
        found = {}
        for about, blobs in self._of(round_):
            if "kinds" in about and about["site"] in sites:
                pieces = tuple(Piece(kind, data) for kind, data in zip(about["kinds"], blobs, strict=True))
                found[about["site"]] = Contribution(pieces, about["figures"])
        return found

    def note(self, round_: int, holds: Mapping[str, Mapping[Kind, int]]) -> None:
        """Keep what answers were coded against in a round, where it is not all that sites should hold.

        What sites say next may be coded against such an answer.

        Raises:
            DiskError: It cannot be written.
        """
        self._append(
            round_,
            [
                Record({"site": site, "holds": {kind.value: digest for kind, digest in held.items()}})
                for site, held in holds.items()
            ],
        )

    def noted(self, round_: int) -> dict[str, dict[Kind, int]]:
        """Undo of `note`.

        Raises:
            DamagedRunError: The file is damaged.
        """
        return {
            about["site"]: {Kind(kind): digest for kind, digest in about["holds"].items()}
            for about, _ in self._of(round_)
            if "holds" in about
        }

    def _append(self, round_: int, records: Sequence[Record]) -> None:
        records = [Record({"round": round_, **record.about}, record.blobs) for record in records]
        file = self._files[round_ % 2]
        # What this process found or wrote it knows; a new one has to look.
        known = self._rounds.get(round_ % 2)
        file.append(records, anew=not self._of(round_) if known is None else known != round_)
        self._rounds[round_ % 2] = round_

    def _of(self, round_: int) -> list[tuple[Mapping[str, Any], tuple[Buffer, ...]]]:
        records = self._files[round_ % 2].read()
        return [(record.about, record.blobs) for record in records if record.about["round"] == round_]
