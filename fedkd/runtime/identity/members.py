"""Who may take part: the list that the aggregator asks at every call.

gRPC in Python knows no revocation, and looks at the time of a certificate only when a connection opens. So a member
is a certificate that the authority signed *and* whose fingerprint is listed here *and* that is still valid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from fedkd.errors import CertificateError, NotAllowedError
from fedkd.runtime.identity.certificates import CertificateFacts, describe, load, require_valid
from fedkd.runtime.identity.listing import Listed, checked_fingerprint, read_list, stamp, write_list, writing
from fedkd.runtime.identity.names import checked_name


@dataclass(frozen=True)
class Member:
    """Who is calling.

    Attributes:
        role: What it may do.
        name: Of the site, or "admin".
        fingerprint: SHA-256 of its certificate, 64 hexadecimal digits.
    """

    role: Literal["site", "admin"]
    name: str
    fingerprint: str


class Members:
    """The certificates that are let in, by name of their owner, in a JSON file.

    A name without fingerprints is revoked. Several processes may change the list, one after the other; it is read
    again when it has changed. Administrators are listed as "admin".

    Args:
        path: The file; the first `allow` makes it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: tuple[tuple[int, ...], Listed] | None = None

    def allow(self, site: str, fingerprint: str) -> None:
        """Let a certificate in, beside those that its site has already; a revoked site is let in again with it alone.

        Raises:
            OutOfRangeError: There is no such name or fingerprint.
            DeployError: The list is damaged, or in use for long.
            DiskError: It cannot be written.
        """
        checked_name(site)
        checked_fingerprint(fingerprint)
        self._change(lambda listed: _with(listed, site, listed.get(site, ()), fingerprint), new=True)

    def revoke(self, site: str) -> None:
        """Let none of a site's certificates in any more, from the next call on.

        Raises:
            NotAllowedError: There is no such site.
            DeployError: The list is missing, damaged, or in use for long.
            DiskError: It cannot be written.
        """

        def revoked(listed: Listed) -> Listed:
            _of(listed, site)
            return {**listed, site: ()}

        self._change(revoked)

    def rotate(self, site: str, new: str, old: str | None = None) -> None:
        """Let a new certificate in, and the old one no more.

        Args:
            site: Whose.
            new: The fingerprint to let in.
            old: The fingerprint whose place it takes; of all, if None.

        Raises:
            OutOfRangeError: `new` is no fingerprint.
            NotAllowedError: The site is not listed or is revoked, or has no such old certificate.
            DeployError: The list is missing, damaged, or in use for long.
            DiskError: It cannot be written.
        """
        checked_fingerprint(new)

        def rotated(listed: Listed) -> Listed:
            before = _of(listed, site)
            if not before:
                raise NotAllowedError(
                    f"{site!r} is revoked, so there is nothing to rotate", "allow its new certificate"
                )
            if old is not None and old not in before:
                raise NotAllowedError(f"{site!r} has no certificate {old!r} on the list", "correct the fingerprint")
            return _with(listed, site, [kept for kept in before if old not in (None, kept)], new)

        self._change(rotated)

    def allowed(self, site: str) -> tuple[str, ...] | None:
        """Fingerprints of a site; none if it is revoked, None if the list does not name it, or there is no list.

        Raises:
            DeployError: The list is damaged.
        """
        return self._listed().get(site) if self.path.exists() else None

    def role_of(self, pem: bytes, at: datetime) -> Member:
        """Who calls with this certificate, whose signature the handshake has verified.

        Args:
            pem: The caller's certificate.
            at: The time to ask for; aware.

        Raises:
            NotAllowedError: It is a server's, not listed, revoked, expired, or not yet valid.
            CertificateError: It is damaged, or none of ours.
            DeployError: The list is missing or damaged; nobody is let in.
        """
        facts = describe(pem)
        if facts.role == "server":
            raise NotAllowedError(f"{facts.name!r} is a server", "call with a site's or an administrator's certificate")
        try:
            require_valid(f"the certificate of {facts.name!r}", load(pem), at)
        except CertificateError as error:
            raise NotAllowedError(error.what, error.fix) from error
        _require_listed(facts, _of(self._listed(), facts.name))
        return Member(facts.role, facts.name, facts.fingerprint)

    def _listed(self) -> Listed:
        read, now = self._read, stamp(self.path)
        if read is None or read[0] != now:
            read = self._read = read_list(self.path)
        return read[1]

    def _change(self, change: Callable[[Listed], Listed], new: bool = False) -> None:
        with writing(self.path):
            before = {} if new and not self.path.exists() else read_list(self.path)[1]
            write_list(self.path, change(before))


def _of(listed: Listed, site: str) -> tuple[str, ...]:
    if site not in listed:
        raise NotAllowedError(f"{site!r} is not on the list of members", "ask the administrator to allow it")
    return listed[site]


def _with(listed: Listed, site: str, kept: tuple[str, ...] | list[str], new: str) -> Listed:
    return {**listed, site: (*(fingerprint for fingerprint in kept if fingerprint != new), new)}


def _require_listed(facts: CertificateFacts, allowed: tuple[str, ...]) -> None:
    if not allowed:
        raise NotAllowedError(f"{facts.name!r} is revoked", "ask the administrator why")
    if facts.fingerprint not in allowed:
        raise NotAllowedError(
            f"the certificate {facts.fingerprint[:16]} of {facts.name!r} is not, or no more, on the list of members",
            "use the newest one, or ask the administrator to allow it",
        )
