"""A Grid of Flower's in this process: nodes with a real ClientApp each, that can fail as nodes do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from flwr.app import Context, Error, Message, RecordDict
from flwr.clientapp import ClientApp
from flwr.common.serde import recorddict_from_proto, recorddict_to_proto
from flwr.proto.recorddict_pb2 import RecordDict as Bytes
from flwr.serverapp import Grid
from flwr.supercore.task_identity import TaskIdentity

from fedkd.runtime.flower.installed import RAISED

Answer = Callable[[], Message]
Disturb = Callable[[Message, Answer], "Message | None"]
"""What becomes of a message, given what the node would answer; None never answers."""


class KilledError(Exception):
    """The process is gone; nothing of ours handles it."""


def undisturbed(message: Message, answer: Answer) -> Message | None:
    """All is well."""
    return answer()


def died(message: Message, code: int = 0, reason: str = "its process is gone") -> Message:
    """What Flower answers for a node that cannot."""
    return Message(Error(code=code, reason=reason), reply_to=message)


def travelled(records: RecordDict) -> RecordDict:
    """Records after a journey: bytes and back."""
    return recorddict_from_proto(Bytes.FromString(recorddict_to_proto(records).SerializeToString()))


@dataclass
class InProcessGrid(Grid):
    """Nodes in this process.

    Attributes:
        app: Of all nodes.
        count: Nodes that are there at first.
        disturb: What goes wrong.
        apart: Whether each message has a thread of its own, as in a deployment; otherwise it is answered at once.
        asked: Every message that was pushed.
        away: Nodes that are not there now.
    """

    app: ClientApp
    count: int
    disturb: Disturb = undisturbed
    apart: bool = False
    asked: list[Message] = field(default_factory=list)
    away: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        TaskIdentity.run_id = TaskIdentity.node_id = TaskIdentity.task_id = 1
        self._contexts: dict[int, Context] = {}
        self._replies: dict[str, Message] = {}
        for _ in range(self.count):
            self.add()

    def add(self) -> int:
        """One more node; its number."""
        index = len(self._contexts)
        node = 1000 + index
        config = {"partition-id": index, "num-partitions": self.count}
        self._contexts[node] = Context(1, node, config, RecordDict(), {})
        return node

    def set_run(self, run) -> None:
        raise NotImplementedError

    @property
    def run(self):
        raise NotImplementedError

    def create_message(self, content, message_type, dst_node_id, group_id, ttl=None) -> Message:
        return Message(content, dst_node_id, message_type, ttl=ttl, group_id=group_id)

    def get_node_ids(self) -> list[int]:
        return [node for node in self._contexts if node not in self.away]

    def push_messages(self, messages: Iterable[Message]) -> list[str]:
        pushed = list(messages)
        for message in pushed:
            self.asked.append(message)
            # What Flower's own grids do.
            message.metadata.__dict__["_message_id"] = f"message-{len(self.asked)}"
            message.content = travelled(message.content)
        for message in pushed:
            if self.apart:
                threading.Thread(target=self._serve, args=(message,), daemon=True).start()
            else:
                self._serve(message)
        return [message.metadata.message_id for message in pushed]

    def pull_messages(self, message_ids: Iterable[str]) -> list[Message]:
        return [self._replies.pop(number) for number in list(message_ids) if number in self._replies]

    def send_and_receive(self, messages, *, timeout=None) -> list[Message]:
        return self.pull_messages(self.push_messages(messages))

    def _serve(self, message: Message) -> None:
        reply = self.disturb(message, lambda: self._answer(message))
        if reply is not None:
            if reply.has_content():
                reply.content = travelled(reply.content)
            self._replies[message.metadata.message_id] = reply

    def _answer(self, message: Message) -> Message:
        try:
            return self.app(message, self._contexts[message.metadata.dst_node_id])
        except KilledError:
            return died(message)
        except Exception as error:
            return died(message, RAISED, f"Traceback\n  somewhere\n{error!r}\n")
