"""Malformed input: one sentence, its own exit code, and nothing half-written."""

from __future__ import annotations

import errno
import gzip
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from fedkd import errors
from fedkd.record import Run
from fedkd.simulation import resume, simulate
from tests.e2e.console import SCRIPT, rounds, run, tree
from tests.tiny import ROUNDS, tiny, tiny_overrides

pytestmark = pytest.mark.slow

SENTENCE = re.compile(r"error (\d+): [^\n]+; [^\n]+\.\n")


@dataclass(frozen=True)
class Case:
    """Something wrong.

    Attributes:
        error: Whose code the command exits with.
        words: Stand in the sentence: what is wrong and where, and what to do.
        overrides: Added to a tiny federation, or a function of a folder that makes files and returns overrides.
        method: Of the tiny federation.
    """

    error: type[errors.FedkdError]
    words: tuple[str, ...]
    overrides: tuple[str, ...] | Callable[[Path], tuple[str, ...]]
    method: str = "fedkdnas"


def bad(
    error: type[errors.FedkdError], *overrides: str, words: str | tuple[str, ...], method: str = "fedkdnas"
) -> Case:
    return Case(error, (words,) if isinstance(words, str) else words, overrides, method)


# Overrides and keys.

SCENARIO = {
    "unknown key": bad(errors.UnknownKeyError, "colour=red", words=("no key 'colour'", "known keys are attack")),
    "key with a near match": bad(errors.UnknownKeyError, "federation.site=3", words=("'federation'", "'sites'")),
    "key with a plus": bad(errors.UnknownKeyError, "+methud=fedavg", words=("'methud'", "did you mean 'method'")),
    "key of another choice": bad(
        errors.UnknownKeyError, "partition=iid", "partition.alpha=1", words="'partition' has no key 'alpha'"
    ),
    "place beyond a list": bad(errors.UnknownKeyError, "device.profiles.7.share=1", words="'device.profiles[7]'"),
    "nothing to delete": bad(errors.UnknownKeyError, "~nothing", words="'nothing' does not exist"),
    "text for a whole number": bad(
        errors.WrongTypeError, "federation.rounds=many", words=("'federation.rounds'", "whole number", "'many'")
    ),
    "half for a whole number": bad(errors.WrongTypeError, "federation.rounds=1.5", words="'federation.rounds'"),
    "list for a whole number": bad(errors.WrongTypeError, "federation.sites=[2,3]", words="list [2, 3]"),
    "nothing for a number": bad(errors.WrongTypeError, "seed=null", words="'seed' must be a whole number"),
    "mapping for a text": bad(
        errors.WrongTypeError, "search.network={family: cnn}", words=("'search.network'", "quoted for the shell")
    ),
    "number for a mapping": bad(
        errors.WrongTypeError, "network.link.latency_us={a: 1}", words="'network.link.latency_us'"
    ),
    "stages in wrong order": bad(
        errors.WrongTypeError,
        "method.labels.stages=[{_target_: fedkd.wire.stages.Zstd}, {_target_: fedkd.wire.stages.SoftLabel2}]",
        words=("'method.labels'", "put Zstd last"),
    ),
    "unknown choice": bad(
        errors.UnknownChoiceError, "method=fedavgg", words=("axis 'method'", "write method=fedavg,", "fedkdnas, ")
    ),
    "number for a choice": bad(errors.UnknownChoiceError, "data=3", words=("data=3", "digits")),
    "no choice": bad(errors.UnknownChoiceError, "partition=", words="dirichlet"),
    "no value": bad(errors.OverrideError, "seed", words="write it like method=fedavg"),
    "no key": bad(errors.OverrideError, "=3", words="KEY=VALUE"),
    "open bracket": bad(
        errors.OverrideError, "method.labels.stages=[1", words=("cannot be read", "close its brackets")
    ),
    "unquoted sign": bad(errors.OverrideError, "run.dir=a=b", words="\"run.dir='a=b'\""),
    "several values": bad(errors.OverrideError, "seed=1,2", words=("several values", "give seed one")),
    "several choices": bad(errors.OverrideError, "partition=[iid,shards]", words="exactly one"),
    "axis deleted": bad(errors.OverrideError, "~partition", words="exactly one"),
    "setting of hydra": bad(errors.OverrideError, "hydra.run.dir=x", words="not about the scenario"),
    "reference to nothing": bad(errors.ConfigFileError, "seed=${nothing}", words=("'seed'", "'nothing'")),
}

# Values that make no sense.

RANGE = {
    "alpha 0": bad(errors.OutOfRangeError, "partition=dirichlet", "partition.alpha=0", words="partition.alpha"),
    "alpha negative": bad(errors.OutOfRangeError, "partition=dirichlet", "partition.alpha=-1", words="above 0"),
    "alpha NaN": bad(errors.OutOfRangeError, "partition=dirichlet", "partition.alpha=nan", words="partition.alpha"),
    "no sites": bad(errors.OutOfRangeError, "federation.sites=0", words=("sites >= 1", "correct federation.sites")),
    "no rounds": bad(errors.OutOfRangeError, "federation.rounds=0", words=("rounds >= 1", "federation.rounds")),
    "budget negative": bad(
        errors.OutOfRangeError, "device.profiles.0.budget.macs=-1", words="device.profiles[0].budget.macs"
    ),
    "batch 0": bad(errors.OutOfRangeError, "device.batch=0", words="device.batch"),
    "temperature 0": bad(errors.OutOfRangeError, "method.local.temperature=0", words="method.local.temperature"),
    "share above 1": bad(errors.OutOfRangeError, "method.local.share=1.5", words="method.local.share"),
    "learning rate negative": bad(
        errors.OutOfRangeError, "method.local.optimizer.learning_rate=-1", words="method.local.optimizer.learning_rate"
    ),
    "unknown word of a few": bad(
        errors.OutOfRangeError,
        "method.hand_down.mode=wait",
        words=("'method.hand_down.mode'", "weights, feedback, off"),
    ),
    "refused in foreign words": bad(
        errors.OutOfRangeError,
        "task.space={_target_: tests.e2e.parts.Refusing, size: 3}",
        words=("'task.space'", "no such size", "correct task.space.size"),
    ),
}

TARGETS = {
    "module missing": bad(errors.TargetError, "method._target_=nowhere.Method", words=("'nowhere.Method'", "'method'")),
    "class missing": bad(errors.TargetError, "method._target_=fedkd.methods.FedMDD", words="'FedMDD'"),
    "no dotted path": bad(errors.TargetError, "method._target_=FedMD", words="package.module.Class"),
    "no dataclass": bad(errors.TargetError, "method._target_=tests.e2e.parts.NoDataclass", words="not a dataclass"),
    "a function": bad(errors.TargetError, "method._target_=os.system", words="not a dataclass"),
    "wrong kind": bad(
        errors.TargetError,
        "method._target_=fedkd.data.partitions.Iid",
        words=("'method' is not a Method", "it lacks client, codec"),
    ),
    "nothing that it needs": bad(
        errors.TargetError,
        "task.space={_target_: fedkd.data.partitions.Iid}",
        words=("'task.space'", "it lacks candidates"),
    ),
    "types for checkers only": bad(
        errors.TargetError, "public._target_=tests.e2e.parts.Untyped", words=("'public'", "'Decimal'")
    ),
}

# Data.


def npz(**changes: object) -> Callable[[Path], tuple[str, ...]]:
    """Writes a good .npz file with changes, and returns overrides that use it."""

    def written(folder: Path) -> tuple[str, ...]:
        save_table(folder / "table.npz", **changes)
        return TABLE

    return written


TABLE = (
    "data=npz",
    "data.source.path=table.npz",
    "data.split.public=60",
    "data.split.test=60",
    "data.split.private=160",
)


def save_table(path: Path, **changes: object) -> None:
    rng = np.random.default_rng(3)
    good = {"x_train": rng.normal(size=(400, 6)).astype(np.float32), "y_train": np.arange(400) % 3}
    np.savez(path, **(good | changes))


def inputs_with(value: float) -> np.ndarray:
    inputs = np.zeros((400, 6), np.float32)
    inputs[17, 3] = value
    return inputs


def spoilt_file(spoil: Callable[[Path], None]) -> Callable[[Path], tuple[str, ...]]:
    """Writes a good .npz file, spoils it, and returns overrides that use it."""

    def written(folder: Path) -> tuple[str, ...]:
        save_table(folder / "table.npz")
        spoil(folder / "table.npz")
        return TABLE

    return written


def truncated_idx(folder: Path) -> tuple[str, ...]:
    head = bytes((0, 0, 8, 3)) + b"".join(size.to_bytes(4, "big") for size in (100, 28, 28))
    for stem in ("train-images-idx3-ubyte", "t10k-images-idx3-ubyte"):
        (folder / f"{stem}.gz").write_bytes(gzip.compress(head + bytes(28 * 28 * 50)))
    return "data=fashion_mnist", "data.source.path=."


UNREADABLE, INVALID = errors.UnreadableDataError, errors.InvalidValuesError
DATA = {
    "NaN": Case(INVALID, ("NaN or infinite",), npz(x_train=inputs_with(np.nan))),
    "infinity": Case(INVALID, ("NaN or infinite",), npz(x_train=inputs_with(np.inf))),
    "label below 0": Case(INVALID, ("labels from -1",), npz(y_train=np.arange(400) % 3 - 1)),
    "labels as floats": Case(INVALID, ("integer labels",), npz(y_train=np.arange(400) % 3 / 1)),
    "label too few": Case(INVALID, ("400 samples", "(399,)"), npz(y_train=np.arange(399) % 3)),
    "one class": Case(INVALID, ("1 class",), npz(y_train=np.zeros(400, np.int64))),
    "other layout": Case(INVALID, ("source.layout",), npz(x_train=np.zeros((400, 2, 3), np.float32))),
    "class without samples": Case(errors.EmptyClassError, ("class 1",), npz(y_train=np.arange(400) % 2 * 2)),
    "objects": Case(UNREADABLE, ("table.npz", "numpy.savez"), npz(x_train=np.array([{}] * 400, object))),
    "array missing": Case(
        UNREADABLE, ("no array y_train",), spoilt_file(lambda p: np.savez(p, x_train=np.zeros((9, 2))))
    ),
    "file missing": Case(UNREADABLE, ("no file table.npz", "check the path"), spoilt_file(Path.unlink)),
    "file truncated": Case(UNREADABLE, ("table.npz",), spoilt_file(lambda p: os.truncate(p, 3000))),
    "file of another format": Case(UNREADABLE, ("table.npz",), spoilt_file(lambda p: p.write_text("1,2,3\n"))),
    "idx truncated": Case(UNREADABLE, ("train-images-idx3-ubyte.gz",), truncated_idx),
    "folder missing": bad(UNREADABLE, "data=casa", "data.source.path=homes", words="homes"),
    "public set too large": bad(
        errors.NotEnoughSamplesError, "data.split.public=4000", words=("4000", "lower split.public")
    ),
    "test set too large": bad(errors.NotEnoughSamplesError, "data.split.test=1790", words="split.test"),
    "private set too large": bad(errors.NotEnoughSamplesError, "data.split.private=5000", words="split.private"),
    "more sites than samples": bad(errors.PartitionError, "federation.sites=500", words="500 sites"),
    "minimum out of reach": bad(
        errors.PartitionError,
        "partition=dirichlet",
        "partition.alpha=0.01",
        "partition.min_samples=10",
        "federation.sites=16",
        words=("Dirichlet(0.01)", "fewer than 10"),
    ),
    "test set without a class": bad(errors.EmptyClassError, "data.split.test=3", words="at least 10"),
    "natural without owners": bad(errors.MissingIdentityError, "partition=natural", words="source with owners"),
    "public set of private ids": bad(
        errors.OverlapError, "public._target_=tests.e2e.parts.Borrowed", words=("public set", "its own id")
    ),
    "samples dealt twice": bad(
        errors.OverlapError, "partition._target_=tests.e2e.parts.Greedy", words="more than one site"
    ),
}

# Networks, the machine, and training.


def network(text: str) -> str:
    return f"search.network='{text}'"


NETWORKS = {
    "unknown family": bad(errors.UnknownFamilyError, network("{family: cmn}"), words=("'cmn'", "cnn")),
    "family of nobody": bad(errors.UnknownFamilyError, network("{family: a.b.FAMILY}"), words="'a.b.FAMILY'"),
    "unknown option": bad(
        errors.ArchitectureError, network("{family: cnn, chanels: [8]}"), words=("'chanels'", "channels, kernel")
    ),
    "option out of bounds": bad(errors.ArchitectureError, network("{family: mlp, hidden: [0]}"), words="'hidden'"),
    "no mapping": bad(errors.ArchitectureError, network("mlp"), words="'family'"),
    "shape that does not fit": bad(errors.ArchitectureError, network("{family: gru}"), words=("gru", "[1, 8, 8]")),
    "nothing fits": bad(
        errors.NothingFitsError, "device.profiles.0.budget.parameters=5", words=("device 'any'", "budget")
    ),
    "weights of unlike networks": bad(
        errors.MixedArchitecturesError,
        "search=random",
        words=("fedavg", "search=fixed"),
        method="fedavg",
    ),
    "no such device": bad(errors.DeviceUnavailableError, "runtime.device=tpu", words="runtime.device=cpu"),
    "learning rate that diverges": bad(
        errors.DivergedError, "method.local.optimizer.learning_rate=1e30", words="lower the learning rate"
    ),
}

# Places.


def in_a_file(folder: Path) -> tuple[str, ...]:
    (folder / "file").write_text("mine")
    return ("run.dir=file/run",)


def on_a_file(folder: Path) -> tuple[str, ...]:
    (folder / "file").write_text("mine")
    return ("run.dir=file",)


def in_a_full_place(folder: Path) -> tuple[str, ...]:
    (folder / "place").mkdir()
    (folder / "place" / "notes.txt").write_text("mine")
    return ("run.dir=place",)


PLACES = {
    "not empty": Case(errors.RunExistsError, ("'place' is not empty", "run.dir=PATH"), in_a_full_place),
    "below a file": Case(errors.DiskError, ("a part of the path is a file", "run.dir=PATH"), in_a_file),
    "a file": Case(errors.DiskError, ("a file is in the way",), on_a_file),
    "name too long": bad(errors.DiskError, f"run.dir=new/{'x' * 300}", words="too long"),
    "not writable": bad(errors.DiskError, "run.dir=/proc/fedkd", words=("'/proc/fedkd'", "run.dir=PATH")),
}

CASES = {**SCENARIO, **RANGE, **TARGETS, **DATA, **NETWORKS, **PLACES}


def refused(outcome: tuple[int, str, str], error: type[errors.FedkdError], words: tuple[str, ...]) -> None:
    """Check exit code and sentence."""
    code, _, err = outcome
    found = SENTENCE.fullmatch(err)
    assert found, err
    assert (code, int(found[1])) == (error.code, error.code), err
    assert [word for word in words if word not in err] == [], err


def test_there_are_many():
    assert len(CASES) > 75


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_it_is_refused_in_one_sentence_and_leaves_nothing(cli, tmp_path, case):
    overrides = case.overrides(tmp_path) if callable(case.overrides) else case.overrides
    if "run.dir=/proc/fedkd" in overrides and not Path("/proc/self").exists():
        pytest.skip("there is no /proc")
    before = tree(tmp_path)

    outcome = cli("simulate", *tiny_overrides(case.method, "run.dir=new/run", *overrides))

    refused(outcome, case.error, case.words)
    assert tree(tmp_path) == before


def test_without_a_gpu_cuda_is_refused(cli, monkeypatch, tmp_path):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)

    outcome = cli("simulate", *tiny_overrides("local", "run.dir=run", "runtime.device=cuda"))

    refused(outcome, errors.DeviceUnavailableError, ("runtime.device=cuda", "runtime.device=cpu"))
    assert tree(tmp_path) == {}


# Configurations of the user's own.


def own(folder: Path, name: str, text: str | bytes) -> None:
    path = folder / "conf" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)


WHOLE = "# @package _global_\ndefaults: [default, _self_]\n"


@pytest.mark.parametrize(
    ("name", "text", "arguments", "error", "words"),
    [
        ("method/mine", "", ("--config-dir=elsewhere",), errors.ConfigNotFoundError, ("'elsewhere'", "--config-dir")),
        ("method/mine", "", ("--config=federated/defualt",), errors.ConfigNotFoundError, ("federated/default",)),
        ("method/mine", "", ("--config=default",), errors.ConfigNotFoundError, ("'default'", "federated/default")),
        ("method/mine", "a: [1\n", ("method=mine",), errors.ConfigFileError, ("mine.yaml', line 2",)),
        ("method/mine", b"\xff\xfe", ("method=mine",), errors.ConfigFileError, ("utf-8",)),
        ("method/mine", "- 1\n", ("method=mine",), errors.WrongTypeError, ("'method'",)),
        ("method/mine", "steps: 3\n", ("method=mine",), errors.TargetError, ("'method'", "_target_")),
        (
            "method/mine",
            "_target_: fedkd.methods.Pooled\n",
            ("method=mine",),
            errors.WrongTypeError,
            ("method.weights",),
        ),
        ("federated/mine", f"{WHOLE}sed: 3\n", ("--config=federated/mine",), errors.UnknownKeyError, ("'seed'",)),
        ("federated/mine", "seed: 3\n", ("--config=federated/mine",), errors.UnknownKeyError, ("'federated'",)),
        (
            "federated/mine",
            "# @package _global_\ndefaults: [default, {override /method: mien}]\n",
            ("--config=federated/mine",),
            errors.UnknownChoiceError,
            ("'method'", "mien"),
        ),
        ("federated/mine", "defaults: 3\n", ("--config=federated/mine",), errors.ConfigFileError, ("federated/mine",)),
    ],
)
def test_a_malformed_configuration_is_refused(cli, tmp_path, name, text, arguments, error, words):
    own(tmp_path, name, text)
    before = tree(tmp_path)

    outcome = cli("simulate", "--config-dir=conf", *arguments, "run.dir=run")

    refused(outcome, error, words)
    assert tree(tmp_path) == before


def test_axes_of_a_missing_folder_are_refused(cli):
    refused(cli("axes", "--config-dir=elsewhere"), errors.ConfigNotFoundError, ("'elsewhere'",))


# Runs that cannot go on.


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder with a finished run of a table."""
    folder = tmp_path_factory.mktemp("finished")
    save_table(folder / "table.npz")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        simulate(tiny("local", *TABLE), folder / "run")
    return folder


def change(path: Path, spoil: Callable[[bytes], bytes]) -> None:
    path.write_bytes(spoil(path.read_bytes()))


NEWEST = f"run/checkpoints/round-{ROUNDS:05d}.safetensors"


@pytest.mark.parametrize(
    ("name", "spoil", "error", "words"),
    [
        (NEWEST, lambda data: data[:-100], errors.DamagedRunError, (NEWEST, "delete it")),
        (NEWEST, lambda data: data[:-1] + bytes((data[-1] ^ 1,)), errors.DamagedRunError, (NEWEST, "checksum")),
        (NEWEST, lambda data: b"", errors.DamagedRunError, (NEWEST,)),
        ("run/config.yaml", lambda data: data[: len(data) // 2], errors.DamagedRunError, ("config.yaml", "restore")),
        ("run/config.yaml", lambda data: b"a: [", errors.DamagedRunError, ("config.yaml",)),
        ("run/config.yaml", lambda data: b"\xff\xfe", errors.DamagedRunError, ("config.yaml",)),
        ("run/config.yaml", lambda data: b"", errors.DamagedRunError, ("config.yaml",)),
        ("run/config.yaml", lambda data: data.replace(b"seed: 0", b"seed: x"), errors.DamagedRunError, ("'seed'",)),
        (
            "run/config.yaml",
            lambda data: data.replace(b"fedkd.methods.local.Local", b"gone.Local"),
            errors.TargetError,
            ("gone.Local",),
        ),
        ("run/config.yaml", lambda data: data.replace(b"seed: 0", b"seed: 1"), errors.ResumeMismatchError, ("data",)),
        ("run/metrics.csv", lambda data: data[:-9], errors.DamagedRunError, ("metrics.csv", "shorter")),
        ("run/manifest.json", lambda data: data[:-9], errors.DamagedRunError, ("manifest.json",)),
        ("run/search.json", lambda data: b"", errors.DamagedRunError, ("search.json",)),
    ],
)
def test_a_damaged_run_is_left_as_it_is(cli, finished, tmp_path, name, spoil, error, words):
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    change(tmp_path / name, spoil)
    before = tree(tmp_path)

    outcome = cli("simulate", "resume=run")

    refused(outcome, error, words)
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"x_train": np.ones((400, 6), np.float32)},
        {"y_train": (np.arange(400) + 1) % 3},
    ],
    ids=("inputs", "labels"),
)
def test_other_data_are_noticed(cli, finished, tmp_path, changes):
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    save_table(tmp_path / "table.npz", **changes)
    before = tree(tmp_path)

    outcome = cli("simulate", "resume=run")

    refused(outcome, errors.ResumeMismatchError, ("the data of 'run'", "restore the data"))
    assert tree(tmp_path) == before


# Full disks.

WRITES = 4
"""Syncs of a run before its first round: config, manifest, partition, search."""

PER_ROUND = 4
"""Syncs of a round: metrics, timings, events, checkpoint."""


@pytest.mark.parametrize("write", [*range(WRITES + PER_ROUND), WRITES + PER_ROUND + 2, WRITES + 2 * PER_ROUND + 3])
def test_a_disk_that_fills_up_leaves_nothing_or_a_run_to_resume(cli, monkeypatch, tmp_path, write):
    undisturbed = simulate(tiny("local"), tmp_path / "undisturbed").path
    left = iter(range(write, -1, -1))
    sync = os.fsync

    def filling(descriptor: int) -> None:
        if next(left, 0) == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", filling)
        outcome = cli("simulate", *tiny_overrides("local", "run.dir=new/run"))

    refused(outcome, errors.DiskError, ("the disk is full", "free some space"))
    if write < WRITES + PER_ROUND:
        assert not (tmp_path / "new").exists()
    else:
        resume(tmp_path / "new" / "run")
        assert (tmp_path / "new/run/metrics.csv").read_bytes() == (undisturbed / "metrics.csv").read_bytes()


def on_a_disk_of(size: str, folder: Path, then: str) -> subprocess.CompletedProcess[str]:
    """Run a tiny federation on a real file system of that size, and a shell command on it afterwards."""
    (folder / "disk").mkdir()
    overrides = tiny_overrides("fedmd", "run.dir=disk/run", "search=smallest")
    script = f'mount -t tmpfs -o size={size} tmpfs disk && {{ "$@"; echo "code $?"; {then}; }}'
    return subprocess.run(
        ["unshare", "-m", "sh", "-c", script, "sh", SCRIPT, "simulate", *overrides],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def can_mount() -> bool:
    if not (shutil.which("unshare") and shutil.which("mount")):
        return False
    tried = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False)
    return tried.returncode == 0


@pytest.mark.skipif(not can_mount(), reason="needs the right to mount a file system")
class TestRealDisk:
    """The same on a file system that is really full."""

    def test_full_from_the_start(self, tmp_path):
        done = on_a_disk_of("4k", tmp_path, "ls -A disk")

        refused((errors.DiskError.code, "", done.stderr), errors.DiskError, ("the disk is full",))
        assert done.stdout.splitlines()[-1] == f"code {errors.DiskError.code}"

    def test_full_on_the_way(self, tmp_path):
        simulate(tiny("fedmd", "search=smallest"), tmp_path / "undisturbed")
        size = sum(file.stat().st_size for file in (tmp_path / "undisturbed/checkpoints").iterdir()) * 5 // 4
        done = on_a_disk_of(
            str(size),
            tmp_path,
            f"mount -o remount,size=64m disk && {SCRIPT} simulate resume=disk/run && cp disk/run/metrics.csv .",
        )

        refused((errors.DiskError.code, "", done.stderr), errors.DiskError, ("the disk is full",))
        assert f"code {errors.DiskError.code}\n" in done.stdout
        assert (tmp_path / "metrics.csv").read_bytes() == (tmp_path / "undisturbed/metrics.csv").read_bytes()


# Real processes.


@pytest.mark.parametrize("name", ["unknown choice", "natural without owners", "nothing fits"])
def test_a_process_exits_with_the_code(tmp_path, name):
    case = CASES[name]

    done = run("simulate", *tiny_overrides(case.method, "run.dir=run", *case.overrides), "--json", cwd=tmp_path)

    refused((done.returncode, "", done.stderr), case.error, case.words)
    assert done.stdout == ""
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("arguments", [("simulate", "--jason"), ("simulate", "--config"), ("simulat",)])
def test_a_wrong_option_exits_with_2(cli, arguments):
    code, out, err = cli(*arguments)

    assert (code, out) == (2, "")
    assert arguments[-1] in err


def test_a_run_that_failed_can_be_begun_again_at_its_place(cli, tmp_path):
    cli("simulate", *tiny_overrides("local", "run.dir=run", "method.local.optimizer.learning_rate=1e30"))

    code, _, _ = cli("simulate", *tiny_overrides("local", "run.dir=run"))

    assert code == 0
    assert rounds(Run.open(tmp_path / "run").path) == ROUNDS
