"""Names of sites and hosts are checked before they are signed."""

from __future__ import annotations

import ipaddress
import re

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from fedkd.errors import OutOfRangeError
from fedkd.runtime.identity.names import checked_site, host_name, is_name


@pytest.mark.parametrize("name", ["a", "site-07", "0", "x" * 63])
def test_a_name(name):
    assert checked_site(name) == name


@pytest.mark.parametrize(
    "name", ["", "-", "-h", "x" * 64, "Site", "a b", "a_b", "a.b", "a/b", "../a", "a\n", "ä", "a\x00"]
)
def test_no_name(name):
    with pytest.raises(OutOfRangeError, match=f"{re.escape(repr(name))} is no name; use 1 to 63"):
        checked_site(name)


def test_a_site_cannot_be_called_like_the_administrators():
    with pytest.raises(OutOfRangeError, match="no site can be called 'admin'"):
        checked_site("admin")


@given(st.text(max_size=70) | st.text("abz09-", max_size=70))
def test_a_name_has_nothing_but_its_characters(name):
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789-")

    assert is_name(name) == (1 <= len(name) <= 63 and set(name) <= allowed and not name.startswith("-"))


@pytest.mark.parametrize("host", ["localhost", "fedkd.example.org", "Node-7", "1and1.example"])
def test_dns_names(host):
    assert host_name(host) == x509.DNSName(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "2001:db8::7"])
def test_addresses(host):
    assert host_name(host) == x509.IPAddress(ipaddress.ip_address(host))


@pytest.mark.parametrize(
    "host",
    ["", ".", "a..b", "-a", "a-", "a_b", "host:443", "[::1]", "*.example.org", "300.1.1.1", "1.2.3", "ä", "x" * 64],
)
def test_no_hosts(host):
    with pytest.raises(OutOfRangeError, match="is no host; give a DNS name or an IP address"):
        host_name(host)


def test_a_host_may_have_253_characters():
    host = ".".join(["x" * 49] * 5)

    assert host_name(host + ".yyy") == x509.DNSName(host + ".yyy")
    with pytest.raises(OutOfRangeError):
        host_name(host + ".yyyy")
