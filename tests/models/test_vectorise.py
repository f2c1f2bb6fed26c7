"""Stacked programs equal loops."""

import pytest
import torch
from torch.func import functional_call, stack_module_state, vmap
from torch.nn.functional import cross_entropy

from fedkd.models.arch import ArchSpec
from fedkd.models.lookup import network_family
from fedkd.models.vectorise import vectorises

from .cases import CASES, CLASSES, batch, network

STACKED = [case for case, (spec, _) in CASES.items() if network_family(spec).vectorises and "batch" not in case]


@pytest.mark.parametrize("case", STACKED)
def test_a_stacked_program_equals_the_loop(case):
    networks = [network(case, seed) for seed in range(3)]
    inputs = torch.stack([batch(CASES[case][1], seed=seed) for seed in range(3)])
    labels = torch.arange(5) % CLASSES
    parameters, _ = stack_module_state(networks)
    stacked = vmap(lambda weights, x: functional_call(networks[0], weights, (x,)))(parameters, inputs)
    sum(cross_entropy(logits, labels) for logits in stacked).backward()
    for i, net in enumerate(networks):
        logits = net(inputs[i])
        cross_entropy(logits, labels).backward()
        torch.testing.assert_close(stacked[i], logits, rtol=0, atol=1e-5)
        for name, parameter in net.named_parameters():
            torch.testing.assert_close(parameters[name].grad[i], parameter.grad, rtol=0, atol=1e-5)


def test_families_that_are_stacked():
    assert {CASES[case][0].family for case in STACKED} == {"cnn", "dwcnn", "irnet", "mlp", "cnn1d"}


@pytest.mark.parametrize(
    ("spec", "shape", "size", "expected"),
    [
        (ArchSpec.of("cnn"), (1, 28, 28), 64, True),
        (ArchSpec.of("cnn", channels=(16, 32)), (3, 32, 32), 64, False),
        (ArchSpec.of("cnn", channels=(16, 32)), (3, 32, 32), 8, True),
        (ArchSpec.of("mlp", hidden=(256,)), (3, 32, 32), 4, False),
        (ArchSpec.of("irnet"), (1, 28, 28), 16, True),
        (ArchSpec.of("irnet", norm="batch"), (1, 28, 28), 16, False),
        (ArchSpec.of("gru"), (6, 20), 8, False),
        (ArchSpec.of("lenet5"), (1, 28, 28), 8, False),
        (ArchSpec.of("forest"), (6,), 8, False),
    ],
)
def test_the_rule(spec, shape, size, expected):
    assert vectorises(spec, shape, 10, size) is expected
