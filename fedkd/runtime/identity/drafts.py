"""The parts of a certificate before it is signed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fedkd.errors import OutOfRangeError

SKEW = timedelta(hours=1)
"""Certificates are valid from a little earlier on: the clocks of sites differ."""


def draft_of(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    times: tuple[datetime, datetime],
    extensions: Sequence[x509.ExtensionType],
) -> x509.CertificateBuilder:
    """A certificate to sign.

    Args:
        subject: Whose.
        issuer: Who signs it.
        key: The owner's public key.
        times: From when to when it is valid; aware.
        extensions: What it says beside; the identifier of the key is added.
    """
    first, last = times
    builder = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number(), first, last)
    for extension in (*extensions, x509.SubjectKeyIdentifier.from_public_key(key)):
        # Who does not understand what a key is for must not use it.
        critical = isinstance(extension, x509.BasicConstraints | x509.KeyUsage)
        builder = builder.add_extension(extension, critical)
    return builder


def validity(days: int, at: datetime | None) -> tuple[datetime, datetime]:
    """From when to when a certificate is valid that is issued now, or `at` an aware time.

    Raises:
        OutOfRangeError: `days` is not between 1 and 36500.
    """
    if not 1 <= days <= 36500:
        raise OutOfRangeError(f"days={days} is out of range", "give 1 to 36500 days")
    now = datetime.now(UTC) if at is None else at.astimezone(UTC)
    return now - SKEW, now + timedelta(days=days)


def called(name: str) -> x509.Name:
    """A subject that has nothing but a common name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def usage(signs: bool) -> x509.KeyUsage:
    """What a key is for: signing certificates, or proving in a handshake who one is."""
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )
