"""Packages of our names that lie elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import fedkd
from fedkd.doctor.shadows import check_shadows

HOME = str(Path(fedkd.__file__).parents[1])


def package(folder: Path, name: str) -> str:
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").touch()
    return str(folder)


def test_ours_alone_is_fine(tmp_path):
    assert list(check_shadows([str(tmp_path), HOME])) == []


@pytest.mark.parametrize(("ours_first", "verdict"), [(False, "failed"), (True, "warning")])
def test_another_sim_is_a_fault_where_it_goes_first(ours_first, verdict, tmp_path):
    foreign = package(tmp_path / "PythonAPI", "sim")

    (finding,) = check_shadows([HOME, foreign] if ours_first else [foreign, HOME])

    assert finding.verdict == verdict
    assert foreign in finding.what
    assert foreign in finding.fix


def test_a_module_shadows_too_and_a_folder_of_data_does_not(tmp_path):
    (tmp_path / "agents").mkdir()
    assert list(check_shadows([str(tmp_path), HOME])) == []
    (tmp_path / "sim.py").touch()
    assert [finding.verdict for finding in check_shadows([str(tmp_path), HOME])] == ["failed"]


def test_carlas_agents_on_the_path_of_a_process(tmp_path):
    foreign = package(tmp_path / "carla", "agents")
    code = "import json; from dataclasses import asdict; from fedkd.doctor.shadows import check_shadows; "
    code += "print(json.dumps([asdict(finding) for finding in check_shadows()]))"

    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": foreign},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    (finding,) = json.loads(done.stdout)
    assert finding["verdict"] in ("warning", "failed")
    assert foreign in finding["what"]
