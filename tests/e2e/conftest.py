"""Fixtures of the end-to-end tests."""

from __future__ import annotations

import warnings
from functools import partial

import pytest

with warnings.catch_warnings():
    # It takes names from click that click is about to drop.
    warnings.filterwarnings("ignore", "'click", DeprecationWarning)
    import typer  # noqa: F401

from tests.e2e.console import call


@pytest.fixture
def cli(capfd, monkeypatch, tmp_path):
    """The command line in this process, in an empty folder; call it with arguments."""
    monkeypatch.chdir(tmp_path)
    return partial(call, capfd, monkeypatch)
