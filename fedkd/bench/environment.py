"""Environments of rivals: a virtual environment each, made once in a cache folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fedkd.errors import DiskError, MissingExtraError
from fedkd.files import disk_errors

PROGRAMS = Path(__file__).parent / "rivals"
READY = "ready"


@dataclass(frozen=True)
class Environment:
    """What a rival needs.

    Attributes:
        name: Of the rival; `rivals/NAME_app.py` is its program, `rivals/NAME.txt` its packages.
        pythons: Versions of Python that it supports, the one to take first at the front.
        quiet: Environment variables that keep it from calling home and from writing outside its folder.
    """

    name: str
    pythons: tuple[tuple[int, int], ...]
    quiet: tuple[tuple[str, str], ...] = ()

    @property
    def program(self) -> Path:
        """What its interpreter runs."""
        return PROGRAMS / f"{self.name}_app.py"

    @property
    def packages(self) -> Path:
        """Its pinned packages."""
        return PROGRAMS / f"{self.name}.txt"

    def folder(self, cache: Path) -> Path:
        """Where its virtual environment is; other pins make another one."""
        return cache / f"{self.name}-{hashlib.sha256(self.packages.read_bytes()).hexdigest()[:8]}"

    def interpreter(self, cache: Path) -> Path | None:
        """The Python of the finished virtual environment, or None where there is none."""
        folder = self.folder(cache)
        return _python(folder) if (folder / READY).is_file() else None

    def base(self) -> Path | None:
        """A Python that can make the virtual environment, or None where none is found."""
        return next((path for version in self.pythons for path in _candidates(version) if _is(path, version)), None)

    def install(self, cache: Path) -> Path:
        """Make the virtual environment; an unfinished one is made anew.

        Returns:
            Its Python.

        Raises:
            MissingExtraError: There is no Python for it, or pip failed.
            DiskError: The cache folder cannot be written.
        """
        base, folder = self.base(), self.folder(cache)
        if base is None:
            versions = " or ".join(f"{major}.{minor}" for major, minor in self.pythons)
            raise MissingExtraError(f"{self.name} needs Python {versions}, and none is found", "install one")
        with disk_errors(folder):
            shutil.rmtree(folder, ignore_errors=True)
            folder.parent.mkdir(parents=True, exist_ok=True)
        python = _python(folder)
        _call([str(base), "-m", "venv", str(folder)], self.name)
        _call([str(python), "-m", "pip", "install", "--quiet", "-r", str(self.packages)], self.name)
        try:
            (folder / READY).touch()
        except OSError as error:
            raise DiskError(f"'{folder}' cannot be written", "choose another folder with --cache") from error
        return python


RIVALS = {
    "flower": Environment(
        "flower",
        ((3, 11), (3, 12), (3, 13)),
        (
            ("FLWR_TELEMETRY_ENABLED", "0"),
            ("FLWR_DISABLE_UPDATE_CHECK", "1"),
            ("FLWR_DISABLE_RUNTIME_DEPENDENCY_INSTALLATION", "1"),
            ("RAY_USAGE_STATS_ENABLED", "0"),
        ),
    ),
    "blazefl": Environment("blazefl", ((3, 13), (3, 12))),
}


def environment(extra: dict[str, str], path: Path | None = None) -> dict[str, str]:
    """Variables for a program that is measured: one thread a process, whatever libraries think.

    Args:
        extra: Variables of its own.
        path: A folder of modules to import, in place of what the caller's interpreter imports.
    """
    made = {name: value for name, value in os.environ.items() if path is None or not name.startswith("PYTHON")}
    made |= dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    return made | extra | ({} if path is None else {"PYTHONPATH": str(path)})


def cache_folder() -> Path:
    """Where environments are kept: below the folder that FEDKD_CACHE names, or ~/.cache/fedkd."""
    folder = os.environ.get("FEDKD_CACHE")
    return (Path(folder) if folder else Path.home() / ".cache" / "fedkd") / "bench"


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _candidates(version: tuple[int, int]) -> Iterator[Path]:
    """This interpreter, those on the path, and those that pyenv has, whose names on the path need not run."""
    major, minor = version
    if sys.version_info[:2] == version:
        yield Path(sys.executable)
    found = shutil.which(f"python{major}.{minor}")
    if found is not None:
        yield Path(found)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    yield from sorted(pyenv.glob(f"{major}.{minor}.*/bin/python"))


def _is(path: Path, version: tuple[int, int]) -> bool:
    """Whether it runs, and is of this version."""
    code = "import sys, venv; print(*sys.version_info[:2])"
    try:
        done = subprocess.run([path, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.stdout.split() == [str(part) for part in version]


def _call(command: list[str], name: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise MissingExtraError(
            f"the environment of {name} cannot be made ({said[-1] if said else 'pip said nothing'})",
            f"look at what pip says, or leave {name} out of --rivals",
        )
