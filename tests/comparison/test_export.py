"""Files for other programs hold all that the tables show."""

import csv
import io
import json

import pytest

from fedkd.comparison import Comparison, Ended, Failure
from fedkd.comparison.export import as_csv, as_json
from tests.comparison.cases import PANEL

COMPARISON = Comparison({arm.name: () for arm in PANEL.arms}, panels={"iid": ()}, seeds=(0, 1), target=0.5)
ENDED = Ended({"iid/dead/seed-0": "it diverged"}, (Failure("iid/dead/seed-1", "error 24: too few", 24, "Traceback"),))


def test_json_has_figures_by_seed_differences_front_scores_and_curves():
    read = json.loads(as_json(COMPARISON, [PANEL], ENDED))
    arms = {arm["name"]: arm for arm in read["panels"][0]["arms"]}

    assert read["comparison"]["reference"] == "base"
    assert read["diverged"] == {"iid/dead/seed-0": "it diverged"}
    assert read["failed"] == {"iid/dead/seed-1": "error 24: too few"}
    better = arms["better"]
    assert better["figures"]["global_accuracy"]["values"] == {"0": 0.6, "1": 0.8}
    assert better["figures"]["global_accuracy"]["error"] == pytest.approx(0.1)
    assert better["figures"]["student_accuracy"] is None
    assert better["minus_reference"]["bytes_per_site"]["mean"] == -4000.0
    assert better["to_target"]["sent_bytes"] == 3000.0
    assert better["scores"]["ues"] == pytest.approx(2.8)
    assert better["curves"]["accuracy"]["mean"] == pytest.approx([0.175, 0.35, 0.525, 0.7])
    assert arms["base"]["dominated_by"] == ["better"]
    assert (arms["pooled"]["bound"], arms["pooled"]["dominated_by"], arms["pooled"]["scores"]) == (True, None, None)
    assert (arms["dead"]["seeds"], arms["dead"]["curves"], arms["dead"]["near_best"]) == ([], None, None)


def test_csv_has_one_row_an_arm():
    rows = {row["arm"]: row for row in csv.DictReader(io.StringIO(as_csv([PANEL])))}

    assert list(rows) == [arm.name for arm in PANEL.arms]
    assert float(rows["better"]["global_accuracy"]) == pytest.approx(0.7)
    assert float(rows["better"]["global_accuracy_se"]) == pytest.approx(0.1)
    assert float(rows["better"]["global_accuracy_minus_reference"]) == pytest.approx(0.1)
    assert float(rows["better"]["bytes_to_target"]) == 3000.0
    assert (rows["base"]["pareto"], rows["base"]["dominated_by"]) == ("False", "better")
    assert (rows["dead"]["seeds"], rows["dead"]["global_accuracy"], rows["dead"]["pareto"]) == ("0", "", "")
