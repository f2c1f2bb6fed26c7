"""Ports of the server: nobody else has them."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from fedkd.addresses import split_address
from fedkd.doctor.finding import Finding


def check_free(check: str, address: str) -> Iterator[Finding]:
    """Whether an address can be listened at.

    Args:
        check: What it is for.
        address: `HOST:PORT`.
    """
    host, port = split_address(address)
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            # As servers do: a connection that was closed a moment ago is no hindrance.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        fix = "if it runs already, all is well; else end what holds the port, or listen elsewhere"
        yield Finding(check, "failed", f"{address} cannot be listened at ({error.strerror or error})", fix)
    else:
        yield Finding(check, "ok", f"{address} is free")
