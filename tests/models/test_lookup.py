"""How families are found."""

import pytest
from torch import nn

from fedkd.errors import ArchitectureError, UnknownFamilyError
from fedkd.models.arch import ArchSpec
from fedkd.models.family import ANY, NetworkFamily
from fedkd.models.lookup import complete, family_names, find_family, network_family
from fedkd.models.network import Network
from fedkd.models.options import Whole

THIRD_PARTY = NetworkFamily(
    "theirs",
    ANY,
    {"width": Whole(2)},
    lambda shape, classes, *, width: Network(nn.Flatten(), nn.Linear(shape[0], classes)),
    vectorises=True,
)


def test_built_in_families_are_the_files():
    assert family_names() == (
        *("boosting", "cnn", "cnn1d", "deepconvlstm", "dwcnn", "extra_trees", "forest", "gru", "irnet"),
        *("lenet5", "mlp", "mobilenetv2", "resnet18", "resnet8", "shufflenetv2"),
    )


@pytest.mark.parametrize("name", family_names())
def test_families_are_called_as_they_are_found_and_accept_their_defaults(name):
    family = find_family(name)
    assert family.name == name
    full = complete(ArchSpec.of(name))
    assert full.options == tuple(sorted((key, option.default) for key, option in family.options.items()))
    assert complete(full) == full


def test_unknown_family_names_near_matches():
    with pytest.raises(UnknownFamilyError, match="did you mean resnet18 or resnet8"):
        find_family("resnet1")
    with pytest.raises(UnknownFamilyError, match="there are boosting, cnn"):
        find_family("xyz")


def test_third_party_family_is_imported():
    path = f"{__name__}.THIRD_PARTY"
    assert find_family(path) is THIRD_PARTY
    assert complete(ArchSpec.of(path)) == ArchSpec.of(path, width=2)


@pytest.mark.parametrize("path", ["no_such_pkg.FAMILY", "os.path.FAMILY", "os.path.join", "fedkd.models.FAMILY"])
def test_dotted_paths_to_something_else_are_refused(path):
    with pytest.raises(UnknownFamilyError, match=path):
        find_family(path)


def test_trees_are_no_networks():
    with pytest.raises(ArchitectureError, match="make_learner"):
        network_family(ArchSpec.of("forest"))
