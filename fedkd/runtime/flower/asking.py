"""Asking nodes and waiting for their answers, with a deadline and an error for whatever Flower keeps quiet."""

from __future__ import annotations

import time
from collections.abc import Mapping

from flwr.app import Message
from flwr.serverapp import Grid

from fedkd.errors import RoundFailedError, WorkerDiedError
from fedkd.runtime.flower.installed import RAISED
from fedkd.runtime.flower.parcel import Parcel

_POLL_S = 0.02
"""Flower's own loop sleeps for three seconds."""


def nodes(grid: Grid, count: int, timeout_s: float) -> list[int]:
    """Wait for so many nodes.

    Raises:
        WorkerDiedError: There are others.
    """
    until_s = time.monotonic() + timeout_s
    while len(found := sorted(grid.get_node_ids())) < count and time.monotonic() < until_s:
        time.sleep(_POLL_S)
    if len(found) != count:
        fix = f"give --federation-config num-supernodes={count}, or another federation.sites"
        raise WorkerDiedError(f"Flower has {len(found)} nodes, the federation {count} sites", fix)
    return found


def ask(grid: Grid, parcels: Mapping[int, Parcel], kind: str, timeout_s: float) -> dict[int, Parcel]:
    """Send a message to each node, and wait for all answers.

    Args:
        grid: Flower's.
        parcels: What to send, by node.
        kind: Type of the message.
        timeout_s: A node that has not answered by then has failed.

    Raises:
        FedkdError: Whatever a node answered with.
        WorkerDiedError: A node's process ended, or it raised what is none of our errors.
        RoundFailedError: Some did not answer in time.
    """
    messages = [Message(parcel.to_records(), node, kind) for node, parcel in parcels.items()]
    waiting = dict(zip(grid.push_messages(messages), parcels, strict=True))
    until_s = time.monotonic() + timeout_s
    answers: dict[int, Parcel] = {}
    while waiting and time.monotonic() < until_s:
        for reply in grid.pull_messages(list(waiting)):
            node = waiting.pop(reply.metadata.reply_to_message_id)
            answers[node] = _opened(reply, node)
        if waiting:
            time.sleep(_POLL_S)
    if waiting:
        fix = "raise runtime.round_s, or look why they hang; resume=RUN goes on with what is there"
        raise RoundFailedError(f"{len(waiting)} of {len(messages)} nodes did not answer within {timeout_s:g} s", fix)
    return answers


def _opened(reply: Message, node: int) -> Parcel:
    if reply.has_error():
        error = reply.error
        last = (error.reason or "no reason was given").strip().splitlines()[-1]
        said = "raised" if error.code == RAISED else "ended before it answered"
        raise WorkerDiedError(
            f"the process of node {node} {said} (Flower's code {error.code}: {last})",
            "see the log; resume=RUN goes on with what is there",
        )
    return Parcel.from_records(reply.content)
