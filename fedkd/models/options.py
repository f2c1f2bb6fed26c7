"""What the options of a family may be. Bounds matter: a spec may come from another machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from fedkd.models.arch import Value


class Option(Protocol):
    """One option of a family: its default, and a check of a given value."""

    @property
    def default(self) -> Value:
        """The value of a spec that leaves the option out."""

    def accepts(self, value: Value) -> bool:
        """Whether `value` has the right type and lies within the bounds."""

    @property
    def rule(self) -> str:
        """What is accepted, to complete the sentence 'must be ...'."""


@dataclass(frozen=True)
class Whole:
    """A whole number in [low, high]."""

    default: int
    low: int = 1
    high: int = 4096

    def accepts(self, value: Value) -> bool:
        """See Option."""
        return type(value) is int and self.low <= value <= self.high

    @property
    def rule(self) -> str:
        """See Option."""
        return f"a whole number from {self.low} to {self.high}"


@dataclass(frozen=True)
class Wholes:
    """Between `shortest` and `longest` whole numbers, each in [1, high]."""

    default: tuple[int, ...]
    shortest: int = 1
    longest: int = 8
    high: int = 4096

    def accepts(self, value: Value) -> bool:
        """See Option."""
        return (
            isinstance(value, tuple)
            and self.shortest <= len(value) <= self.longest
            and all(1 <= item <= self.high for item in value)
        )

    @property
    def rule(self) -> str:
        """See Option."""
        return f"{self.shortest} to {self.longest} whole numbers from 1 to {self.high}"


@dataclass(frozen=True)
class Real:
    """A float in (0, high]."""

    default: float
    high: float = 1.0

    def accepts(self, value: Value) -> bool:
        """See Option."""
        return type(value) is float and 0.0 < value <= self.high

    @property
    def rule(self) -> str:
        """See Option."""
        return f"a float above 0.0 and up to {self.high}"


@dataclass(frozen=True)
class Choice:
    """One of a few values."""

    default: int | str
    choices: tuple[int | str, ...]

    def accepts(self, value: Value) -> bool:
        """See Option."""
        # The types are compared too, because 3 == 3.0 and the two are spelt differently in JSON.
        return any(type(value) is type(choice) and value == choice for choice in self.choices)

    @property
    def rule(self) -> str:
        """See Option."""
        return "one of " + ", ".join(map(repr, self.choices))
