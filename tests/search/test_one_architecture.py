"""A method that averages weights is refused a search for several networks before anything runs."""

from __future__ import annotations

import pytest

from fedkd.composition import compose
from fedkd.errors import MixedArchitecturesError


@pytest.mark.parametrize("search", ["on_device", "nsga2", "random", "smallest", "largest"])
def test_several_networks_are_refused(search):
    with pytest.raises(MixedArchitecturesError, match=r"fedavg averages weights, .* up to 4 .*search\.limit=1"):
        compose(["method=fedavg", f"search={search}"])


@pytest.mark.parametrize(
    "overrides",
    [
        ["method=fedavg", "search=on_device", "search.limit=1"],
        ["method=fedavg", "search=fixed", "device=unlimited"],
        ["method=fedavg", "data=casa", "search=fixed", "search.network='{family: deepconvlstm}'", "device=unlimited"],
        ["method=fedkdnas", "search=on_device"],
    ],
    ids=str,
)
def test_one_network_or_an_exchange_of_predictions_is_not(overrides):
    scenario = compose(overrides)

    assert scenario.search.limit == 1 or not scenario.method.one_architecture
