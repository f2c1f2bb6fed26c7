"""Sheets for the terminal and for documents."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from fedkd.comparison.panel import Panel
from fedkd.comparison.sheets import NOTE, Sheet, sheets


def table(sheet: Sheet) -> Table:
    """For the terminal."""
    made = Table(title=escape(sheet.title), title_justify="left")
    for head in sheet.heads:
        # On a narrow terminal long cells are folded; cut off, they would be lost.
        made.add_column(escape(head), overflow="fold")
    for row in sheet.rows:
        made.add_row(*map(escape, row))
    return made


def markdown(panels: Sequence[Panel]) -> str:
    """For documents: all tables of all panels, and what they mean."""
    return "\n".join([f"{NOTE}\n", *(_section(sheet) for panel in panels for sheet in sheets(panel))])


def _section(sheet: Sheet) -> str:
    rows = [sheet.heads, ("---",) * len(sheet.heads), *sheet.rows]
    lines = "".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |\n" for row in rows)
    return f"## {sheet.title}\n\n{lines}" + (f"\n{sheet.note}\n" if sheet.note else "")
