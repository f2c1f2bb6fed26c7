"""The generated code is what the protos say."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("grpc_tools") is None, reason="grpcio-tools is not installed (extra: dev)"
)


def check(root):
    command = [sys.executable, str(root / "tools" / "generate_protos.py"), "--check"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_committed_code_is_current():
    result = check(ROOT)
    assert result.returncode == 0, result.stderr


def test_drift_is_found(tmp_path):
    for folder in ("tools", "protos", "fedkd/wire/v1"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    generated = tmp_path / "fedkd/wire/v1"
    (generated / "knowledge_pb2.pyi").unlink()
    (generated / "knowledge_pb2.py").write_text("# changed by hand\n")
    (generated / "removed_pb2.py").write_text("# its proto is gone\n")
    result = check(tmp_path)
    assert result.returncode == 1
    named = [line.split()[0] for line in result.stderr.splitlines()[:-1]]
    assert named == [f"fedkd/wire/v1/{name}" for name in ("knowledge_pb2.py", "knowledge_pb2.pyi", "removed_pb2.py")]
