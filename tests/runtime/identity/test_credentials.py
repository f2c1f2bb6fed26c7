"""What a machine holds comes back as it was, and its key is nobody else's at any moment."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fedkd.errors import CertificateError, DiskError
from fedkd.runtime.identity import Credentials
from tests.runtime.identity.cases import NOW, authority


@pytest.fixture
def issued(tmp_path) -> Credentials:
    return authority(tmp_path / "ca").issue_site("a", 30, NOW)


@pytest.fixture
def no_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_there_and_back(tmp_path, issued):
    folder = tmp_path / "deep" / "a"

    issued.write(folder)

    assert Credentials.read(folder) == issued
    assert sorted(path.name for path in folder.iterdir()) == ["ca.crt", "certificate.pem", "key.pem"]


def test_the_key_is_not_printed(issued):
    assert "PRIVATE" not in repr(issued)
    assert "PRIVATE" in issued.key.decode()


@pytest.mark.usefixtures("no_umask")
def test_the_key_is_never_readable_for_others(tmp_path, issued, monkeypatch):
    folder, seen = tmp_path / "a", []

    def watched(call):
        def watching(*arguments, **options):
            result = call(*arguments, **options)
            seen.extend((path.name, mode(path)) for path in folder.iterdir() if path.name.startswith("key"))
            return result

        return watching

    for owner, name in ((os, "open"), (os, "fdopen"), (os, "fsync"), (Path, "replace")):
        monkeypatch.setattr(owner, name, watched(getattr(owner, name)))
    issued.write(folder)

    assert {name for name, _ in seen} == {"key.pem.partial", "key.pem"}
    assert {modes for _, modes in seen} == {0o600}
    # The others show that the umask lets everything through here.
    assert mode(folder / "ca.crt") == 0o666


@pytest.mark.usefixtures("no_umask")
def test_what_lay_in_the_place_of_the_key_does_not_open_it(tmp_path, issued):
    for name in ("key.pem", "key.pem.partial"):
        (tmp_path / name).write_bytes(b"of an earlier crash")
    assert mode(tmp_path / "key.pem") == 0o666

    with (tmp_path / "key.pem.partial").open("rb") as eavesdropper:
        issued.write(tmp_path)
        heard = eavesdropper.read()

    assert heard == b"of an earlier crash"
    assert mode(tmp_path / "key.pem") == 0o600
    assert not (tmp_path / "key.pem.partial").exists()


def test_a_file_that_somebody_puts_there_meanwhile_is_not_written_to(tmp_path, issued, monkeypatch):
    unlink, trap = Path.unlink, tmp_path / "key.pem.partial"

    def replaced(path: Path, missing_ok: bool = False) -> None:
        unlink(path, missing_ok)
        trap.write_bytes(b"")

    monkeypatch.setattr(Path, "unlink", replaced)
    with pytest.raises(DiskError, match="a file is in the way"):
        issued.write(tmp_path)

    assert trap.read_bytes() == b""
    assert not (tmp_path / "key.pem").exists()


def test_a_full_disk_leaves_what_was_there(tmp_path, issued, monkeypatch):
    issued.write(tmp_path / "a")
    newer = authority(tmp_path / "other").issue_site("a", 30, NOW)

    def failing(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(DiskError, match=r"key\.pem' cannot be written because the disk is full"):
        newer.write(tmp_path / "a")

    assert Credentials.read(tmp_path / "a") == issued
    assert len(list((tmp_path / "a").iterdir())) == 3


def test_a_key_of_another_certificate(tmp_path, issued):
    other = authority(tmp_path / "other").issue_site("a", 30, NOW)
    replace(issued, key=other.key).write(tmp_path / "a")

    with pytest.raises(CertificateError, match="do not belong together"):
        Credentials.read(tmp_path / "a")


@pytest.mark.parametrize("name", ["key.pem", "certificate.pem", "ca.crt"])
def test_a_file_that_is_missing_or_damaged_is_named(tmp_path, issued, name):
    issued.write(tmp_path / "a")
    path = tmp_path / "a" / name

    path.write_bytes(path.read_bytes()[:80])
    with pytest.raises(CertificateError, match=f"{name}' is no (private key|certificate) in PEM"):
        Credentials.read(tmp_path / "a")

    path.unlink()
    with pytest.raises(CertificateError, match=f"{name}' cannot be read"):
        Credentials.read(tmp_path / "a")


def test_a_key_of_another_kind(tmp_path, issued):
    key = rsa.generate_private_key(65537, 1024)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    replace(issued, key=pem).write(tmp_path / "a")

    with pytest.raises(CertificateError, match=r"key\.pem' is no key of an elliptic curve"):
        Credentials.read(tmp_path / "a")
