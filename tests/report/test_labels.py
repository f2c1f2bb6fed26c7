"""Labels do not lie on one another."""

import itertools

import pytest

from fedkd.report.accuracy_axis import scale_accuracy
from fedkd.report.labels import Label, place
from fedkd.report.style import figure


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_labels_of_close_points_are_moved_apart_and_stay_in_the_plot(scale):
    _, axes = figure()
    axes.set_xscale(scale)
    axes.set(xlim=(1, 10), ylim=(0, 1))
    labels = [Label(f"arm number {i}", 9.0 + 0.01 * i, 0.5 + 0.002 * i, "black") for i in range(6)]

    place(axes, labels)

    frame, boxes = axes.get_window_extent(), [text.get_window_extent() for text in axes.texts]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 for box in boxes)
    assert axes.get_lines(), "labels that moved far are joined to their points"


def test_a_lonely_label_stands_right_of_its_point():
    _, axes = figure()
    axes.set(xlim=(0, 1), ylim=(0, 1))

    place(axes, [Label("alone", 0.5, 0.5, "black")])

    (text,) = axes.texts
    box, (x, y) = text.get_window_extent(), axes.transData.transform((0.5, 0.5))
    assert x < box.x0 < x + 20
    assert box.y0 < y < box.y1
    assert not axes.get_lines()


def test_halving_the_error_is_the_same_way_everywhere():
    _, axes = figure()
    scale_accuracy(axes, 0.5, 0.98)

    at = [axes.transData.transform((0, accuracy))[1] for accuracy in (0.6, 0.8, 0.9, 0.95)]

    assert at[1] - at[0] == pytest.approx(at[2] - at[1]) == pytest.approx(at[3] - at[2])


@pytest.mark.parametrize(
    ("low", "high"), [(0.1, 0.97), (0.11, 0.19), (0.94, 0.955), (0.5, 0.5), (1.0, 1.0), (0.0, 0.0)]
)
def test_any_accuracies_have_a_scale_with_ticks(low, high):
    made, axes = figure()
    scale_accuracy(axes, low, high)

    made.draw_without_rendering()
    least, most = axes.get_ylim()
    assert 0 <= least <= low
    assert high <= most + 0.002
    assert least < most
    assert len([tick for tick in axes.get_yticks() if least <= tick <= most]) >= 2
