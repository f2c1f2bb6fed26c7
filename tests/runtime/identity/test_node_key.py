"""Keys of SuperNodes."""

from __future__ import annotations

import stat

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_ssh_public_key,
)

from fedkd.errors import CertificateError
from fedkd.runtime.identity import NodeKey


def test_a_key_comes_back_and_only_its_owner_reads_it(tmp_path):
    key = NodeKey.create()

    key.write(tmp_path)

    path = tmp_path / "supernode.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    # Flower takes OpenSSH's format and refuses PKCS #8.
    assert path.read_bytes().startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----")
    assert NodeKey.read(tmp_path).public("a") == key.public("a")


def test_the_public_half_is_a_line_of_openssh():
    key = NodeKey.create()

    line = key.public("clinic-a")

    assert line.endswith(b" clinic-a\n")
    public = load_ssh_public_key(line)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert public.curve.name == "secp384r1"
    assert public == key.key.public_key()


def test_the_key_is_not_printed():
    assert "key" not in repr(NodeKey.create())


def test_other_files_are_refused(tmp_path):
    with pytest.raises(CertificateError, match="cannot be read"):
        NodeKey.read(tmp_path)
    (tmp_path / "supernode.key").write_text("nothing")
    with pytest.raises(CertificateError, match="no private key of OpenSSH"):
        NodeKey.read(tmp_path)
    other = ed25519.Ed25519PrivateKey.generate()
    other_pem = other.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    (tmp_path / "supernode.key").write_bytes(other_pem)
    with pytest.raises(CertificateError, match="no key of an elliptic curve"):
        NodeKey.read(tmp_path)
