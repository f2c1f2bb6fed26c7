"""A site that no longer improves on its own samples searches again, and a resume goes the same way."""

import shutil

from fedkd.record.checkpoint import checkpoints
from fedkd.simulation import resume
from tests.tiny import play, tiny

AGAIN = (
    "federation.rounds=4",
    "search=on_device",
    "search.rungs=[2,2]",
    "search.again.plateau=1",
    "search.again.warm_steps=2",
)


def test_a_plateau_lets_sites_search_again_and_a_resume_does_the_same(tmp_path):
    run = play(tiny("fedkdnas", *AGAIN), tmp_path / "run")
    copy = tmp_path / "copy"
    shutil.copytree(run.path, copy)
    checkpoints(copy / "checkpoints")[-1].unlink()

    resume(copy)

    searched = [event["searched"] for event in run.events() if event.get("searched")]
    assert searched
    assert all("has not risen" in why["cause"] for sites in searched for why in sites.values())
    assert (copy / "metrics.csv").read_bytes() == (run.path / "metrics.csv").read_bytes()
    assert (copy / "events.jsonl").read_bytes() == (run.path / "events.jsonl").read_bytes()
