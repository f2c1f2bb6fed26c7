"""A rehearsal: kits for a deployment in which every site holds its part of a simulation's data."""

from __future__ import annotations

from pathlib import Path

from fedkd.deployment import Agreed
from fedkd.federation import Parts
from fedkd.kits import (
    AGGREGATOR,
    DATA,
    TEST,
    Blueprint,
    Provisioned,
    Reading,
    SiteEntry,
    provision,
    write_data,
    write_test,
)


def entries(parts: Parts) -> tuple[SiteEntry, ...]:
    """The sites of a simulation, as a blueprint names them."""
    devices = zip(parts.names, parts.fleet(), strict=True)
    return tuple(SiteEntry(name, DATA, device, test=TEST) for name, device in devices)


def rehearse(out: Path, blueprint: Blueprint, agreed: Agreed, parts: Parts) -> Provisioned:
    """Write a kit for the aggregator and one for each site.

    Args:
        out: Where; an authority that lies there already issues the certificates.
        blueprint: Of the sites that `entries` gave.
        agreed: What all ends hold.
        parts: The simulation.

    Raises:
        CertificateError: There is an authority that cannot be used.
        DiskError: Something cannot be written.
    """
    done = provision(out, blueprint, agreed, Reading())
    for name, data in zip(parts.names, parts.data.sites, strict=True):
        write_data(out / name / DATA, data)
    for name in (AGGREGATOR, *parts.names):
        write_test(out / name / TEST, parts.data.test)
    return done
