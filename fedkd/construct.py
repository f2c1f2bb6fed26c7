"""Build frozen dataclasses from plain mappings, strictly.

Hydra composes a scenario from YAML files and overrides; this module turns the result into dataclasses.
A mapping may name its class with `_target_`; only dataclasses that fit the place are accepted, so a
configuration can choose parts but not call arbitrary code. Unknown keys, wrong types and missing values
are errors with the path of the key, never warnings.
"""

from __future__ import annotations

import dataclasses
import importlib
import re
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, Union, get_args, get_origin, get_type_hints

from fedkd.choices import nearest
from fedkd.errors import FedkdError, OutOfRangeError, TargetError, UnknownKeyError, WrongTypeError

TARGET = "_target_"
_SCALARS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
_SCENARIO = "the scenario"


@dataclass(frozen=True)
class _Place:
    """Where a value stands: its dotted path, and in what."""

    path: str
    whole: str

    def __str__(self) -> str:
        if not self.path:
            return self.whole
        return f"'{self.path}'" if self.in_scenario else f"'{self.path}' of {self.whole}"

    @property
    def in_scenario(self) -> bool:
        """Whether values are given as overrides, and paths need no more words."""
        return self.whole == _SCENARIO

    def key(self, name: object) -> _Place:
        return _Place(f"{self.path}.{name}" if self.path else str(name), self.whole)

    def item(self, index: int) -> _Place:
        return _Place(f"{self.path}[{index}]", self.whole)


def construct(value: object, expected: Any, path: str = "", whole: str = _SCENARIO) -> Any:
    """Convert plain `value` to `expected`.

    Args:
        value: Mappings, sequences and scalars, as a YAML file gives them.
        expected: A dataclass, a protocol, a scalar type, `Literal`, `X | None`, `tuple[X, ...]` or
            `Mapping[str, X]`.
        path: Dotted path of the value, for messages.
        whole: In what it stands, for messages: a file's name in quotation marks, say.

    Raises:
        UnknownKeyError: A mapping has a key that the dataclass lacks.
        WrongTypeError: A value has another type, or a required one is missing.
        TargetError: `_target_` cannot be imported or does not fit.
        OutOfRangeError: The dataclass itself refused a value.
    """
    return _construct(value, expected, _Place(path, whole))


def _construct(value: object, expected: Any, place: _Place) -> Any:
    origin = get_origin(expected)
    if origin in (Union, types.UnionType):
        return _optional(value, get_args(expected), place)
    if origin is Literal:
        return _choice(value, get_args(expected), place)
    if origin is tuple:
        return _tuple(value, get_args(expected), place)
    if origin is not None and isinstance(value, Mapping):
        return {str(k): _construct(v, get_args(expected)[1], place.key(k)) for k, v in value.items()}
    if expected in _SCALARS:
        return _scalar(value, expected, place)
    if expected is Any:
        return value
    return _instance(value, expected, place)


def _wrong(place: _Place, expected: str, value: object) -> WrongTypeError:
    got = "nothing" if value is None else f"{type(value).__name__} {value!r:.60}"
    # A text that looks like a mapping or a list (a network, for one) is read as one unless it is quoted twice.
    quoted = f", quoted for the shell and for the reader: \"{place.path}='...'\"" if place.in_scenario else ""
    hint = quoted if expected == _SCALARS[str] and isinstance(value, Mapping | list) else ""
    return WrongTypeError(f"{place} must be {expected} but is {got}", f"give {expected}{hint}")


def _optional(value: object, members: tuple[Any, ...], place: _Place) -> Any:
    if value is None and type(None) in members:
        return None
    candidates = [m for m in members if m is not type(None)]
    # `int | float`-like unions are tried from the left; the last error speaks.
    for member in candidates[:-1]:
        try:
            return _construct(value, member, place)
        except (WrongTypeError, TargetError):
            continue
    return _construct(value, candidates[-1], place)


def _choice(value: object, choices: tuple[Any, ...], place: _Place) -> Any:
    # YAML reads a bare `off` as False; where the choices hold "off", that is what was meant.
    if value is False and "off" in choices:
        return "off"
    if value not in choices:
        listed = ", ".join(map(str, choices))
        raise OutOfRangeError(f"{place} is {value!r}", f"choose one of {listed}")
    return value


def _tuple(value: object, members: tuple[Any, ...], place: _Place) -> tuple[Any, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise _wrong(place, "a list", value)
    if len(members) == 2 and members[1] is Ellipsis:
        return tuple(_construct(v, members[0], place.item(i)) for i, v in enumerate(value))
    if len(members) != len(value):
        raise _wrong(place, f"a list of {len(members)} values", value)
    return tuple(_construct(v, m, place.item(i)) for i, (v, m) in enumerate(zip(value, members, strict=True)))


def _scalar(value: object, expected: type, place: _Place) -> Any:
    if expected is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, expected) or (expected is not bool and isinstance(value, bool)):
        raise _wrong(place, _SCALARS[expected], value)
    return value


def _resolve(target: object, place: _Place) -> type:
    """Import the dataclass that `_target_` names."""
    if not isinstance(target, str) or "." not in target:
        raise TargetError(f"{place} has the _target_ {target!r}", "name a class as package.module.Class")
    module_name, _, name = target.rpartition(".")
    try:
        found = getattr(importlib.import_module(module_name), name)
    except Exception as error:  # a module of the user's can fail in any way
        raise TargetError(
            f"the _target_ '{target}' of {place} cannot be imported ({type(error).__name__}: {error})",
            "check its spelling and that its package is installed",
        ) from error
    if not (isinstance(found, type) and dataclasses.is_dataclass(found)):
        raise TargetError(f"the _target_ '{target}' of {place} is not a dataclass", "name a dataclass")
    return found


def _instance(value: object, expected: Any, place: _Place) -> Any:
    if dataclasses.is_dataclass(value) and isinstance(value, expected):
        return value
    if not isinstance(value, Mapping):
        raise _wrong(place, f"a mapping for {expected.__name__}", value)
    cls = _resolve(value[TARGET], place) if TARGET in value else expected
    if not dataclasses.is_dataclass(cls):
        raise TargetError(f"{place} does not say which {expected.__name__} it is", "add a _target_")
    if lacking := _lacking(cls, expected):
        raise TargetError(
            f"the _target_ '{value[TARGET]}' of {place} is not a {expected.__name__}, it lacks {lacking}",
            "choose another class",
        )
    arguments = _arguments({k: v for k, v in value.items() if k != TARGET}, cls, place)
    try:
        return cls(**arguments)
    except FedkdError as error:
        raise _located(error, place) from error
    except Exception as error:  # a class of the user's can fail in any way
        raise _refused(error, place, arguments) from error


def _lacking(cls: type, expected: type) -> str:
    """What instances of the dataclass `cls` lack to be instances of `expected`, a class or a protocol."""
    if not getattr(expected, "_is_protocol", False):
        return "" if issubclass(cls, expected) else f"the base class {expected.__name__}"
    # Fields without a default are not on the class, so `issubclass` would miss the data members of a protocol.
    has = {name for base in cls.__mro__ for name in vars(base)} | {field.name for field in dataclasses.fields(cls)}
    return ", ".join(sorted(_members(expected) - has))


def _members(protocol: type) -> set[str]:
    bases = [base for base in protocol.__mro__ if getattr(base, "_is_protocol", False) and base is not Protocol]
    names = {name for base in bases for name in (*vars(base), *getattr(base, "__annotations__", {}))}
    return {name for name in names if not name.startswith("_") or name == "__call__"}


def _located(error: FedkdError, place: _Place) -> FedkdError:
    """The same error, with its place where its own words do not name it."""
    name = place.path or place.whole
    return error if name == _SCENARIO or name in error.what else type(error)(f"in {place}, {error.what}", error.fix)


def _refused(error: Exception, place: _Place, arguments: Mapping[str, object]) -> OutOfRangeError:
    text = str(error) or type(error).__name__
    named = [name for name in arguments if re.search(rf"\b{name}\b", text)]
    keys = " or ".join(place.key(name).path for name in named)
    return OutOfRangeError(f"{place} is refused: {text}", f"correct {keys or place}")


def _arguments(given: Mapping[Any, object], cls: Any, place: _Place) -> dict[str, Any]:
    fields = {f.name: f for f in dataclasses.fields(cls) if f.init}
    hints = _hints(cls, place)
    for key in given:
        if key not in fields:
            near = nearest(str(key), fields)
            known = f"did you mean '{near}'" if near else f"known keys are {', '.join(sorted(fields)) or 'none'}"
            raise UnknownKeyError(f"{place} has no key '{key}'", known)
    for name, field in fields.items():
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if required and name not in given:
            lacking = place.key(name)
            raise WrongTypeError(
                f"{lacking} is missing", f"give {lacking.path}=VALUE" if place.in_scenario else "give it a value"
            )
    return {str(k): _construct(v, hints[str(k)], place.key(k)) for k, v in given.items()}


def _hints(cls: type, place: _Place) -> dict[str, Any]:
    try:
        return get_type_hints(cls)
    except NameError as error:
        raise TargetError(
            f"types of the fields of {cls.__module__}.{cls.__qualname__} at {place} are not there ({error})",
            "import them in its module, not only for type checkers",
        ) from error
