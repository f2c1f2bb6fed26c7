"""What a comparison leaves in its folder."""

from fedkd.comparison import Comparison, Ended, Failure, write
from fedkd.comparison.pictures import pictures
from tests.comparison.cases import PANEL

COMPARISON = Comparison({arm.name: () for arm in PANEL.arms}, panels={"iid": ()}, seeds=(0, 1))
FAILED = Ended({}, (Failure("iid/dead/seed-1", "error 24: too few", 24, "Traceback: where"),))


def test_tables_and_plots_are_written_and_failures_while_there_are_any(tmp_path):
    written = write(tmp_path / "new", COMPARISON, [PANEL], FAILED)

    names = ["table.md", "table.json", "table.csv", "failures.txt"]
    assert [path.name for path in written] == [*names, "iid-bytes.png", "iid-time.png", "iid-pareto.png"]
    assert all(path.stat().st_size > 0 for path in written)
    assert (tmp_path / "new" / "failures.txt").read_text() == "iid/dead/seed-1\nTraceback: where"

    write(tmp_path / "new", COMPARISON, [PANEL], Ended({}, ()))

    assert not (tmp_path / "new" / "failures.txt").exists()


def test_pictures_leave_out_what_did_not_finish_and_draw_bounds_as_levels():
    bytes_, _, pareto = (made.axes[0] for made in pictures(PANEL).values())

    for axes in (bytes_, pareto):
        assert {text.get_text() for text in axes.texts} == {"base", "better", "thrifty", "pooled"}
    assert bytes_.get_title() == "iid: accuracy against bytes (mean over 2 seeds; band: one standard error)"
