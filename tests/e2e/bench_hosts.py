"""A round of knowledge between hosts, over fedkd's gRPC and by Flower's messages: `python -m tests.e2e.bench_hosts`.

A server and four sites have a network namespace each. Every site sends a table of soft labels (5,000 x 10, int8) and
gets one of the same size back. Over gRPC the aggregator keeps what comes on disk, checks it and fuses it by its mean;
Flower's ServerApp only sends and receives. Both on one machine, one after the other.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fedkd.bench.rounds import Played, RoundCost, summary
from tests.e2e.fleet import FEDKD, Process, wait_for
from tests.e2e.flower_fleet import PROGRAMS, SERVER, FlowerFleet, provision
from tests.e2e.hosts import Host, hosts
from tests.tiny import SITES, tiny, tiny_overrides

SAMPLES, CLASSES = 5000, 10
OURS, THEIRS = "fedkd's poll loop", "grid.send_and_receive"
_PORT = 7000
_WARM_UP = 1
_LONGEST_S = 900.0
_OVERRIDES = ("fedkdnas", "runtime.processes=1")

_PROJECT = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "echo"
version = "0.1.0"
license = "Apache-2.0"
dependencies = []

[tool.hatch.build.targets.wheel]
packages = ["echo"]

[tool.flwr.app]
publisher = "fedkd"

[tool.flwr.app.components]
serverapp = "echo.server:app"
clientapp = "echo.client:app"

[tool.flwr.app.config]
exchanges = 5
out = ""
"""

_CLIENT = """from flwr.app import Message
from flwr.clientapp import ClientApp

app = ClientApp()


@app.train("table")
def table(message, context):
    return Message(message.content, reply_to=message)
"""

_SERVER = f"""import json
import time
from pathlib import Path

from flwr.app import Message
from flwr.serverapp import ServerApp

from fedkd.federation import Part
from fedkd.knowledge import Kind
from fedkd.runtime.flower.asking import ask, nodes
from fedkd.runtime.flower.parcel import Parcel

app = ServerApp()
TABLE = Parcel({{}}, (Part(Kind.LOGITS, bytes({SAMPLES * CLASSES})),))


def by_poll_loop(grid, found):
    answers = ask(grid, dict.fromkeys(found, TABLE), "train.table", 300.0)
    return [answer.parts for answer in answers.values()]


def by_send_and_receive(grid, found):
    messages = [Message(TABLE.to_records(), node, "train.table") for node in found]
    return [Parcel.from_records(reply.content).parts for reply in grid.send_and_receive(messages, timeout=300.0)]


def timed(exchange, grid, found):
    began_s = time.monotonic()
    (sizes,) = {{tuple(len(part.data) for part in parts) for parts in exchange(grid, found)}}
    assert sizes == ({SAMPLES * CLASSES},)
    return time.monotonic() - began_s


@app.main()
def main(grid, context):
    found = nodes(grid, {SITES}, 300.0)
    exchanges = int(context.run_config["exchanges"]) + {_WARM_UP}
    ways = {{"{OURS}": by_poll_loop, "{THEIRS}": by_send_and_receive}}
    took = {{name: [timed(way, grid, found) for _ in range(exchanges)][{_WARM_UP}:] for name, way in ways.items()}}
    out = Path(context.run_config["out"])
    out.with_suffix(".partial").write_text(json.dumps(took))
    out.with_suffix(".partial").rename(out)
"""


@dataclass(frozen=True)
class Measured:
    """What was found.

    Attributes:
        grpc: Rounds over fedkd's gRPC.
        flower: Seconds of each exchange by Flower's messages, by way.
    """

    grpc: RoundCost
    flower: dict[str, list[float]]


def measure(folder: Path, rounds: int, exchanges: int) -> Measured:
    """Measure both, in namespaces of their own.

    Raises:
        NoHostsError: They are not permitted here.
    """
    with hosts(1 + SITES) as network:
        grpc = _rounds(network, folder / "grpc", rounds)
        flower = _exchanges(network, folder / "flower", exchanges)
    return Measured(grpc, flower)


def _rounds(network: tuple[Host, ...], folder: Path, rounds: int) -> RoundCost:
    shape = ("--samples", f"{SAMPLES}", "--classes", f"{CLASSES}", "--rounds", f"{rounds}")
    command = (*FEDKD, "bench", "wire", *shape)
    address = f"{SERVER}:{_PORT}"
    serving = _start(network[0], folder / "server", *command, "--sites", f"{SITES}", "--serve", address)
    wait_for(lambda: "listening" in (serving.folder / "stdout").read_text() or not serving.runs)
    sites = [
        _start(host, folder / f"site-{index}", *command, "--site", f"{index}", "--dial", address)
        for index, host in enumerate(network[1:])
    ]
    return summary([Played(**json.loads(_printed(site))) for site in sites])


def _start(host: Host, place: Path, *command: str) -> Process:
    place.mkdir(parents=True)
    return Process(host.start(*command, cwd=place, **PROGRAMS), place)


def _printed(process: Process) -> str:
    code, out, err = process.ended(_LONGEST_S)
    if code:
        raise RuntimeError(f"it ended with code {code}: {err}")
    return out


def _exchanges(network: tuple[Host, ...], folder: Path, exchanges: int) -> dict[str, list[float]]:
    app, out = folder / "app", folder / "took.json"
    (app / "echo").mkdir(parents=True)
    files = {"pyproject.toml": _PROJECT, "echo/__init__.py": "", "echo/client.py": _CLIENT, "echo/server.py": _SERVER}
    for name, text in files.items():
        (app / name).write_text(text)
    fleet = FlowerFleet(network, folder)
    fleet.carry(provision(folder, fleet, tiny(*_OVERRIDES), tiny_overrides(*_OVERRIDES)))
    fleet.start_superlink()
    fleet.register()
    for index in range(SITES):
        fleet.supernode(index)
    config = f"exchanges={exchanges} out={json.dumps(str(out))}"
    fleet.flwr("run", str(app), "federation", "--run-config", config)
    wait_for(out.exists, _LONGEST_S)
    took: dict[str, list[float]] = json.loads(out.read_text())
    return took


def _told(measured: Measured) -> list[str]:
    cost = measured.grpc
    lines = [
        f"{SITES} sites, {cost.bytes_up / 1000:.1f} kB each way",
        f"gRPC: median {cost.median_ms:.1f} ms, p99 {cost.p99_ms:.1f} ms over {cost.rounds} rounds",
    ]
    for name, took_s in measured.flower.items():
        median_s = statistics.median(took_s)
        each = ", ".join(f"{one:.1f}" for one in took_s)
        ratio = 1000 * median_s / cost.median_ms
        lines.append(f"Flower, {name}: median {median_s:.2f} s of {each}; {ratio:.0f} times as long")
    return lines


def main() -> None:
    """Measure, and print it."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--exchanges", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(Path(folder), options.rounds, options.exchanges)
    sys.stdout.write("\n".join(_told(measured)) + "\n")


if __name__ == "__main__":
    main()
