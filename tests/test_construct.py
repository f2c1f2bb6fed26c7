"""Strict construction: what fits is built, everything else is named with its path."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

import pytest

from fedkd.composition import axes, compose, dump, parse
from fedkd.construct import construct
from fedkd.errors import (
    ConfigError,
    OutOfRangeError,
    TargetError,
    UnknownChoiceError,
    UnknownKeyError,
    WrongTypeError,
)
from fedkd.scenario import Scenario

HERE = __name__


@runtime_checkable
class Shape(Protocol):
    """A protocol with a data member: only instances can be checked."""

    @property
    def name(self) -> str: ...

    def area(self) -> float: ...


@dataclass(frozen=True)
class Square:
    """Keeps the protocol."""

    side: float
    name: str = field(default="square", init=False)

    def __post_init__(self) -> None:
        if self.side <= 0:
            raise ValueError(f"side={self.side} must be positive")

    def area(self) -> float:
        return self.side**2


@dataclass(frozen=True)
class Point:
    """Does not keep the protocol."""

    x: int = 0
    y: int = 0


class Plain:
    """Is no dataclass."""


@dataclass(frozen=True)
class Everything:
    """One field of every type."""

    count: int
    ratio: float = 0.5
    on: bool = False
    text: str = ""
    mode: Literal["weights", "off"] = "weights"
    maybe: int | None = None
    either: int | str = 0
    grid: tuple[tuple[int, ...], ...] = ()
    pair: tuple[int, str] = (0, "")
    limits: Mapping[str, float] = field(default_factory=dict)
    shape: Shape | None = None
    points: tuple[Point, ...] = ()
    anything: Any = None
    computed: int = field(default=7, init=False)


def build(**values: object) -> Everything:
    made: Everything = construct({"count": 1, **values}, Everything)
    return made


SQUARE = {"_target_": f"{HERE}.Square", "side": 2}


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("ratio", 2, 2.0),
        ("ratio", 0.25, 0.25),
        ("on", True, True),
        ("text", "off", "off"),
        ("mode", "off", "off"),
        ("mode", False, "off"),
        ("maybe", None, None),
        ("maybe", 3, 3),
        ("either", 3, 3),
        ("either", "three", "three"),
        ("grid", [[1, 2], [], [3]], ((1, 2), (), (3,))),
        ("pair", [3, "a"], (3, "a")),
        ("limits", {"a": 1, "b": 0.5}, {"a": 1.0, "b": 0.5}),
        ("shape", None, None),
        ("shape", SQUARE, Square(2.0)),
        ("points", [{"x": 1}, {}], (Point(1, 0), Point(0, 0))),
        ("points", [{"_target_": f"{HERE}.Point", "y": 2}], (Point(0, 2),)),
        ("anything", {"a": [1]}, {"a": [1]}),
    ],
)
def test_what_fits_is_built(key, value, expected):
    made = getattr(build(**{key: value}), key)

    assert made == expected
    assert type(made) is type(expected)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("count", True, "'count' must be a whole number but is bool True"),
        ("count", 1.0, "'count' must be a whole number but is float 1.0"),
        ("count", "1", "'count' must be a whole number but is str '1'"),
        ("count", None, "'count' must be a whole number but is nothing"),
        ("ratio", True, "'ratio' must be a number"),
        ("ratio", "0.5", "'ratio' must be a number"),
        ("on", 1, "'on' must be true or false"),
        ("on", "false", "'on' must be true or false"),
        ("text", 3, "'text' must be a text"),
        ("text", False, "'text' must be a text"),
        ("maybe", "x", "'maybe' must be a whole number"),
        ("either", 0.5, "'either' must be a text"),
        ("grid", 3, "'grid' must be a list"),
        ("grid", "12", "'grid' must be a list"),
        ("grid", [[1], [2, "x"]], r"'grid\[1\]\[1\]' must be a whole number"),
        ("pair", [1], "'pair' must be a list of 2 values"),
        ("pair", ["a", 1], r"'pair\[0\]' must be a whole number"),
        ("limits", {"a": "x"}, r"'limits\.a' must be a number"),
        ("limits", 3, "'limits' must be a mapping"),
        ("points", [{"x": 0.5}], r"'points\[0\]\.x' must be a whole number"),
        ("points", [3], r"'points\[0\]' must be a mapping for Point"),
        ("shape", "square", "'shape' must be a mapping for Shape"),
    ],
)
def test_another_type_is_named_with_its_path(key, value, message):
    with pytest.raises(WrongTypeError, match=message):
        build(**{key: value})


def test_a_value_that_is_missing_is_named():
    with pytest.raises(WrongTypeError, match="'count' is missing; give count=VALUE"):
        construct({}, Everything)
    with pytest.raises(WrongTypeError, match=r"'shape\.side' is missing"):
        build(shape={"_target_": f"{HERE}.Square"})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"cuont": 1}, "the scenario has no key 'cuont'; did you mean 'count'"),
        ({"zzz": 1}, "no key 'zzz'; known keys are anything, count"),
        ({"computed": 8}, "no key 'computed'"),
        ({"shape": {**SQUARE, "sides": 2}}, "'shape' has no key 'sides'; did you mean 'side'"),
        ({"points": [{"X": 1}]}, r"'points\[0\]' has no key 'X'"),
        ({"points": [{3: 1}]}, r"'points\[0\]' has no key '3'"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_one(values, message):
    with pytest.raises(UnknownKeyError, match=message):
        build(**values)


@pytest.mark.parametrize("value", ["on", True, 0, None, "Weights"])
def test_a_choice_that_does_not_exist_is_named_with_all_that_do(value):
    with pytest.raises(OutOfRangeError, match="choose one of weights, off"):
        build(mode=value)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("no.such.package.Thing", "cannot be imported"),
        (f"{HERE}.Missing", "cannot be imported"),
        (f"{HERE}.Plain", "is not a dataclass"),
        ("os.system", "is not a dataclass"),
        (f"{HERE}.Point", "is not a Shape"),
        ("Square", "name a class as package.module.Class"),
        (".Square", "cannot be imported"),
        ("..tests.Square", "cannot be imported"),
        ("", "name a class"),
        (7, "name a class"),
        (None, "name a class"),
    ],
)
def test_a_target_that_is_not_what_its_place_asks_for_is_refused(target, message):
    with pytest.raises(TargetError, match=message) as caught:
        build(shape={"_target_": target})

    assert "'shape'" in str(caught.value)


def test_a_protocol_needs_a_target():
    with pytest.raises(TargetError, match="'shape' does not say which Shape it is; add a _target_"):
        build(shape={"side": 2})


def test_a_value_that_the_dataclass_refuses_is_named_with_its_path():
    with pytest.raises(OutOfRangeError, match=r"'shape' is refused: side=-1\.0 must be positive"):
        build(shape={**SQUARE, "side": -1})


def test_a_target_of_another_dataclass_is_refused():
    with pytest.raises(TargetError, match="is not a Point"):
        build(points=[SQUARE])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"cuont": 1}, "'x.yaml' has no key 'cuont'; did you mean 'count'"),
        ({"count": 1, "shape": {**SQUARE, "sides": 2}}, "'shape' of 'x.yaml' has no key 'sides'; did you mean 'side'"),
        ({}, "'count' of 'x.yaml' is missing; give it a value"),
        ({"count": 1, "text": [3]}, "'text' of 'x.yaml' must be a text but is list [3]; give a text"),
        ({"count": 1, "limits": {"a": "x"}}, "'limits.a' of 'x.yaml' must be a number but is str 'x'; give a number"),
        ({"count": 1, "shape": {**SQUARE, "side": -1}}, "'shape' of 'x.yaml' is refused: side=-1.0 must be positive; "),
        (3, "'x.yaml' must be a mapping for Everything but is int 3; give a mapping for Everything"),
        (None, "'x.yaml' must be a mapping for Everything but is nothing; give a mapping for Everything"),
    ],
)
def test_what_is_not_a_scenario_is_called_what_it_is(values, message):
    with pytest.raises(ConfigError) as caught:
        construct(values, Everything, whole="'x.yaml'")

    assert str(caught.value).startswith(message)
    assert "scenario" not in str(caught.value)


def test_an_instance_is_taken_as_it_is():
    square = Square(3.0)

    assert build(shape=square).shape is square


# Scenarios: hydra composes, construct builds, dump and parse are inverse.

AXES = {f.name for f in dataclasses.fields(Scenario)} & axes().keys()
ONE_NETWORK = ("search=fixed", "device=unlimited")
NEEDS = {
    ("availability", "dropouts"): ("schedule=deadline",),
    **{("method", name): ONE_NETWORK for name in ("ditto", "fedavg", "fedavg_int8", "fedprox")},
}
"""What else must be chosen for a choice to make sense."""

CHOICES = [(axis, choice) for axis in sorted(AXES) for choice in axes()[axis]]


@pytest.mark.parametrize(("axis", "choice"), CHOICES)
def test_every_choice_of_every_axis_comes_back_from_its_yaml(axis, choice):
    scenario = compose([f"{axis}={choice}", *NEEDS.get((axis, choice), ())])

    text = dump(scenario)

    assert parse(text) == scenario
    assert dump(parse(text)) == text


def test_the_axes_are_all_there():
    where = {"attack", "availability", "data", "device", "network", "partition", "public", "runtime", "schedule"}
    assert where | {"method", "search", "task"} == AXES
    assert {"fedavg", "fedavg_int8", "fedkdnas", "fedkdnas_paper", "fedmd", "local", "pooled"} <= {*axes()["method"]}


def test_overrides_reach_their_place():
    scenario = compose(["method=fedkdnas", "method.hand_down.mode=off", "federation.sites=3", "partition.alpha=2"])

    assert scenario.method.hand_down.mode == "off"
    assert scenario.federation.sites == 3
    assert scenario.partition.alpha == 2.0
    assert parse(dump(scenario)) == scenario


@pytest.mark.parametrize(
    ("override", "error", "message"),
    [
        ("method=fedavgg", UnknownChoiceError, r"fedavgg.*fedavg\b"),
        ("partition.alhpa=1", UnknownKeyError, "alhpa"),
        ("+partition.alhpa=1", UnknownKeyError, "'partition' has no key 'alhpa'; did you mean 'alpha'"),
        ("federation.sites=few", WrongTypeError, r"'federation\.sites' must be a whole number but is str 'few'"),
        ("federation.sites=0", OutOfRangeError, "'federation' is refused"),
        ("method.ensemble.fusion.power=-1", OutOfRangeError, r"'method\.ensemble\.fusion' is refused: power"),
        ("method._target_=fedkd.data.partitions.Iid", ConfigError, "'method'"),
        ("method.hand_down.mode=sometimes", OutOfRangeError, "choose one of weights, feedback, off"),
        ("seed", ConfigError, "seed"),
        ("seed=[1", ConfigError, r"\[1"),
    ],
)
def test_a_wrong_override_is_one_sentence_that_helps(override, error, message):
    with pytest.raises(error, match=message) as caught:
        compose([override])

    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("text", ["", "[]", "a: [", "seed: 1", "3"])
def test_text_that_is_no_scenario_is_refused(text):
    with pytest.raises(ConfigError):
        parse(text)


def test_a_folder_of_ones_own_goes_before_ours(tmp_path):
    (tmp_path / "partition").mkdir()
    (tmp_path / "partition" / "mine.yaml").write_text("_target_: fedkd.data.partitions.Dirichlet\nalpha: 7\n")

    scenario = compose(["partition=mine"], config_dir=tmp_path)

    assert scenario.partition.alpha == 7.0
    assert "mine" in axes(tmp_path)["partition"]
    with pytest.raises(ConfigError, match="does not exist"):
        compose(config_dir=tmp_path / "absent")


def test_a_scenario_cannot_be_changed():
    scenario = compose()

    with pytest.raises(dataclasses.FrozenInstanceError):
        scenario.seed = 1
    assert hash(scenario.method) == hash(compose().method)
