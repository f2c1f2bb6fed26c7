"""The workload in fedkd, as a program that is watched like any other: the whole of `simulate`, nothing left out.

    python -m fedkd.bench.ours WORKLOAD.json METHOD PROCESSES [--breakdown]

Prints `round N` when a round is over and on disk, and `accuracy A` at the end; with --breakdown also
`share SECONDS NAME` for each part of the rounds.
"""

from __future__ import annotations

import cProfile
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from fedkd.runtime.forks import warm_up


def main(arguments: Sequence[str]) -> None:
    """Run the workload of a file, into the folder `run`."""
    # As `fedkd simulate` does.
    if arguments[2] != "1":
        warm_up()
    # Worker processes read this file too, and need none of it. `fedkd simulate` loads just as late.
    from fedkd.bench.announcer import Announcer
    from fedkd.bench.breakdown import shares
    from fedkd.bench.workload import Workload
    from fedkd.simulation import simulate

    file, method, processes = Path(arguments[0]), arguments[1], int(arguments[2])
    scenario = Workload(**json.loads(file.read_text())).scenario(method, processes, file.parent)
    if "--breakdown" in arguments:
        profile = cProfile.Profile(time.process_time)
        result = profile.runcall(simulate, scenario, Path("run"), Announcer())
        for share in shares(profile):
            print(f"share {share.seconds:.4f} {share.name}", flush=True)
    else:
        result = simulate(scenario, Path("run"), Announcer())
    accuracy = result.summary["global_accuracy"]
    assert isinstance(accuracy, dict)
    print(f"accuracy {accuracy['mean']}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
