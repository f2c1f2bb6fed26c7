"""Help and completion: complete, readable on a narrow terminal, and there at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from fedkd.choices import axes, defaults
from fedkd.commands.completion import offers
from tests.e2e.console import run

pytestmark = pytest.mark.slow

KNOWN = {"method": ["fedavg", "fedmd", "local"], "data": ["digits"], "device": ["any"]}


@pytest.fixture(scope="module")
def simulate_help(tmp_path_factory):
    return run("simulate", "--help", cwd=tmp_path_factory.mktemp("empty"), COLUMNS="80").stdout


def test_every_axis_is_listed_with_its_choices(simulate_help):
    text = " ".join(simulate_help.split())

    assert len(axes()) >= 9
    for axis, choices in axes().items():
        assert f"{axis}: {', '.join(choices)}" in text


def test_examples_stand_on_lines_of_their_own(simulate_help, tmp_path):
    for text in (simulate_help, run("--help", cwd=tmp_path, COLUMNS="80").stdout):
        lines = [line.strip() for line in text.splitlines()]
        examples = [line for line in lines if line.startswith("fedkd ")]
        assert lines[lines.index("Examples") + 1] == "fedkd simulate"
        assert len(examples) >= 5
        assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("arguments", [["--help"], ["simulate", "--help"], ["axes"]])
def test_nothing_heavy_is_imported(arguments):
    code = "import sys; from fedkd.cli import main\ntry: main()\nexcept SystemExit: pass\n"
    code += "assert not {'torch', 'hydra', 'sklearn', 'scipy'} & set(sys.modules)"

    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_every_default_is_a_choice():
    assert all(choice in axes()[axis] for axis, choice in defaults().items())


@pytest.mark.parametrize(
    ("before", "incomplete", "expected"),
    [
        ([], "", ["method=", "data=", "device="]),
        ([], "d", ["data=", "device="]),
        ([], "da", ["data=digits"]),
        ([], "met", ["method=fedavg", "method=fedmd", "method=local"]),
        ([], "method=fed", ["method=fedavg", "method=fedmd"]),
        (["seed=3"], "data=", ["data=digits"]),
        (["method"], "", ["fedavg", "fedmd", "local"]),
        (["data", "=", "digits", "method", "="], "fedm", ["fedmd"]),
        ([], "nothing", []),
    ],
)
def test_completion(before, incomplete, expected):
    assert offers(before, incomplete, KNOWN) == expected


@pytest.mark.parametrize(
    ("shell", "environment", "expected"),
    [
        ("bash", {"COMP_WORDS": "fedkd simulate method = fedm", "COMP_CWORD": "4"}, ["fedmd"]),
        ("bash", {"COMP_WORDS": "fedkd simulate --config fed", "COMP_CWORD": "3"}, ["federated/default"]),
        ("zsh", {"_TYPER_COMPLETE_ARGS": "fedkd simulate method=fedm"}, ["_arguments '*: :((\"method=fedmd\"))'"]),
    ],
)
def test_shells_get_it(tmp_path, shell, environment, expected):
    done = run(cwd=tmp_path, **environment, _FEDKD_COMPLETE=f"complete_{shell}")

    assert done.stdout.splitlines() == expected
