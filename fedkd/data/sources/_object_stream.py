"""Reads the serialised dictionaries of CIFAR's "python version" as data, without executing anything.

The files are programs for a stack machine that may call any function. Python's own reader runs them; this
one walks their instructions and knows only those that make numbers, strings, lists, tuples, dictionaries and
numpy arrays of bytes. Anything else, above all a call of any other function, is refused.
"""

from __future__ import annotations

import pickletools
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedkd.data.sources._files import read_bytes
from fedkd.errors import UnreadableDataError

_ARRAY_MAKERS = {"numpy.core.multiarray _reconstruct", "numpy._core.multiarray _reconstruct"}
# Whatever a malformed file does to the machine is one of these.
_MALFORMED = (ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, OverflowError)


@dataclass(frozen=True)
class _Global:
    """The name of a function or class. It is compared and never looked up."""

    name: str


@dataclass
class _Array:
    """An array whose contents come with a later instruction."""

    values: NDArray[np.uint8] | None = None


@dataclass(frozen=True)
class _ByteType:
    """The numpy type uint8, the only one that is known."""


def read_dictionary(path: Path) -> dict[str, Any]:
    """Reads one file.

    Returns:
        The dictionary: strings, integers, lists and [N, ...] uint8 arrays by name.

    Raises:
        UnreadableDataError: No such file, truncated, another format, or an instruction that is not known.
    """
    content = read_bytes(path)
    machine = _Machine()
    try:
        with warnings.catch_warnings():
            # Strings of an older kind, which are refused anyway, may warn of escapes that Python will drop.
            warnings.simplefilter("ignore", DeprecationWarning)
            for opcode, argument, _ in pickletools.genops(content):
                machine.step(opcode.name, argument)
        result = machine.stack.pop()
        return {key: value.values if isinstance(value, _Array) else value for key, value in result.items()}
    except _MALFORMED as error:
        raise UnreadableDataError(
            f"{path} is not an intact batch of CIFAR's python version ({error})",
            "fetch it from its publisher again",
        ) from error


@dataclass
class _Machine:
    """The stack machine, reduced to what makes plain data."""

    stack: list[Any] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def step(self, name: str, argument: Any) -> None:
        """Executes one instruction on plain data, or raises ValueError."""
        stack = self.stack
        match name:
            case "PROTO" | "STOP":
                pass
            case "BININT" | "BININT1" | "BININT2" | "SHORT_BINSTRING" | "BINSTRING" | "BINUNICODE":
                stack.append(argument)
            case "NONE" | "NEWTRUE" | "NEWFALSE":
                stack.append({"NONE": None, "NEWTRUE": True, "NEWFALSE": False}[name])
            case "EMPTY_DICT" | "EMPTY_LIST":
                stack.append({} if name == "EMPTY_DICT" else [])
            case "BINPUT" | "LONG_BINPUT":
                self.memo[argument] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(self.memo[argument])
            case "MARK":
                self.marks.append(len(stack))
            case "TUPLE":
                stack.append(tuple(self._cut(self.marks.pop())))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                stack.append(tuple(self._cut(len(stack) - int(name[-1]))))
            case "APPENDS":
                items = self._cut(self.marks.pop())
                stack[-1].extend(items)
            case "SETITEMS":
                items = self._cut(self.marks.pop())
                stack[-1].update(zip(map(_key, items[::2]), items[1::2], strict=True))
            case "GLOBAL":
                stack.append(_Global(argument))
            case "REDUCE":
                arguments = stack.pop()
                stack.append(_call(stack.pop(), arguments))
            case "BUILD":
                state = stack.pop()
                _fill(stack[-1], state)
            case _:
                raise ValueError(f"instruction {name}")

    def _cut(self, start: int) -> list[Any]:
        if not 0 <= start <= len(self.stack):
            raise ValueError("an instruction takes more than there is")
        items = self.stack[start:]
        del self.stack[start:]
        return items


def _key(value: Any) -> str:
    # Only strings: to hash a tuple nested a million deep would overflow the stack of the process.
    if type(value) is not str:
        raise ValueError("a key that is not a string")
    return value


def _call(function: Any, arguments: tuple[Any, ...]) -> Any:
    """What one of three harmless calls would have made."""
    name = function.name if isinstance(function, _Global) else "of no name"
    if name in _ARRAY_MAKERS:
        return _Array()
    if name == "numpy dtype" and arguments[0] == "u1":
        return _ByteType()
    if name == "_codecs encode":  # how Python 3 writes bytes in the old protocol
        return str(arguments[0])
    raise ValueError(f"a call of {name} with {type(arguments).__name__}")


def _fill(target: Any, state: tuple[Any, ...]) -> None:
    """Gives an array its contents: (version, shape, type, column by column?, bytes as a latin-1 string)."""
    if isinstance(target, _ByteType):
        return
    _, shape, kind, by_column, text = state
    if not isinstance(target, _Array) or not isinstance(kind, _ByteType):
        raise ValueError("contents of something that is not an array of bytes")
    flat = np.frombuffer(text.encode("latin-1"), np.uint8)
    target.values = flat.reshape(shape, order="F" if by_column else "C")
