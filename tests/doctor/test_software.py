"""Python and packages."""

from __future__ import annotations

from importlib.metadata import metadata

import pytest

from fedkd.doctor.software import SHOWN, check_packages, check_python


def test_what_is_installed_here_is_supported():
    findings = [*check_python(), *check_packages()]

    assert [finding for finding in findings if finding.verdict == "failed"] == []
    assert {finding.check for finding in findings} >= {"python", *SHOWN}


def test_the_extras_that_are_asked_for_exist():
    assert "metrics" in (metadata("fedkd").get_all("Provides-Extra") or [])


def test_an_old_python_is_named():
    (finding,) = check_python("3.9.1")

    assert (finding.verdict, finding.what) == ("failed", "3.9.1, wanted >=3.11")


@pytest.mark.parametrize(
    ("need", "verdict", "words"),
    [
        ("numpy>=1", [], ""),
        ("torch>=1", ["ok"], "supported >=1"),
        ("numpy<1", ["failed"], "supported <1"),
        ("no-such-package>=2", ["failed"], "not installed"),
        ("numpy<1; extra == 'test'", [], ""),
        ("flwr<1", ["failed"], "supported <1"),
        ("no-such-package>=2; extra == 'metrics'", [], ""),
        ("numpy<1; extra == 'metrics'", ["failed"], "supported <1"),
        ("numpy<1; python_version < '3'", [], ""),
    ],
)
def test_each_need_is_looked_at(need, verdict, words):
    findings = list(check_packages([need]))

    assert [finding.verdict for finding in findings] == verdict
    assert all(words in finding.what for finding in findings)
    assert all("pip install" in finding.fix for finding in findings if finding.verdict == "failed")
