"""What a comparison leaves in its folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fedkd.comparison.export import as_csv, as_json
from fedkd.comparison.panel import Panel
from fedkd.comparison.pictures import draw
from fedkd.comparison.plan import Comparison
from fedkd.comparison.printing import markdown
from fedkd.comparison.state import Ended
from fedkd.files import disk_errors, write_whole

FAILURES = "failures.txt"


def write(folder: Path, comparison: Comparison, panels: Sequence[Panel], ended: Ended) -> list[Path]:
    """Write `table.md`, `table.json`, `table.csv`, the plots, and `failures.txt` where a run failed.

    Raises:
        DiskError: They cannot be written.
    """
    texts = {
        "table.md": markdown(panels),
        "table.json": as_json(comparison, panels, ended),
        "table.csv": as_csv(panels),
        FAILURES: "\n".join(f"{failure.name}\n{failure.trace}" for failure in ended.failed),
    }
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        # Of an earlier start, whose failures have been mended.
        (folder / FAILURES).unlink(missing_ok=True)
    written = [folder / name for name, text in texts.items() if text]
    for path in written:
        write_whole(path, texts[path.name].encode())
    return [*written, *draw(panels, folder)]
