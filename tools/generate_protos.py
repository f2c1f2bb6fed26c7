"""Generate the Python code of `protos/` into the package, or check that it is up to date.

Run `python tools/generate_protos.py` after a change of a proto file, and commit what it writes. With
`--check` nothing is written, and the exit status is 1 if the committed code is not what the protos say.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
GENERATED = ("*_pb2.py", "*_pb2.pyi")


def generate(out: Path) -> None:
    """Run protoc on every proto file, with `out` as the root of the generated packages."""
    sources = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto"))
    # Relative paths from `protos` make the generated modules import one another as fedkd.wire.v1.*.
    includes = [f"-I{PROTOS}", f"-I{files('grpc_tools') / '_proto'}"]
    status = protoc.main(["protoc", *includes, f"--python_out={out}", f"--pyi_out={out}", *sources])
    if status:
        raise SystemExit(f"protoc failed with status {status}; correct the proto files named above.")


def generated_files(root: Path) -> dict[Path, bytes]:
    """Generated files below `root/fedkd`, by their path relative to `root`."""
    found = (path for pattern in GENERATED for path in (root / "fedkd").rglob(pattern))
    return {path.relative_to(root): path.read_bytes() for path in found}


def drift() -> list[Path]:
    """Files that are missing, stale or different from what the protos say, in order."""
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        fresh = generated_files(Path(folder))
    committed = generated_files(ROOT)
    return sorted(path for path in fresh | committed if fresh.get(path) != committed.get(path))


def main() -> int:
    """Generate or check; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if anything differs")
    if not parser.parse_args().check:
        generate(ROOT)
        return 0
    changed = drift()
    for path in changed:
        print(f"{path} is not what grpcio-tools {version('grpcio-tools')} makes of protos/", file=sys.stderr)
    if changed:
        print("Run python tools/generate_protos.py and commit the result.", file=sys.stderr)
    return int(bool(changed))


if __name__ == "__main__":
    sys.exit(main())
