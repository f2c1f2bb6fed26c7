"""What a person sees while a comparison runs."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from fedkd.comparison.state import State


class Live:
    """A bar over all runs with the time left, and one over the rounds of each run under way.

    Where there is no terminal: a line for each run that ends.

    Args:
        console: Where to show it.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), MofNCompleteColumn())
        self.progress = Progress(*columns, TextColumn("{task.fields[note]}"), console=console)
        self.all = self.progress.add_task("checking the scenarios", total=None, note="")
        self.each: dict[str, TaskID] = {}

    def __enter__(self) -> Live:
        if self.console.is_terminal:
            self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the terminal as it was."""
        self.progress.stop()

    def told(self, state: State) -> None:
        """Show a state."""
        unknown = state.left_s is None or state.finished == state.total
        left = "" if unknown else f"{time_left(state.left_s or 0.0)} left"
        self.progress.update(self.all, description="runs", completed=state.finished, total=state.total, note=left)
        self._show_running(state)
        if state.ended is not None and not self.console.is_terminal:
            line = f"{state.finished} of {state.total}: {state.ended.name}{f', {left}' if left else ''}"
            self.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _show_running(self, state: State) -> None:
        running = {run.trial.name: run for run in state.running}
        for name in self.each.keys() - running.keys():
            self.progress.remove_task(self.each.pop(name))
        for name, run in running.items():
            if name not in self.each:
                self.each[name] = self.progress.add_task(escape(name), total=run.rounds, note="starting")
            self.progress.update(self.each[name], completed=run.done, note="rounds" if run.done else "starting")


def time_left(seconds: float) -> str:
    """In words, no finer than anybody can know it."""
    if seconds < 90:
        return f"about {max(round(seconds / 10) * 10, 10)} s"
    return f"about {seconds / 60:.0f} min" if seconds < 5400 else f"about {seconds / 3600:.1f} h"
