"""What an aggregator must know to go on after it was killed at any moment: a folder of a few files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from fedkd.errors import DamagedRunError
from fedkd.files import disk_errors, write_whole
from fedkd.learning import Arrays
from fedkd.record.checkpoint import Checkpoint, newest, write_checkpoint
from fedkd.runtime.deploy.inbox import Inbox

FACTS = "aggregator.json"


@dataclass(frozen=True)
class Facts:
    """The small part.

    Attributes:
        agreement: Digest of what all ends agreed on; another one is another run.
        phase: `gathering`, `running`, `finished` or `aborted`.
        reason: Why it was aborted.
        epochs: Of each site.
        enrolled: Network as JSON and number of samples, of each site that has chosen.
        lists: Networks as JSON among which each site may choose, once they are listed.
    """

    agreement: str
    phase: str = "gathering"
    reason: str = ""
    epochs: Mapping[str, int] = field(default_factory=dict)
    enrolled: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Ledger:
    """The folder.

    Args:
        folder: Made where absent.
        agreement: Digest of what all ends agreed on.

    Raises:
        DamagedRunError: A file is damaged, or of a run with another agreement.
    """

    def __init__(self, folder: Path, agreement: str) -> None:
        self.folder = folder
        self.inbox = Inbox(folder / "inbox")
        self._path, self._checkpoints = folder / FACTS, folder / "checkpoints"
        with disk_errors(folder):
            self._checkpoints.mkdir(parents=True, exist_ok=True)
        self.facts = self._read() if self._path.exists() else Facts(agreement)
        if self.facts.agreement != agreement:
            what = f"'{folder}' holds a federation with another agreement ({self.facts.agreement}, not {agreement})"
            raise DamagedRunError(what, "give this federation a folder of its own, or restore its configuration")

    def write(self, facts: Facts) -> None:
        """Keep the facts.

        Raises:
            DiskError: They cannot be written; the old ones stay.
        """
        write_whole(self._path, json.dumps(asdict(facts), indent=1).encode())
        self.facts = facts

    def save(self, round_: int, arrays: Arrays) -> None:
        """Keep what a closed round left behind.

        Raises:
            DiskError: It cannot be written; the round is still open then.
        """
        write_checkpoint(self._checkpoints, Checkpoint(round_, arrays, {}, {}))

    def newest(self) -> Checkpoint | None:
        """The last closed round.

        Raises:
            DamagedRunError: It cannot be read.
        """
        return newest(self._checkpoints)

    def _read(self) -> Facts:
        try:
            plain = json.loads(self._path.read_bytes())
            enrolled = {site: (str(spec), int(samples)) for site, (spec, samples) in plain["enrolled"].items()}
            lists = {site: tuple(map(str, specs)) for site, specs in plain["lists"].items()}
            epochs = {site: int(epoch) for site, epoch in plain["epochs"].items()}
            return Facts(str(plain["agreement"]), str(plain["phase"]), str(plain["reason"]), epochs, enrolled, lists)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedRunError(f"'{self._path}' cannot be read ({error})", "restore it, or start anew") from error
