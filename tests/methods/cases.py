"""Halves of methods without a federation around them: two sites, six public samples, three classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fedkd.aggregate import EnhancedEra, Entropy, Era, MadFilter, Mean, MovingAverage
from fedkd.data.views import Noise
from fedkd.distill import hard_labels
from fedkd.knowledge import Kind, Knowledge
from fedkd.learning import Assignment, Learner, Optimizer
from fedkd.methods import (
    CFD,
    DSFL,
    FD,
    Ditto,
    FedAvg,
    FedDF,
    FedKDNAS,
    FedKDNASPaper,
    FedMD,
    FedProto,
    FedProx,
    Local,
    LocalKD,
    Method,
    Pooled,
    Profile,
    Scarlet,
    Setting,
)
from fedkd.methods.digest import Digest
from fedkd.methods.ensemble import EnsembleRecipe
from fedkd.methods.feddf import Fusing
from fedkd.methods.method import Server
from fedkd.methods.recipe import LocalRecipe
from fedkd.methods.scarlet import Cache
from fedkd.methods.student import HandDown, StudentRecipe
from fedkd.models import ArchSpec
from fedkd.wire import Chain
from fedkd.wire.stages import Argmax, Float32, Int8
from sim.streams import Streams

SHAPE, CLASSES = (4,), 3
ROWS = np.array([50, 10, 40, 20, 60, 30], np.int64)
SMALL, LARGE = ArchSpec.of("mlp", hidden=(3,)), ArchSpec.of("mlp", hidden=(5,))
SITES = (Profile("site-00", SMALL, 9), Profile("site-01", SMALL, 7))
MIXED = (SITES[0], Profile("site-01", LARGE, 7))

PLAIN, CODED, LABELS = Chain((Float32(),)), Chain((Int8(),)), Chain((Argmax(),))
RECIPE = LocalRecipe(steps=2, batch=4, public_batch=3)
SGD = LocalRecipe(steps=2, batch=4, optimizer=Optimizer("sgd", 0.05, 0.9))
DIGEST = Digest(steps=2, batch=3)
STUDENT = StudentRecipe(steps=2, batch=4, final_steps=3, polish_steps=2, versions=2)
VOTES = EnsembleRecipe(Entropy(), MadFilter())


def fedkdnas(**hand_down: object) -> FedKDNAS:
    return FedKDNAS(VOTES, PLAIN, CODED, RECIPE, STUDENT, HandDown(**hand_down))


METHODS: dict[str, Method] = {
    "fedkdnas": fedkdnas(every=2),
    "fedkdnas feedback": fedkdnas(mode="feedback", ramp=1),
    "fedkdnas_paper": FedKDNASPaper(EnsembleRecipe(Mean(), smoothing=MovingAverage(0.5)), PLAIN, RECIPE),
    "fedmd": FedMD(PLAIN, RECIPE, DIGEST),
    "ds_fl": DSFL(EnsembleRecipe(Era()), PLAIN, RECIPE, DIGEST),
    "cfd": CFD(EnsembleRecipe(Mean()), LABELS, LABELS, RECIPE, DIGEST, STUDENT),
    "scarlet": Scarlet(EnhancedEra(), PLAIN, RECIPE, DIGEST, Cache(0.5, 2)),
    "fd": FD(PLAIN, RECIPE),
    "fedproto": FedProto(PLAIN, RECIPE),
    "fedavg": FedAvg(CODED, SGD),
    "fedprox": FedProx(CODED, replace(SGD, pull=0.1)),
    "ditto": Ditto(CODED, SGD),
    "feddf": FedDF(CODED, SGD, Fusing(steps=2, batch=3)),
    "local_kd": LocalKD(RECIPE, alone=1),
    "local": Local(RECIPE),
    "pooled": Pooled(PLAIN, steps=3, batch=4, versions=2),
}


def make_setting(rounds: int = 12) -> Setting:
    rng = np.random.Generator(np.random.PCG64(1))

    def inputs(count: int) -> np.ndarray:
        return rng.standard_normal((count, *SHAPE)).astype(np.float32)

    store = {"public": inputs(len(ROWS))}
    for site in SITES:
        store[f"{site.name}/inputs"] = inputs(site.samples)
        store[f"{site.name}/labels"] = np.arange(site.samples, dtype=np.int64) % CLASSES
    learner = Learner(SHAPE, CLASSES, cohort=1)
    return Setting(rounds, CLASSES, ROWS, learner, store, Noise(0.1), Streams(0), hard_labels)


def make_server(method: Method, setting: Setting, sites: Sequence[Profile] = SITES) -> Server:
    """A server whose arrays lie in the store, as `assemble` puts them there."""
    server = method.server(setting, sites)
    setting.store.update(server.arrays())
    return server


def contributions(method: Method, setting: Setting, round_: int, sites: Sequence[Profile] = SITES) -> list[Knowledge]:
    """What sites with other random weights in every round would send."""
    client, sent = method.client(setting), []
    for site in sites:
        state = client.start(site)
        other = setting.fresh(site.spec, site.name, f"after {round_}")
        asks = client.work(site, state, round_).asks
        trained = replace(state, model=other, companion=other if state.companion else None)
        (outcome,) = setting.learner.work([Assignment(other, (), asks)], setting.store)
        sent += client.report(site, trained, round_, outcome.answers)
    return sent


def serve(server: Server, setting: Setting, sent: Sequence[Knowledge], round_: int) -> None:
    """The server's part of a round, up to the messages that it sends."""
    server.collect(sent, round_)
    jobs = server.jobs(round_)
    done = {
        name: setting.learner.work([Assignment(model, (job,))], setting.store)[0].model
        for name, (model, job) in jobs.items()
    }
    server.trained(done, round_)


def table(values: Sequence[Sequence[float]], rows: Sequence[int] = ROWS, kind: Kind = Kind.PROBS) -> Knowledge:
    """What a server sends: a table over public rows."""
    return Knowledge(kind, {"values": np.array(values, np.float32)}, np.array(rows, np.int64), "server", 1, "")
