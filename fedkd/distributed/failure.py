"""An error of another process, left in a file for whoever started it."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from fedkd.errors import FedkdError, error_of
from fedkd.files import write_whole

_FILE = "failure.json"


def leave(folder: Path, error: FedkdError) -> None:
    """Leave an error."""
    write_whole(folder / _FILE, json.dumps([error.code, error.what, error.fix]).encode())


def forget(folder: Path) -> None:
    """Forget what an earlier process left."""
    (folder / _FILE).unlink(missing_ok=True)


def find(folder: Path) -> FedkdError | None:
    """The error that was left, if there is one."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        return error_of(*json.loads((folder / _FILE).read_bytes()))
    return None
