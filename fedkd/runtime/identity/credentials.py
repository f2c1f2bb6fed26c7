"""What one machine holds: its private key, its certificate, and the certificate of the authority."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from fedkd.errors import CertificateError
from fedkd.files import disk_errors, write_whole
from fedkd.runtime.identity.certificates import load

KEY, CERTIFICATE, CA = "key.pem", "certificate.pem", "ca.crt"


@dataclass(frozen=True)
class Credentials:
    """What one machine needs to prove who it is, and to know its peers; gRPC takes the three as they are.

    Attributes:
        key: Private key in PEM (PKCS #8, not encrypted); never printed.
        certificate: Its certificate in PEM.
        ca: The authority's certificate in PEM.
    """

    key: bytes = field(repr=False)
    certificate: bytes
    ca: bytes

    def write(self, folder: Path) -> None:
        """Write `key.pem` (only its owner may read it), `ca.crt` and `certificate.pem`, each whole or not at all.

        Raises:
            DiskError: They cannot be written.
        """
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / KEY, self.key, private=True)
        write_whole(folder / CA, self.ca)
        # Last: where there is a certificate, there is all that it needs.
        write_whole(folder / CERTIFICATE, self.certificate)

    @classmethod
    def read(cls, folder: Path) -> Credentials:
        """Read what `write` wrote.

        Raises:
            CertificateError: A file is missing or damaged, or the key is that of another certificate.
        """
        ca = read_file(folder / CA)
        load(ca, f"'{folder / CA}'")
        if not is_pair(folder):
            raise CertificateError(
                f"key and certificate in '{folder}' do not belong together", "write both again, from one issue"
            )
        return cls(read_file(folder / KEY), read_file(folder / CERTIFICATE), ca)


def is_pair(folder: Path) -> bool:
    """Whether key and certificate of a folder belong together; a kill between the two that `write` writes parts them.

    Raises:
        CertificateError: One is missing or damaged.
    """
    own = load(read_file(folder / CERTIFICATE), f"'{folder / CERTIFICATE}'")
    return load_key(read_file(folder / KEY), f"'{folder / KEY}'").public_key() == own.public_key()


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A private key in PEM (PKCS #8, not encrypted)."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def load_key(pem: bytes, source: str) -> ec.EllipticCurvePrivateKey:
    """Read a private key of an elliptic curve.

    Args:
        pem: The key.
        source: Where it is from, for the error.

    Raises:
        CertificateError: It is none.
    """
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise CertificateError(f"{source} is no private key in PEM", "restore the file, or issue a new one") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CertificateError(
            f"{source} is no key of an elliptic curve", "issue a new one with the federation's authority"
        )
    return key


def read_file(path: Path) -> bytes:
    """Read a file of keys or certificates.

    Raises:
        CertificateError: It cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertificateError(
            f"'{path}' cannot be read ({error.strerror})", "give the folder that was written when it was issued"
        ) from error
