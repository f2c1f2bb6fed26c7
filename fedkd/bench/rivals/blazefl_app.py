"""The workload in BlazeFL: its process pool with shared memory, one process a core.

    python blazefl_app.py WORK.npz PROCESSES

Threads, its other way, need an interpreter without a global lock. Prints `round N` at the end of every round and
`accuracy A` at the end.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from multiprocessing.managers import SyncManager
from pathlib import Path
from threading import Event

import numpy as np
import small_cnn
import torch
import torch.multiprocessing as mp
from blazefl.core import IPCMode, ProcessPoolClientTrainer, process_tensors_in_object


@dataclass
class Down:
    """What goes to every client."""

    weights: list[torch.Tensor]
    round_: int


@dataclass
class Up:
    """What a client sends back."""

    weights: list[torch.Tensor]
    samples: int


@dataclass
class Client:
    """Who a client is."""

    work: str
    number: int


class Trainer(ProcessPoolClientTrainer[Up, Down, Client]):
    """BlazeFL's process pool over our local step."""

    def __init__(self, work: str, processes: int, share_dir: Path, manager: SyncManager) -> None:
        self.work = work
        self.num_parallels = processes
        self.share_dir = share_dir
        self.device = "cpu"
        self.device_count = 0
        self.cache: list[Up] = []
        self.ipc_mode = IPCMode.SHARED_MEMORY
        self.stop_event = manager.Event()

    def get_client_config(self, cid: int) -> Client:
        """Who a client is."""
        return Client(self.work, cid)

    def prepare_uplink_package_buffer(self) -> Up:
        """Memory that a client's answer is written to."""
        return Up([torch.tensor(value) for value in small_cnn.first_weights(self.work)], 0)

    @staticmethod
    def worker(config: Client, payload: Down, device: str, stop_event: Event, *, shm_buffer: Up) -> Up:
        """One client's local step, in a process of the pool."""
        weights = [value.numpy() for value in payload.weights]
        trained, samples = small_cnn.train(config.work, config.number, payload.round_, weights)
        for place, value in zip(shm_buffer.weights, trained, strict=True):
            place.copy_(torch.from_numpy(value))
        answer: Up = process_tensors_in_object(Up(shm_buffer.weights, samples), mode="replace")
        return answer

    def uplink_package(self) -> list[Up]:
        """The answers of the round."""
        answers, self.cache = self.cache, []
        return answers


def average(answers: list[Up]) -> list[torch.Tensor]:
    """FedAvg: the mean of the clients' weights by their numbers of samples."""
    shares = torch.tensor([answer.samples for answer in answers], dtype=torch.float32)
    shares /= shares.sum()
    layers = zip(*(answer.weights for answer in answers), strict=True)
    return [torch.tensordot(shares, torch.stack(layer), dims=1) for layer in layers]


def main(work: str, processes: int) -> None:
    """Run all rounds."""
    rounds, clients = small_cnn.size(work)
    weights = [torch.tensor(value) for value in small_cnn.first_weights(work)]
    with tempfile.TemporaryDirectory() as folder, mp.Manager() as manager:
        trainer = Trainer(work, processes, Path(folder), manager)
        for round_ in range(1, rounds + 1):
            trainer.local_process(Down(weights, round_), list(range(clients)))
            answers = trainer.uplink_package()
            if len(answers) < clients:
                raise RuntimeError(f"{len(answers)} of {clients} clients answered")
            weights = average(answers)
            print(f"round {round_}", flush=True)
    print(f"accuracy {small_cnn.accuracy(work, [np.asarray(value) for value in weights])}", flush=True)


if __name__ == "__main__":
    # A thousand answers in shared memory are thousands of open files; names in place of descriptors keep below limits.
    mp.set_sharing_strategy("file_system")  # type: ignore[no-untyped-call]
    main(sys.argv[1], int(sys.argv[2]))
