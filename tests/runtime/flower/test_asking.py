"""Nodes are asked, and whatever Flower keeps quiet becomes an error."""

from __future__ import annotations

import threading
import time

import pytest
from flwr.app import Message, RecordDict
from flwr.clientapp import ClientApp

from fedkd.errors import CorruptMessageError, RefusedError, RoundFailedError, WorkerDiedError
from fedkd.federation import Part
from fedkd.knowledge import Kind
from fedkd.runtime.flower.asking import ask, nodes
from fedkd.runtime.flower.parcel import Parcel, failure

from .grid import InProcessGrid, died

ECHO = "train.echo"
app = ClientApp()


@app.train("echo")
def echo(message, context):
    """Says again what it heard, and at which node."""
    asked = Parcel.from_records(message.content)
    if "refuse" in asked.about:
        return Message(failure(RefusedError("'x' is not wanted", "go")).to_records(), reply_to=message)
    if "raise" in asked.about:
        raise ZeroDivisionError("by nothing")
    if "garbage" in asked.about:
        return Message(RecordDict(), reply_to=message)
    about = {**asked.about, "node": context.node_id}
    return Message(Parcel(about, asked.parts).to_records(), reply_to=message)


def one_is(node: int, **how) -> dict[int, Parcel]:
    """What to ask three nodes, of which one has something special."""
    return {number: Parcel(how if number == node else {}) for number in (1000, 1001, 1002)}


def test_each_node_gets_its_own_and_all_answers_come_back():
    grid = InProcessGrid(app, 3)
    asked = {node: Parcel({"for": node}, [Part(Kind.PROBS, bytes([node % 256]))]) for node in grid.get_node_ids()}

    answers = ask(grid, asked, ECHO, timeout_s=10)

    assert answers == {node: Parcel({"for": node, "node": node}, asked[node].parts) for node in asked}


def test_who_answers_later_is_waited_for():
    def later(message, answer):
        time.sleep(0.1 * (message.metadata.dst_node_id - 1000))
        return answer()

    grid = InProcessGrid(app, 3, later, apart=True)

    assert list(ask(grid, one_is(0), ECHO, timeout_s=30)) == [1000, 1001, 1002]


def test_nobody_to_ask_is_no_trouble():
    assert ask(InProcessGrid(app, 0), {}, ECHO, timeout_s=0.01) == {}


def test_the_deadline_says_how_many_are_missing():
    grid = InProcessGrid(app, 3, lambda message, answer: answer() if message.metadata.dst_node_id == 1001 else None)
    began_s = time.monotonic()

    with pytest.raises(RoundFailedError, match=r"2 of 3 nodes did not answer within 0\.2 s"):
        ask(grid, one_is(0), ECHO, timeout_s=0.2)
    assert 0.2 <= time.monotonic() - began_s < 5


@pytest.mark.parametrize(
    ("code", "said"),
    [(0, "ended before it answered"), (5, "ended before it answered"), (8, "ended before it answered"), (2, "raised")],
)
def test_codes_of_flower_are_a_dead_worker(code, said):
    def disturb(message, answer):
        return died(message, code, "first\nlast words\n") if message.metadata.dst_node_id == 1002 else answer()

    match = rf"the process of node 1002 {said} \(Flower's code {code}: last words\)"
    with pytest.raises(WorkerDiedError, match=match):
        ask(InProcessGrid(app, 3, disturb), one_is(0), ECHO, timeout_s=10)


def test_a_node_that_gives_no_reason():
    grid = InProcessGrid(app, 1, lambda message, answer: died(message, 5, ""))

    with pytest.raises(WorkerDiedError, match="no reason was given"):
        ask(grid, {1000: Parcel()}, ECHO, timeout_s=10)


def test_an_exception_of_the_client_app_is_named():
    with pytest.raises(WorkerDiedError, match=r"node 1001 raised .*ZeroDivisionError\('by nothing'\)"):
        ask(InProcessGrid(app, 3), one_is(1001, **{"raise": True}), ECHO, timeout_s=10)


def test_our_own_errors_come_as_they_are():
    with pytest.raises(RefusedError, match="'x' is not wanted; go"):
        ask(InProcessGrid(app, 3), one_is(1001, refuse=True), ECHO, timeout_s=10)


def test_an_answer_that_is_no_parcel():
    with pytest.raises(CorruptMessageError, match="is no parcel"):
        ask(InProcessGrid(app, 3), one_is(1001, garbage=True), ECHO, timeout_s=10)


@pytest.mark.parametrize(("there", "wanted"), [(2, 3), (4, 3), (0, 1)])
def test_another_number_of_nodes(there, wanted):
    with pytest.raises(WorkerDiedError, match=f"Flower has {there} nodes, the federation {wanted} sites") as raised:
        nodes(InProcessGrid(app, there), wanted, timeout_s=0.1)
    assert f"num-supernodes={wanted}" in raised.value.fix


def test_nodes_that_come_late_are_waited_for():
    grid = InProcessGrid(app, 1)
    timer = threading.Timer(0.1, grid.add)
    timer.start()

    assert nodes(grid, 2, timeout_s=30) == [1000, 1001]
    timer.join()
