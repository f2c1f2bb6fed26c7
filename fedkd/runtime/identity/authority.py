"""An own certificate authority: it says which machines belong to the federation, and nobody else can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from fedkd.errors import CertificateError, OutOfRangeError
from fedkd.files import disk_errors, write_whole
from fedkd.runtime.identity.certificates import load
from fedkd.runtime.identity.credentials import CA, Credentials, key_pem, load_key, read_file
from fedkd.runtime.identity.drafts import called, draft_of, usage, validity
from fedkd.runtime.identity.names import ADMIN, ADMIN_URI, SITE_URI, checked_name, checked_site, host_name

KEY = "ca.key"


@dataclass(frozen=True)
class Authority:
    """A key that signs certificates (ECDSA on P-256), and its own certificate.

    Attributes:
        certificate: Self-signed.
        key: Never printed; stays where the authority was made.
    """

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def create(cls, folder: Path, name: str, days: int = 3650, at: datetime | None = None) -> Authority:
        """Make a new one, kept as `ca.key` (only its owner may read it) and `ca.crt`.

        Args:
            folder: Where; made where absent.
            name: 1 to 63 of a-z, 0-9 and -.
            days: How long it is valid, from `at` on.
            at: Now, if None; aware.

        Raises:
            CertificateError: The folder holds an authority already.
            OutOfRangeError: The name is none, or `days` is not between 1 and 36500.
            DiskError: It cannot be written.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = called(checked_name(name))
        extensions = (x509.BasicConstraints(ca=True, path_length=0), usage(signs=True))
        draft = draft_of(subject, subject, key.public_key(), validity(days, at), extensions)
        authority = cls(draft.sign(key, hashes.SHA256()), key)
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            if (folder / KEY).exists():
                raise CertificateError(f"'{folder}' holds an authority already", "open it, or choose another folder")
        # The key comes last: without it there is no authority yet, and a crash between the two costs nothing.
        write_whole(folder / CA, authority.pem)
        write_whole(folder / KEY, key_pem(key), private=True)
        return authority

    @classmethod
    def open(cls, folder: Path) -> Authority:
        """Read one that was created.

        Raises:
            CertificateError: A file is missing or damaged, or they do not belong together.
        """
        authority = cls(
            load(read_file(folder / CA), f"'{folder / CA}'"), load_key(read_file(folder / KEY), f"'{folder / KEY}'")
        )
        if authority.key.public_key() != authority.certificate.public_key():
            raise CertificateError(f"'{KEY}' and '{CA}' in '{folder}' do not belong together", "restore both")
        return authority

    @property
    def pem(self) -> bytes:
        """The certificate in PEM: what every machine has to know."""
        return self.certificate.public_bytes(Encoding.PEM)

    def issue_server(self, hosts: Sequence[str], days: int, at: datetime | None = None) -> Credentials:
        """For a server, which clients may dial by any of these hosts.

        Args:
            hosts: DNS names and IP addresses.
            days: How long it is valid, from `at` on.
            at: Now, if None; aware.

        Raises:
            OutOfRangeError: There is no host, one is none, or `days` is not between 1 and 36500.
            CertificateError: It would outlive the authority.
        """
        if not hosts:
            raise OutOfRangeError("a server needs a host", "give the DNS names and IP addresses that clients dial")
        return self._issue("server", list(map(host_name, hosts)), ExtendedKeyUsageOID.SERVER_AUTH, days, at)

    def issue_site(self, site: str, days: int, at: datetime | None = None) -> Credentials:
        """For a site.

        Args:
            site: Its name, 1 to 63 of a-z, 0-9 and -; not "admin".
            days: How long it is valid, from `at` on.
            at: Now, if None; aware.

        Raises:
            OutOfRangeError: The name is none, or `days` is not between 1 and 36500.
            CertificateError: It would outlive the authority.
        """
        uri = x509.UniformResourceIdentifier(SITE_URI + checked_site(site))
        return self._issue(site, [uri], ExtendedKeyUsageOID.CLIENT_AUTH, days, at)

    def issue_admin(self, days: int, at: datetime | None = None) -> Credentials:
        """For an administrator.

        Args:
            days: How long it is valid, from `at` on.
            at: Now, if None; aware.

        Raises:
            OutOfRangeError: `days` is not between 1 and 36500.
            CertificateError: It would outlive the authority.
        """
        uri = x509.UniformResourceIdentifier(ADMIN_URI)
        return self._issue(ADMIN, [uri], ExtendedKeyUsageOID.CLIENT_AUTH, days, at)

    def _issue(
        self, owner: str, names: list[x509.GeneralName], use: x509.ObjectIdentifier, days: int, at: datetime | None
    ) -> Credentials:
        first, last = validity(days, at)
        if last > self.certificate.not_valid_after_utc:
            raise CertificateError(
                f"a certificate for {days} days would outlive its authority, "
                f"which expires on {self.certificate.not_valid_after_utc:%Y-%m-%d %H:%M:%S} UTC",
                "ask for fewer days, or create a new authority",
            )
        key = ec.generate_private_key(ec.SECP256R1())
        extensions = (
            x509.BasicConstraints(ca=False, path_length=None),
            usage(signs=False),
            x509.ExtendedKeyUsage([use]),
            x509.SubjectAlternativeName(names),
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
        )
        draft = draft_of(called(owner), self.certificate.subject, key.public_key(), (first, last), extensions)
        certificate = draft.sign(self.key, hashes.SHA256())
        return Credentials(key_pem(key), certificate.public_bytes(Encoding.PEM), self.pem)
