"""`python -m fedkd.apps.simulation RUN`: the process in which Flower simulates a run; `fedkd simulate` starts it."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

from flwr.app import Context
from flwr.serverapp import Grid, ServerApp
from flwr.simulation import run_simulation

from fedkd.apps.client import app as client_app
from fedkd.apps.rounds import run_rounds
from fedkd.composition import parse
from fedkd.distributed.failure import leave
from fedkd.errors import FedkdError
from fedkd.record import Run
from fedkd.runtime import FlowerRuntime
from fedkd.runtime.cores import cores


def main(folder: Path) -> None:
    """Simulate a run.

    Args:
        folder: The run directory.
    """
    server_app = ServerApp()

    @server_app.main()
    def rounds(grid: Grid, context: Context) -> None:
        try:
            run_rounds(grid, folder)
        except FedkdError as error:
            # Said before Flower hears of it, which may wait for a client that hangs.
            leave(folder, error)
            raise

    scenario = parse(Run.open(folder).config)
    runtime = scenario.runtime
    assert isinstance(runtime, FlowerRuntime), f"a run by {runtime} is not Flower's"
    resources = {"num_cpus": runtime.cpus, "num_gpus": runtime.gpus}
    ray = {"address": runtime.ray} if runtime.ray else {"num_cpus": cores(), "include_dashboard": False}
    run_simulation(
        server_app,
        client_app,
        scenario.federation.sites,
        backend_config={"client_resources": resources, "init_args": ray},  # type: ignore[dict-item]
    )


def _end_with(parent: int) -> None:
    """At SIGTERM Ray ends its workers, but Flower waits on for their answers: two might go on with one run."""
    while os.getppid() == parent:
        time.sleep(0.5)
    # A troop starts it in a group of its own, in which Ray's processes are as well.
    os.killpg(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    main(Path(sys.argv[1]))
