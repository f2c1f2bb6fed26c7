"""What a certificate says: whose it is, of which role, until when; and whether a client may dial with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fedkd.errors import CertificateError
from fedkd.runtime.identity.names import ADMIN, ADMIN_URI, SITE_URI, is_name

Role = Literal["site", "admin", "server"]


@dataclass(frozen=True)
class CertificateFacts:
    """What a certificate says.

    Attributes:
        role: What its owner may be.
        name: Of the site, "admin", or a server's first host.
        not_before: Valid from then on; aware.
        not_after: Valid up to and including then; aware.
        fingerprint: SHA-256 of the certificate, 64 hexadecimal digits.
        issuer: The name of the authority.
    """

    role: Role
    name: str
    not_before: datetime
    not_after: datetime
    fingerprint: str
    issuer: str


def load(pem: bytes, source: str = "this") -> x509.Certificate:
    """Read one certificate; of a chain its first.

    Args:
        pem: The certificate.
        source: Where it is from, for the error.

    Raises:
        CertificateError: It is none.
    """
    try:
        return x509.load_pem_x509_certificate(pem)
    except (ValueError, x509.InvalidVersion) as error:
        raise CertificateError(
            f"{source} is no certificate in PEM", "give the file that was issued, unchanged"
        ) from error


def describe(pem: bytes) -> CertificateFacts:
    """What a certificate says; neither signature nor validity is looked at.

    Raises:
        CertificateError: It is damaged, or none that an `Authority` issues.
    """
    certificate = load(pem)
    try:
        role, name = _owner(certificate)
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise CertificateError(
            f"the certificate of {_common_name(certificate.subject)!r} is none that fedkd issues ({error})",
            "issue one with the federation's own authority",
        ) from error
    return CertificateFacts(
        role,
        name,
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        certificate.fingerprint(hashes.SHA256()).hex(),
        _common_name(certificate.issuer),
    )


def check(pem: bytes, ca_pem: bytes, at: datetime, server: bool = False) -> CertificateFacts:
    """Whether a client may dial with its certificate; asked before it does, since a server only hangs up.

    Or whether a server may show it: clients that do not trust it only hang up, too.

    Args:
        pem: The certificate.
        ca_pem: The certificate of the authority that the other side trusts.
        at: The time to ask for; aware.
        server: Whether a server asks.

    Returns:
        What the certificate says.

    Raises:
        CertificateError: It is damaged, signed by another authority, for the other side, expired, or not yet valid.
    """
    certificate, authority = load(pem), load(ca_pem)
    require_issued(certificate, authority)
    facts = describe(pem)
    if server and facts.role != "server":
        raise CertificateError(
            f"the certificate of {facts.name!r} is a client's, without serverAuth", "give a server's"
        )
    if not server and facts.role == "server":
        raise CertificateError(
            f"the certificate of {facts.name!r} is a server's, without clientAuth",
            "give a site's or an administrator's",
        )
    require_valid(f"the certificate of {facts.name!r}", certificate, at)
    require_valid(f"the authority {facts.issuer!r}", authority, at)
    return facts


def require_issued(certificate: x509.Certificate, authority: x509.Certificate) -> None:
    """Refuse a certificate that another authority signed.

    Raises:
        CertificateError: It did.
    """
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as error:
        raise CertificateError(
            f"the certificate of {_common_name(certificate.subject)!r} from {_common_name(certificate.issuer)!r} "
            f"is not signed by this authority, {_common_name(authority.subject)!r}",
            "ask this federation's administrator for another one",
        ) from error


def require_valid(what: str, certificate: x509.Certificate, at: datetime) -> None:
    """Refuse a certificate outside its time.

    Raises:
        CertificateError: It has expired, or is not valid yet.
    """
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if at > last:
        raise CertificateError(
            f"{what} expired on {last:%Y-%m-%d %H:%M:%S} UTC", "have a new one issued, or correct the clock"
        )
    if at < first:
        raise CertificateError(
            f"{what} is not valid before {first:%Y-%m-%d %H:%M:%S} UTC", "correct the clock, or wait"
        )


def hosts_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """DNS names and IP addresses in a certificate."""
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return tuple(str(name.value) for name in names if isinstance(name, x509.DNSName | x509.IPAddress))


def _owner(certificate: x509.Certificate) -> tuple[Role, str]:
    """Role and name; what is missing or wrong is raised as it comes."""
    uses = set(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    hosts = hosts_of(certificate)
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    if uses == {ExtendedKeyUsageOID.SERVER_AUTH} and len(hosts) == len(list(names)):
        return "server", hosts[0]
    if uses != {ExtendedKeyUsageOID.CLIENT_AUTH} or not len(uris) == len(list(names)) == 1:
        raise ValueError("it is for neither a server alone nor one client alone")
    owner = _common_name(certificate.subject)
    if uris == [ADMIN_URI] and owner == ADMIN:
        return "admin", owner
    if uris == [SITE_URI + owner] and is_name(owner) and owner != ADMIN:
        return "site", owner
    raise ValueError(f"its names are {owner!r} and {uris[0]!r}")


def _common_name(name: x509.Name) -> str:
    return ", ".join(str(attribute.value) for attribute in name.get_attributes_for_oid(NameOID.COMMON_NAME))
