"""What sites said in the open round, on disk before they are told that it was accepted."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fedkd.errors import DamagedRunError
from fedkd.files import disk_errors, write_whole
from fedkd.knowledge import Kind
from fedkd.wire.service.stream import Piece

_ANSWERED = ".answered"
"""No site has a dot in its name."""


@dataclass(frozen=True)
class Contribution:
    """What a site said in a round.

    Attributes:
        pieces: Encoded knowledge.
        figures: The site's own, for the record.
    """

    pieces: tuple[Piece, ...]
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Tells whether the same was said again."""
        digest = hashlib.blake2b(digest_size=16)
        for piece in self.pieces:
            digest.update(f"{piece.kind} {len(piece.data)};".encode())
            digest.update(piece.data)
        return digest.hexdigest()

    @property
    def _checksum(self) -> str:
        """Of everything, to tell whether a file is whole."""
        figures = json.dumps(dict(self.figures), sort_keys=True)
        return hashlib.blake2b(f"{self.digest} {figures}".encode(), digest_size=16).hexdigest()

    def to_bytes(self) -> bytes:
        """A line that says what comes, and the pieces."""
        about = {
            "pieces": [[piece.kind, len(piece.data)] for piece in self.pieces],
            "figures": dict(self.figures),
            "checksum": self._checksum,
        }
        return b"".join([json.dumps(about).encode(), b"\n", *(piece.data for piece in self.pieces)])

    @classmethod
    def from_bytes(cls, data: bytes) -> Contribution:
        """Undo of `to_bytes`.

        Raises:
            ValueError: It is none, or damaged.
        """
        line, rest = data.split(b"\n", 1)
        about, pieces, start = json.loads(line), [], 0
        for kind, size in about["pieces"]:
            pieces.append(Piece(int(kind), rest[start : start + size]))
            start += size
        found = cls(tuple(pieces), about["figures"])
        if start != len(rest) or found._checksum != about["checksum"]:
            raise ValueError("its checksum is wrong")
        return found


class Inbox:
    """One file a site in a folder a round.

    Args:
        folder: Made where absent.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, round_: int, site: str, contribution: Contribution) -> None:
        """Keep what a site said.

        Raises:
            DiskError: It cannot be written; nothing is kept.
        """
        place = self._place(round_)
        with disk_errors(place):
            place.mkdir(parents=True, exist_ok=True)
        write_whole(place / site, contribution.to_bytes())

    def read(self, round_: int, sites: Sequence[str]) -> dict[str, Contribution]:
        """What was said in a round.

        Raises:
            DamagedRunError: A file is damaged.
        """
        place, found = self._place(round_), {}
        for path in (place / site for site in sites if (place / site).exists()):
            try:
                found[path.name] = Contribution.from_bytes(path.read_bytes())
            except (OSError, ValueError, KeyError, TypeError) as error:
                fix = "delete it, and the site sends it again"
                raise DamagedRunError(f"'{path}' cannot be read ({error})", fix) from error
        return found

    def note_answered(self, round_: int, site: str, holds: Mapping[Kind, int]) -> None:
        """Keep that a site was answered in a round, and against what: its next words may be coded against the answer.

        Raises:
            DiskError: It cannot be written.
        """
        place = self._place(round_)
        with disk_errors(place):
            place.mkdir(parents=True, exist_ok=True)
        held = {kind.value: digest for kind, digest in holds.items()}
        write_whole(place / f"{site}{_ANSWERED}", json.dumps(held).encode())

    def answered(self, round_: int) -> dict[str, dict[Kind, int]]:
        """Who was answered in a round, and what both ends held of each kind before.

        Raises:
            DamagedRunError: A file is damaged.
        """
        found = {}
        for path in sorted(self._place(round_).glob(f"*{_ANSWERED}")):
            try:
                held = {Kind(kind): int(digest) for kind, digest in json.loads(path.read_bytes()).items()}
            except (OSError, ValueError, AttributeError, TypeError) as error:
                raise DamagedRunError(f"'{path}' cannot be read ({error})", "restore it, or start anew") from error
            found[path.name.removesuffix(_ANSWERED)] = held
        return found

    def drop(self, round_: int) -> None:
        """Forget a round that is closed, and what a crash left of older ones."""
        for place in self.folder.glob("round-*"):
            if place.name <= self._place(round_).name:
                shutil.rmtree(place, ignore_errors=True)

    def _place(self, round_: int) -> Path:
        return self.folder / f"round-{round_:05d}"
