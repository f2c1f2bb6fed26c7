"""Files of data: they are there, they are not absurdly large, and their contents are as long as they say."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from fedkd.errors import UnreadableDataError

# Several times CIFAR or MNIST in float32 (0.7 and 0.2 GiB). A file that declares more is damaged or hostile.
MAX_BYTES = 4 * 1024**3
_CHUNK = 1024**2


def require_file(path: Path) -> Path:
    """Raises UnreadableDataError unless `path` is a file of at most MAX_BYTES."""
    if not path.is_file():
        raise UnreadableDataError(f"there is no file {path}", "check the path of the source, or fetch the data first")
    require_size(path, path.stat().st_size)
    return path


def require_folder(path: Path) -> Path:
    """Raises UnreadableDataError unless `path` is a folder."""
    if not path.is_dir():
        raise UnreadableDataError(f"there is no folder {path}", "check the path of the source, or fetch the data first")
    return path


def read_bytes(path: Path) -> bytes:
    """Reads a whole file of at most MAX_BYTES, or raises UnreadableDataError."""
    try:
        return require_file(path).read_bytes()
    except OSError as error:
        raise UnreadableDataError(f"{path} cannot be read ({error})", "check its permissions") from error


def entries(folder: Path) -> list[Path]:
    """What lies in a folder, by name, or raises UnreadableDataError."""
    try:
        return sorted(require_folder(folder).iterdir())
    except OSError as error:
        raise UnreadableDataError(f"{folder} cannot be read ({error})", "check its permissions") from error


def require_size(path: Path, size: int) -> None:
    """Raises UnreadableDataError if `size` bytes are more than MAX_BYTES."""
    if size > MAX_BYTES:
        raise UnreadableDataError(
            f"{path} declares {size} bytes of data, more than the limit of {MAX_BYTES}",
            "use a smaller or intact file",
        )


def read_rest(stream: BinaryIO, size: int, path: Path) -> bytes:
    """Reads the last `size` bytes of a stream, in chunks, so that memory grows with what is really there.

    Raises:
        UnreadableDataError: There are fewer bytes, or more.
    """
    require_size(path, size)
    parts: list[bytes] = []
    found = 0
    while found <= size and (part := stream.read(min(_CHUNK, size + 1 - found))):
        parts.append(part)
        found += len(part)
    if found != size:
        raise UnreadableDataError(
            f"{path} declares {size} bytes of data, but holds {'more' if found > size else found}",
            "fetch it again",
        )
    return b"".join(parts)
