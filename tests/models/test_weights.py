"""Arrays and fingerprints."""

import numpy as np
import pytest
import torch

from fedkd.errors import ArchitectureError
from fedkd.models.arch import ArchSpec
from fedkd.models.weights import fingerprint, from_arrays, to_arrays

from .cases import CASES, batch, network

SPEC = ArchSpec.of("mlp", hidden=())


@pytest.mark.parametrize("case", CASES)
def test_arrays_carry_everything(case):
    source, target = network(case, 0), network(case, 1)
    source(batch(CASES[case][1]))  # moves the statistics of BatchNorm
    from_arrays(target, to_arrays(source))
    inputs = batch(CASES[case][1], seed=2)
    assert torch.equal(source.eval()(inputs), target.eval()(inputs))


def test_arrays_are_copies():
    net = network("mlp")
    arrays = to_arrays(net.state_dict())
    before = fingerprint(arrays, SPEC)
    with torch.no_grad():
        net.head.bias.add_(1)
    assert fingerprint(arrays, SPEC) == before
    for array in arrays.values():
        array.flags.writeable = False
    from_arrays(net, arrays)
    assert fingerprint(to_arrays(net), SPEC) == before


@pytest.mark.parametrize(
    ("name", "array", "sentence"),
    [
        ("head.bias", None, r"lack \['head.bias'\]"),
        ("extra", np.zeros(1, np.float32), r"have \['extra'\] too many"),
        ("head.bias", np.zeros(4, np.float32), r"float32 \[4\] instead of float32 \[3\]"),
        ("head.bias", np.zeros(3, np.float64), r"float64 \[3\] instead of float32 \[3\]"),
    ],
)
def test_other_layouts_are_refused_and_nothing_is_written(name, array, sentence):
    net = network("mlp", 0)
    before = fingerprint(to_arrays(net), SPEC)
    arrays = {**to_arrays(network("mlp", 1)), name: array}
    if array is None:
        del arrays[name]
    with pytest.raises(ArchitectureError, match=sentence):
        from_arrays(net, arrays)
    assert fingerprint(to_arrays(net), SPEC) == before


def test_fingerprint_sees_everything_but_order_and_byte_order():
    arrays = {"a": np.arange(6, dtype=np.float32), "b": np.zeros((), np.int64)}
    print_ = fingerprint(arrays, SPEC)
    assert len(print_) == 16
    assert int(print_, 16) >= 0
    assert fingerprint(dict(reversed(arrays.items())), SPEC) == print_
    assert fingerprint({**arrays, "a": arrays["a"].astype(">f4")}, SPEC) == print_
    strided = np.repeat(arrays["a"], 2)[::2]
    assert fingerprint({**arrays, "a": strided}, SPEC) == print_
    others = [
        fingerprint({**arrays, "a": arrays["a"].reshape(2, 3)}, SPEC),
        fingerprint({**arrays, "a": arrays["a"].view(np.int32)}, SPEC),
        fingerprint({**arrays, "a": arrays["a"] + np.float32(1e-6)}, SPEC),
        fingerprint({"c" if name == "a" else name: array for name, array in arrays.items()}, SPEC),
        fingerprint(arrays, ArchSpec.of("mlp")),
    ]
    assert len({print_, *others}) == 6
