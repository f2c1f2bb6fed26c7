"""Delta: weights as differences from what the receiver holds."""

import numpy as np

from fedkd.wire import Chain, WireContext
from fedkd.wire.stages import Delta, Int4, Zstd

from ..samples import there_and_back, weights


def network(seed, scale=1.0):
    rng = np.random.default_rng(seed)
    return {
        "weight": (scale * rng.normal(size=(16, 40))).astype(np.float32),
        "bias": (scale * rng.normal(size=16)).astype(np.float32),
        "count": np.array(seed, np.int64),
    }


def test_differences_travel_and_sums_arrive():
    held, wanted = network(1), network(2)
    context = WireContext(reference=held)
    received = there_and_back(weights(**wanted), Delta(), context=context)
    for name, array in wanted.items():
        np.testing.assert_allclose(received.arrays[name], array, rtol=1e-6, atol=1e-6)


def test_a_small_change_is_quantised_finely():
    held, change = network(1), network(2, scale=0.01)
    wanted = {"weight": held["weight"] + change["weight"]}
    against = there_and_back(weights(**wanted), Delta(), Int4(), context=WireContext(reference=held))
    alone = there_and_back(weights(**wanted), Delta(), Int4())
    error, error_alone = (np.abs(r.arrays["weight"] - wanted["weight"]).max() for r in (against, alone))
    assert error < 0.05 * error_alone


def test_errors_do_not_pile_up():
    # Ten messages of the same weights: each corrects what the ones before it left.
    wanted, held, errors = network(3), None, []
    for _ in range(10):
        received = there_and_back(weights(**wanted), Delta(), Int4(), context=WireContext(reference=held))
        held = dict(received.arrays)
        errors.append(np.abs(held["weight"] - wanted["weight"]).max())
    assert errors[-1] < errors[0] / 100


def test_arrays_that_the_receiver_lacks_or_has_in_another_shape_travel_whole():
    wanted = network(4)
    context = WireContext(reference={"bias": wanted["bias"], "weight": np.zeros((2, 2), np.float32)})
    received = there_and_back(weights(**wanted), Delta(), context=context)
    np.testing.assert_array_equal(received.arrays["weight"], wanted["weight"])
    np.testing.assert_array_equal(received.arrays["count"], wanted["count"])


def test_a_chain_of_differences_is_shorter_after_the_first():
    held, change = network(5), network(6, scale=1e-6)
    chain = Chain((Delta(), Int4(), Zstd()))
    wanted = {name: held[name] + change[name] if name != "count" else held[name] for name in held}
    first = len(chain.encode(weights(**held), WireContext()))
    same = len(chain.encode(weights(**held), WireContext(reference=held)))
    changed = chain.encode(weights(**wanted), WireContext(reference=held))
    received = chain.decode(changed, WireContext(reference=held))
    assert same < 0.5 * first
    np.testing.assert_allclose(received.arrays["weight"], wanted["weight"], atol=1e-5)
