"""`python -m fedkd.distributed.tether PARENT COMMAND...`: becomes a command that ends when its parent does.

What runs between a fork and the new program, as `preexec_fn` does, may not be done in a process that gRPC has threads
in: one child in twenty aborts. So a program of its own says it to the kernel, and then becomes the command.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1


def tethered(command: Sequence[str]) -> list[str]:
    """A command that becomes this one; on systems without such a thing, the command itself."""
    if sys.platform != "linux":
        return list(command)
    return [sys.executable, "-m", __name__, str(os.getpid()), *command]


def main(parent: int, command: Sequence[str]) -> None:
    """Become the command, unless the parent is gone already."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == parent:
        os.execvp(command[0], list(command))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
