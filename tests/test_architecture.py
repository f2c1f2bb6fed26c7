"""The house: imports go down only, nothing draws from a global generator, nothing runs foreign code."""

from __future__ import annotations

import ast
import graphlib
import importlib
import inspect
import pickle
import statistics
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from fedkd import errors

ROOT = Path(__file__).parents[1]
OURS = ("sim", "fedkd", "agents")

RANKS = (
    ("sim",),
    ("fedkd.errors",),
    ("fedkd.addresses", "fedkd.choices", "fedkd.files", "fedkd.knowledge"),
    ("fedkd.construct", "fedkd.overrides"),
    ("fedkd.data", "fedkd.record", "fedkd.wire"),
    ("fedkd.models",),
    ("fedkd.distill",),
    ("fedkd.aggregate", "fedkd.learning"),
    ("fedkd.attacks", "fedkd.search"),
    ("fedkd.tasks", "fedkd.methods"),
    ("fedkd.federation",),
    ("fedkd.runtime",),
    ("fedkd.report",),
    ("fedkd.scenario",),
    ("fedkd.composition",),
    ("fedkd.summary", "fedkd.rundir"),
    ("fedkd.deployment", "fedkd.loading", "fedkd.proofs", "fedkd.watcher"),
    ("fedkd.kits",),
    ("fedkd.doctor", "fedkd.rehearsal", "fedkd.serving"),
    ("fedkd.distributed",),
    ("fedkd.operating", "fedkd.simulation"),
    ("fedkd.apps",),
    ("fedkd.bench", "fedkd.comparison", "fedkd.progress"),
    ("fedkd.commands",),
    ("fedkd.cli",),
)
"""The rooms from the ground up; a room imports from itself and from ranks below it. `fedkd/__init__.py` is the
house's face: it is not a room, and looks its names up only when somebody asks for them."""


@cache
def modules() -> dict[str, Path]:
    """Every module of ours by its dotted name, generated code left out."""
    files = [path for top in ("sim", "fedkd") for path in (ROOT / top).rglob("*.py") if "v1" not in path.parts]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in files}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def imports(name: str) -> set[str]:
    """Modules of ours that a module names in any import, also for typing only and inside functions."""
    found: set[str] = set()
    for node in ast.walk(tree(modules()[name])):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} has a relative import"
            wholes = {f"{node.module}.{alias.name}": str(node.module) for alias in node.names}
            found.update(whole if whole in modules() else module for whole, module in wholes.items())
    return {target for target in found if target.split(".")[0] in OURS}


def room(name: str) -> str:
    return ".".join(name.split(".")[:2]) if name.startswith("fedkd.") else name.split(".")[0]


def test_every_room_has_one_rank():
    ranked = [name for rank in RANKS for name in rank]

    assert sorted(ranked) == sorted({room(name) for name in modules()} - {"fedkd"})


def test_imports_go_down_only():
    rank = {name: level for level, names in enumerate(RANKS) for name in names} | {"fedkd": -1}

    upwards = [
        f"{name} imports {target}"
        for name in modules()
        for target in imports(name)
        if name != "fedkd" and room(name) != room(target) and rank.get(room(target), 99) >= rank[room(name)]
    ]

    assert upwards == []


def test_no_module_is_part_of_a_circle():
    graph = {name: imports(name) for name in modules()}

    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(f"a circle: {' <- '.join(error.args[1])}")


def test_the_face_and_the_command_line_load_no_heavy_library():
    code = "import fedkd, fedkd.cli, fedkd.errors, fedkd.commands.axes, fedkd.commands.simulate, sys; "
    code += "print({'torch', 'hydra', 'sklearn', 'matplotlib'} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"


def test_modules_are_small():
    lines = {name: len(path.read_text().splitlines()) for name, path in modules().items() if path.name != "__init__.py"}

    assert statistics.median(lines.values()) <= 150
    assert {name: count for name, count in lines.items() if count > 350} == {}


# Rules on source text. Each yields what it finds wrong in one module.

NUMPY_RANDOM = {"Generator", "PCG64", "SeedSequence"}
RANDOM_MODULES = {"random", "secrets", "uuid"}
TORCH_DRAWS = {"rand", "randn", "randint", "randperm", "bernoulli", "normal", "multinomial", "poisson"}
TORCH_GLOBAL = {"manual_seed", "seed", "set_rng_state", "rand_like", "randn_like", "randint_like"}
FILLS = {"uniform_", "normal_", "random_", "bernoulli_", "exponential_", "cauchy_", "geometric_", "log_normal_"}
DROPS = {"dropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout"}
ENSEMBLE_OPTIONS = {"n_estimators", "max_features", "bootstrap", "subsample"}


def dotted(node: ast.AST) -> str:
    """`a.b.c` of names and attributes, with "?" for what is neither."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def keywords(call: ast.Call) -> dict[str | None, ast.expr]:
    return {keyword.arg: keyword.value for keyword in call.keywords}


def imported(source: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything that is imported, of whatever package."""
    for node in ast.walk(source):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def calls(source: ast.AST) -> Iterator[tuple[ast.Call, str, str]]:
    """Every call with the dotted name of what is called, and the last part of that name."""
    for node in ast.walk(source):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            yield node, name, name.rpartition(".")[2]


def draws_with_numpy(source: ast.AST) -> Iterator[str]:
    names = [(node.lineno, dotted(node)) for node in ast.walk(source) if isinstance(node, ast.Attribute)]
    for line, name in [*names, *imported(source)]:
        for prefix in ("np.random.", "numpy.random."):
            if name.startswith(prefix) and name.removeprefix(prefix).split(".")[0] not in NUMPY_RANDOM:
                yield f"{line}: {name}"
        if name.split(".")[0] in RANDOM_MODULES or name == "os.urandom":
            yield f"{line}: {name}"


def draws_with_torch(source: ast.AST) -> Iterator[str]:
    for line, name in imported(source):
        if name.startswith("torch.") and name.rpartition(".")[2] in TORCH_DRAWS | TORCH_GLOBAL | DROPS:
            yield f"{line}: import {name}"
    for call, name, last in calls(source):
        seeded = "generator" in keywords(call)
        from_torch = name.startswith("torch.")
        if (from_torch and last in TORCH_DRAWS and not seeded) or (last in FILLS and not seeded):
            yield f"{call.lineno}: {name} without generator="
        if (from_torch and last in TORCH_GLOBAL) or last in DROPS or "nn.init." in name:
            yield f"{call.lineno}: {name} draws from the global generator"


def draws_with_scikit_learn(source: ast.AST) -> Iterator[str]:
    from_sklearn = {name.rpartition(".")[2]: name for _, name in imported(source) if name.startswith("sklearn.")}
    for call, _, last in calls(source):
        given = keywords(call)
        draws = bool(ENSEMBLE_OPTIONS & given.keys()) or last == "rvs"
        if last in from_sklearn:
            module, _, name = from_sklearn[last].rpartition(".")
            draws = "random_state" in inspect.signature(getattr(importlib.import_module(module), name)).parameters
        if draws and "random_state" not in given:
            yield f"{call.lineno}: {last} without random_state="


def runs_foreign_code(source: ast.AST) -> Iterator[str]:
    for line, name in imported(source):
        if name.split(".")[0] in {"pickle", "cPickle", "_pickle", "dill", "joblib", "shelve", "marshal"}:
            yield f"{line}: import {name}"
    for call, name, _ in calls(source):
        if name in {"eval", "exec", "compile", "__import__", "os.system", "torch.load"}:
            yield f"{call.lineno}: {name}"
        if name.startswith("yaml.") and "load" in name and name not in {"yaml.safe_load", "yaml.safe_load_all"}:
            yield f"{call.lineno}: {name}"
        allowed = keywords(call).get("allow_pickle")
        if name in {"np.load", "numpy.load"} and not (isinstance(allowed, ast.Constant) and allowed.value is False):
            yield f"{call.lineno}: {name} without allow_pickle=False"


RULES = (draws_with_numpy, draws_with_torch, draws_with_scikit_learn, runs_foreign_code)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_module_breaks(rule):
    found = [f"{name}:{what}" for name, path in modules().items() for what in rule(tree(path))]

    assert found == []


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        (draws_with_numpy, "import random"),
        (draws_with_numpy, "from random import shuffle"),
        (draws_with_numpy, "np.random.rand(3)"),
        (draws_with_numpy, "np.random.default_rng(0)"),
        (draws_with_numpy, "from numpy.random import default_rng"),
        (draws_with_numpy, "seed = os.urandom(8)"),
        (draws_with_torch, "torch.manual_seed(0)"),
        (draws_with_torch, "torch.cuda.manual_seed(0)"),
        (draws_with_torch, "torch.randn(3)"),
        (draws_with_torch, "torch.randperm(3)"),
        (draws_with_torch, "torch.bernoulli(p)"),
        (draws_with_torch, "torch.rand_like(x)"),
        (draws_with_torch, "from torch import randn"),
        (draws_with_torch, "weight.uniform_(-1, 1)"),
        (draws_with_torch, "nn.init.zeros_(weight)"),
        (draws_with_torch, "nn.Dropout(0.1)"),
        (draws_with_scikit_learn, "from sklearn.tree import DecisionTreeRegressor\nDecisionTreeRegressor(max_depth=3)"),
        (draws_with_scikit_learn, "make(n_estimators=3)"),
        (draws_with_scikit_learn, "norm.rvs(3)"),
        (runs_foreign_code, "import pickle"),
        (runs_foreign_code, "from joblib import load"),
        (runs_foreign_code, "eval(text)"),
        (runs_foreign_code, "exec(text)"),
        (runs_foreign_code, "torch.load(path)"),
        (runs_foreign_code, "np.load(path)"),
        (runs_foreign_code, "np.load(path, allow_pickle=True)"),
        (runs_foreign_code, "yaml.load(text)"),
        (runs_foreign_code, "yaml.unsafe_load(text)"),
    ],
)
def test_a_rule_sees(rule, line):
    assert len(list(rule(ast.parse(line)))) == 1


@pytest.mark.parametrize(
    "line",
    [
        "np.random.Generator(np.random.PCG64(np.random.SeedSequence(1)))",
        "torch.Generator().manual_seed(3)",
        "torch.randn(3, generator=g)",
        "weight.uniform_(-1, 1, generator=g)",
        "from sklearn.tree import DecisionTreeRegressor\nDecisionTreeRegressor(random_state=1)",
        "from sklearn.datasets import load_digits\nload_digits()",
        "import pickletools",
        "module.eval()",
        "np.load(path, allow_pickle=False)",
        "yaml.safe_load(text)",
    ],
)
def test_the_rules_let_pass(line):
    assert [what for rule in RULES for what in rule(ast.parse(line))] == []


def error_classes() -> list[type[errors.FedkdError]]:
    found = [errors.FedkdError]
    for cls in found:
        found += [sub for sub in cls.__subclasses__() if sub.__module__ == errors.__name__]
    return found


def test_every_error_has_its_own_exit_code():
    codes = [vars(cls).get("code") for cls in error_classes()]

    assert len(codes) > 30
    assert len(set(codes)) == len(codes)
    # 1 and 2 are Python's and the shell's own, from 126 on the shell speaks of signals.
    assert all(isinstance(code, int) and 3 <= code <= 125 for code in codes)


def test_every_error_survives_the_way_from_a_worker_process():
    for cls in error_classes():
        back = pickle.loads(pickle.dumps(cls("the disk is full", "free some space")))

        assert type(back) is cls
        assert (back.what, back.fix) == ("the disk is full", "free some space")
        assert str(back) == "the disk is full; free some space."
