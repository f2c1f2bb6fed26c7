"""Authorities, and certificates that no authority of ours issues."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fedkd.runtime.identity import Authority

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH


def authority(folder: Path, name: str = "clinics", at: datetime | None = NOW) -> Authority:
    return Authority.create(folder, name, at=at)


def uri(text: str) -> x509.GeneralName:
    return x509.UniformResourceIdentifier(text)


def odd(
    signer: Authority, name: str, uses: Sequence[x509.ObjectIdentifier], names: Sequence[x509.GeneralName]
) -> bytes:
    """A certificate that the authority's key signs, whatever stands in it."""
    builder = x509.CertificateBuilder(
        signer.certificate.subject,
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
        ec.generate_private_key(ec.SECP256R1()).public_key(),
        x509.random_serial_number(),
        NOW,
        NOW + timedelta(days=1),
    )
    if uses:
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(signer.key, hashes.SHA256()).public_bytes(Encoding.PEM)
