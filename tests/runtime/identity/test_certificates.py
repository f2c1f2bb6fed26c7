"""A client learns what is wrong with its certificate before it dials."""

from __future__ import annotations

import hashlib
import ssl
from datetime import timedelta

import pytest
from cryptography import x509

from fedkd.errors import CertificateError
from fedkd.runtime.identity import Authority, CertificateFacts, check, describe
from tests.runtime.identity.cases import CLIENT, NOW, SERVER, authority, odd, uri

SITE = uri("urn:fedkd:site:a")


def test_what_a_certificate_says(tmp_path):
    issued = authority(tmp_path).issue_site("ward-3", 30, NOW)

    facts = describe(issued.certificate)

    # Another library's way from PEM to the bytes that are hashed.
    fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(issued.certificate.decode())).hexdigest()
    assert facts == CertificateFacts(
        "site", "ward-3", NOW - timedelta(hours=1), NOW + timedelta(days=30), fingerprint, "clinics"
    )


def test_a_server_is_called_by_its_first_host(tmp_path):
    facts = describe(authority(tmp_path).issue_server(["10.0.0.7", "hub"], 1, NOW).certificate)

    assert (facts.role, facts.name) == ("server", "10.0.0.7")


@pytest.mark.parametrize("pem", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate(pem):
    with pytest.raises(CertificateError, match="this is no certificate in PEM"):
        describe(pem)


@pytest.mark.parametrize(
    ("name", "uses", "names"),
    [
        ("a", [], [SITE]),
        ("a", [CLIENT], []),
        ("a", [CLIENT, SERVER], [SITE]),
        ("a", [CLIENT], [SITE, uri("urn:fedkd:site:b")]),
        ("a", [CLIENT], [SITE, SITE]),
        ("a", [CLIENT], [SITE, x509.DNSName("a")]),
        ("a", [CLIENT], [x509.DNSName("a")]),
        ("b", [CLIENT], [SITE]),
        ("a", [CLIENT], [uri("urn:other:site:a")]),
        ("a", [CLIENT], [uri("urn:fedkd:admin")]),
        ("A", [CLIENT], [uri("urn:fedkd:site:A")]),
        ("admin", [CLIENT], [uri("urn:fedkd:site:admin")]),
        ("server", [SERVER], [SITE]),
        ("server", [SERVER], [x509.DNSName("a"), SITE]),
    ],
)
def test_a_signature_does_not_make_a_role(tmp_path, name, uses, names):
    signer = authority(tmp_path)
    pem = odd(signer, name, uses, names)

    with pytest.raises(CertificateError, match=f"of '{name}' is none that fedkd issues"):
        describe(pem)
    with pytest.raises(CertificateError, match="is none that fedkd issues"):
        check(pem, signer.pem, NOW)


def test_the_odd_ones_are_odd_by_one_thing_only(tmp_path):
    assert describe(odd(authority(tmp_path), "a", [CLIENT], [SITE])).name == "a"


@pytest.mark.parametrize("admin", [False, True])
def test_a_good_certificate_passes_up_to_its_last_second(tmp_path, admin):
    signer = authority(tmp_path)
    issued = signer.issue_admin(30, NOW) if admin else signer.issue_site("a", 30, NOW)

    for at in (NOW - timedelta(hours=1), NOW, NOW + timedelta(days=30)):
        assert check(issued.certificate, issued.ca, at) == describe(issued.certificate)


def test_an_expired_certificate(tmp_path):
    issued = authority(tmp_path).issue_site("a", 30, NOW)

    with pytest.raises(CertificateError, match="of 'a' expired on 2026-03-31 12:00:00 UTC; have a new one issued"):
        check(issued.certificate, issued.ca, NOW + timedelta(days=30, seconds=1))


def test_a_certificate_that_is_not_valid_yet(tmp_path):
    issued = authority(tmp_path).issue_site("a", 30, NOW)

    with pytest.raises(CertificateError, match="of 'a' is not valid before 2026-03-01 11:00:00 UTC; correct the clock"):
        check(issued.certificate, issued.ca, NOW - timedelta(hours=1, seconds=1))


@pytest.mark.parametrize("name", ["clinics", "others"])
def test_a_certificate_of_another_authority_even_of_the_same_name(tmp_path, name):
    ours, theirs = authority(tmp_path / "ours"), authority(tmp_path / "theirs", name)

    with pytest.raises(CertificateError, match=f"of 'a' from '{name}' is not signed by this authority, 'clinics'"):
        check(theirs.issue_site("a", 30, NOW).certificate, ours.pem, NOW)


def test_a_server_is_no_client(tmp_path):
    issued = authority(tmp_path).issue_server(["hub"], 30, NOW)

    with pytest.raises(CertificateError, match="of 'hub' is a server's, without clientAuth"):
        check(issued.certificate, issued.ca, NOW)


def test_a_site_cannot_sign_for_others(tmp_path):
    signer = authority(tmp_path)
    site, forged = signer.issue_site("a", 30, NOW), signer.issue_site("b", 30, NOW)

    with pytest.raises(CertificateError, match="is not signed by this authority, 'a'"):
        check(forged.certificate, site.certificate, NOW)


def test_an_expired_authority(tmp_path):
    signer = Authority.create(tmp_path, "clinics", 1, NOW - timedelta(days=2))
    pem = odd(signer, "a", [CLIENT], [SITE])

    with pytest.raises(CertificateError, match="the authority 'clinics' expired on 2026-02-28"):
        check(pem, signer.pem, NOW)
