"""Build frozen dataclasses from plain mappings, strictly.

Hydra composes a scenario from YAML files and overrides; this module turns the result into dataclasses.
A mapping may name its class with `_target_`; only dataclasses that fit the place are accepted, so a
configuration can choose parts but not call arbitrary code. Unknown keys, wrong types and missing values
are errors with the path of the key, never warnings.
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import types
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from fedkd.errors import OutOfRangeError, TargetError, UnknownKeyError, WrongTypeError

TARGET = "_target_"
_SCALARS = (bool, int, float, str)


def construct(value: object, expected: Any, path: str = "") -> Any:
    """Convert plain `value` to `expected`.

    Args:
        value: Mappings, sequences and scalars, as a YAML file gives them.
        expected: A dataclass, a protocol, a scalar type, `Literal`, `X | None`, `tuple[X, ...]` or
            `Mapping[str, X]`.
        path: Dotted path of the value, for messages.

    Raises:
        UnknownKeyError: A mapping has a key that the dataclass lacks.
        WrongTypeError: A value has another type, or a required one is missing.
        TargetError: `_target_` cannot be imported or does not fit.
        OutOfRangeError: The dataclass itself refused a value.
    """
    origin = get_origin(expected)
    if origin in (Union, types.UnionType):
        return _optional(value, get_args(expected), path)
    if origin is Literal:
        return _choice(value, get_args(expected), path)
    if origin is tuple:
        return _tuple(value, get_args(expected), path)
    if origin is not None and isinstance(value, Mapping):
        return {str(k): construct(v, get_args(expected)[1], f"{path}.{k}") for k, v in value.items()}
    if expected in _SCALARS:
        return _scalar(value, expected, path)
    if expected is Any:
        return value
    return _instance(value, expected, path)


def _where(path: str) -> str:
    return f"'{path}'" if path else "the scenario"


def _wrong(path: str, expected: str, value: object) -> WrongTypeError:
    got = "nothing" if value is None else f"{type(value).__name__} {value!r:.60}"
    return WrongTypeError(f"{_where(path)} must be {expected} but is {got}", f"give {expected}")


def _optional(value: object, members: tuple[Any, ...], path: str) -> Any:
    if value is None and type(None) in members:
        return None
    candidates = [m for m in members if m is not type(None)]
    # `int | float`-like unions are tried from the left; the last error speaks.
    for member in candidates[:-1]:
        try:
            return construct(value, member, path)
        except (WrongTypeError, TargetError):
            continue
    return construct(value, candidates[-1], path)


def _choice(value: object, choices: tuple[Any, ...], path: str) -> Any:
    # YAML reads a bare `off` as False; where the choices hold "off", that is what was meant.
    if value is False and "off" in choices:
        return "off"
    if value not in choices:
        listed = ", ".join(map(str, choices))
        raise OutOfRangeError(f"{_where(path)} is {value!r}", f"choose one of {listed}")
    return value


def _tuple(value: object, members: tuple[Any, ...], path: str) -> tuple[Any, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise _wrong(path, "a list", value)
    if len(members) == 2 and members[1] is Ellipsis:
        return tuple(construct(v, members[0], f"{path}[{i}]") for i, v in enumerate(value))
    if len(members) != len(value):
        raise _wrong(path, f"a list of {len(members)} values", value)
    return tuple(construct(v, m, f"{path}[{i}]") for i, (v, m) in enumerate(zip(value, members, strict=True)))


def _scalar(value: object, expected: type, path: str) -> Any:
    if expected is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, expected) or (expected is not bool and isinstance(value, bool)):
        names = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
        raise _wrong(path, names[expected], value)
    return value


def resolve(target: object, path: str) -> type:
    """Import the dataclass that `_target_` names."""
    if not isinstance(target, str) or "." not in target:
        raise TargetError(f"{_where(path)} has the _target_ {target!r}", "name a class as package.module.Class")
    module_name, _, name = target.rpartition(".")
    try:
        found = getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError, ValueError, TypeError) as error:  # the last two for names like ".Class"
        raise TargetError(
            f"the _target_ '{target}' of {_where(path)} cannot be imported ({error})",
            "check its spelling and that its package is installed",
        ) from error
    if not (isinstance(found, type) and dataclasses.is_dataclass(found)):
        raise TargetError(f"the _target_ '{target}' of {_where(path)} is not a dataclass", "name a dataclass")
    return found


def _instance(value: object, expected: Any, path: str) -> Any:
    if dataclasses.is_dataclass(value) and isinstance(value, expected):
        return value
    if not isinstance(value, Mapping):
        raise _wrong(path, f"a mapping for {expected.__name__}", value)
    cls = resolve(value[TARGET], path) if TARGET in value else expected
    if not dataclasses.is_dataclass(cls):
        raise TargetError(f"{_where(path)} does not say which {expected.__name__} it is", "add a _target_")
    arguments = _arguments({k: v for k, v in value.items() if k != TARGET}, cls, path)
    try:
        made = cls(**arguments)
    except (ValueError, TypeError) as error:
        raise OutOfRangeError(f"{_where(path)} is refused: {error}", "correct the value") from error
    # A runtime-checkable protocol needs an instance: its data members are not on the class.
    if not isinstance(made, expected):
        raise TargetError(f"the _target_ of {_where(path)} is not a {expected.__name__}", "choose another class")
    return made


def _arguments(given: Mapping[Any, object], cls: Any, path: str) -> dict[str, Any]:
    fields = {f.name: f for f in dataclasses.fields(cls) if f.init}
    hints = get_type_hints(cls)
    for key in given:
        if key not in fields:
            near = difflib.get_close_matches(str(key), fields, n=1)
            known = f"did you mean '{near[0]}'" if near else f"known keys are {', '.join(sorted(fields)) or 'none'}"
            raise UnknownKeyError(f"{_where(path)} has no key '{key}'", known)
    prefix = f"{path}." if path else ""
    for name, field in fields.items():
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if required and name not in given:
            raise WrongTypeError(f"'{prefix}{name}' is missing", f"give {prefix}{name}=VALUE")
    return {str(k): construct(v, hints[str(k)], f"{prefix}{k}") for k, v in given.items()}
