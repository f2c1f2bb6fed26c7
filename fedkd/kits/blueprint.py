"""The administrator's file: what a federation is made of, from which all kits follow."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from fedkd.construct import construct
from fedkd.data.checks import require_share
from fedkd.errors import ConfigFileError
from fedkd.kits.layout import ADMIN, AGGREGATOR, AUTHORITY
from fedkd.kits.reading import Reading
from fedkd.runtime.deploy import Rules
from fedkd.runtime.identity.names import checked_site, host_name
from sim.device import Budget, DeviceProfile

_TAKEN = (ADMIN, AGGREGATOR, AUTHORITY)
_SITES = "federation.sites"


@dataclass(frozen=True)
class Ports:
    """Where the server listens.

    Attributes:
        aggregator: For knowledge.
        superlink: For Flower's SuperNodes.
    """

    aggregator: int = 8090
    superlink: int = 8000

    def __post_init__(self) -> None:
        for name, port in vars(self).items():
            if not 1 <= port <= 65535:
                raise ValueError(f"{name}={port} must be a port between 1 and 65535")
        if self.aggregator == self.superlink:
            raise ValueError(f"aggregator={self.aggregator} and superlink={self.superlink} must be two ports")


@dataclass(frozen=True)
class SiteEntry:
    """A site.

    Attributes:
        name: 1 to 63 of a-z, 0-9 and -.
        data: Where its samples lie on its machine; relative to its kit, or absolute.
        device: What it runs on; None lets it measure itself at its first start.
        budget: What a network may cost there, if it measures itself.
        label: Column of a CSV file that holds the classes.
        validation: Share of the samples that it keeps aside, unless the file says which.
        test: A test set in its kit; None for none.
    """

    name: str
    data: str
    device: DeviceProfile | None = None
    budget: Budget = Budget()
    label: str | None = None
    validation: float = 0.1
    test: str | None = None

    def __post_init__(self) -> None:
        checked_site(self.name)
        require_share("validation", self.validation)
        if self.name in _TAKEN:
            raise ValueError(f"name={self.name} is the name of a folder of the administrator's, choose another")
        if self.device is not None and self.budget != Budget():
            raise ValueError(f"budget of {self.name} belongs into its device, which has one")


@dataclass(frozen=True)
class Blueprint:
    """A federation.

    Attributes:
        name: Of its certificate authority: 1 to 63 of a-z, 0-9 and -.
        address: Name or address by which sites reach the server.
        sites: In the agreed order.
        ports: Of the server.
        listen: Address that the server listens at, on its own machine.
        scenario: Overrides of the scenario, as of `fedkd simulate`: what all agree on. Sites follow from `sites`.
        public: An `.npz` file with `inputs` and maybe `ids`, relative to the blueprint; None takes the public set of
            the scenario's data.
        classes: Number of classes; needed with `public`.
        reading: How raw data become what networks read. A scale that is left out is that of the scenario's data.
        rules: When rounds end.
        days: How long certificates are valid.
        test: A test set in the aggregator's kit; None for none.
    """

    name: str
    address: str
    sites: tuple[SiteEntry, ...]
    ports: Ports = Ports()
    listen: str = "0.0.0.0"
    scenario: tuple[str, ...] = ()
    public: str | None = None
    classes: int | None = None
    reading: Reading = field(default_factory=Reading)
    rules: Rules = Rules()
    days: int = 90
    test: str | None = None

    def __post_init__(self) -> None:
        checked_site(self.name)
        for host in (self.address, self.listen):
            host_name(host)
        names = [site.name for site in self.sites]
        if len(set(names)) < len(names):
            raise ValueError(f"sites={', '.join(names)} must have distinct names")
        if (self.public is None) != (self.classes is None):
            raise ValueError("public and classes go together: give both, or none to take those of the scenario's data")
        if any(override.lstrip("+").startswith(f"{_SITES}=") for override in self.scenario):
            raise ValueError(f"scenario sets {_SITES}, which follows from sites: leave it out")

    @property
    def overrides(self) -> list[str]:
        """Of the scenario, all of them."""
        return [*self.scenario, f"{_SITES}={len(self.sites)}"]


def read_blueprint(path: Path) -> Blueprint:
    """The administrator's file.

    Raises:
        ConfigError: It is missing, no YAML, or does not say what a federation is made of.
    """
    try:
        plain = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigFileError(f"'{path}' cannot be read ({error})", "give a YAML file, see docs/deploy.md") from error
    blueprint: Blueprint = construct(plain, Blueprint, whole=f"'{path}'")
    return blueprint
