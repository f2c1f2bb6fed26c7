"""Addresses are taken apart and put together without loss."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedkd.addresses import join_address, split_address
from fedkd.errors import OutOfRangeError


def test_addresses_of_both_versions():
    assert split_address("server.example.org:8090") == ("server.example.org", 8090)
    assert split_address("[::1]:8090") == ("::1", 8090)


@given(st.sampled_from(["localhost", "10.0.0.7", "::", "2001:db8::7"]), st.integers(0, 65535))
def test_there_and_back(host, port):
    assert split_address(join_address(host, port)) == (host, port)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "server",
        "server:",
        ":80",
        "server:-1",
        "server:65536",
        "server:http",
        "server:\u0663",
        "::1:80",
        "::1",
        "[::1]",
        "[server]:80",
        "[::1:80",
        "::1]:80",
        "[[::1]]:80",
        "[]:80",
        "server:" + "9" * 5000,
    ],
)
def test_what_is_no_address(address):
    with pytest.raises(OutOfRangeError, match=r"is no address; give HOST:PORT"):
        split_address(address)
