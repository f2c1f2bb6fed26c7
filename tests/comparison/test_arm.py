"""Arms, read from records of which every figure can be computed by hand."""

import numpy as np
import pytest

from fedkd.comparison import ArmResult
from fedkd.comparison.arm import CLIENT_CPU, is_finished, read_arm
from fedkd.errors import DamagedRunError
from tests.comparison.cases import arm, curves, record, summary

# Means over seeds: 0.2, 0.596, 0.6, 0.58.
ARM = ArmResult(
    "toy",
    {0: summary(0.5), 4: summary(0.7)},
    curves([[0.1, 0.5, 0.5, 0.5], [0.3, 0.692, 0.7, 0.66]]),
)


def test_costs_count_up_to_the_first_round_within_half_a_point_of_the_best():
    near = ARM.near_best()

    assert near is not None
    assert (near.round_, near.sent_bytes, near.cpu_s, near.time_s) == (2, 1000.0, 2.0, 6.0)


@pytest.mark.parametrize(("accuracy", "round_"), [(0.1, 1), (0.2, 1), (0.597, 3), (0.6, 3), (0.61, None)])
def test_a_target_is_reached_in_the_first_round_whose_mean_is_there(accuracy, round_):
    found = ARM.reached(accuracy)

    assert (found and found.round_) == round_
    assert found is None or found.sent_bytes == 500.0 * found.round_


def test_figures_are_means_over_seeds():
    figure = ARM.figure("global_accuracy")

    assert figure is not None
    assert (figure.mean, figure.error) == (pytest.approx(0.6), pytest.approx(0.1))
    assert ARM.values("global_accuracy") == {0: 0.5, 4: 0.7}
    assert ARM.values("bytes_per_site") == {0: 2000.0, 4: 2000.0}
    assert ARM.figure("student_accuracy") is None
    assert ARM.figure("honest_accuracy") is None


def test_clients_cpu_is_training_and_search():
    assert ARM.values(CLIENT_CPU) == {0: 3.0, 4: 3.0}


def test_an_arm_of_which_nothing_finished_has_no_figures():
    dead = arm("dead")

    assert (dead.figure("global_accuracy"), dead.near_best(), dead.reached(0.0)) == (None, None, None)


def test_a_record_is_read_round_by_round(tmp_path):
    runs = {0: record(tmp_path / "a", [0.1, 0.5]), 1: record(tmp_path / "b", [0.3, 0.7], seed=1)}

    read = read_arm("toy", runs)

    assert read.curves is not None
    np.testing.assert_allclose(read.curves.accuracy, [[0.15, 0.55], [0.35, 0.75]])
    # Each round the sites send 100 and 200 up, 10 and 20 down: 165 on average.
    np.testing.assert_allclose(read.curves.sent_bytes, [[165, 330], [165, 330]])
    np.testing.assert_allclose(read.curves.cpu_s, [[0.5, 1.5], [0.5, 1.5]])
    np.testing.assert_allclose(read.curves.time_s, [[1.5, 2.5], [1.5, 2.5]])
    assert read.values("global_accuracy") == {0: 0.55, 1: 0.75}


def test_a_run_is_finished_when_it_has_a_summary(tmp_path):
    run = record(tmp_path / "run", [0.5])

    assert is_finished(run)
    (run / "summary.json").write_text("{")
    with pytest.raises(DamagedRunError, match=r"summary\.json"):
        read_arm("toy", {0: run})
    (run / "summary.json").unlink()
    assert not is_finished(run)
    assert not is_finished(tmp_path / "nothing")
