"""What a site's machine is good for: said by its kit, or measured once and kept."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

from fedkd.deployment import Agreed, read_device
from fedkd.errors import ConfigError, DamagedRunError
from fedkd.files import disk_errors, write_whole
from fedkd.kits.kit import SiteKit
from fedkd.kits.layout import STATE
from fedkd.search.machine import measure_speed
from sim.device import DeviceProfile

DEVICE = "device.json"


def device_of(folder: Path, kit: SiteKit, agreed: Agreed, told: Callable[[str], None]) -> DeviceProfile:
    """The device of a kit; a machine that is not described there is measured, and stays what it was found to be.

    Args:
        folder: The kit.
        kit: What it says.
        agreed: Its search space is what is measured.
        told: Hears a line.

    Raises:
        DamagedRunError: What was kept cannot be read.
        DiskError: It cannot be kept.
    """
    if kit.device is not None:
        return kit.device
    path = folder / STATE / DEVICE
    if path.exists():
        try:
            return read_device(path.read_text())
        except (OSError, UnicodeDecodeError, ConfigError) as error:
            raise DamagedRunError(f"'{path}' cannot be read ({error})", "delete it to measure again") from error
    scenario = agreed.scenario
    told("measuring this machine, some seconds")
    spaces = [scenario.task.space] + ([scenario.search.space] if scenario.search.space else [])
    macs_per_s, layer_us = measure_speed(spaces, tuple(agreed.public.inputs.shape[1:]), agreed.classes)
    device = DeviceProfile(kit.site, macs_per_s, 1.0, kit.budget, layer_us=layer_us)
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(dataclasses.asdict(device)).encode())
    told(f"it makes {macs_per_s:.3g} multiply-accumulates a second and starts a layer in {layer_us:.1f} µs")
    return device
