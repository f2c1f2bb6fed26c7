"""Flower's own command line, where there is no SuperLink, a dumb one, or nothing to run."""

from __future__ import annotations

import socket
import time

import pytest

from fedkd.errors import DeployError, UnreachableError, VersionError
from fedkd.runtime.flower import control, installed
from fedkd.runtime.flower.control import Control
from fedkd.runtime.flower.installed import check_flower, quiet

CONFIG = """[superlink]
default = "here"

[superlink.here]
address = "127.0.0.1:{port}"
insecure = true
"""


@pytest.fixture
def port():
    """A port that is taken, and at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def reaching(folder, port) -> Control:
    (folder / "config.toml").write_text(CONFIG.format(port=port))
    return Control(folder, "here")


def test_no_superlink(tmp_path, port):
    began_s = time.monotonic()

    with pytest.raises(UnreachableError, match=r"`flwr list` says .*unavailable"):
        reaching(tmp_path, port).status("1")
    assert time.monotonic() - began_s < 30


def test_a_run_of_no_superlink_cannot_be_stopped(tmp_path, port):
    with pytest.raises(UnreachableError, match=r"`flwr stop` says .*unavailable"):
        reaching(tmp_path, port).stop("1")


def test_a_superlink_that_says_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(control, "_TIMEOUT_S", 3.0)
    with socket.create_server(("127.0.0.1", 0)) as dumb:
        began_s = time.monotonic()

        with pytest.raises(UnreachableError, match="the SuperLink does not answer"):
            reaching(tmp_path, dumb.getsockname()[1]).status("1")
        assert time.monotonic() - began_s < 30


def test_a_folder_that_is_no_app(tmp_path, port):
    folder = tmp_path / "app"
    folder.mkdir()

    with pytest.raises((DeployError, UnreachableError), match=r"`flwr run` says .*pyproject"):
        reaching(tmp_path, port).start(folder, {})


def test_nothing_of_flower_is_kept_elsewhere(tmp_path, port, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    home = tmp_path / "flower"
    home.mkdir()

    with pytest.raises(UnreachableError):
        reaching(home, port).status("1")

    assert not (tmp_path / "home" / ".flwr").exists()
    assert quiet(home)["FLWR_HOME"] == str(home)


def test_the_flower_that_is_installed_was_tested():
    check_flower(simulation=False)


def test_another_flower_is_refused(monkeypatch):
    monkeypatch.setattr(installed, "TESTED", ("1.0.", "1.2."))

    with pytest.raises(VersionError, match=r"fedkd was tested with 1\.0\.\* or 1\.2\.\*; install flwr==1\.2\.\*"):
        check_flower()
