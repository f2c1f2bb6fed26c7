"""An authority signs what it was asked to, for as long as it lives itself."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from fedkd.errors import CertificateError, DiskError, OutOfRangeError
from fedkd.runtime.identity import Authority, describe
from tests.runtime.identity.cases import NOW, authority


def extension(pem: bytes, kind: type[x509.ExtensionType]) -> x509.Extension:
    return x509.load_pem_x509_certificate(pem).extensions.get_extension_for_class(kind)


def test_an_authority_is_the_same_after_it_was_opened(tmp_path):
    made = authority(tmp_path / "deep" / "ca")

    opened = Authority.open(tmp_path / "deep" / "ca")

    assert opened.pem == made.pem
    assert opened.key.private_numbers() == made.key.private_numbers()


def test_its_key_is_for_its_owner_alone(tmp_path):
    authority(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca.crt", "ca.key"]
    assert stat.S_IMODE((tmp_path / "ca.key").stat().st_mode) == 0o600
    assert "key" not in repr(Authority.open(tmp_path))


def test_its_certificate_may_sign_leaves_only(tmp_path):
    made = authority(tmp_path)

    assert isinstance(made.key.curve, ec.SECP256R1)
    assert extension(made.pem, x509.BasicConstraints).value == x509.BasicConstraints(ca=True, path_length=0)
    assert extension(made.pem, x509.BasicConstraints).critical
    assert extension(made.pem, x509.KeyUsage).value.key_cert_sign
    assert made.certificate.not_valid_after_utc == NOW + timedelta(days=3650)
    made.certificate.verify_directly_issued_by(made.certificate)


def test_a_second_authority_does_not_replace_the_first(tmp_path):
    first = authority(tmp_path)

    with pytest.raises(CertificateError, match="holds an authority already") as caught:
        authority(tmp_path)

    assert caught.value.code == 64
    assert Authority.open(tmp_path).pem == first.pem


def test_a_crash_before_the_key_was_written_is_made_good(tmp_path):
    (tmp_path / "ca.crt").write_bytes(b"of an authority without a key")

    made = authority(tmp_path)

    assert Authority.open(tmp_path).pem == made.pem


def test_a_site_has_one_uri_and_may_be_a_client_only(tmp_path):
    signer = authority(tmp_path)

    issued = signer.issue_site("ward-3", 30, NOW)

    certificate = x509.load_pem_x509_certificate(issued.certificate)
    names = list(extension(issued.certificate, x509.SubjectAlternativeName).value)
    assert certificate.subject.rfc4514_string() == "CN=ward-3"
    assert names == [x509.UniformResourceIdentifier("urn:fedkd:site:ward-3")]
    assert list(extension(issued.certificate, x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert extension(issued.certificate, x509.BasicConstraints).value.ca is False
    assert not extension(issued.certificate, x509.KeyUsage).value.key_cert_sign
    assert certificate.not_valid_before_utc == NOW - timedelta(hours=1)
    assert certificate.not_valid_after_utc == NOW + timedelta(days=30)
    certificate.verify_directly_issued_by(signer.certificate)


def test_an_administrator(tmp_path):
    issued = authority(tmp_path).issue_admin(30, NOW)

    names = list(extension(issued.certificate, x509.SubjectAlternativeName).value)
    assert names == [x509.UniformResourceIdentifier("urn:fedkd:admin")]
    assert (describe(issued.certificate).role, describe(issued.certificate).name) == ("admin", "admin")


def test_a_server_has_the_hosts_that_clients_dial(tmp_path):
    issued = authority(tmp_path).issue_server(["hub.example.org", "10.0.0.7", "::1"], 30, NOW)

    names = [str(name.value) for name in extension(issued.certificate, x509.SubjectAlternativeName).value]
    assert names == ["hub.example.org", "10.0.0.7", "::1"]
    assert list(extension(issued.certificate, x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_every_issue_has_a_key_of_its_own(tmp_path):
    signer = authority(tmp_path)

    first, second = signer.issue_site("a", 1, NOW), signer.issue_site("a", 1, NOW)

    assert first.key != second.key
    assert describe(first.certificate).fingerprint != describe(second.certificate).fingerprint


def test_without_a_time_it_is_now(tmp_path):
    before = datetime.now(UTC) - timedelta(seconds=1)

    facts = describe(authority(tmp_path, at=None).issue_site("a", 1).certificate)

    assert before <= facts.not_after - timedelta(days=1) <= datetime.now(UTC)


@pytest.mark.parametrize("days", [-1, 0, 36501])
def test_impossible_times_are_refused(tmp_path, days):
    with pytest.raises(OutOfRangeError, match=f"days={days} is out of range"):
        Authority.create(tmp_path / "new", "clinics", days)
    with pytest.raises(OutOfRangeError, match=f"days={days} is out of range"):
        authority(tmp_path).issue_admin(days, NOW)

    assert not (tmp_path / "new").exists()


def test_nothing_outlives_its_authority(tmp_path):
    signer = Authority.create(tmp_path, "clinics", 10, NOW)

    assert describe(signer.issue_site("a", 10, NOW).certificate).not_after == NOW + timedelta(days=10)
    with pytest.raises(CertificateError, match="11 days would outlive its authority, which expires on 2026-03-11"):
        signer.issue_site("a", 11, NOW)


def test_what_has_no_name_is_not_signed(tmp_path):
    signer = authority(tmp_path)

    with pytest.raises(OutOfRangeError, match="'Ward 3' is no name"):
        signer.issue_site("Ward 3", 1, NOW)
    with pytest.raises(OutOfRangeError, match="'a:1' is no host"):
        signer.issue_server(["localhost", "a:1"], 1, NOW)
    with pytest.raises(OutOfRangeError, match="a server needs a host"):
        signer.issue_server([], 1, NOW)
    with pytest.raises(OutOfRangeError, match="'My CA' is no name"):
        Authority.create(tmp_path / "other", "My CA")


def test_opening_says_what_is_wrong(tmp_path):
    with pytest.raises(CertificateError, match=r"ca\.crt' cannot be read \(No such file"):
        Authority.open(tmp_path)

    authority(tmp_path)
    key = (tmp_path / "ca.key").read_bytes()
    (tmp_path / "ca.key").write_bytes(key[:60])
    with pytest.raises(CertificateError, match=r"ca\.key' is no private key"):
        Authority.open(tmp_path)

    authority(tmp_path / "other")
    (tmp_path / "ca.key").write_bytes((tmp_path / "other" / "ca.key").read_bytes())
    with pytest.raises(CertificateError, match="do not belong together"):
        Authority.open(tmp_path)


def test_a_place_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(DiskError):
        authority(tmp_path / "file")
