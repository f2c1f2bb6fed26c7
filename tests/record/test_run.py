"""The run directory: made once, recorded round by round, rewound to its last checkpoint."""

from __future__ import annotations

import numpy as np
import pytest

from fedkd.errors import DamagedRunError, DiskError, NotARunError, RunExistsError
from fedkd.record import Run, manifest, read_metrics


def record(run: Run, round_: int) -> None:
    rows = [{"round": round_, "site": name, "accuracy": 0.5} for name in ("a", "b")]
    run.record_round(rows, {"round": round_, "wall_time_s": 0.1}, {"put_aside": []})


def save(run: Run, round_: int) -> None:
    run.save(round_, {"weight": np.full(3, round_, np.float32)}, {"train_cpu_s": float(round_)})


def journals(run: Run) -> list[bytes]:
    return [(run.path / name).read_bytes() for name in ("events.jsonl", "metrics.csv", "timings.csv")]


@pytest.fixture
def run(tmp_path) -> Run:
    return Run.create(tmp_path / "deep" / "run", "seed: 3\n")


def test_a_new_run_holds_its_configuration(run):
    assert Run.open(run.path).config == "seed: 3\n"


def test_an_empty_directory_may_be_used(tmp_path):
    assert Run.create(tmp_path, "seed: 3\n").path == tmp_path


def test_a_directory_that_holds_something_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")

    with pytest.raises(RunExistsError, match=r"is not empty.*resume="):
        Run.create(tmp_path, "seed: 3\n")

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_run_is_not_made_twice(run):
    with pytest.raises(RunExistsError):
        Run.create(run.path, "seed: 4\n")

    assert run.config == "seed: 3\n"


def test_a_run_cannot_be_made_where_a_file_is(tmp_path):
    (tmp_path / "run").write_text("")

    with pytest.raises(DiskError, match="a file is in the way"):
        Run.create(tmp_path / "run", "seed: 3\n")


def test_a_directory_without_a_run_cannot_be_opened(tmp_path):
    with pytest.raises(NotARunError, match="holds no run"):
        Run.open(tmp_path)
    with pytest.raises(NotARunError, match="holds no run"):
        Run.open(tmp_path / "absent")

    assert list(tmp_path.iterdir()) == []


def test_rounds_go_into_the_journals(run):
    record(run, 1)
    record(run, 2)

    assert [(row["round"], row["site"]) for row in read_metrics(run.path)] == [
        ("1", "a"),
        ("1", "b"),
        ("2", "a"),
        ("2", "b"),
    ]
    assert (run.path / "timings.csv").read_text() == "round,wall_time_s\n1,0.1\n2,0.1\n"


def test_a_run_is_rewound_to_its_last_checkpoint(run):
    record(run, 1)
    save(run, 1)
    before = journals(run)
    record(run, 2)

    checkpoint = Run.open(run.path).rewind()

    assert checkpoint.round_ == 1
    assert checkpoint.arrays["weight"].tolist() == [1, 1, 1]
    assert checkpoint.totals == {"train_cpu_s": 1.0}
    assert journals(run) == before


def test_a_run_that_died_before_its_first_checkpoint_starts_afresh(run):
    record(run, 1)

    assert run.rewind() is None
    assert journals(run) == [b"", b"", b""]


def test_a_run_whose_journal_lost_rows_is_damaged(run):
    record(run, 1)
    save(run, 1)
    run.metrics.cut(3)

    with pytest.raises(DamagedRunError, match=r"metrics\.csv"):
        run.rewind()


def test_json_comes_back(run):
    run.write_json("summary.json", {"method": "local", "rounds": 3})

    assert run.read_json("summary.json") == {"method": "local", "rounds": 3}


@pytest.mark.parametrize("content", [None, "", "{", "\udcff"])
def test_json_that_is_absent_or_broken_is_damage(run, content):
    if content is not None:
        (run.path / "search.json").write_bytes(content.encode(errors="surrogateescape"))

    with pytest.raises(DamagedRunError, match=r"search\.json' cannot be read"):
        run.read_json("search.json")


def test_the_manifest_says_what_a_repetition_needs():
    facts = manifest(7, {"public": "00ff"})

    assert facts["seed"] == 7
    assert facts["data"] == {"public": "00ff"}
    assert {"fedkd", "numpy", "torch"} <= facts["packages"].keys()
    assert facts["packages"]["numpy"] == np.__version__
