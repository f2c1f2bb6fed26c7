"""All checks, in the order in which they help."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import yaml

from fedkd.doctor.certificates import check_certificate, check_node_key
from fedkd.doctor.files import check_disk, check_modes
from fedkd.doctor.finding import Finding, caught
from fedkd.doctor.ports import check_free
from fedkd.doctor.reach import check_aggregator, check_superlink
from fedkd.doctor.samples import check_samples, check_test
from fedkd.doctor.shadows import check_shadows
from fedkd.doctor.software import check_packages, check_python
from fedkd.errors import ConfigFileError
from fedkd.kits import AggregatorKit, SiteKit, read_kit
from fedkd.kits.layout import KIT


def examine(folder: Path | None) -> Iterator[Finding]:
    """Look at this machine, and at a kit if one is given.

    Args:
        folder: The kit of a site or of the aggregator; None for the machine alone.
    """
    yield from check_python()
    yield from check_packages()
    yield from check_shadows()
    if folder is not None:
        yield from caught("kit", partial(_kit, folder))


def _kit(folder: Path) -> Iterator[Finding]:
    try:
        plain = yaml.safe_load((folder / KIT).read_text())
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigFileError(f"'{folder}' is no kit ({error})", "give a folder that was provisioned") from error
    yield from (_site(folder) if isinstance(plain, dict) and "site" in plain else _server(folder))


def _site(folder: Path) -> Iterator[Finding]:
    kit, agreed = read_kit(folder, SiteKit)
    yield Finding("kit", "ok", f"of the site {kit.site}")
    yield from _files(folder, "site", kit.site)
    yield from caught("data", partial(check_samples, folder, kit, agreed))
    yield from caught("aggregator", partial(check_aggregator, folder, kit.site, kit.aggregator))
    if kit.superlink is not None:
        yield from check_superlink(folder, kit.superlink)


def _server(folder: Path) -> Iterator[Finding]:
    kit, agreed = read_kit(folder, AggregatorKit)
    yield Finding("kit", "ok", f"of the aggregator, for {len(kit.sites)} sites")
    yield from _files(folder, "server", "")
    if kit.test is not None:
        yield from caught("test", partial(check_test, folder / kit.test, agreed))
    yield from check_free("aggregator", kit.listen)
    if kit.superlink is not None:
        yield from check_free("superlink", kit.superlink)


def _files(folder: Path, role: str, name: str) -> Iterator[Finding]:
    yield from caught("certificate", partial(check_certificate, folder, role, name))
    yield from caught("supernode key", partial(check_node_key, folder))
    yield from check_modes(folder)
    yield from caught("disk", partial(check_disk, folder))
