"""Kits: what the administrator of a federation hands to each machine, one folder each.

    OUT/authority/           the certificate authority; stays with the administrator
    OUT/admin/               the administrator's certificate
    OUT/aggregator/          kit.yaml, scenario.yaml, public.npz, members.json, certificate
    OUT/SITE/                kit.yaml, scenario.yaml, public.npz, certificate

A site's data never lie in a kit but in a rehearsal: `kit.yaml` names a file of the machine where the kit goes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar
from zipfile import BadZipFile

import numpy as np
import yaml
from numpy.typing import NDArray

from fedkd.composition import dump, parse
from fedkd.construct import construct
from fedkd.data import Examples, SiteData
from fedkd.data.public import UNLABELLED
from fedkd.deployment import Agreed
from fedkd.errors import ConfigFileError, UnreadableDataError
from fedkd.files import disk_errors, write_whole
from fedkd.runtime.deploy import Rules
from fedkd.runtime.identity import Authority, Members, describe
from sim.device import DeviceProfile

KIT, SCENARIO, PUBLIC, MEMBERS, STATE = "kit.yaml", "scenario.yaml", "public.npz", "members.json", "state"
DATA = "data.npz"


@dataclass(frozen=True)
class AggregatorKit:
    """What the aggregator's machine needs to know beside the scenario.

    Attributes:
        listen: `HOST:PORT` to listen at.
        sites: Names, in the agreed order.
        classes: Number of classes.
        rules: When rounds end.
    """

    listen: str
    sites: tuple[str, ...]
    classes: int
    rules: Rules = Rules()


@dataclass(frozen=True)
class SiteKit:
    """What a site's machine needs to know beside the scenario.

    Attributes:
        site: Its name.
        aggregator: `HOST:PORT` to dial.
        classes: Number of classes.
        device: What it runs on.
        data: Its samples, a file relative to the kit: `train_inputs`, `train_labels`, and `validation_...` if it keeps
            some aside.
    """

    site: str
    aggregator: str
    classes: int
    device: DeviceProfile
    data: str = DATA


@dataclass(frozen=True)
class Address:
    """Where the aggregator is.

    Attributes:
        host: Name or address that sites dial.
        port: Its port.
        listen: Address that it listens at, on its own machine.
    """

    host: str = "127.0.0.1"
    port: int = 8090
    listen: str = "0.0.0.0"

    def __post_init__(self) -> None:
        if not 1 <= self.port <= 65535:
            raise ValueError(f"port={self.port} must be between 1 and 65535")


Kit = TypeVar("Kit", AggregatorKit, SiteKit)


def provision(
    out: Path, agreed: Agreed, devices: Mapping[str, DeviceProfile], address: Address, rules: Rules, days: int
) -> None:
    """Write a kit for each machine.

    Args:
        out: Where; made where absent. An authority that lies there already issues the certificates.
        agreed: What all machines hold.
        devices: What each site runs on, by its name, in the agreed order.
        address: Where the aggregator is.
        rules: When rounds end.
        days: How long certificates are valid.

    Raises:
        CertificateError: There is an authority that cannot be used.
        DiskError: Something cannot be written.
    """
    place = out / "authority"
    authority = Authority.open(place) if place.is_dir() else Authority.create(place, "fedkd")
    members = Members(out / "aggregator" / MEMBERS)
    kit = AggregatorKit(f"{address.listen}:{address.port}", tuple(devices), agreed.classes, rules)
    _write(out / "aggregator", kit, agreed)
    authority.issue_server([address.host], days).write(out / "aggregator")
    admin = authority.issue_admin(days)
    admin.write(out / "admin")
    members.allow("admin", describe(admin.certificate).fingerprint)
    for site, device in devices.items():
        _write(out / site, SiteKit(site, f"{address.host}:{address.port}", agreed.classes, device), agreed)
        own = authority.issue_site(site, days)
        own.write(out / site)
        members.allow(site, describe(own.certificate).fingerprint)


def _write(folder: Path, kit: AggregatorKit | SiteKit, agreed: Agreed) -> None:
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / KIT, yaml.safe_dump(_listed(asdict(kit)), sort_keys=False).encode())
    write_whole(folder / SCENARIO, dump(agreed.scenario).encode())
    write_arrays(folder / PUBLIC, {"inputs": agreed.public.inputs, "ids": agreed.public.ids})


def _listed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _listed(v) for key, v in value.items()}
    return [_listed(v) for v in value] if isinstance(value, tuple | list) else value


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
    kit: Kit = construct(plain, kind)
    arrays = read_arrays(folder / PUBLIC, ("inputs", "ids"))
    ids = arrays["ids"].astype(np.int64)
    public = Examples(arrays["inputs"].astype(np.float32), np.full(len(ids), UNLABELLED, np.int64), ids)
    return kit, Agreed(scenario, public, kit.classes)


def write_data(path: Path, data: SiteData) -> None:
    """A site's samples as its own machine would hold them."""
    parts = {"train": data.train, "validation": data.validation}
    arrays = {f"{name}_inputs": part.inputs for name, part in parts.items()}
    write_arrays(path, arrays | {f"{name}_labels": part.targets for name, part in parts.items()})


def read_data(path: Path, shape: Sequence[int], classes: int) -> SiteData:
    """A site's samples.

    Args:
        path: The file.
        shape: Of one sample, as the public set has it.
        classes: Number of classes.

    Raises:
        UnreadableDataError: It cannot be read, or does not fit the federation.
    """
    arrays = read_arrays(path, ("train_inputs", "train_labels"))
    nothing: dict[str, NDArray[Any]] = {
        "validation_inputs": np.zeros((0, *shape), np.float32),
        "validation_labels": np.zeros(0, np.int64),
    }
    train, validation = (_examples(path, nothing | arrays, name, shape, classes) for name in ("train", "validation"))
    histogram = np.bincount(train.targets, minlength=classes) + np.bincount(validation.targets, minlength=classes)
    return SiteData(train, validation, histogram.astype(np.int64))


def _examples(
    path: Path, arrays: Mapping[str, NDArray[Any]], name: str, shape: Sequence[int], classes: int
) -> Examples:
    inputs, labels = arrays[f"{name}_inputs"], arrays[f"{name}_labels"]
    fits = inputs.ndim >= 2 and inputs.shape[1:] == tuple(shape) and labels.shape == (len(inputs),)
    if not fits or inputs.dtype.kind not in "fiu" or labels.dtype.kind not in "iu":
        what = f"'{path}' has {name} samples {list(inputs.shape)} and labels {list(labels.shape)}"
        raise UnreadableDataError(f"{what}, this federation reads samples {list(shape)}", "give one label a sample")
    if len(labels) and not (labels.min() >= 0 and labels.max() < classes and np.isfinite(inputs).all()):
        what = f"'{path}' has {name} labels beyond 0 to {classes - 1}, or samples that are no numbers"
        raise UnreadableDataError(what, "correct the file")
    ids = np.arange(len(labels), dtype=np.int64)
    return Examples(np.asarray(inputs, np.float32), np.asarray(labels, np.int64), ids)


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """An `.npz` file, whole or not at all."""
    memory = io.BytesIO()
    np.savez_compressed(memory, allow_pickle=False, **arrays)
    write_whole(path, memory.getvalue())


def read_arrays(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """All arrays of an `.npz` file, among them these.

    Raises:
        UnreadableDataError: It is missing, damaged, or lacks one.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, BadZipFile, EOFError) as error:
        raise UnreadableDataError(f"'{path}' cannot be read as arrays ({error})", "give an .npz file") from error
    if missing := [name for name in names if name not in arrays]:
        raise UnreadableDataError(f"'{path}' lacks {', '.join(missing)}", f"give an .npz file with {', '.join(names)}")
    return arrays
