"""Which family a spec refers to.

A built-in family is a file of `fedkd/models/families` that defines `FAMILY`; its name is the file's. Any
other one is named by the dotted path of its Family object, for example `mypkg.nets.FAMILY`. That path is
imported, so a receiver checks that a spec from another machine belongs to its search space before it looks
the family up.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from functools import cache

from fedkd.errors import ArchitectureError, UnknownFamilyError
from fedkd.models.arch import ArchSpec
from fedkd.models.family import Family, NetworkFamily


@cache
def family_names() -> tuple[str, ...]:
    """The built-in families, sorted."""
    package = importlib.import_module("fedkd.models.families")
    return tuple(sorted(module.name for module in pkgutil.iter_modules(package.__path__)))


def find_family(name: str) -> Family:
    """The family that a spec's `family` refers to.

    Raises:
        UnknownFamilyError: There is none of this name, or the dotted path leads elsewhere.
    """
    if "." in name:
        return _imported(name)
    names = family_names()
    if name not in names:
        near = difflib.get_close_matches(name, names)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names)}"
        raise UnknownFamilyError(
            f"no family is called {name!r} ({hint})", "name a built-in family, or the dotted path of your own"
        )
    family = importlib.import_module(f"fedkd.models.families.{name}").FAMILY
    assert isinstance(family, Family)
    return family


def _imported(path: str) -> Family:
    module, _, attribute = path.rpartition(".")
    fix = "name a module-level Family object by its dotted path, and install its package"
    try:
        family = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise UnknownFamilyError(f"the family {path!r} cannot be imported ({error})", fix) from error
    if not isinstance(family, Family):
        raise UnknownFamilyError(f"{path!r} is a {type(family).__name__}, not a Family", fix)
    return family


def network_family(spec: ArchSpec) -> NetworkFamily:
    """The family of a spec that names a network.

    Raises:
        UnknownFamilyError: There is no such family.
        ArchitectureError: The family is one of tree learners.
    """
    family = find_family(spec.family)
    if not isinstance(family, NetworkFamily):
        raise ArchitectureError(
            f"{spec.family!r} is not a family of networks", "make it with fedkd.models.learner.make_learner"
        )
    return family


def complete(spec: ArchSpec) -> ArchSpec:
    """The same architecture with every option written out; see Family.complete."""
    return find_family(spec.family).complete(spec)
