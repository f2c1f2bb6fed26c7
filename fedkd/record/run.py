"""The run directory: everything that happened, enough to resume bit for bit and to report."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fedkd.errors import DamagedRunError, NotARunError, RunExistsError
from fedkd.record.checkpoint import Checkpoint, newest, write_checkpoint
from fedkd.record.files import disk_errors, write_whole
from fedkd.record.journal import Events, Table

CONFIG = "config.yaml"


class Run:
    """One run directory.

    `config.yaml`, `manifest.json`, `events.jsonl`, `metrics.csv` (only what the seed determines), `timings.csv`,
    `search.json`, `checkpoints/`, `plots/`, `summary.json`.

    Args:
        path: The directory; it exists.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.events = Events(path / "events.jsonl")
        self.metrics = Table(path / "metrics.csv")
        self.timings = Table(path / "timings.csv")
        self.checkpoints = path / "checkpoints"
        with disk_errors(self.checkpoints):
            self.checkpoints.mkdir(exist_ok=True)

    @classmethod
    def create(cls, path: Path, config: str) -> Run:
        """Make a new run directory.

        Args:
            path: Where; must be absent or empty.
            config: The scenario as YAML.

        Raises:
            RunExistsError: The directory holds something.
            DiskError: It cannot be made.
        """
        if path.is_dir() and any(path.iterdir()):
            raise RunExistsError(
                f"the run directory '{path}' is not empty",
                f"choose another with run.dir=PATH, or continue it with resume={path}",
            )
        with disk_errors(path):
            path.mkdir(parents=True, exist_ok=True)
        write_whole(path / CONFIG, config.encode())
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> Run:
        """Open a run directory to resume or report it.

        Raises:
            NotARunError: There is no run.
        """
        if not (path / CONFIG).is_file():
            raise NotARunError(f"'{path}' holds no run", "give the directory that an earlier run printed")
        return cls(path)

    @property
    def config(self) -> str:
        """The scenario as YAML."""
        return (self.path / CONFIG).read_text()

    def write_json(self, name: str, content: Mapping[str, object]) -> None:
        """Write one JSON file, whole or not at all."""
        write_whole(self.path / name, (json.dumps(content, indent=2) + "\n").encode())

    def read_json(self, name: str) -> dict[str, Any]:
        """Read one JSON file.

        Raises:
            DamagedRunError: It is absent or not JSON.
        """
        try:
            content: dict[str, Any] = json.loads((self.path / name).read_text())
        except (OSError, ValueError) as error:
            raise DamagedRunError(
                f"'{self.path / name}' cannot be read ({error})", "restore the file or start a new run"
            ) from error
        return content

    def save(self, round_: int, arrays: Mapping[str, object], totals: dict[str, float]) -> None:
        """Write a checkpoint after a round."""
        lengths = {
            "events": self.events.size(),
            "metrics": self.metrics.size(),
            "timings": self.timings.size(),
        }
        write_checkpoint(self.checkpoints, Checkpoint(round_, dict(arrays), lengths, totals))  # type: ignore[arg-type]

    def rewind(self) -> Checkpoint | None:
        """Go back to the newest checkpoint: the journals forget what came after it.

        Returns:
            The checkpoint, or None where the run died before its first; the journals are then empty.
        """
        checkpoint = newest(self.checkpoints)
        lengths = checkpoint.lengths if checkpoint else {}
        for name, journal in (("events", self.events), ("metrics", self.metrics), ("timings", self.timings)):
            journal.cut(lengths.get(name, 0))
        return checkpoint

    def record_round(
        self, rows: Sequence[Mapping[str, object]], timing: Mapping[str, object], facts: Mapping[str, object]
    ) -> None:
        """Append one round to the journals."""
        self.metrics.append_rows(rows)
        self.timings.append_rows([timing])
        self.events.append_event("round", round=rows[0]["round"], **facts)
