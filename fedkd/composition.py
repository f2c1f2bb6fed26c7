"""From names and overrides to a Scenario, and from a Scenario to YAML and back.

Hydra stays in here and in `fedkd.overrides`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

import yaml
from hydra import compose as hydra_compose
from hydra import initialize_config_dir, initialize_config_module
from hydra.errors import HydraException, MissingConfigException
from omegaconf import OmegaConf
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from fedkd.choices import DEFAULT, ROOT, WHOLE, axes, configurations, nearest
from fedkd.construct import TARGET, construct
from fedkd.errors import ConfigError, ConfigFileError, ConfigNotFoundError, UnknownKeyError, WrongTypeError
from fedkd.overrides import prepare, unknown_choice
from fedkd.scenario import Scenario


def compose(overrides: Sequence[str] = (), name: str = DEFAULT, config_dir: Path | None = None) -> Scenario:
    """The scenario that a configuration name and overrides describe.

    Args:
        overrides: Such as `method=fedavg` or `partition.alpha=1`, in hydra's grammar.
        name: A configuration below `scenarios/` or `config_dir`.
        config_dir: A folder of the user's own configurations, laid out like `scenarios/`; its files go before ours.

    Raises:
        ConfigError: Something in it does not exist, or has the wrong type.
    """
    known = axes(config_dir)
    return construct_scenario(_composed(name, prepare(overrides, known), config_dir, known))


def construct_scenario(plain: object) -> Scenario:
    """A Scenario from plain mappings."""
    scenario: Scenario = construct(plain, Scenario)
    return scenario


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
        raise ConfigFileError(f"the scenario is not YAML ({_line(error)})", "correct the file") from error
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


def _composed(
    name: str, overrides: Sequence[str], config_dir: Path | None, known: Mapping[str, Sequence[str]]
) -> object:
    folder, _, choice = name.rpartition("/")
    if folder != WHOLE:
        raise _no_configuration(name, config_dir)
    # Only the first place of hydra's search path goes before the others, so the user's folder has to be it. Its own
    # `defaults` are found wherever they lie, but a first configuration is not: ours is added to an empty one.
    wanted = [f"+{folder}={choice}", *overrides]
    try:
        if config_dir is None:
            with initialize_config_module(ROOT, version_base="1.3"):
                return _plain_config(wanted)
        with initialize_config_dir(str(config_dir.resolve()), version_base="1.3"):
            return _plain_config([f"hydra.searchpath=[pkg://{ROOT}]", *wanted])
    # Files of the user's may be anything, and hydra lets errors of all sorts through.
    except (HydraException, OmegaConfBaseException, yaml.YAMLError, OSError, ValueError, TypeError) as error:
        raise _explained(error, name, config_dir, known) from error


def _plain_config(overrides: list[str]) -> object:
    return OmegaConf.to_container(hydra_compose(None, overrides), resolve=True, throw_on_missing=True)


def _explained(error: Exception, name: str, config_dir: Path | None, known: Mapping[str, Sequence[str]]) -> ConfigError:
    if isinstance(error, MissingConfigException):
        return _missing(str(error.missing_cfg_file), name, config_dir, known)
    if isinstance(error, MissingMandatoryValue):
        return WrongTypeError(f"'{error.full_key}' is missing", f"give {error.full_key}=VALUE")
    if isinstance(error, OmegaConfBaseException):
        return ConfigFileError(
            f"'{error.full_key}' refers to nothing ({_line(error)})", "correct what stands in ${...}"
        )
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        where = f"'{error.problem_mark.name}', line {error.problem_mark.line + 1}"
        return ConfigFileError(f"{where}, is not YAML: {error.problem}", "correct the file")
    if isinstance(error, HydraException):
        # "Could not delete from config. 'x' does not exist.", or the index of a list.
        cause = error.__cause__
        where = f"'{cause.full_key}' does not exist" if isinstance(cause, OmegaConfBaseException) else _line(error)
        return UnknownKeyError(where, "see all keys with fedkd simulate --show")
    return ConfigFileError(f"'{name}' cannot be composed ({_line(error)})", "correct its files and the overrides")


def _missing(file: str, name: str, config_dir: Path | None, known: Mapping[str, Sequence[str]]) -> ConfigError:
    axis, _, choice = file.lstrip("/").partition("/")
    if file.lstrip("/") == name:
        return _no_configuration(name, config_dir)
    if axis in known:
        return unknown_choice(axis, choice, known)
    return ConfigFileError(f"'{name}' needs the configuration '{file}', which does not exist", "correct its defaults")


def _no_configuration(name: str, config_dir: Path | None) -> ConfigNotFoundError:
    listed = configurations(config_dir)
    near = nearest(name, listed)
    fix = f"write --config {near}" if near else f"choose among {', '.join(listed)}"
    return ConfigNotFoundError(f"there is no configuration '{name}'", fix)


def _line(error: BaseException) -> str:
    """Hydra's messages span many lines and end with its internals; the first says what is wrong."""
    lines = [line.strip().rstrip(".") for line in str(error).splitlines() if line.strip()]
    return lines[0].replace(". ", ": ") if lines else type(error).__name__
