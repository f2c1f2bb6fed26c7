"""Overrides such as `method=fedavg partition.alpha=1`, checked one by one before hydra merges them.

Hydra's own messages speak of its internals and do not name the override at fault. Here each is read alone, so an
error can; and every override of a value becomes a forced one, so that unknown keys reach `fedkd.construct`, which
knows the dataclasses and tells what may stand in their place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from fedkd.choices import WHOLE, nearest
from fedkd.errors import OverrideError, UnknownChoiceError


def prepare(texts: Sequence[str], axes: Mapping[str, Sequence[str]]) -> list[str]:
    """The overrides as hydra takes them.

    Args:
        texts: As the user wrote them.
        axes: Every axis and its choices.

    Raises:
        OverrideError: One cannot be read, or does what overrides may not do.
    """
    parser = OverridesParser.create()
    return [_prepared(text, _parsed(text, parser), axes) for text in texts]


def unknown_choice(axis: str, choice: str, axes: Mapping[str, Sequence[str]]) -> UnknownChoiceError:
    """The error that an axis has no such choice."""
    near = nearest(choice, axes[axis])
    among = f"choose among {', '.join(axes[axis])}"
    return UnknownChoiceError(
        f"{axis}={choice} is no choice of the axis '{axis}'", f"write {axis}={near}, or {among}" if near else among
    )


def _parsed(text: str, parser: OverridesParser) -> Override:
    key, equals, value = text.partition("=")
    if not key.strip("+~ ") or not (equals or text.startswith("~")):
        raise OverrideError(f"the override '{text}' has no KEY=VALUE", "write it like method=fedavg or seed=3")
    try:
        return parser.parse_override(text)
    except HydraException as error:
        key, plain = key.strip("'\""), value.replace("'", "").strip('"')
        raise OverrideError(
            f"the override '{text}' cannot be read ({_first_line(error)})",
            f"close its brackets, or quote the value for the shell and for the reader: \"{key}='{plain}'\"",
        ) from error


def _prepared(text: str, override: Override, axes: Mapping[str, Sequence[str]]) -> str:
    key = override.key_or_group
    if key == WHOLE or key.split(".")[0].split("/")[0] == "hydra":
        raise OverrideError(
            f"the override '{text}' is not about the scenario",
            "choose a whole configuration with --config, and your own files with --config-dir",
        )
    if override.package is not None or "/" in key:
        raise OverrideError(
            f"the override '{text}' has a key that is not spelt with dots", "write KEY=VALUE or A.B=VALUE"
        )
    if override.is_sweep_override():
        raise OverrideError(
            f"the override '{text}' gives several values",
            f"give {key} one value, or a list in brackets where it takes one",
        )
    if key in axes:
        return _choice(text, override, axes)
    return text if override.is_delete() else f"++{text.lstrip('+')}"


def _choice(text: str, override: Override, axes: Mapping[str, Sequence[str]]) -> str:
    axis, value = override.key_or_group, override.value()
    if override.is_delete() or isinstance(value, list | dict):
        raise OverrideError(
            f"the override '{text}' does not choose: the axis '{axis}' takes exactly one of its choices",
            f"write {axis}=CHOICE with one of {', '.join(axes[axis])}, and change values with {axis}.KEY=VALUE",
        )
    if not isinstance(value, str):
        raise unknown_choice(axis, override.get_value_string(), axes)
    return f"{axis}={override.get_value_string()}"


def _first_line(error: Exception) -> str:
    # Where the parser itself stumbles, hydra puts its message before the reason.
    return str(error).strip().splitlines()[0].removeprefix("LexerNoViableAltException: ").rstrip(".")
