"""Certificates and keys of kits: issued once, kept when kits are written again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fedkd.errors import CertificateError
from fedkd.files import disk_errors, write_whole
from fedkd.kits.layout import SUPERNODES
from fedkd.runtime.identity import Authority, Credentials, Members, NodeKey, describe
from fedkd.runtime.identity.certificates import hosts_of, load, require_issued, require_valid
from fedkd.runtime.identity.credentials import CERTIFICATE, is_pair
from fedkd.runtime.identity.node_key import NODE_KEY

NOT_EVEN = timedelta()
SOON = timedelta(days=14)
"""So long before its end a certificate of the server or the administrator is renewed; a site's only when asked to."""


def open_authority(place: Path, name: str) -> Authority:
    """The authority of a folder of kits; made where there is none.

    Raises:
        CertificateError: There is one that cannot be used.
        DiskError: It cannot be written.
    """
    return Authority.open(place) if place.is_dir() else Authority.create(place, name)


def keep_or_issue(
    folder: Path, authority: Authority, issue: Callable[[], Credentials], host: str = "", spare: timedelta = NOT_EVEN
) -> bool:
    """Give a kit a certificate, unless it has one that is good, with its key: a kill may have parted the two.

    Args:
        folder: The kit.
        authority: Whose certificates are good.
        issue: Makes a new one.
        host: The name by which it has to be reached; none for clients.
        spare: How long it has to be valid still.

    Returns:
        Whether it had one.

    Raises:
        CertificateError: It has one that is damaged.
        DiskError: A new one cannot be written.
    """
    has_one = (folder / CERTIFICATE).exists() and is_pair(folder)
    if has_one and _is_good(Credentials.read(folder), authority, host, spare):
        return True
    issue().write(folder)
    return False


def _is_good(held: Credentials, authority: Authority, host: str, spare: timedelta) -> bool:
    certificate = load(held.certificate)
    try:
        require_issued(certificate, authority.certificate)
        require_valid("it", certificate, datetime.now(UTC) + spare)
    except CertificateError:
        return False
    return not host or host in hosts_of(certificate)


def enlist(members: Members, name: str, folder: Path) -> bool:
    """Put the certificate of a kit on the list of members, unless it is there; who is revoked stays so.

    Args:
        members: The list.
        name: Of the site, or "admin".
        folder: The kit.

    Returns:
        Whether it is let in.

    Raises:
        DeployError: The list is damaged.
        DiskError: It cannot be written.
    """
    fingerprint, listed = describe(Credentials.read(folder).certificate).fingerprint, members.allowed(name)
    if listed == ():
        return False
    if listed is None:
        members.allow(name, fingerprint)
    elif fingerprint not in listed:
        members.rotate(name, fingerprint)
    return True


def keep_or_make_node_key(folder: Path) -> None:
    """Give a kit the key of its SuperNode.

    Raises:
        DiskError: It cannot be written.
    """
    if not (folder / NODE_KEY).exists():
        NodeKey.create().write(folder)


def publish(key: NodeKey, site: str, server: Path) -> None:
    """Lay the public half of a SuperNode's key where `register.sh` finds it.

    Raises:
        DiskError: It cannot be written.
    """
    write_whole(server / SUPERNODES / f"{site}.pub", key.public(site))


def withdraw(site: str, server: Path) -> None:
    """Undo of `publish`: `register.sh` lets this SuperNode in no more.

    Raises:
        DiskError: It cannot be removed.
    """
    key = server / SUPERNODES / f"{site}.pub"
    with disk_errors(key):
        key.unlink(missing_ok=True)
