"""Shutting a site out, and giving it a new certificate."""

from __future__ import annotations

from pathlib import Path

from fedkd.errors import NotAllowedError
from fedkd.kits.identities import publish, withdraw
from fedkd.kits.layout import ADMIN, AGGREGATOR, AUTHORITY, MEMBERS
from fedkd.runtime.identity import Authority, Members, NodeKey, describe


def server_of(kits: Path) -> Path:
    """The aggregator's kit: in the administrator's folder, or the folder itself.

    Raises:
        NotAllowedError: It is neither.
    """
    for folder in (kits / AGGREGATOR, kits):
        if (folder / MEMBERS).exists():
            return folder
    raise NotAllowedError(f"'{kits}' has no list of members", "give the folder of kits, or the aggregator's own kit")


def revoke(kits: Path, site: str) -> Path:
    """Let a site in no more, from the next call on; returns the list, which a running aggregator reads anew.

    Raises:
        NotAllowedError: There is no such site, or no such folder; or it is the administrator.
        DeployError: The list is damaged.
        DiskError: It cannot be written.
    """
    server = server_of(kits)
    if site == ADMIN:
        what = "the administrator cannot be revoked: nobody could let anyone in again"
        raise NotAllowedError(what, f"delete the folder {ADMIN} and provision again, which replaces its certificate")
    Members(server / MEMBERS).revoke(site)
    withdraw(site, server)
    return server / MEMBERS


def rotate(kits: Path, site: str, days: int, readmit: bool = False, node_key: bool = False) -> Path:
    """Give a site a new certificate; the old one is revoked with it.

    Args:
        kits: The administrator's folder.
        site: Whose.
        days: How long it is valid.
        readmit: Whether a site that is revoked is let in again.
        node_key: Whether its SuperNode gets a new key, too, which has to be registered.

    Returns:
        The list, which a running aggregator reads anew.

    Raises:
        NotAllowedError: There is no such site, or it is revoked.
        CertificateError: The authority cannot be used.
        DiskError: Something cannot be written.
    """
    server = server_of(kits)
    members, allowed = Members(server / MEMBERS), Members(server / MEMBERS).allowed(site)
    if allowed is None or not (kits / site).is_dir():
        raise NotAllowedError(f"'{kits}' has no kit of {site!r}", "name a site that was provisioned")
    if not allowed and not readmit:
        raise NotAllowedError(f"{site!r} is revoked", "give --readmit to let it in again")
    own = Authority.open(kits / AUTHORITY).issue_site(site, days)
    fingerprint = describe(own.certificate).fingerprint
    own.write(kits / site)
    (members.rotate if allowed else members.allow)(site, fingerprint)
    if node_key:
        NodeKey.create().write(kits / site)
    publish(NodeKey.read(kits / site), site, server)
    return server / MEMBERS
