"""What a shell offers after TAB: axes and their choices."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from fedkd.choices import axes, configurations


def complete_override(ctx: typer.Context, incomplete: str) -> list[str]:
    """Completions of an override."""
    return offers(ctx.params.get("overrides") or (), incomplete, axes())


def complete_configuration(incomplete: str) -> list[str]:
    """Completions of --config."""
    return _starting(configurations(), incomplete)


def offers(before: Sequence[str], incomplete: str, known: dict[str, list[str]]) -> list[str]:
    """Completions of the word `incomplete`.

    Args:
        before: The words before it. Bash ends a word at "=", so `method=fed` comes as `method`, `=` and `fed` and
            only the last is to be completed; other shells leave it whole.
        incomplete: What the user has typed of it.
        known: Every axis and its choices.
    """
    words = [word for word in before if word != "="]
    if words and words[-1] in known:
        return _starting(known[words[-1]], incomplete)
    found = [axis for axis in known if axis.startswith(incomplete.partition("=")[0])]
    # A lone `method=` would get a space behind it, so the choices of a lone axis are offered at once.
    whole = [f"{axis}={choice}" for axis in found for choice in known[axis]]
    return _starting(whole, incomplete) if len(found) == 1 or "=" in incomplete else [f"{axis}=" for axis in found]


def _starting(words: Sequence[str], start: str) -> list[str]:
    return [word for word in words if word.startswith(start)]
