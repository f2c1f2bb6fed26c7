"""Files that grow by lines and can be cut back to where a checkpoint left them."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from fedkd.errors import DamagedRunError
from fedkd.files import disk_errors


class Journal:
    """Appends text, and knows its length in bytes.

    Args:
        path: The file; made where absent.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with disk_errors(path):
            path.touch()

    def append(self, text: str) -> None:
        """Append and hand to the disk: what a checkpoint counts must be there before the checkpoint is."""
        before = self.size()
        with disk_errors(self.path):
            try:
                with self.path.open("ab") as file:
                    file.write(text.encode())
                    file.flush()
                    os.fsync(file.fileno())
            except OSError:
                # Half a line would take the next one with it.
                os.truncate(self.path, before)
                raise

    def mend(self) -> None:
        """Cut off half a line that a crash of the machine left."""
        with disk_errors(self.path):
            whole = self.path.read_bytes()
            os.truncate(self.path, whole.rfind(b"\n") + 1)

    def size(self) -> int:
        """Length in bytes."""
        return self.path.stat().st_size

    def require(self, size: int) -> None:
        """Check that there are `size` bytes.

        Raises:
            DamagedRunError: The file is shorter than that.
        """
        if self.size() < size:
            raise DamagedRunError(
                f"'{self.path}' is shorter than its checkpoint says", "restore the file or start a new run"
            )

    def cut(self, size: int) -> None:
        """Forget everything after `size` bytes.

        Raises:
            DamagedRunError: The file is shorter than that.
        """
        self.require(size)
        with disk_errors(self.path):
            os.truncate(self.path, size)


class Table(Journal):
    """A CSV file with a header that its first row decides.

    Args:
        path: The file.
    """

    def append_rows(self, rows: Sequence[Mapping[str, object]]) -> None:
        """Append rows that all have the same keys."""
        head = "" if self.size() else ",".join(rows[0]) + "\n"
        self.append(head + "".join(",".join(map(_cell, row.values())) + "\n" for row in rows))


def read_metrics(run: Path) -> list[dict[str, str]]:
    """Rows of a run's `metrics.csv`."""
    with (run / "metrics.csv").open(newline="") as file:
        return list(csv.DictReader(file))


class Events(Journal):
    """A JSON-lines file: one event a line.

    Args:
        path: The file.
    """

    def append_event(self, kind: str, **facts: object) -> None:
        """Append one event."""
        self.append(json.dumps({"event": kind, **facts}, separators=(",", ":")) + "\n")


def _cell(value: object) -> str:
    if value is None:
        return ""
    # repr() of a float is the shortest text that reads back as the same bits.
    return repr(value) if isinstance(value, float) else str(value)
