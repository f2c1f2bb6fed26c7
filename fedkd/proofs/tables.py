"""The results of a proof for people and for programs."""

from __future__ import annotations

from rich.table import Table

from fedkd.proofs.proof import Estimate, Proof, Results


def table(proof: Proof, results: Results) -> Table:
    """An arm a row: each figure, and how far the first figure lies above that of the arm it is compared with."""
    seeds = len(results.seeds)
    made = Table(
        "arm",
        *results.figures,
        f"{results.figures[0]}, difference",
        title=proof.title,
        caption=f"mean ± standard error over {seeds} seeds; differences are paired by seed",
    )
    for arm in results.arms:
        made.add_row(
            arm, *(_cell(results, arm, figure) for figure in results.figures), _difference(proof, results, arm)
        )
    return made


def _cell(results: Results, arm: str, figure: str) -> str:
    if figure not in results.measured[0][arm]:
        return "-"
    found = Estimate.of(results.values(arm, figure))
    digits = 2 if abs(found.mean) >= 10 else 3
    return f"{found.mean:.{digits}f} ± {found.error:.{digits}f}"


def _difference(proof: Proof, results: Results, arm: str) -> str:
    if arm not in proof.compared:
        return "-"
    found = results.difference(arm, proof.compared[arm], results.figures[0])
    return f"{found.mean:+.2f} ± {found.error:.2f} to {proof.compared[arm]}"


def plain(proof: Proof, results: Results) -> dict[str, object]:
    """Everything that was measured, for JSON."""
    return {
        "title": proof.title,
        "seeds": list(results.seeds),
        "arms": {
            arm: {figure: results.values(arm, figure).tolist() for figure in results.measured[0][arm]}
            for arm in results.arms
        },
        "differences": {
            arm: vars(results.difference(arm, other, results.figures[0])) | {"to": other}
            for arm, other in proof.compared.items()
        },
        "claims": [{"sentence": claim.sentence, "holds": claim.holds} for claim in proof.claims(results)],
    }
