"""What a site must know to go on after it was killed at any moment: its network and its state, on its own disk."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from fedkd.errors import DamagedRunError
from fedkd.files import disk_errors, write_whole
from fedkd.learning import Arrays
from fedkd.record.checkpoint import Checkpoint, newest, write_checkpoint


@dataclass(frozen=True)
class Chosen:
    """The outcome of the site's search.

    Attributes:
        agreement: Of the federation that it was made for.
        spec: An ArchSpec in JSON.
    """

    agreement: str
    spec: str


class SiteStore:
    """A folder of a few files. Weights and data never leave it but in messages.

    Args:
        folder: Made where absent.
    """

    def __init__(self, folder: Path) -> None:
        self._choice, self._states = folder / "network.json", folder / "states"
        with disk_errors(folder):
            self._states.mkdir(parents=True, exist_ok=True)

    def chosen(self, agreement: str) -> str | None:
        """The network that was chosen for this federation, or None.

        Raises:
            DamagedRunError: The file is damaged.
        """
        if not self._choice.exists():
            return None
        try:
            found = Chosen(**json.loads(self._choice.read_bytes()))
        except (OSError, ValueError, TypeError) as error:
            raise DamagedRunError(f"'{self._choice}' cannot be read ({error})", "delete it to search again") from error
        return found.spec if found.agreement == agreement else None

    def choose(self, agreement: str, spec: str) -> None:
        """Keep the choice; states of other networks are no use any more."""
        for path in self._states.iterdir():
            path.unlink()
        write_whole(self._choice, json.dumps(asdict(Chosen(agreement, spec))).encode())

    def save(self, round_: int, arrays: Arrays) -> None:
        """Keep the state after what came down at the end of a round.

        Raises:
            DiskError: It cannot be written; older states stay.
        """
        write_checkpoint(self._states, Checkpoint(round_, arrays, {}, {}))

    def newest(self) -> Checkpoint | None:
        """The state that was kept last.

        Raises:
            DamagedRunError: It cannot be read.
        """
        return newest(self._states)
