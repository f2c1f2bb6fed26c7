"""Kits: what the administrator of a federation hands to each machine, one folder each.

    OUT/authority/           the certificate authority; stays with the administrator
    OUT/admin/               the administrator's certificate
    OUT/aggregator/          kit.yaml, scenario.yaml, public.npz, members.json, certificate, keys of SuperNodes, scripts
    OUT/SITE/                kit.yaml, scenario.yaml, public.npz, certificate, key of its SuperNode, scripts

A site's data never lie in a kit but in a rehearsal: `kit.yaml` names a path of the machine where the kit goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fedkd.addresses import join_address
from fedkd.composition import dump
from fedkd.deployment import Agreed
from fedkd.files import disk_errors
from fedkd.kits.blueprint import Blueprint, SiteEntry
from fedkd.kits.identities import (
    SOON,
    enlist,
    keep_or_issue,
    keep_or_make_node_key,
    open_authority,
    publish,
    withdraw,
)
from fedkd.kits.kit import AggregatorKit, SiteKit, write_kit
from fedkd.kits.launchers import write_server, write_site
from fedkd.kits.layout import ADMIN, AGGREGATOR, AUTHORITY, KIT, MEMBERS, SCENARIO, SUPERNODES
from fedkd.kits.reading import Reading
from fedkd.runtime.identity import Authority, Members, NodeKey


@dataclass(frozen=True)
class Provisioned:
    """What was done.

    Attributes:
        kept: Sites whose certificate was good already.
        issued: Sites that got a new one.
        revoked: Sites that have a kit and are not let in.
        orphaned: Sites that have a kit, and are no longer in the blueprint.
        changed: Whether machines that have a kit need the new one, since what all agree on is not what it was.
    """

    kept: tuple[str, ...]
    issued: tuple[str, ...]
    revoked: tuple[str, ...]
    orphaned: tuple[str, ...]
    changed: bool


def provision(out: Path, blueprint: Blueprint, agreed: Agreed, reading: Reading) -> Provisioned:
    """Write a kit for each machine; what was issued before is kept.

    Args:
        out: Where; made where absent. An authority that lies there already issues the certificates.
        blueprint: What the federation is made of.
        agreed: What all machines hold.
        reading: How raw data become what networks read.

    Raises:
        CertificateError: There is an authority, a certificate or a key that cannot be used.
        DeployError: The list of members is damaged.
        DiskError: Something cannot be written.
    """
    server = out / AGGREGATOR
    before = server / SCENARIO
    changed = before.exists() and before.read_text() != dump(agreed.scenario)
    for folder in (out, out / ADMIN, server, server / SUPERNODES, *(out / site.name for site in blueprint.sites)):
        _private_folder(folder)
    authority = open_authority(out / AUTHORITY, blueprint.name)
    _private_folder(out / AUTHORITY)
    members = Members(server / MEMBERS)
    _write_server(server, blueprint, agreed, authority)
    keep_or_issue(out / ADMIN, authority, lambda: authority.issue_admin(blueprint.days), spare=SOON)
    enlist(members, ADMIN, out / ADMIN)
    old: list[str] = []
    new: list[str] = []
    shut: list[str] = []
    for site in blueprint.sites:
        kept = _write_site(out, site, blueprint, authority, agreed, reading)
        (old if kept else new).append(site.name)
        if enlist(members, site.name, out / site.name):
            publish(NodeKey.read(out / site.name), site.name, server)
        else:
            withdraw(site.name, server)
            shut.append(site.name)
    return Provisioned(tuple(old), tuple(new), tuple(shut), _orphaned(out, blueprint), changed)


def _write_server(folder: Path, blueprint: Blueprint, agreed: Agreed, authority: Authority) -> None:
    names = tuple(site.name for site in blueprint.sites)
    listen = join_address(blueprint.listen, blueprint.ports.aggregator)
    superlink = join_address(blueprint.listen, blueprint.ports.superlink)
    kit = AggregatorKit(listen, names, agreed.classes, blueprint.rules, blueprint.test, superlink)
    write_kit(folder, kit, agreed)
    write_server(folder, join_address(blueprint.address, blueprint.ports.superlink), blueprint.listen, blueprint.ports)
    host = blueprint.address
    keep_or_issue(folder, authority, lambda: authority.issue_server([host], blueprint.days), host, SOON)


def _write_site(
    out: Path, site: SiteEntry, blueprint: Blueprint, authority: Authority, agreed: Agreed, reading: Reading
) -> bool:
    folder = out / site.name
    aggregator, superlink = (
        join_address(blueprint.address, port) for port in (blueprint.ports.aggregator, blueprint.ports.superlink)
    )
    described = SiteKit(
        site.name,
        aggregator,
        agreed.classes,
        site.device,
        site.budget,
        site.data,
        site.label,
        site.validation,
        reading,
        site.test,
        superlink,
    )
    write_kit(folder, described, agreed)
    write_site(folder, superlink)
    keep_or_make_node_key(folder)
    return keep_or_issue(folder, authority, lambda: authority.issue_site(site.name, blueprint.days))


def _orphaned(out: Path, blueprint: Blueprint) -> tuple[str, ...]:
    known = {AGGREGATOR, *(site.name for site in blueprint.sites)}
    return tuple(sorted({path.parent.name for path in out.glob(f"*/{KIT}")} - known))


def _private_folder(folder: Path) -> None:
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
