"""`fedkd site`, in whose process something goes wrong: `python -m tests.e2e.disturbed [OPTIONS] site KIT ...`.

Options:
    --pause S: Every round takes so many seconds longer.
    --hold ROUND S: In this round nothing else of the process runs for so many seconds. The interpreter is held, as by
        an extension module that does not let go of it.
"""

from __future__ import annotations

import argparse
import ctypes
import sys
import time

from fedkd.cli import main
from fedkd.federation import SiteWorker


def _disturb(pause_s: float, hold: tuple[int, int]) -> None:
    step = SiteWorker.step

    def disturbed(self: SiteWorker, round_: int):
        time.sleep(pause_s)
        if round_ == hold[0]:
            # Of a library that is called through PyDLL no thread gets the interpreter back.
            ctypes.PyDLL(None).sleep(hold[1])
        return step(self, round_)

    SiteWorker.step = disturbed  # type: ignore[method-assign]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--hold", type=int, nargs=2, default=(0, 0))
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    _disturb(options.pause, tuple(options.hold))
    sys.argv = ["fedkd", *options.command]
    main()
