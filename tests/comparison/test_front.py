"""Who dominates whom."""

from hypothesis import given
from hypothesis import strategies as st

from fedkd.comparison.front import dominators

COSTS = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=2), st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=8
)


def test_by_hand():
    costs = {"cheap": (3, 1), "good": (1, 3), "middle": (2, 2), "worse": (2, 3), "worst": (4, 4)}

    assert dominators(costs) == {
        "cheap": (),
        "good": (),
        "middle": (),
        "worse": ("good", "middle"),
        "worst": ("cheap", "good", "middle", "worse"),
    }


def test_equals_do_not_dominate_one_another():
    assert dominators({"a": (1, 2), "b": (1, 2)}) == {"a": (), "b": ()}


@given(COSTS)
def test_whoever_is_dominated_is_so_by_somebody_on_the_front(costs):
    found = dominators(costs)
    front = {name for name, above in found.items() if not above}

    assert front
    assert all(not above or front & set(above) for above in found.values())
    assert not any(name in found[other] for name in costs for other in found[name])
