"""`fedkd bench device`, and the figures behind it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from fedkd.cli import build
from fedkd.composition import compose
from fedkd.errors import OutOfRangeError, UnknownChoiceError
from fedkd.search.machine import measure_machine

from .cases import CLASSES, FEATURES, candidate, mlp

QUICK = ("bench", "device", "--shape", "4", "--classes", "3", "--per-family", "1", "--batch", "8")


def command(*arguments: str):
    done = CliRunner().invoke(build(), [*QUICK, *arguments])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_every_network_is_timed_and_some_are_trained():
    told = []
    candidates = [candidate(mlp(width)) for width in (2, 8, 32)]

    figures = measure_machine(candidates, (FEATURES,), CLASSES, 8, 2, lambda *now: told.append(now))

    networks = figures["networks"]
    assert [row["network"] for row in networks] == ["mlp-2", "mlp-8", "mlp-32"]
    assert ["step_us" in row for row in networks] == [True, False, True]
    assert all(row["latency_us"] <= row["model_latency_us"] * 1.001 for row in networks)
    assert all(row["peak_bytes"] <= row["model_peak_bytes"] for row in networks if "peak_bytes" in row)
    assert [done for _, done, _ in told] == [1, 2, 3, 4, 5, 5, 7]
    assert {total for _, _, total in told} == {7}


def test_figures_come_as_json_and_the_file_can_be_used(tmp_path):
    path = tmp_path / "device" / "desk.yaml"

    done = command("--json", "--write", str(path), "--name", "desk")

    figures = json.loads(done.stdout)
    assert len(figures["networks"]) >= 60
    assert figures["slack"]["max"] >= 1
    (profile,) = compose(["device=desk"], config_dir=tmp_path).device.profiles
    assert profile.name == "desk"
    assert profile.macs_per_s == pytest.approx(figures["macs_per_s"], rel=1e-3)
    assert profile.layer_us == pytest.approx(figures["layer_us"], rel=1e-2)


def test_a_table_says_what_is_the_model_and_what_was_measured():
    done = command("--families", "mlp")

    assert "pass µs" in done.stdout
    assert "mlp-4" in done.stdout
    assert "no forward pass is" in " ".join(done.stdout.split())


@pytest.mark.parametrize("shape", ["", "1,2,3,4", "0,3", "-1", "a,b", "28x28"])
def test_what_is_no_shape_is_refused(shape):
    with pytest.raises(OutOfRangeError, match="is no shape"):
        command("--shape", shape)


def test_a_family_that_the_space_lacks_is_refused():
    with pytest.raises(UnknownChoiceError, match="table has no family 'cnn'; choose from mlp"):
        command("--families", "cnn")


@pytest.mark.parametrize("wrong", [("--classes", "1"), ("--batch", "0"), ("--per-family", "-1")])
def test_what_cannot_be_measured_is_refused(wrong):
    with pytest.raises(OutOfRangeError, match=f"{wrong[0]} {wrong[1]}"):
        command(*wrong)
