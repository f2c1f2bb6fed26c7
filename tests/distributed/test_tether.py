"""A command that ends when its parent does, started from a process that gRPC has threads in."""

from __future__ import annotations

import subprocess
import sys
from concurrent import futures
from threading import Event, Thread

import grpc
import pytest

from fedkd.distributed.tether import tethered


def call(channel):
    with pytest.raises(grpc.RpcError):
        channel.unary_unary("/no/such")(b"", timeout=1)


@pytest.fixture
def busy_grpc():
    """A server and clients that call it all the time."""
    server = grpc.server(futures.ThreadPoolExecutor(2))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    stop = Event()

    def calling():
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            while not stop.is_set():
                call(channel)

    threads = [Thread(target=calling) for _ in range(3)]
    for thread in threads:
        thread.start()
    yield
    stop.set()
    for thread in threads:
        thread.join()
    server.stop(None).wait()


@pytest.mark.usefixtures("busy_grpc")
def test_every_child_of_a_process_with_grpc_threads_comes_to_its_end():
    codes = [subprocess.run(tethered([sys.executable, "-c", "exit(7)"]), timeout=30).returncode for _ in range(15)]

    assert codes == [7] * 15


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_a_command_whose_parent_is_gone_already_does_not_begin():
    command = [sys.executable, "-m", "fedkd.distributed.tether", "1", sys.executable, "-c", "print('begun')"]

    done = subprocess.run(command, capture_output=True, text=True, timeout=30)

    assert (done.returncode, done.stdout) == (0, "")
