"""Metrics of an aggregator for Prometheus, over HTTP; off unless asked for. They say nothing of what sites know."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from fedkd.errors import MissingExtraError, OutOfRangeError, UnreachableError
from fedkd.runtime.deploy.desk import ABORTED, FINISHED, GATHERING, RUNNING, Desk
from fedkd.wire.v1 import aggregator_pb2 as pb

try:
    from prometheus_client import CollectorRegistry, Counter, Enum, Gauge, Histogram, start_http_server
except ImportError as error:
    raise MissingExtraError("metrics need prometheus-client", "install fedkd[metrics]") from error

_SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600)
_LAST_S = 0.1
"""The watcher has so long for the news of the last round."""

_PHASES = (GATHERING, RUNNING, FINISHED, ABORTED)


class Meter:
    """The metrics, in a registry of their own.

    Attributes:
        registry: What is served.
    """

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.rounds = Counter("fedkd_rounds_closed", "Rounds that this process has closed", registry=registry)
        self.open = Gauge("fedkd_round", "The open round", registry=registry)
        self.seconds = Histogram(
            "fedkd_round_seconds", "From one round's end to the next", buckets=_SECONDS, registry=registry
        )
        self.extended = Counter("fedkd_deadlines_extended", "Deadlines below the quorum", registry=registry)
        self.contributions = Counter("fedkd_contributions", "What sites sent", ["verdict"], registry=registry)
        self.bytes = Counter("fedkd_bytes_up", "Knowledge that was accepted, in bytes", registry=registry)
        self.sites = Gauge("fedkd_sites", "Sites of the federation", registry=registry)
        self.live = Gauge("fedkd_sites_live", "Sites that have called within their lease", registry=registry)
        self.phase = Enum("fedkd_phase", "Where the run is", states=_PHASES, registry=registry)
        self.lag = Gauge("fedkd_site_lag_rounds", "Rounds closed since a site spoke", ["site"], registry=registry)


class MeteredDesk(Desk):
    """A desk that counts what it does. Takes what a `Desk` takes.

    Args:
        meter: Where it counts.
        desk: Arguments of the desk.
    """

    def __init__(self, meter: Meter, *desk: Any) -> None:
        super().__init__(*desk)
        self.meter = meter
        self._spoke = dict.fromkeys(self.plan.sites, self.closed)
        meter.sites.set(len(self.plan.sites))
        # A lease ends without any news, so these are asked for when somebody looks.
        meter.live.set_function(lambda: float(sum(map(self._members.is_live, self.plan.sites))))
        self._show()

    async def push(self, chunks: AsyncIterator[bytes], context: Any) -> pb.PushReply:
        """As every desk; how it ended is counted."""
        try:
            reply = await super().push(chunks, context)
        except Exception:
            self.meter.contributions.labels("refused").inc()
            raise
        verdict = pb.PushReply.Verdict.Name(reply.verdict).removeprefix("VERDICT_").lower()
        self.meter.contributions.labels(verdict).inc()
        return reply

    async def run(self) -> None:
        """As every desk, with somebody who watches."""
        watching = asyncio.create_task(self._watch())
        try:
            await asyncio.sleep(0)  # it has to be there before anything happens
            await super().run()
            await asyncio.wait([watching], timeout=_LAST_S)
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
            self._show()

    async def _watch(self) -> None:
        began_us = 0
        async for event in self._news.watch(backlog=0):
            if event.kind == "pushed":
                self.meter.bytes.inc(json.loads(event.facts)["bytes"])
                self._spoke[event.site] = event.round
            elif event.kind == "closed":
                self.meter.rounds.inc()
                if began_us:
                    self.meter.seconds.observe((event.at_us - began_us) / 1e6)
            elif event.kind == "extended":
                self.meter.extended.inc()
            if event.kind in ("began", "closed"):
                began_us = event.at_us
            self._show()

    def _show(self) -> None:
        self.meter.phase.state(self.phase)
        self.meter.open.set(self.closed + 1)
        for site, round_ in self._spoke.items():
            self.meter.lag.labels(site).set(max(self.closed - round_, 0))


@contextmanager
def served(meter: Meter, address: str) -> Iterator[int]:
    """Serve metrics at `/metrics` while the context lasts; gives the port.

    Args:
        meter: What is served.
        address: `HOST:PORT`; port 0 takes a free one. There is neither TLS nor a password.

    Raises:
        OutOfRangeError: It is no address.
        UnreachableError: It cannot be had.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise OutOfRangeError(f"{address!r} is no address for metrics", "give HOST:PORT, such as 127.0.0.1:9464")
    try:
        server, thread = start_http_server(int(port), host.strip("[]"), meter.registry)
    except OSError as error:
        what = f"{address} cannot be listened at for metrics ({error.strerror or error})"
        raise UnreachableError(what, "free the port, or take another") from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
