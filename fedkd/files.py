"""Files that are whole or absent, and disk errors that say what to do."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fedkd.errors import DiskError

_CAUSES = {
    errno.ENOSPC: ("the disk is full", "free some space, then start or resume the run"),
    errno.EDQUOT: ("the disk quota is used up", "free some space, then start or resume the run"),
    errno.EFBIG: ("the file would pass the limit of its size", "raise the limit, then start or resume the run"),
    errno.EACCES: ("permission is denied", "choose another place with run.dir=PATH"),
    errno.EPERM: ("permission is denied", "choose another place with run.dir=PATH"),
    errno.EROFS: ("the file system is read-only", "choose another place with run.dir=PATH"),
    errno.ENOTDIR: ("a part of the path is a file", "choose another place with run.dir=PATH"),
    errno.EEXIST: ("a file is in the way", "choose another place with run.dir=PATH"),
    errno.ENOENT: ("it cannot be made there", "choose another place with run.dir=PATH"),
    errno.ENAMETOOLONG: ("its name is too long", "choose another place with run.dir=PATH"),
}


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's errors into ours."""
    try:
        yield
    except OSError as error:
        cause, fix = _CAUSES.get(error.errno or 0, (str(error), "check the path and the disk"))
        raise DiskError(f"'{path}' cannot be written because {cause}", fix) from error


def write_whole(path: Path, data: bytes, private: bool = False) -> None:
    """Write a file so that a reader, or a crash at any moment, sees the old one or the new one.

    Args:
        path: The file.
        data: All of it.
        private: Whether at no moment anybody but the owner may read it.

    Raises:
        DiskError: It cannot be written; nothing is left behind.
    """
    partial = path.with_name(path.name + ".partial")
    with disk_errors(path):
        if private:
            # A file that is there already would keep its mode, and whoever has it open would read along.
            partial.unlink(missing_ok=True)
        try:
            with open(partial, "xb" if private else "wb", opener=_owners if private else None) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except OSError:
            partial.unlink(missing_ok=True)
            raise


def _owners(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
