"""An aggregator in a process of its own, for benchmarks: a real desk over a real ledger, and what its memory does."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from types import TracebackType
from typing import Any

import grpc
import numpy as np

from fedkd.bench.bare import BareStream
from fedkd.errors import WorkerDiedError
from fedkd.runtime.deploy import Desk, Door, Hosted, Ledger, Plan, Rules
from fedkd.runtime.deploy.inbox import Contribution, Inbox
from fedkd.runtime.forks import worker_context

_LONGEST_S, _STOP = 300.0, "stop"
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Pems:
    """A key, its certificate, and the authority's certificate."""

    key: bytes
    certificate: bytes
    ca: bytes

    def server(self) -> grpc.ServerCredentials:
        """For an aggregator, which asks sites for theirs."""
        return grpc.ssl_server_credentials([(self.key, self.certificate)], self.ca, require_client_auth=True)

    def channel(self) -> grpc.ChannelCredentials:
        """For a site."""
        return grpc.ssl_channel_credentials(self.ca, self.key, self.certificate)


@dataclass(frozen=True)
class Used:
    """What an aggregator needed since it was marked.

    Attributes:
        peak: Bytes of memory beyond what it had then, at some moment.
        keep_s: Seconds that it wrote contributions to the disk.
    """

    peak: int
    keep_s: float


class Served:
    """A context in which an aggregator is there, and beside it one that only counts bytes.

    Attributes:
        port: Of the aggregator.
        bare: Of the other.

    Args:
        plan: The federation.
        rules: When rounds end.
        pems: The aggregator's; None without TLS.
    """

    def __init__(self, plan: Plan, rules: Rules, pems: Pems | None = None) -> None:
        self._arguments = (plan, rules, pems)

    def __enter__(self) -> Served:
        self._end, theirs = Pipe()
        self._process = worker_context().Process(target=_serve, args=(theirs, *self._arguments), daemon=True)
        self._process.start()
        theirs.close()
        self.port, self.bare = self._hear()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # One that has ended already hears nothing.
        with suppress(OSError):
            self._end.send(_STOP)
        self._process.join()

    def mark(self, size: int) -> None:
        """Take the memory that it uses now as nothing.

        Args:
            size: Bytes to touch and let go first: on a virtual machine memory that nobody has used yet costs the host
                more time than a stream does.
        """
        self._end.send(size)
        self._hear()

    def used(self) -> Used:
        """What it needed since."""
        self._end.send(None)
        found: Used = self._hear()
        return found

    def _hear(self) -> Any:
        try:
            if self._end.poll(_LONGEST_S):
                return self._end.recv()
        except EOFError:
            pass
        raise WorkerDiedError("the aggregator of the benchmark ended early", "look at what it printed")


class _TimedInbox(Inbox):
    """Counts the seconds that keeping takes."""

    took_s = 0.0

    def put(self, round_: int, said: Mapping[str, Contribution]) -> None:
        began = time.monotonic()
        super().put(round_, said)
        self.took_s += time.monotonic() - began


def _serve(end: Connection, plan: Plan, rules: Rules, pems: Pems | None) -> None:
    credentials = None if pems is None else pems.server()
    with tempfile.TemporaryDirectory() as folder:
        inbox = _TimedInbox(Path(folder) / "inbox")

        def desk() -> Desk:
            ledger = Ledger(Path(folder), plan.agreement)
            ledger.inbox = inbox
            return Desk(plan, ledger, rules)

        with Hosted(desk, Door(credentials=credentials)) as hosted, BareStream(credentials) as bare:
            end.send((hosted.port, bare.port))
            base = 0
            while (size := end.recv()) != _STOP:
                if size is not None:
                    np.ones(size, np.uint8)
                    # The kernel's own mark of the peak begins anew.
                    _CLEAR.write_text("5")
                    base, inbox.took_s = _memory("VmRSS"), 0.0
                    end.send(None)
                else:
                    end.send(Used(_memory("VmHWM") - base, inbox.took_s))


def _memory(what: str) -> int:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(what))
    return int(line.split()[1]) * 1024
