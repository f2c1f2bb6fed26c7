"""What families refuse."""

import pytest
import torch

from fedkd.errors import ArchitectureError
from fedkd.models.arch import ArchSpec
from fedkd.models.lookup import network_family


def skeleton(spec, shape, classes=3):
    return network_family(spec).skeleton(spec, shape, classes)


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (ArchSpec.of("cnn", width=3), "no option 'width'; use its options: channels, kernel"),
        (ArchSpec.of("lenet5", width=3), "use its options: none"),
        (ArchSpec.of("cnn", kernel=4), "one of 3, 5"),
        (ArchSpec.of("cnn", channels=(0,)), "1 to 8 whole numbers from 1 to 512"),
        (ArchSpec.of("resnet8", norm="layer"), "one of 'group', 'batch'"),
    ],
)
def test_wrong_options_are_refused(spec, sentence):
    with pytest.raises(ArchitectureError, match=sentence):
        skeleton(spec, (1, 8, 8))


@pytest.mark.parametrize(
    ("family", "shape"),
    [
        ("cnn", (8, 8)),
        ("gru", (1, 8, 8)),
        ("gru", (8,)),
        ("mlp", ()),
        ("mlp", (1, 0, 3)),
        ("mlp", (1, 1, 1, 1)),
    ],
)
def test_wrong_shapes_are_refused(family, shape):
    with pytest.raises(ArchitectureError, match="does not read samples of shape"):
        skeleton(ArchSpec.of(family), shape)


def test_one_class_is_refused():
    with pytest.raises(ArchitectureError, match="two classes"):
        skeleton(ArchSpec.of("mlp"), (3,), classes=1)


def test_a_skeleton_has_no_numbers_and_draws_none():
    state = torch.get_rng_state()
    assert all(parameter.is_meta for parameter in skeleton(ArchSpec.of("cnn"), (1, 8, 8)).parameters())
    assert torch.equal(torch.get_rng_state(), state)
