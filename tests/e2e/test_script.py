"""A script that forgets to guard its own start is told so; it neither hangs nor runs twice."""

import subprocess
import sys

import pytest

from tests.tiny import tiny_overrides


@pytest.mark.slow
def test_an_unguarded_script_gets_a_sentence(tmp_path):
    overrides = tiny_overrides("fedkdnas", "runtime.processes=2")
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\nimport fedkd\n"
        f"fedkd.simulate(fedkd.compose({overrides!r}), Path({str(tmp_path / 'run')!r}))\n"
    )

    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode != 0
    assert "WorkerDiedError" in done.stderr
    assert "if __name__ == '__main__'" in done.stderr
