"""What a kit says: to the aggregator's machine, and to a site's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import yaml

from fedkd.addresses import split_address
from fedkd.composition import dump, parse
from fedkd.construct import construct
from fedkd.data import Examples
from fedkd.data.checks import require_share
from fedkd.data.public import UNLABELLED
from fedkd.deployment import Agreed
from fedkd.errors import ConfigFileError, OutOfRangeError
from fedkd.files import disk_errors, write_whole
from fedkd.kits.arrays import read_arrays, write_arrays
from fedkd.kits.layout import AGGREGATOR, DATA, KIT, PUBLIC, SCENARIO
from fedkd.kits.reading import Reading
from fedkd.runtime.deploy import Rules
from fedkd.runtime.identity.names import host_name
from sim.device import Budget, DeviceProfile


@dataclass(frozen=True)
class AggregatorKit:
    """What the aggregator's machine needs to know beside the scenario.

    Attributes:
        listen: `HOST:PORT` to listen at.
        sites: Names, in the agreed order.
        classes: Number of classes.
        rules: When rounds end.
        test: A test set on which the server's networks are tried, an `.npz` file with `test_inputs` and `test_labels`;
            None for none.
        superlink: `HOST:PORT` that Flower's SuperLink listens at.
    """

    listen: str
    sites: tuple[str, ...]
    classes: int
    rules: Rules = Rules()
    test: str | None = None
    superlink: str | None = None

    def __post_init__(self) -> None:
        _require_addresses(listen=self.listen, superlink=self.superlink)


@dataclass(frozen=True)
class SiteKit:
    """What a site's machine needs to know beside the scenario.

    Attributes:
        site: Its name.
        aggregator: `HOST:PORT` to dial.
        classes: Number of classes.
        device: What it runs on; None measures the machine at the first start.
        budget: What a network on a machine that is measured may cost.
        data: Its samples, a path on that machine, relative to the kit: an `.npz` file, a CSV file, a folder of images
            or of IDX files.
        label: Column of a CSV file that holds the classes.
        validation: Share of the samples that it keeps aside, unless the file says which.
        reading: How raw data become what networks read.
        test: A test set that everyone was given, an `.npz` file with `test_inputs` and `test_labels`; None for none.
        superlink: `HOST:PORT` of Flower's SuperLink.
    """

    site: str
    aggregator: str
    classes: int
    device: DeviceProfile | None = None
    budget: Budget = Budget()
    data: str = DATA
    label: str | None = None
    validation: float = 0.1
    reading: Reading = Reading()
    test: str | None = None
    superlink: str | None = None

    def __post_init__(self) -> None:
        require_share("validation", self.validation)
        _require_addresses(aggregator=self.aggregator, superlink=self.superlink)


def _require_addresses(**addresses: str | None) -> None:
    for name, address in addresses.items():
        try:
            if address is not None:
                host_name(split_address(address)[0])
        except OutOfRangeError as error:
            raise ValueError(f"{name}={address} must be HOST:PORT, or [HOST]:PORT of IPv6") from error


Kit = TypeVar("Kit", AggregatorKit, SiteKit)


def write_kit(folder: Path, kit: AggregatorKit | SiteKit, agreed: Agreed) -> None:
    """Write what a machine needs to know, and what all machines hold.

    Raises:
        DiskError: It cannot be written.
    """
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / KIT, yaml.safe_dump(_listed(asdict(kit)), sort_keys=False).encode())
    write_whole(folder / SCENARIO, dump(agreed.scenario).encode())
    write_arrays(folder / PUBLIC, {"inputs": agreed.public.inputs, "ids": agreed.public.ids})


def read_kit(folder: Path, kind: type[Kit]) -> tuple[Kit, Agreed]:
    """What a kit says, and what all machines hold.

    Raises:
        ConfigError: A file is missing or makes no sense.
        UnreadableDataError: The public set cannot be read.
    """
    try:
        plain = yaml.safe_load((folder / KIT).read_text())
        scenario = parse((folder / SCENARIO).read_text())
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigFileError(f"'{folder}' is no kit ({error})", "give a folder that was provisioned") from error
    kit: Kit = construct(plain, kind, whole=f"'{folder / KIT}'")
    arrays = read_arrays(folder / PUBLIC, ("inputs", "ids"))
    ids = arrays["ids"].astype(np.int64)
    public = Examples(arrays["inputs"].astype(np.float32), np.full(len(ids), UNLABELLED, np.int64), ids)
    return kit, Agreed(scenario, public, kit.classes)


def _listed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _listed(v) for key, v in value.items()}
    return [_listed(v) for v in value] if isinstance(value, tuple | list) else value


def aggregator_address(kits: Path) -> str:
    """`HOST:PORT` of the aggregator, as the sites of a folder of kits dial it.

    Raises:
        ConfigFileError: There is no kit of a site.
    """
    others = (path.parent for path in sorted(kits.glob(f"*/{KIT}")) if path.parent.name != AGGREGATOR)
    if (site := next(others, None)) is None:
        raise ConfigFileError(f"'{kits}' holds no kit of a site", "give the folder that was provisioned")
    return read_kit(site, SiteKit)[0].aggregator
