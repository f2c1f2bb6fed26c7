"""Whether a cohort trains faster as one program over stacked weights (torch.func.vmap).

vmap saves the overhead of starting many small operations, and pays for it with grouped convolutions and
stacks that leave the cache. Measured with torch 2.13 on one core (loop time / vmap time of an Adam step, 10
to 32 clients):

    network on 28 x 28           batch 16    batch 32    batch 64
    cnn 8-16 (78k MACs)          1.7-3.6     2.2-2.3     1.6
    dwcnn 8-16-32 (40k)          3.5-4.7     2.5-2.8     1.6-1.7
    irnet (325k)                 1.1-1.5     0.5-1.0     0.4-0.6
    mlp 64 (51k)                 2.0-2.5     2.0-2.1     1.7-1.9
    cnn1d 16-32 on 6 x 64 (57k)  3.2-4.5     2.4-2.7     1.7-1.8

Beyond about 6 million MACs a step it loses: cnn 16-32 on 32 x 32 (426k MACs) has 1.1 at batch 12, 0.7 at 32,
0.4-0.7 at 64. It loses with many weights as well, since Adam then waits for memory: mlp 256 on 3 x 32 x 32
(789k parameters) has 0.3 at batch 8. It always loses with max-pooling (lenet5 0.7) and in the large families
(resnet8 0.5, shufflenetv2 0.5, mobilenetv2 0.9, resnet18 0.9); with BatchNorm it has 0.7 and buffers to carry
along; GRU and LSTM have no batching rule. Two clients gain 1.0 to 1.3, five 1.3 to 1.9. An accelerator would
want other limits.
"""

from __future__ import annotations

from fedkd.models.arch import ArchSpec
from fedkd.models.cost import measure
from fedkd.models.family import NetworkFamily
from fedkd.models.lookup import find_family

_LARGEST_STEP_MACS = 6_000_000
_LARGEST_NETWORK = 250_000


def vectorises(spec: ArchSpec, input_shape: tuple[int, ...], classes: int, batch: int) -> bool:
    """Whether clients that train `spec` at `batch` samples a step should be stacked, by the rule above.

    The results of both ways agree to rounding, not bit for bit, so the answer depends on the arguments only.

    Tree learners never are.

    Raises:
        UnknownFamilyError: There is no such family.
        ArchitectureError: The options are wrong, or the shape does not fit.
    """
    family = find_family(spec.family)
    if not isinstance(family, NetworkFamily) or not family.vectorises:
        return False
    if ("norm", "batch") in family.complete(spec).options:
        return False
    cost = measure(spec, input_shape, classes)
    return cost.macs * batch <= _LARGEST_STEP_MACS and cost.parameters <= _LARGEST_NETWORK
