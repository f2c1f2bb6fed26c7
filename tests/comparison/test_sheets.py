"""Tables: every cell follows from figures that can be computed by hand."""

from dataclasses import replace

from rich.console import Console

from fedkd.comparison import Panel
from fedkd.comparison.printing import markdown, table
from fedkd.comparison.sheets import sheets
from tests.comparison.cases import PANEL, arm

ACCURACY, COST, TRADES = sheets(PANEL)


def cells(sheet, name):
    """One row by the heads of its columns."""
    (row,) = [row for row in sheet.rows if row[0] == name]
    return dict(zip(sheet.heads, row, strict=True))


def test_accuracies_have_errors_and_paired_differences():
    assert cells(ACCURACY, "better") == {
        "arm": "better",
        "seeds": "2",
        "global": "0.700 ± 0.100",
        "local + prior": "0.710 ± 0.100",
        "student": "-",
        "global - base, by seed": "+0.100 ± 0.000 (n = 2)",
    }
    assert cells(ACCURACY, "base")["global - base, by seed"] == "-"
    assert cells(ACCURACY, "dead")["seeds"] == "0 of 2"
    assert set(cells(ACCURACY, "dead").values()) == {"dead", "0 of 2", "-"}


def test_one_seed_has_no_error():
    panel = Panel("", (arm("a", 0.5),), 1, "a")

    assert cells(sheets(panel)[0], "a") == {
        "arm": "a",
        "seeds": "1",
        "global": "0.500",
        "local + prior": "0.510",
        "student": "-",
    }


def test_costs_count_to_the_best_and_to_the_target():
    assert cells(COST, "base") == {
        "arm": "base",
        "kB a site": "8.0 ± 0.0",
        "kB to best - 0.5": "8.0",
        "at round": "4",
        "kB to 0.50": "8.0",
        "kMACs": "50.0 ± 0.0",
        "train CPU s": "3.0 ± 0.0",
        "CPU s to best - 0.5": "4.0",
        "search CPU s": "1.0 ± 0.0",
        "server CPU s": "0.5 ± 0.0",
        "virtual s": "12.0 ± 0.0",
    }
    # 3/4 of a mean of 0.7 is 0.525.
    assert cells(COST, "better")["kB to 0.50"] == "3.0"
    assert cells(COST, "thrifty")["kB to 0.50"] == "-"


def test_without_a_target_there_is_no_such_column():
    assert "kB to 0.50" not in sheets(replace(PANEL, target=None))[1].heads
    assert "kB to 0.905" in sheets(replace(PANEL, target=0.905))[1].heads


def test_trades_name_who_dominates_and_show_raw_figures_beside_scores():
    assert cells(TRADES, "base") == {
        "arm": "base",
        "global": "0.600 ± 0.100",
        "kB a site": "8.0 ± 0.0",
        "clients' CPU s": "4.0 ± 0.0",
        "Pareto": "no",
        "dominated by": "better",
        "RES": "1",
        "PQS": "0.6",
        "CES": "1",
        "UES": "0.6",
    }
    assert {name: cells(TRADES, name)["Pareto"] for name in ("better", "thrifty", "dead", "pooled")} == {
        "better": "yes",
        "thrifty": "yes",
        "dead": "-",
        "pooled": "bound",
    }
    assert cells(TRADES, "better")["UES"] == "2.8"


def test_many_dominators_are_counted():
    arms = (arm("bad", 0.1), *(arm(f"good-{i}", 0.5) for i in range(5)))

    assert cells(sheets(Panel("", arms, 1, "bad"))[2], "bad")["dominated by"] == "good-0, good-1, good-2 and 2 more"


def test_honest_sites_have_columns_where_somebody_attacks():
    attacked = (
        arm("guarded", 0.3, 0.3, honest_accuracy={"mean": 0.5}),
        arm("base", 0.2, honest_accuracy={"mean": 0.4}),
    )
    with_honest = sheets(replace(PANEL, arms=(*attacked, arm("calm", 0.6))))[0]

    assert not any("honest" in head for head in ACCURACY.heads)
    assert cells(with_honest, "guarded")["honest"] == "0.500 ± 0.000"
    # Only one seed of the reference is there.
    assert cells(with_honest, "guarded")["honest - base, by seed"] == "+0.100 (n = 1)"
    assert (cells(with_honest, "calm")["honest"], cells(with_honest, "calm")["honest - base, by seed"]) == ("-", "-")


def test_documents_and_terminals_show_the_same_cells():
    text = markdown([PANEL])

    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## iid: accuracy",
        "## iid: cost",
        "## iid: trade-off",
    ]
    assert f"| {' | '.join(COST.rows[0])} |" in text.splitlines()
    assert "standard error" in text
    console = Console(width=200)
    with console.capture() as shown:
        console.print(table(ACCURACY))
    assert all(cell in shown.get() for row in ACCURACY.rows for cell in row)


def test_names_with_brackets_are_shown_as_they_are():
    sheet = sheets(Panel("", (arm("a-k=[1]", 0.5),), 1, "a-k=[1]"))[0]
    console = Console(width=200)
    with console.capture() as shown:
        console.print(table(sheet))

    assert "a-k=[1]" in shown.get()
