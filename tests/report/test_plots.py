"""Plots show the record, and nothing but the record."""

import numpy as np
import pytest

from fedkd.record import Run
from fedkd.report import draw
from fedkd.report.curves import accuracy_plot, by_round, bytes_plot
from fedkd.report.networks import networks_plot
from fedkd.report.partition import partition_plot
from fedkd.simulation import simulate
from tests.tiny import tiny


def row(round_, accuracy, **others):
    figures = {"global_accuracy": accuracy, "local_prior_accuracy": accuracy, "student_accuracy": ""}
    return {"round": str(round_), "bytes_up": "1000", "bytes_down": "3000", **figures, **others}


ROWS = [row(1, "0.25"), row(1, "0.75"), row(2, "0.5"), row(2, "1.0")]


def test_figures_are_gathered_by_round_and_absent_ones_left_out():
    rounds, values = by_round(ROWS, "global_accuracy")

    assert rounds == [1, 2]
    np.testing.assert_array_equal(values, [[0.25, 0.75], [0.5, 1.0]])
    assert by_round(ROWS, "student_accuracy") == ([], [])


def test_the_accuracy_plot_draws_means_of_what_is_there():
    (axes,) = accuracy_plot(ROWS, "a title").axes

    lines = {line.get_label(): list(line.get_ydata()) for line in axes.get_lines() if len(line.get_ydata()) == 2}
    assert lines["global: balanced test set"] == [0.5, 0.75]
    assert "server's students" not in lines
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("round", "accuracy", "a title")


def test_the_bytes_plot_adds_up_in_kilobytes():
    left, right = bytes_plot(ROWS, "a title").axes

    np.testing.assert_allclose(left.get_lines()[0].get_xdata(), [4, 8])
    assert [bar.get_height() for bar in right.patches] == [1, 1, 3, 3]
    assert "kB" in left.get_xlabel()
    assert "kB" in right.get_ylabel()


def test_bubbles_grow_with_samples():
    (axes,) = partition_plot(np.array([[40, 0], [10, 20]]), "toy").axes

    (bubbles,) = axes.collections
    np.testing.assert_array_equal(bubbles.get_offsets(), [[0, 0], [1, 0], [1, 1]])
    np.testing.assert_allclose(bubbles.get_sizes(), [260, 65, 130])


def test_bars_count_choices():
    sites = [("phone", "a"), ("phone", "b"), ("phone", "b"), ("sensor", "a")]
    search = {"sites": {f"site-{i}": {"device": d, "network": n} for i, (d, n) in enumerate(sites)}}

    (axes,) = networks_plot(search, "a title").axes
    assert all(float(tick).is_integer() for tick in axes.get_xticks())

    assert [bar.get_width() for bar in axes.patches] == [1, 1, 2, 0]


@pytest.mark.slow
def test_a_run_is_drawn_from_its_record_alone(tmp_path):
    simulate(tiny("fedkdnas"), tmp_path / "run")
    for picture in (tmp_path / "run" / "plots").iterdir():
        picture.unlink()

    drawn = draw(Run.open(tmp_path / "run"))

    assert sorted(p.name for p in drawn) == ["accuracy.png", "bytes.png", "networks.png", "partition.png"]
    assert all(p.read_bytes().startswith(b"\x89PNG") for p in drawn)
