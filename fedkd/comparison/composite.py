"""Composite scores in the spirit of FedKDNAS (arXiv 2605.21322), relative to a reference arm.

The paper multiplies a score of predictions (PQS, higher is better), one of communication (CES, higher is better) and
the inverse of one of resources (RES, lower is better):

    UES = PQS x CES / RES

Its weights and normalisers are not known, so these figures cannot be compared with the paper's. Here

    PQS = a            a: global accuracy. The paper weighs in the loss, which a run does not record.
    CES = b_ref / b    b: bytes that a site exchanges over the whole run.
    RES = c / c_ref    c: CPU seconds of all clients over the whole run, search included. The paper weighs in memory;
                       a simulation knows its own memory and not a client's.

with means over seeds, and `ref` for the reference arm, whose CES and RES are 1 and whose UES is its accuracy. UES goes
with 1 / (b c): half a percent of the bytes outweighs any loss of accuracy. It ranks by cost; read it beside the raw
figures and the Pareto front.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Spent:
    """What an arm reached and what it spent, means over seeds.

    Attributes:
        accuracy: Global accuracy, in [0, 1].
        bytes_per_site: Exchanged over the whole run.
        client_cpu_s: Of all clients, search included.
    """

    accuracy: float
    bytes_per_site: float
    client_cpu_s: float


@dataclass(frozen=True)
class Scores:
    """The scores of an arm (formulas above).

    Attributes:
        res: Resources, lower is better.
        pqs: Predictions, higher is better.
        ces: Communication, higher is better.
        ues: PQS x CES / RES.
    """

    res: float
    pqs: float
    ces: float
    ues: float


def scores(spent: Spent, reference: Spent) -> Scores | None:
    """The scores, or None where one of the two sends or computes nothing, so that a ratio does not exist."""
    if not all((spent.bytes_per_site, spent.client_cpu_s, reference.bytes_per_site, reference.client_cpu_s)):
        return None
    res = spent.client_cpu_s / reference.client_cpu_s
    ces = reference.bytes_per_site / spent.bytes_per_site
    return Scores(res, spent.accuracy, ces, spent.accuracy * ces / res)
