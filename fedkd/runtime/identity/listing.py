"""The file of the list of members: names and the fingerprints of their certificates, as JSON."""

from __future__ import annotations

import fcntl
import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from fedkd.errors import DeployError, OutOfRangeError
from fedkd.files import disk_errors, write_whole
from fedkd.runtime.identity.names import is_name

Listed = Mapping[str, tuple[str, ...]]
"""Fingerprints by name."""

_FINGERPRINT = re.compile("[0-9a-f]{64}")


def checked_fingerprint(fingerprint: str) -> str:
    """The fingerprint itself.

    Raises:
        OutOfRangeError: It is none.
    """
    if not _FINGERPRINT.fullmatch(fingerprint):
        raise OutOfRangeError(f"{fingerprint!r} is no SHA-256 fingerprint", "give 64 hexadecimal digits, 0-9 and a-f")
    return fingerprint


def stamp(path: Path) -> tuple[int, ...]:
    """What changes whenever the list does.

    Raises:
        DeployError: There is no list.
    """
    try:
        return _stamp(path.stat())
    except OSError as error:
        raise _unreadable(path, error) from error


def read_list(path: Path) -> tuple[tuple[int, ...], Listed]:
    """Its stamp and content.

    Raises:
        DeployError: It is missing or damaged.
    """
    try:
        with path.open("rb") as file:
            read = _stamp(os.fstat(file.fileno()))
            return read, _checked(json.loads(file.read(), object_pairs_hook=_once))
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path, error) from error


def write_list(path: Path, listed: Listed) -> None:
    """Write it, whole or not at all.

    Raises:
        DiskError: It cannot be written.
    """
    content = {name: list(fingerprints) for name, fingerprints in sorted(listed.items())}
    write_whole(path, (json.dumps(content, indent=2) + "\n").encode())


@contextmanager
def writing(path: Path, patience_s: float = 10.0) -> Iterator[None]:
    """One writer at a time, whichever process it is in: of two changes at once, none may get lost.

    Raises:
        DeployError: Another one has been writing all the time.
        DiskError: The file of the lock, beside the list, cannot be made.
    """
    lock = path.with_name(path.name + ".lock")
    with disk_errors(lock):
        file = lock.open("ab")
    with file:
        last = time.monotonic() + patience_s
        while not _locked(file.fileno()):
            if time.monotonic() >= last:
                raise DeployError(f"'{path}' has been in use for {patience_s:g} s", "end the program that holds it")
            time.sleep(0.01)
        yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    # A list that is replaced by one of its size within a tick of the clock still is another file.
    return status.st_mtime_ns, status.st_size, status.st_ino


def _checked(content: object) -> Listed:
    if not isinstance(content, dict):
        raise ValueError("it is no mapping of names to fingerprints")
    for name, fingerprints in content.items():
        if not is_name(name):
            raise ValueError(f"{name!r} is no name")
        if not isinstance(fingerprints, list) or not all(map(_is_fingerprint, fingerprints)):
            raise ValueError(f"the fingerprints of {name!r} are no list of 64 hexadecimal digits each")
    return {name: tuple(fingerprints) for name, fingerprints in content.items()}


def _is_fingerprint(value: object) -> bool:
    return isinstance(value, str) and _FINGERPRINT.fullmatch(value) is not None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("a name stands there twice")
    return content


def _unreadable(path: Path, error: Exception) -> DeployError:
    return DeployError(
        f"the list of members '{path}' cannot be read ({error}), so nobody is let in",
        "restore it, or allow every member anew in another one",
    )
