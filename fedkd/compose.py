"""From names and overrides to a Scenario, and from a Scenario to YAML and back. Hydra stays in here."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from enum import Enum
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from hydra import compose as hydra_compose
from hydra import initialize_config_module
from hydra.errors import ConfigCompositionException, HydraException, OverrideParseException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from fedkd.construct import TARGET, construct
from fedkd.errors import ConfigError, UnknownChoiceError, UnknownKeyError
from fedkd.scenario import Scenario

ROOT = "scenarios"
DEFAULT = "federated/default"


def compose(overrides: Sequence[str] = (), name: str = DEFAULT, config_dir: Path | None = None) -> Scenario:
    """The scenario that a configuration name and overrides describe.

    Args:
        overrides: Hydra overrides, such as `method=fedavg` or `partition.alpha=1`.
        name: A configuration below `scenarios/`.
        config_dir: A folder of the user's own configurations, laid out like `scenarios/`; its files go before ours.

    Raises:
        ConfigError: Something in it does not exist, or has the wrong type.
    """
    extra = list(overrides)
    if config_dir is not None:
        if not config_dir.is_dir():
            raise ConfigError(f"the configuration folder '{config_dir}' does not exist", "correct --config-dir")
        extra.append(f"hydra.searchpath=[file://{config_dir.resolve()}]")
    try:
        with initialize_config_module(ROOT, version_base="1.3"):
            config = hydra_compose(name, overrides=extra)
        plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except (
        HydraException,
        ConfigCompositionException,
        OverrideParseException,
        OmegaConfBaseException,
    ) as error:
        raise _translated(error) from error
    return construct_scenario(plain)


def construct_scenario(plain: object) -> Scenario:
    """A Scenario from plain mappings."""
    scenario: Scenario = construct(plain, Scenario)
    return scenario


def axes(config_dir: Path | None = None) -> dict[str, list[str]]:
    """Every axis of a scenario and its choices, for help texts."""
    roots = [resources.files(ROOT), *([config_dir] if config_dir else [])]
    found: dict[str, set[str]] = {}
    for root in roots:
        for folder in root.iterdir():
            names = {f.name[:-5] for f in folder.iterdir() if f.name.endswith(".yaml")} if folder.is_dir() else set()
            if names:
                found.setdefault(folder.name, set()).update(names)
    return {axis: sorted(names) for axis, names in sorted(found.items())}


def dump(scenario: Scenario) -> str:
    """The scenario as YAML, every value spelled out."""
    return str(yaml.safe_dump(_plain(scenario), sort_keys=False))


def parse(text: str) -> Scenario:
    """Undo of `dump`.

    Raises:
        ConfigError: The text is not YAML, or not a scenario.
    """
    try:
        plain = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"the scenario is not YAML ({error})", "restore config.yaml") from error
    return construct_scenario(plain)


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value):
        cls = type(value)
        fields = {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value) if f.init}
        return {TARGET: f"{cls.__module__}.{cls.__qualname__}", **fields}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return value


def _translated(error: Exception) -> ConfigError:
    """Hydra's messages span many lines and speak of its internals; keep what helps."""
    cause = str(error.__cause__ or error).strip().splitlines()
    text = next((line.strip() for line in cause if line.strip()), type(error).__name__).rstrip(".")
    full = str(error)
    if "Could not find" in full or ("In '" in full and "Could not" in full):
        missing = next(line for line in full.splitlines() if "Could not" in line).strip().rstrip(".")
        choices = "; ".join(f"{axis}: {', '.join(names)}" for axis, names in axes().items() if f"'{axis}/" in full)
        return UnknownChoiceError(missing, f"choose among {choices}" if choices else "see fedkd simulate --help")
    if "is not in struct" in full or "Could not override" in full or "Key '" in full:
        return UnknownKeyError(text, "see fedkd simulate --help for the axes, and the run's config.yaml for all keys")
    return ConfigError(text, "write overrides as key=value, such as method=fedavg partition.alpha=1")
