"""The run directory: everything that happened, enough to resume bit for bit and to report."""

from __future__ import annotations

import contextlib
import json
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fedkd.errors import DamagedRunError, DiskError, NotARunError, RunExistsError
from fedkd.files import disk_errors, write_whole
from fedkd.record.checkpoint import Checkpoint, checkpoints, newest, write_checkpoint
from fedkd.record.journal import Events, Table

CONFIG = "config.yaml"


class Run:
    """One run directory.

    `config.yaml`, `manifest.json`, `events.jsonl`, `metrics.csv` (only what the seed determines), `timings.csv`,
    `search.json`, `checkpoints/`, `networks/`, `plots/`, `summary.json`.

    Args:
        path: The directory; it exists.
        made: Folders that were made for it, itself first.
    """

    def __init__(self, path: Path, made: Sequence[Path] = ()) -> None:
        self.path = path
        self._made = made
        self.events = Events(path / "events.jsonl")
        self.metrics = Table(path / "metrics.csv")
        self.timings = Table(path / "timings.csv")
        self.checkpoints = self.folder("checkpoints")

    def folder(self, name: str) -> Path:
        """A folder within the run directory, made where absent."""
        with disk_errors(self.path / name):
            (self.path / name).mkdir(exist_ok=True)
        return self.path / name

    @classmethod
    def create(cls, path: Path, config: str) -> Run:
        """Make a new run directory.

        Args:
            path: Where; must be absent or empty.
            config: The scenario as YAML.

        Raises:
            RunExistsError: The directory holds something.
            DiskError: It cannot be made; nothing is left behind.
        """
        with disk_errors(path):
            if path.is_dir() and any(path.iterdir()):
                raise RunExistsError(
                    f"the run directory '{path}' is not empty",
                    f"continue it with {shlex.quote(f'resume={path}')}, or choose another with run.dir=PATH",
                )
            made = [folder for folder in (path, *path.parents) if not folder.exists()]
        try:
            with disk_errors(path):
                path.mkdir(parents=True, exist_ok=True)
            write_whole(path / CONFIG, config.encode())
            return cls(path, made)
        except DiskError:
            _remove(path, made)
            raise

    def discard_unbegun(self) -> None:
        """Remove what `create` made, unless a round is on record: there is nothing to resume."""
        if not checkpoints(self.checkpoints):
            _remove(self.path, self._made)

    @classmethod
    def open(cls, path: Path) -> Run:
        """Open a run directory to resume or report it.

        Raises:
            NotARunError: There is no run.
        """
        if not is_run(path):
            raise NotARunError(f"'{path}' holds no run", "give the directory that an earlier run printed")
        return cls(path)

    @property
    def config(self) -> str:
        """The scenario as YAML.

        Raises:
            DamagedRunError: It cannot be read.
        """
        return self._text(CONFIG)

    def write_json(self, name: str, content: Mapping[str, object]) -> None:
        """Write one JSON file, whole or not at all."""
        write_whole(self.path / name, (json.dumps(content, indent=2) + "\n").encode())

    def read_json(self, name: str) -> dict[str, Any]:
        """Read one JSON file.

        Raises:
            DamagedRunError: It is absent or not JSON.
        """
        try:
            content: dict[str, Any] = json.loads(self._text(name))
        except ValueError as error:
            raise _damaged(self.path / name, error) from error
        return content

    def _text(self, name: str) -> str:
        try:
            return (self.path / name).read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise _damaged(self.path / name, error) from error

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
        journals = {"events": self.events, "metrics": self.metrics, "timings": self.timings}
        # All are looked at before any is cut: a damaged run stays as it is.
        for name, journal in journals.items():
            journal.require(lengths.get(name, 0))
        for name, journal in journals.items():
            journal.cut(lengths.get(name, 0))
        return checkpoint

    def record_round(
        self, rows: Sequence[Mapping[str, object]], timing: Mapping[str, object], facts: Mapping[str, object]
    ) -> None:
        """Append one round to the journals."""
        self.metrics.append_rows(rows)
        self.timings.append_rows([timing])
        self.events.append_event("round", round=rows[0]["round"], **facts)


def is_run(path: Path) -> bool:
    """Whether a run was begun there."""
    try:
        return (path / CONFIG).is_file()
    except OSError:  # no path at all, such as a name that is too long
        return False


def _damaged(path: Path, error: Exception) -> DamagedRunError:
    return DamagedRunError(f"'{path}' cannot be read ({error})", "restore the file or start a new run")


def _remove(path: Path, made: Sequence[Path]) -> None:
    with contextlib.suppress(OSError):
        for entry in path.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink()
    for folder in made:
        with contextlib.suppress(OSError):
            folder.rmdir()
