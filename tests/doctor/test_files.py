"""Modes of keys, and space."""

from __future__ import annotations

import pytest

from fedkd.doctor.files import check_disk, check_modes
from fedkd.doctor.finding import caught


def test_keys_that_others_may_read(tmp_path):
    for name in ("key.pem", "supernode.key"):
        (tmp_path / name).touch(0o600)
    assert [finding.verdict for finding in check_modes(tmp_path)] == ["ok"]

    (tmp_path / "key.pem").chmod(0o640)

    (finding,) = check_modes(tmp_path)
    assert finding.verdict == "failed"
    assert "mode 640" in finding.what
    assert finding.fix.startswith("chmod 600")


@pytest.mark.parametrize(("free", "verdict"), [(5e9, "ok"), (1e9, "warning"), (1e8, "failed")])
def test_space(free, verdict, tmp_path):
    assert [finding.verdict for finding in check_disk(tmp_path, free)] == [verdict]
    assert list((tmp_path / "state").iterdir()) == []


def test_a_state_that_cannot_be_written(tmp_path):
    (tmp_path / "state").write_text("a file is in the way")

    (finding,) = caught("disk", lambda: check_disk(tmp_path))

    assert finding.verdict == "failed"
    assert "cannot be written" in finding.what
