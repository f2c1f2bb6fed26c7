"""A federation of two clinics with tables of three features, small enough to know by heart."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from fedkd.kits import Provisioned, aggregator_address, agree, provision, read_blueprint
from fedkd.kits.arrays import write_arrays
from fedkd.serving import dial, serve_kit

SCENARIO = ["data=wine", "search=fixed", "search.network='{family: mlp, hidden: [4]}'", "device=unlimited"]


def plain(*sites: str, **changes: Any) -> dict[str, Any]:
    """A federation's file."""
    entries = [
        {"name": site, "data": "/srv/table.csv", "label": "result"} for site in sites or ("clinic-a", "clinic-b")
    ]
    return {
        "name": "clinics",
        "address": "127.0.0.1",
        "listen": "127.0.0.1",
        "scenario": [*SCENARIO, "federation.rounds=2"],
        "public": "public.npz",
        "classes": 2,
        "reading": {"labels": ["well", "ill"]},
        "sites": entries,
    } | changes


def write(folder: Path, content: dict[str, Any]) -> Path:
    """The file with its public set beside it."""
    path = folder / "federation.yaml"
    path.write_text(yaml.safe_dump(content))
    # Mean 2 and standard deviation 1 of the first feature, mean 20 and 10 of the second; the third is constant.
    rows = np.array([[1, 10, 7], [3, 30, 7]] * 10)
    write_arrays(folder / "public.npz", {"inputs": rows})
    return path


def provisioned(folder: Path, *sites: str, **changes: Any) -> Provisioned:
    """Kits of it, in `folder/kits`."""
    blueprint = read_blueprint(write(folder, plain(*sites, **changes)))
    return provision(folder / "kits", blueprint, *agree(blueprint, folder))


@contextmanager
def serving(kits: Path) -> Iterator[None]:
    """The aggregator of kits, until the administrator ends the federation."""
    ready = threading.Event()
    arguments = (kits / "aggregator", lambda port: ready.set())
    thread = threading.Thread(target=serve_kit, args=arguments, daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield
    finally:
        client = dial(kits / "admin", aggregator_address(kits))
        client.abort("the test is over")
        client.close()
        thread.join(60)
        assert not thread.is_alive()


def free_ports() -> dict[str, int]:
    """Of the server, as a federation's file names them."""
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        return {"aggregator": one.getsockname()[1], "superlink": other.getsockname()[1]}
