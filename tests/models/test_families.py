"""Parameter counts, and what holds for a network of every family."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from fedkd.errors import ArchitectureError
from fedkd.models.arch import ArchSpec
from fedkd.models.build import build
from fedkd.models.cost import measure
from fedkd.models.lookup import network_family

from .cases import CASES, CLASSES, batch, network

GRAY, COLOUR = (1, 28, 28), (3, 32, 32)


@pytest.mark.parametrize(
    ("family", "shape", "count"),
    [
        # conv 1*8*9+8, conv 8*16*9+16, linear 16*7*7*10+10
        ("cnn", GRAY, 80 + 1168 + 7850),
        # conv 80, depthwise 8*9+8, 1x1 8*16+16, depthwise 16*9+16, 1x1 16*32+32, linear 32*4*4*10+10
        ("dwcnn", GRAY, 80 + 80 + 144 + 160 + 544 + 5130),
        # The common LeNet-5 on MNIST: 156 + 2,416 + 48,120 + 10,164 + 850
        ("lenet5", GRAY, 61_706),
        ("lenet5", COLOUR, 61_706 + 2 * 6 * 25),
        # Stem 432+32, stages 4,608+64, 13,824+128+(512+64), 55,296+256+(2,048+128); 1x1s in brackets
        ("resnet8", COLOUR, 464 + 4672 + 14_528 + 57_728 + 650),
        ("resnet18", COLOUR, 11_173_962),  # kuangliu/pytorch-cifar, ResNet18
        ("mobilenetv2", COLOUR, 2_236_682),  # torchvision, mobilenet_v2(num_classes=10)
        ("mobilenetv2", (3, 96, 96), 2_236_682),
        ("shufflenetv2", COLOUR, 352_042),  # torchvision, shufflenet_v2_x0_5(num_classes=10)
        ("shufflenetv2", (3, 96, 96), 352_042),
        ("mlp", GRAY, 784 * 64 + 64 + 650),
        # conv 6*16*5+16, conv 16*32*5+32, linear 330
        ("cnn1d", (6, 64), 496 + 2592 + 330),
        # 3 gates of 32 units, each with 6 + 32 inputs and two biases; linear 330
        ("gru", (6, 64), 3 * 32 * (6 + 32 + 2) + 330),
        # convs 64*5+64 and 3 of 64*64*5+64, LSTMs 4*128*(384+128+2) and 4*128*(128+128+2), linear 1,290
        ("deepconvlstm", (6, 24), 384 + 3 * 20_544 + 263_168 + 132_096 + 1290),
    ],
)
def test_parameter_counts(family, shape, count):
    assert measure(ArchSpec.of(family), shape, 10).parameters == count


@pytest.mark.parametrize("family", ["irnet", "resnet8", "mobilenetv2", "shufflenetv2"])
def test_both_norms_have_as_many_parameters(family):
    group, batch_norm = (measure(ArchSpec.of(family, norm=norm), COLOUR, 10) for norm in ("group", "batch"))
    assert group.parameters == batch_norm.parameters


@pytest.mark.parametrize("case", CASES)
def test_logits_are_the_head_of_the_body(case):
    net, inputs = network(case), batch(CASES[case][1])
    net.eval()
    with torch.no_grad():
        features, logits = net.body(inputs), net(inputs)
        assert features.shape == (5, net.head.in_features)
        assert logits.shape == (5, CLASSES)
        assert torch.equal(logits, net.head(features))
        assert logits.std() > 0


@pytest.mark.parametrize("case", CASES)
def test_every_parameter_gets_a_gradient(case):
    net, inputs = network(case), batch(CASES[case][1], size=16)
    cross_entropy(net(inputs), torch.arange(16) % CLASSES).backward()
    dead = [name for name, parameter in net.named_parameters() if not parameter.grad.abs().sum() > 0]
    assert dead == []


def test_mobilenet_and_resnet_run():
    for family in ("mobilenetv2", "resnet18"):
        net = build(ArchSpec.of(family), (3, 8, 8), 10, torch.Generator().manual_seed(0))
        loss = cross_entropy(net(batch((3, 8, 8), size=2)), torch.tensor([0, 1]))
        loss.backward()
        assert all(parameter.grad is not None for parameter in net.parameters())


def test_irnet_features_double_with_every_second_block():
    def features(depth):
        spec = ArchSpec.of("irnet", width=4, depth=depth)
        return network_family(spec).skeleton(spec, (1, 8, 8), 2).head.in_features

    assert [features(depth) for depth in (1, 2, 3, 4, 5)] == [8, 8, 16, 16, 32]


def test_shuffle_interleaves_the_halves():
    net = network("shufflenetv2")
    unit = next(module for module in net.modules() if getattr(module, "is_split", False))
    maps = batch((48, 2, 2), size=1)
    with torch.no_grad():
        out = unit(maps)
        assert torch.equal(out[:, 0::2], maps[:, :24])
        assert torch.equal(out[:, 1::2], unit.filtered(maps[:, 24:]))


def test_deepconvlstm_refuses_short_windows():
    spec = ArchSpec.of("deepconvlstm")
    network_family(spec).skeleton(spec, (3, 17), 2)
    with pytest.raises(ArchitectureError, match="use windows of 17 steps or more"):
        network_family(spec).skeleton(spec, (3, 16), 2)
