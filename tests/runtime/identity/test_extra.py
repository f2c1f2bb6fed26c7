"""Without cryptography there is no deployment, and the error says what to install."""

from __future__ import annotations

import importlib
import sys

import pytest

import fedkd.runtime.identity  # noqa: F401
from fedkd.errors import MissingExtraError


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography", None)
    monkeypatch.delitem(sys.modules, "fedkd.runtime.identity")

    with pytest.raises(MissingExtraError, match=r"needs cryptography; install fedkd\[deploy\]"):
        importlib.import_module("fedkd.runtime.identity")
