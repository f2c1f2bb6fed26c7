"""Kits: what each machine of a federation is given, one folder each; how they are made, read and revoked."""

from fedkd.kits.agreement import agree
from fedkd.kits.blueprint import Blueprint, Ports, SiteEntry, read_blueprint
from fedkd.kits.kit import AggregatorKit, SiteKit, aggregator_address, read_kit
from fedkd.kits.layout import ADMIN, AGGREGATOR, DATA, KIT, MEMBERS, STATE, TEST
from fedkd.kits.own_device import device_of
from fedkd.kits.provision import Provisioned, provision
from fedkd.kits.reading import Reading, Scale
from fedkd.kits.revocation import revoke, rotate
from fedkd.kits.site_data import read_data, read_test, write_data, write_test

__all__ = [
    "ADMIN",
    "AGGREGATOR",
    "DATA",
    "KIT",
    "MEMBERS",
    "STATE",
    "TEST",
    "AggregatorKit",
    "Blueprint",
    "Ports",
    "Provisioned",
    "Reading",
    "Scale",
    "SiteEntry",
    "SiteKit",
    "aggregator_address",
    "agree",
    "device_of",
    "provision",
    "read_blueprint",
    "read_data",
    "read_kit",
    "read_test",
    "revoke",
    "rotate",
    "write_data",
    "write_test",
]
