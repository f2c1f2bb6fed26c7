"""Certificates of ours in real connections of gRPC: who gets in, and who does not."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from fedkd.errors import CertificateError, NotAllowedError
from fedkd.runtime.identity import Authority, Credentials, Members, check, describe
from tests.runtime.identity.cases import authority

PATIENCE_S = 10


class Hub:
    """A server that says who is calling.

    Attributes:
        signer: The authority that it trusts.
        members: The list that it asks.
        ahead: How far its clock is ahead.
        address: Where it listens.
    """

    def __init__(self, folder) -> None:
        self.signer = authority(folder / "ca", at=datetime.now(UTC) - timedelta(days=9))
        self.members = Members(folder / "members.json")
        self.members.allow("other", "0" * 64)
        self.ahead = timedelta()
        own = self.signer.issue_server(["127.0.0.1"], 30)
        secure = grpc.ssl_server_credentials([(own.key, own.certificate)], own.ca, require_client_auth=True)
        handler = grpc.unary_unary_rpc_method_handler(self.answer)
        self.server = grpc.server(ThreadPoolExecutor(2))
        self.server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Hub", {"Who": handler}),))
        self.address = f"127.0.0.1:{self.server.add_secure_port('127.0.0.1:0', secure)}"
        self.server.start()

    def answer(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        peer = context.auth_context()
        try:
            member = self.members.role_of(peer["x509_pem_cert"][0], datetime.now(UTC) + self.ahead)
        except NotAllowedError as error:
            context.abort(grpc.StatusCode.PERMISSION_DENIED, str(error))
        return b" ".join([member.role.encode(), member.name.encode(), *peer["peer_uri"]])

    def admit(self, signer: Authority, site: str, **options) -> Credentials:
        issued = signer.issue_site(site, 3, **options)
        self.members.allow(site, describe(issued.certificate).fingerprint)
        return issued


@pytest.fixture
def hub(tmp_path) -> Iterator[Hub]:
    hub = Hub(tmp_path)
    yield hub
    hub.server.stop(None).wait(PATIENCE_S)


@contextmanager
def dialled(hub: Hub, ca: bytes, key: bytes | None, certificate: bytes | None):
    with grpc.secure_channel(hub.address, grpc.ssl_channel_credentials(ca, key, certificate)) as channel:
        who = channel.unary_unary("/test.Hub/Who")
        yield lambda: who(b"", timeout=PATIENCE_S)


def refusal(hub: Hub, ca: bytes, key: bytes | None, certificate: bytes | None) -> grpc.StatusCode:
    with dialled(hub, ca, key, certificate) as who, pytest.raises(grpc.RpcError) as caught:
        who()
    return caught.value.code()


def test_a_member_gets_in_and_the_server_sees_its_one_uri(hub):
    site, admin = hub.admit(hub.signer, "ward-3"), hub.signer.issue_admin(3)
    hub.members.allow("admin", describe(admin.certificate).fingerprint)

    with dialled(hub, site.ca, site.key, site.certificate) as who:
        assert who() == b"site ward-3 urn:fedkd:site:ward-3"
    with dialled(hub, admin.ca, admin.key, admin.certificate) as who:
        assert who() == b"admin admin urn:fedkd:admin"


def test_a_member_of_another_authority_is_refused_and_could_have_known(hub, tmp_path):
    # Of the same name, and on the list: nothing but the signature is wrong.
    stranger = hub.admit(authority(tmp_path / "theirs", at=None), "ward-3")
    ours = hub.signer.pem

    assert refusal(hub, ours, stranger.key, stranger.certificate) == grpc.StatusCode.UNAVAILABLE
    with pytest.raises(CertificateError, match="is not signed by this authority"):
        check(stranger.certificate, ours, datetime.now(UTC))


def test_an_expired_member_is_refused_and_could_have_known(hub):
    late = hub.admit(hub.signer, "ward-3", at=datetime.now(UTC) - timedelta(days=4))

    assert refusal(hub, late.ca, late.key, late.certificate) == grpc.StatusCode.UNAVAILABLE
    with pytest.raises(CertificateError, match="of 'ward-3' expired on"):
        check(late.certificate, late.ca, datetime.now(UTC))


def test_nobody_gets_in_without_a_certificate(hub):
    assert refusal(hub, hub.signer.pem, None, None) == grpc.StatusCode.UNAVAILABLE


def test_a_server_does_not_get_in_as_a_client(hub):
    server = hub.signer.issue_server(["127.0.0.1"], 3)

    assert refusal(hub, server.ca, server.key, server.certificate) == grpc.StatusCode.UNAVAILABLE


def test_a_client_does_not_talk_to_a_server_of_another_authority(hub, tmp_path):
    site, theirs = hub.admit(hub.signer, "ward-3"), authority(tmp_path / "theirs", at=None)

    assert refusal(hub, theirs.pem, site.key, site.certificate) == grpc.StatusCode.UNAVAILABLE


def test_a_site_that_is_not_listed_is_told_so(hub):
    site = hub.signer.issue_site("ward-3", 3)

    assert refusal(hub, site.ca, site.key, site.certificate) == grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda hub: hub.members.revoke("ward-3"), "'ward-3' is revoked; ask the administrator why."),
        (lambda hub: hub.members.rotate("ward-3", "1" * 64), "is not, or no more, on the list of members"),
        (lambda hub: setattr(hub, "ahead", timedelta(days=4)), "the certificate of 'ward-3' expired on"),
    ],
    ids=["revoked", "rotated", "expired"],
)
def test_an_open_connection_ends_with_the_next_call(hub, spoil, words):
    site = hub.admit(hub.signer, "ward-3")

    with dialled(hub, site.ca, site.key, site.certificate) as who:
        assert who() == b"site ward-3 urn:fedkd:site:ward-3"
        spoil(hub)
        with pytest.raises(grpc.RpcError) as caught:
            who()

    assert caught.value.code() == grpc.StatusCode.PERMISSION_DENIED
    assert words in caught.value.details()
