"""Refuse dependencies whose licence does not suit us: GPL, AGPL, non-commercial, or none that is known.

Looks at everything that fedkd and its extras pull in, as installed in the current environment. Run it from the
repository: python tools/check_licences.py
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement

# LGPL and MPL are fine to depend on; GPL in a licence expression with OR leaves a choice.
REFUSED = re.compile(r"(?<!L)\bA?GPL|General Public License|non-?commercial|\bCC.BY.NC", re.IGNORECASE)
ALLOWED = re.compile(r"\bLGPL|Lesser General Public|\bOR\b|MIT|BSD|Apache", re.IGNORECASE)


def main() -> int:
    """Print what is wrong and return the exit code."""
    bad = [f"{name}: {text[:80]!r}" for name in sorted(required()) if not fits(text := licence(name))]
    for line in bad:
        print(f"licence refused: {line}", file=sys.stderr)
    print(f"{len(required())} dependencies, {len(bad)} with a licence that does not suit")
    return 1 if bad else 0


def fits(text: str) -> bool:
    """Whether a licence text suits us."""
    return bool(text) and (not REFUSED.search(text) or bool(ALLOWED.search(text)))


def required() -> set[str]:
    """Installed distributions that fedkd needs, directly or through others, with all extras."""
    found: set[str] = set()
    waiting = ["fedkd"]
    while waiting:
        name = waiting.pop()
        for line in distribution(name).requires or []:
            need = Requirement(line)
            extras = ("metrics", "ray", "tensorboard", "test", "dev") if name == "fedkd" else ("",)
            if need.marker and not any(need.marker.evaluate({"extra": extra}) for extra in extras):
                continue
            if need.name not in found and installed(need.name):
                found.add(need.name)
                waiting.append(need.name)
    return found


def installed(name: str) -> bool:
    """Whether the environment has a distribution."""
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def licence(name: str) -> str:
    """What a distribution says of its licence."""
    meta = distribution(name).metadata
    classifiers = [c for c in meta.get_all("Classifier") or [] if c.startswith("License")]
    stated = meta.get("License-Expression") or (meta.get("License") or "").split("\n")[0]
    return "; ".join([*classifiers, stated] if stated else classifiers)


if __name__ == "__main__":
    sys.exit(main())
