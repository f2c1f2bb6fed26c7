"""Certificates and keys of a kit: dates, authority, role, and whether the clock can be right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from fedkd.doctor.finding import Finding
from fedkd.errors import CertificateError
from fedkd.kits.identities import SOON
from fedkd.runtime.identity import Credentials, NodeKey, describe
from fedkd.runtime.identity.certificates import CertificateFacts, load, require_issued, require_valid
from fedkd.runtime.identity.drafts import SKEW
from fedkd.runtime.identity.node_key import NODE_KEY

_RENEW = {
    "site": "ask the administrator for fedkd deploy rotate",
    "server": "ask the administrator for fedkd deploy provision, which renews it, and copy this kit again",
}


def check_certificate(folder: Path, role: str, name: str = "", at: datetime | None = None) -> Iterator[Finding]:
    """Whether a kit can prove who it is.

    Args:
        folder: The kit.
        role: "site" or "server".
        name: Of the site.
        at: Now, if None; aware.

    Raises:
        CertificateError: A file is missing or damaged, or key and certificate do not belong together; the certificate
            is another authority's, expired, not yet valid, or somebody else's.
    """
    now = at or datetime.now(UTC)
    held = Credentials.read(folder)
    certificate, authority = load(held.certificate), load(held.ca)
    require_issued(certificate, authority)
    require_valid("the certificate", certificate, now)
    require_valid("the authority", authority, now)
    facts = describe(held.certificate)
    if facts.role != role or (name and facts.name != name):
        what = f"the certificate is that of the {facts.role} {facts.name!r}, not of the {role} {name!r}"
        raise CertificateError(what, "put the right kit on this machine")
    until = f"{facts.name}, valid until {facts.not_after:%Y-%m-%d %H:%M} UTC"
    if facts.not_after - now < SOON:
        yield Finding("certificate", "warning", until, _RENEW[role])
    else:
        yield Finding("certificate", "ok", until)
    yield check_clock(facts, now)


def check_clock(facts: CertificateFacts, now: datetime) -> Finding:
    """Whether the clock is before the time at which a certificate was issued."""
    issued = facts.not_before + SKEW
    if now < issued:
        what = f"{now:%Y-%m-%d %H:%M} UTC, before the certificate was issued ({issued:%Y-%m-%d %H:%M})"
        return Finding("clock", "warning", what, "set the clock, with NTP for one")
    return Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M} UTC, after the certificate was issued")


def check_node_key(folder: Path) -> Iterator[Finding]:
    """Whether a SuperNode's key can be read, where a kit has one.

    Raises:
        CertificateError: It cannot.
    """
    if (folder / NODE_KEY).exists():
        NodeKey.read(folder)
        yield Finding("supernode key", "ok", f"{NODE_KEY} is a key of OpenSSH")
