"""Files of a kit: who may read its keys, and whether there is space for its state."""

from __future__ import annotations

import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fedkd.doctor.finding import Finding
from fedkd.errors import DiskError
from fedkd.kits import STATE
from fedkd.runtime.identity.credentials import KEY
from fedkd.runtime.identity.node_key import NODE_KEY

LEAST_BYTES, FEW_BYTES = 200e6, 2e9


def check_modes(folder: Path) -> Iterator[Finding]:
    """Whether nobody but the owner may read keys."""
    keys = [path for path in (folder / KEY, folder / NODE_KEY) if path.exists()]
    open_ = [path for path in keys if stat.S_IMODE(path.stat().st_mode) & 0o077]
    for path in open_:
        mode = stat.S_IMODE(path.stat().st_mode)
        yield Finding("keys", "failed", f"{path} has the mode {mode:o}, others may read it", f"chmod 600 '{path}'")
    if not open_:
        yield Finding("keys", "ok", "only their owner may read them")


def check_disk(folder: Path, free_bytes: float | None = None) -> Iterator[Finding]:
    """Whether the state folder can be written, and has space.

    Args:
        folder: The kit.
        free_bytes: Space; what the file system says if None.

    Raises:
        DiskError: It cannot be written.
    """
    state = folder / STATE
    try:
        state.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=state) as probe:
            probe.write(b"probe")
    except OSError as error:
        what = f"'{state}' cannot be written ({error.strerror})"
        raise DiskError(what, "give the folder to the user who runs this") from error
    free = shutil.disk_usage(state).free if free_bytes is None else free_bytes
    if free >= FEW_BYTES:
        yield Finding("disk", "ok", f"{free / 1e9:.1f} GB are free for {state}")
    else:
        yield Finding(
            "disk",
            "failed" if free < LEAST_BYTES else "warning",
            f"{free / 1e9:.2f} GB are free for {state}",
            "free some space",
        )
