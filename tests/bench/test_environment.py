"""Rivals' environments: found, left out, or asked for."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from fedkd.bench.environment import READY, RIVALS, Environment, environment
from fedkd.commands.bench.federated import federated
from fedkd.errors import FedkdError, MissingExtraError, OutOfRangeError, UnknownChoiceError

HERE = sys.version_info[:2]


def bench(*arguments):
    app = Typer()
    app.command()(federated)
    done = CliRunner().invoke(app, [*arguments])
    if isinstance(done.exception, FedkdError):
        raise done.exception
    return done


def test_this_interpreter_serves_its_own_version():
    assert Environment("flower", (HERE,)).base() == Path(sys.executable)


def test_a_version_that_nobody_has():
    rival = Environment("flower", ((2, 0),))

    assert rival.base() is None
    with pytest.raises(MissingExtraError, match=r"flower needs Python 2\.0, and none is found"):
        rival.install(Path("nowhere"))


def test_an_unfinished_environment_is_none(tmp_path):
    rival = RIVALS["flower"]
    rival.folder(tmp_path).mkdir()

    assert rival.interpreter(tmp_path) is None
    (rival.folder(tmp_path) / READY).touch()
    assert rival.interpreter(tmp_path).parent.parent == rival.folder(tmp_path)


@pytest.mark.slow
def test_what_pip_cannot_find_leaves_nothing_that_looks_ready(tmp_path, monkeypatch):
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("./there-is-no-such-package\n")
    monkeypatch.setattr(Environment, "packages", wrong)
    rival = Environment("wrong", (HERE,))

    with pytest.raises(MissingExtraError, match="the environment of wrong cannot be made"):
        rival.install(tmp_path / "cache")

    assert rival.interpreter(tmp_path / "cache") is None


@pytest.mark.parametrize("rival", RIVALS.values(), ids=lambda rival: rival.name)
def test_every_package_is_pinned(rival):
    lines = [line for line in rival.packages.read_text().splitlines() if not line.startswith("#")]

    assert rival.program.is_file()
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)
    assert "torch==2.13.0" in lines


def test_programs_get_one_thread_and_no_modules_of_ours(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", "somewhere")

    ours, theirs = environment({"A": "1"}), environment({}, tmp_path)

    assert (ours["A"], ours["PYTHONPATH"], ours["OMP_NUM_THREADS"]) == ("1", "somewhere", "1")
    assert (theirs["PYTHONPATH"], theirs["OMP_NUM_THREADS"]) == (str(tmp_path), "1")


@pytest.mark.parametrize(
    ("arguments", "error", "what"),
    [
        (["--sites", "ten"], OutOfRangeError, "--sites ten is no list"),
        (["--sites", "10,1"], OutOfRangeError, "--sites 10,1 is no list"),
        (["--rounds", "1"], OutOfRangeError, "--rounds 1"),
        (["--work", "hard"], UnknownChoiceError, "no work 'hard'"),
        (["--rivals", "flour"], UnknownChoiceError, "no rival 'flour'"),
        (["--rivals", "flower", "--cache", "nowhere"], MissingExtraError, "make it with --install"),
    ],
)
def test_what_cannot_be_measured_is_refused_at_once(arguments, error, what):
    with pytest.raises(error, match=what):
        bench(*arguments)
