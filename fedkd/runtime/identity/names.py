"""How sites, administrators and hosts are named in certificates."""

from __future__ import annotations

import ipaddress
import re

from cryptography import x509

from fedkd.errors import OutOfRangeError

ADMIN = "admin"
ADMIN_URI = "urn:fedkd:admin"
SITE_URI = "urn:fedkd:site:"

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def is_name(name: str) -> bool:
    """Whether this is 1 to 63 of a-z, 0-9 and -, and does not begin with -, as options do."""
    return _NAME.fullmatch(name) is not None


def checked_name(name: str) -> str:
    """The name itself.

    Raises:
        OutOfRangeError: It is none.
    """
    if not is_name(name):
        raise OutOfRangeError(f"{name!r} is no name", "use 1 to 63 of a-z, 0-9 and -, the first no -")
    return name


def checked_site(name: str) -> str:
    """The name of a site itself.

    Raises:
        OutOfRangeError: It is none, or that of the administrators.
    """
    if name == ADMIN:
        raise OutOfRangeError(
            f"no site can be called {ADMIN!r}", "choose another name; this one is the administrators'"
        )
    return checked_name(name)


def host_name(host: str) -> x509.GeneralName:
    """A host as certificates name it: an IP address or a DNS name.

    Raises:
        OutOfRangeError: It is neither.
    """
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        labels = host.split(".")
        # A last label of digits is an address with a mistake in it.
        if len(host) > 253 or not all(map(_LABEL.fullmatch, labels)) or labels[-1].isdigit():
            raise OutOfRangeError(f"{host!r} is no host", "give a DNS name or an IP address, without a port") from None
        return x509.DNSName(host)
