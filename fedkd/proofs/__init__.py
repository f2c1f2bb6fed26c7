"""Small experiments on real data, or on an exact teacher, that show what the parts of distillation are good for."""

from fedkd.proofs.bridges import BridgeProof
from fedkd.proofs.cist import CistProof
from fedkd.proofs.grammar import Grammar
from fedkd.proofs.proof import Claim, Estimate, Measured, Proof, Results, run
from fedkd.proofs.trees import TreeProof

__all__ = [
    "BridgeProof",
    "CistProof",
    "Claim",
    "Estimate",
    "Grammar",
    "Measured",
    "Proof",
    "Results",
    "TreeProof",
    "run",
]
