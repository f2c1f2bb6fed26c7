"""The key with which Flower's SuperNode of a site signs its calls: ECDSA on P-384, in OpenSSH's formats."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

from fedkd.errors import CertificateError
from fedkd.files import write_whole
from fedkd.runtime.identity.credentials import read_file

NODE_KEY = "supernode.key"


@dataclass(frozen=True)
class NodeKey:
    """A SuperNode's key. SuperNodes are let in by their public keys, not by certificates.

    Attributes:
        key: Never printed; `flower-supernode --auth-supernode-private-key` reads it.
    """

    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def create(cls) -> NodeKey:
        """A new one."""
        return cls(ec.generate_private_key(ec.SECP384R1()))

    @classmethod
    def read(cls, folder: Path) -> NodeKey:
        """Read what `write` wrote.

        Raises:
            CertificateError: It is missing or damaged, or another kind of key.
        """
        path = folder / NODE_KEY
        try:
            key = load_ssh_private_key(read_file(path), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise CertificateError(f"'{path}' is no private key of OpenSSH", "restore the file, or rotate") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise CertificateError(f"'{path}' is no key of an elliptic curve", "restore the file, or rotate")
        return cls(key)

    def write(self, folder: Path) -> None:
        """Write `supernode.key`; only its owner may read it.

        Raises:
            DiskError: It cannot be written.
        """
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        write_whole(folder / NODE_KEY, pem, private=True)

    def public(self, site: str) -> bytes:
        """The line that `flwr supernode register` takes.

        Args:
            site: Whose; the comment at the end of the line.
        """
        line = self.key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        return line + f" {site}\n".encode()
