"""Peak memory of training steps on this machine, measured.

The resident memory of a process says little about small networks: torch alone takes 300 MB, and its libraries and the
allocator's pools move it by megabytes, where a step needs a few hundred kilobytes. So the profiler of torch records
every allocation and release of tensor memory during two steps, the state of Adam included, and the greatest sum
counts, with the weights, which lie in arrays of numpy's. That is repeatable to the byte, whatever else the machine
does. It leaves out the interpreter, the samples that lie in store, and memory that kernels take from elsewhere.

It runs in a process of its own, so that neither the profiler nor its messages disturb the caller.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile

from fedkd.errors import WorkerDiedError
from fedkd.models import ArchSpec, initial_arrays
from fedkd.search.timing import train_steps

_STEPS = 2


def step_peaks(
    specs: Sequence[ArchSpec], shape: tuple[int, ...], classes: int, batch: int, timeout_s: float = 300
) -> list[int]:
    """Peak bytes of a training step of each network.

    Args:
        specs: Networks.
        shape: Shape of one sample.
        classes: Number of classes.
        batch: Samples of a step.
        timeout_s: Longest time for all of them.

    Raises:
        WorkerDiedError: The measuring process failed, or took too long.
    """
    order = json.dumps([[spec.to_json() for spec in specs], list(shape), classes, batch])
    command = [sys.executable, "-m", __name__]
    fix = "measure fewer networks, or a smaller batch"
    try:
        done = subprocess.run(command, input=order, capture_output=True, text=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired as error:
        raise WorkerDiedError(f"memory was not measured within {timeout_s:g} s", fix) from error
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise WorkerDiedError(f"the process that measures memory failed ({said[-1]})", fix)
    return [int(peak) for peak in json.loads(done.stdout)]


def _step_peak(spec: ArchSpec, shape: tuple[int, ...], classes: int, batch: int) -> int:
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        train_steps(spec, shape, classes, batch, _STEPS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        profiler.export_chrome_trace(str(path))
        events = json.loads(path.read_text())["traceEvents"]
    totals = [event["args"]["Total Allocated"] for event in events if event["name"] == "[memory]"]
    weights = sum(array.nbytes for array in initial_arrays(spec, shape, classes, 0).values())
    return int(max(totals) - min(totals)) + weights


def _main() -> None:
    specs, shape, classes, batch = json.load(sys.stdin)
    torch.set_num_threads(1)
    peaks = [_step_peak(ArchSpec.from_json(spec), tuple(shape), classes, batch) for spec in specs]
    json.dump(peaks, sys.stdout)


if __name__ == "__main__":
    _main()
