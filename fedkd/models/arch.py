"""ArchSpec: the name of an architecture, small enough to send, strict enough to trust."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass

from fedkd.errors import ArchitectureError

Value = int | float | str | tuple[int, ...]

_FAMILY = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_FIX = "write a spec as ArchSpec.of('cnn', channels=(8, 16), kernel=3)"


@dataclass(frozen=True)
class ArchSpec:
    """Names one architecture. Equal specs are the same network; weights and input shape are not part of it.

    Attributes:
        family: A built-in family (`cnn`) or the dotted path of another one (`mypkg.nets.FAMILY`).
        options: (name, value) pairs in the order of their names. Left-out options mean the family's defaults;
            `fedkd.models.lookup.complete` writes them out, so that two spellings become equal.
    """

    family: str
    options: tuple[tuple[str, Value], ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.family, str) or not _FAMILY.fullmatch(self.family):
            raise ArchitectureError(f"{self.family!r} is not the name of a family", _FIX)
        names = [name for name, _ in self.options]
        if names != sorted(set(names) - {"family"}) or not all(name.isidentifier() for name in names):
            raise ArchitectureError(f"options {names} of {self.family!r} are not sorted, unique names", _FIX)
        for name, value in self.options:
            if not _is_value(value):
                raise ArchitectureError(
                    f"option {name!r} of {self.family!r} is {value!r}, which is no whole number, finite real"
                    " number, string or tuple of whole numbers",
                    _FIX,
                )

    @classmethod
    def of(cls, family: str, **options: Value) -> ArchSpec:
        """The spec of `family` with `options` in any order.

        Raises:
            ArchitectureError: A value is of another type than Value.
        """
        return cls(family, tuple(sorted(options.items())))

    def to_json(self) -> str:
        """One line such as `{"channels":[8,16],"family":"cnn","kernel":3}`, the same for equal specs."""
        tree = {"family": self.family, **dict(self.options)}
        return json.dumps(tree, sort_keys=True, separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> ArchSpec:
        """The spec that `to_json` wrote.

        Raises:
            ArchitectureError: The text is not JSON, or not a spec.
        """
        try:
            tree = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ArchitectureError(f"the spec {text[:80]!r} is not JSON ({error})", _FIX) from error
        if not isinstance(tree, dict) or "family" not in tree:
            raise ArchitectureError(f"the spec {text[:80]!r} is not an object with a 'family'", _FIX)
        family = tree.pop("family")
        return cls(family, tuple(sorted((name, _tupled(value)) for name, value in tree.items())))

    @property
    def name(self) -> str:
        """A short name for figures, such as `cnn-8-16-k3`. Not an identity: unlike specs may share it."""
        return "-".join([self.family.rpartition(".")[2], *(_short(*option) for option in self.options)])


def _is_value(value: object) -> bool:
    if isinstance(value, tuple):
        return all(type(item) is int for item in value)
    # `type() is`, because True is an int to isinstance and would come back from JSON as something else.
    return type(value) in (int, str) or (type(value) is float and math.isfinite(value))


def _tupled(value: Value | list[int]) -> Value:
    return tuple(value) if isinstance(value, list) else value


def _short(name: str, value: Value) -> str:
    if isinstance(value, tuple):
        return "-".join(map(str, value)) or f"no-{name}"
    return value if isinstance(value, str) else f"{name[0]}{value:g}"
