"""Curves of arms show what they were given, and nothing lies on anything else."""

import numpy as np

from fedkd.report.arms import ArmCurve, arms_plot
from fedkd.report.pareto import Point, pareto_plot


def curve(name, cost, accuracy, error=None, bound=False):
    return ArmCurve(name, np.array(cost), np.array(accuracy), None if error is None else np.array(error), bound)


CURVES = [
    curve("a", [1.0, 2.0], [0.2, 0.5], [0.1, 0.0]),
    curve("free", [0.0, 0.0], [0.3, 0.4]),
    curve("best", [5.0, 9.0], [0.8, 0.9], bound=True),
    curve("b", [0.0, 100.0], [0.1, 0.5]),
]


def texts(axes):
    return {text.get_text(): text for text in axes.texts}


def test_arms_are_curves_and_what_costs_nothing_or_is_no_rival_is_a_level():
    (axes,) = arms_plot(CURVES, "kB", "a title").axes

    drawn = [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.get_lines()]
    assert ([1.0, 2.0], [0.2, 0.5]) in drawn
    # What was free has no place on a log scale.
    assert ([100.0], [0.5]) in drawn
    assert ([0, 1], [0.4, 0.4]) in drawn
    assert ([0, 1], [0.9, 0.9]) in drawn
    assert set(texts(axes)) == {"a", "free", "best", "b"}
    assert (axes.get_xscale(), axes.get_xlabel(), axes.get_title()) == ("log", "kB", "a title")


def test_the_band_is_one_error_wide():
    (axes,) = arms_plot(CURVES[:1], "kB", "").axes

    (band,) = axes.collections
    corners = {(float(x), round(float(y), 6)) for x, y in band.get_paths()[0].vertices}
    assert {(1.0, 0.1), (1.0, 0.3), (2.0, 0.5)} <= corners


def test_the_front_is_filled_and_area_grows_with_cpu_time():
    points = [
        Point("on", 10.0, 0.9, 4.0, True),
        Point("off", 20.0, 0.8, 2.0, False),
        Point("bound", 5.0, 0.95, 0, None),
    ]
    (axes,) = pareto_plot([*points, Point("silent", 0.0, 0.3, 1.0, True)], "").axes

    on, off, silent = axes.collections[:3]
    assert on.get_sizes()[0] == 2 * off.get_sizes()[0] == 4 * silent.get_sizes()[0]
    assert len(on.get_facecolor()) == 1
    assert len(off.get_facecolor()) == 0
    # Left of the thriftiest that sends anything.
    assert 0 < silent.get_offsets()[0, 0] < 10.0
    assert set(texts(axes)) == {"on", "off", "bound", "silent (0 kB)"}


def test_pictures_of_one_arm_and_of_equal_arms_are_drawn():
    same = [Point(name, 10.0, 0.5, 0.0, True) for name in "ab"]

    assert len(pareto_plot(same, "").axes) == 1
    assert len(arms_plot([CURVES[1]], "kB", "").axes) == 1
