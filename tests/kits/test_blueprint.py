"""The administrator's file."""

from __future__ import annotations

import pytest

from fedkd.errors import ConfigError, ConfigFileError
from fedkd.kits import read_blueprint
from fedkd.runtime.deploy import Rules

from .clinics import plain, write


def test_a_file_says_what_a_federation_is_made_of(tmp_path):
    blueprint = read_blueprint(write(tmp_path, plain(rules={"quorum": 0.5}, ports={"aggregator": 9000})))

    assert [site.name for site in blueprint.sites] == ["clinic-a", "clinic-b"]
    assert blueprint.rules == Rules(quorum=0.5)
    assert (blueprint.ports.aggregator, blueprint.ports.superlink) == (9000, 8000)
    assert blueprint.overrides[-1] == "federation.sites=2"
    assert blueprint.sites[0].device is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sites": [{"name": "a", "data": "x"}, {"name": "a", "data": "y"}]}, "distinct names"),
        ({"sites": [{"name": "Clinic A", "data": "x"}]}, "is no name"),
        ({"sites": [{"name": "-h", "data": "x"}]}, "is no name"),
        ({"sites": [{"name": "aggregator", "data": "x"}]}, "a folder of the administrator's"),
        ({"sites": [{"name": "a", "data": "x", "labels": "y"}]}, "no key 'labels'"),
        ({"sites": [{"name": "a"}]}, r"'sites\[0\]\.data' of '.*federation\.yaml' is missing"),
        ({"sites": [{"name": "a", "data": "x", "validation": 1.0}]}, "must lie in"),
        ({"address": "server:8090"}, r"in '.*federation\.yaml', 'server:8090' is no host"),
        ({"listen": "server:8090"}, "is no host"),
        ({"ports": {"aggregator": 8000}}, "must be two ports"),
        ({"ports": {"aggregator": 0}}, "between 1 and 65535"),
        ({"classes": None}, "public and classes go together"),
        ({"scenario": ["federation.sites=3"]}, "follows from sites"),
        ({"password": "secret"}, "no key 'password'"),
        ({"reading": {"scale": {"mean": [0.5], "std": [0.0]}}}, "above 0"),
    ],
)
def test_mistakes_are_named(changes, words, tmp_path):
    with pytest.raises(ConfigError, match=words):
        read_blueprint(write(tmp_path, plain(**changes)))


def test_what_is_no_file_is_refused(tmp_path):
    (tmp_path / "broken.yaml").write_text("sites: [")

    for path in (tmp_path / "broken.yaml", tmp_path / "nowhere.yaml"):
        with pytest.raises(ConfigFileError, match="cannot be read"):
            read_blueprint(path)
