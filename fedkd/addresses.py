"""Where servers listen and are dialled: `HOST:PORT`, with the brackets that IPv6 wants."""

from __future__ import annotations

from fedkd.errors import OutOfRangeError


def join_address(host: str, port: int) -> str:
    """`HOST:PORT`, or `[HOST]:PORT` of an address of IPv6."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def split_address(address: str) -> tuple[str, int]:
    """Undo of `join_address`; whether there is such a host is not looked at.

    Raises:
        OutOfRangeError: It lacks a host, a port between 0 and 65535, or the brackets of IPv6.
    """
    host, _, port = address.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    is_port = port.isascii() and port.isdecimal() and len(port) <= 5 and int(port) <= 65535
    if not bare or not is_port or set(bare) & set("[]") or (":" in bare) != (bare != host):
        raise OutOfRangeError(f"{address!r} is no address", "give HOST:PORT, or [HOST]:PORT of IPv6")
    return bare, int(port)
