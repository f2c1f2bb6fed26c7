"""What a site must know to go on after it was killed at any moment: its network and its state, on its own disk."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from fedkd.errors import DamagedRunError
from fedkd.federation import Part
from fedkd.files import disk_errors, write_whole
from fedkd.knowledge import Kind
from fedkd.learning import Arrays
from fedkd.record.checkpoint import Checkpoint, newest, write_checkpoint

_SAID = "said"


@dataclass(frozen=True)
class Chosen:
    """The outcome of the site's search.

    Attributes:
        agreement: Of the federation that it was made for.
        spec: An ArchSpec in JSON.
        cpu_s: CPU seconds that it took.
    """

    agreement: str
    spec: str
    cpu_s: float


@dataclass(frozen=True)
class Said:
    """What a site said in a round.

    Attributes:
        parts: Encoded knowledge.
        figures: Its own, for the record.
    """

    parts: Sequence[Part]
    figures: Mapping[str, float]


@dataclass(frozen=True)
class Kept:
    """A state of a site.

    Attributes:
        absorbed: The last round that it took in.
        arrays: All that the next round depends on.
        said: What it said in the round after, once it has trained.
    """

    absorbed: int
    arrays: Arrays
    said: Said | None


class SiteStore:
    """A folder of a few files. Weights and data never leave it but in messages.

    Args:
        folder: Made where absent.
    """

    def __init__(self, folder: Path) -> None:
        self._choice, self._states = folder / "network.json", folder / "states"
        with disk_errors(folder):
            self._states.mkdir(parents=True, exist_ok=True)

    def chosen(self, agreement: str) -> Chosen | None:
        """What was chosen for this federation, or None.

        Raises:
            DamagedRunError: The file is damaged.
        """
        if not self._choice.exists():
            return None
        try:
            found = Chosen(**json.loads(self._choice.read_bytes()))
        except (OSError, ValueError, TypeError) as error:
            raise DamagedRunError(f"'{self._choice}' cannot be read ({error})", "delete it to search again") from error
        return found if found.agreement == agreement else None

    def choose(self, chosen: Chosen) -> None:
        """Keep a choice; states of other networks are no use any more."""
        for path in self._states.iterdir():
            path.unlink()
        write_whole(self._choice, json.dumps(asdict(chosen)).encode())

    def save(self, kept: Kept) -> None:
        """Keep a state: after a round was taken in, and after the training that follows.

        Raises:
            DiskError: It cannot be written; older states stay.
        """
        parts = () if kept.said is None else kept.said.parts
        said = {f"{_SAID}:{part.kind.value}": np.frombuffer(part.data, np.uint8) for part in parts}
        figures = {} if kept.said is None else dict(kept.said.figures)
        number = 2 * kept.absorbed + (kept.said is not None)
        write_checkpoint(self._states, Checkpoint(number, {**kept.arrays, **said}, {}, figures))

    def newest(self) -> Kept | None:
        """The state that was kept last.

        Raises:
            DamagedRunError: It cannot be read.
        """
        if (found := newest(self._states)) is None:
            return None
        said = {key: array for key, array in found.arrays.items() if key.startswith(f"{_SAID}:")}
        parts = [Part(Kind(key.partition(":")[2]), array.tobytes()) for key, array in said.items()]
        arrays = {key: array for key, array in found.arrays.items() if key not in said}
        absorbed, trained = divmod(found.round_, 2)
        return Kept(absorbed, arrays, Said(parts, found.totals) if trained else None)
