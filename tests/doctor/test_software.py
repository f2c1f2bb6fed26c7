"""Python and packages."""

from __future__ import annotations

import pytest

from fedkd.doctor.software import SHOWN, check_packages, check_python


def test_what_is_installed_here_is_supported():
    findings = [*check_python(), *check_packages()]

    assert [finding for finding in findings if finding.verdict == "failed"] == []
    assert {finding.check for finding in findings} >= {"python", *SHOWN[:4]}


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
        ("grpcio<1.2; extra == 'deploy'", ["failed"], "supported <1.2"),
        ("flwr<1; extra == 'flower'", ["failed", "warning"], ""),
    ],
)
def test_each_need_is_looked_at(need, verdict, words):
    findings = list(check_packages([need]))

    if need.startswith("flwr"):  # there or not, it is no version below 1
        assert findings[0].verdict in verdict
    else:
        assert [finding.verdict for finding in findings] == verdict
    assert all(words in finding.what for finding in findings)
    assert all("pip install" in finding.fix for finding in findings if finding.verdict == "failed")
