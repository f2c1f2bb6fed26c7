"""Specs: order, JSON, names."""

import json

import pytest

from fedkd.errors import ArchitectureError
from fedkd.models.arch import ArchSpec


def test_order_of_options_does_not_matter():
    one = ArchSpec.of("cnn", channels=(8, 16), kernel=3)
    other = ArchSpec.of("cnn", kernel=3, channels=(8, 16))
    assert one == other
    assert hash(one) == hash(other)
    assert one.options == (("channels", (8, 16)), ("kernel", 3))


def test_json_is_canonical_and_comes_back():
    spec = ArchSpec.of("a.b.NETS", rate=0.5, hidden=(), norm="group", channels=(8, 16))
    assert spec.to_json() == ('{"channels":[8,16],"family":"a.b.NETS","hidden":[],"norm":"group","rate":0.5}')
    assert ArchSpec.from_json(spec.to_json()) == spec
    assert ArchSpec.from_json(json.dumps(json.loads(spec.to_json()), indent=2)) == spec


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "[" * 100_000,
        '{"kernel":3}',
        '{"family":3}',
        '{"family":"os.system(1)"}',
        '{"family":"cnn","kernel":true}',
        '{"family":"cnn","kernel":null}',
        '{"family":"cnn","kernel":NaN}',
        '{"family":"cnn","channels":[8,1.5]}',
        '{"family":"cnn","channels":{"a":1}}',
        '{"family":"cnn","":1}',
    ],
)
def test_bad_json_is_refused(text):
    with pytest.raises(ArchitectureError):
        ArchSpec.from_json(text)


def test_unsorted_options_and_lists_are_refused():
    with pytest.raises(ArchitectureError, match="sorted"):
        ArchSpec("cnn", (("kernel", 3), ("channels", (8,))))
    with pytest.raises(ArchitectureError, match="sorted"):
        ArchSpec("cnn", (("family", "mlp"),))
    with pytest.raises(ArchitectureError, match="channels"):
        ArchSpec.of("cnn", channels=[8])


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        (ArchSpec.of("cnn", channels=(8, 16), kernel=3), "cnn-8-16-k3"),
        (ArchSpec.of("resnet8", norm="group"), "resnet8-group"),
        (ArchSpec.of("mlp", hidden=()), "mlp-no-hidden"),
        (ArchSpec.of("boosting", rate=0.1), "boosting-r0.1"),
        (ArchSpec.of("mypkg.nets.TINY", width=4), "TINY-w4"),
        (ArchSpec.of("lenet5"), "lenet5"),
    ],
)
def test_name_is_short(spec, name):
    assert spec.name == name
