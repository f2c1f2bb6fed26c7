"""The command line. Commands of every floor are found by entry points, so no import runs upwards."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from importlib.metadata import entry_points

import typer
from rich.console import Console
from rich.markup import escape

import fedkd
from fedkd.errors import FedkdError

SECTIONS = """
Examples:
fedkd simulate
fedkd simulate method=fedmd partition=iid seed=3
fedkd simulate partition=dirichlet partition.alpha=1 --json
fedkd simulate --help
fedkd axes

Exit codes:
0 for success, 2 for a wrong option, 130 after Ctrl-C
every error has a code of its own, listed in docs/errors.md
"""


def build() -> typer.Typer:
    """The application with every command that is installed."""
    app = typer.Typer(
        name="fedkd",
        help="Federated knowledge distillation: sites with networks of their own exchange predictions, not weights.",
        epilog=_sections(SECTIONS),
        rich_markup_mode="rich",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(_root)
    groups: dict[str, typer.Typer] = {"": app}
    for point in sorted(entry_points(group="fedkd.commands"), key=lambda p: p.name):
        command = point.load()
        text, examples, rest = (inspect.getdoc(command) or "").partition("Examples:\n")
        group, _, name = point.name.rpartition(".")
        if group not in groups:
            groups[group] = _group(app, group, command)
        groups[group].command(name, help=_folded(text), epilog=_sections(examples + rest))(command)
    return app


def _group(app: typer.Typer, name: str, command: Callable[..., object]) -> typer.Typer:
    """Commands whose entry points share a prefix, such as `bench.device`; their package says what for."""
    package = sys.modules[command.__module__.rpartition(".")[0]]
    group = typer.Typer(no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})
    app.add_typer(group, name=name, help=_folded(inspect.getdoc(package) or ""))
    return group


def main() -> None:
    """Run the command line; errors of ours become one sentence and an exit code."""
    try:
        build()()
    except FedkdError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold red]error {error.code}:[/] ", end="")
        # Not through rich markup: messages may hold brackets.
        sys.stderr.write(f"{error}\n")
        sys.exit(error.code)


def _root(version: bool = typer.Option(False, "--version", help="Print the version and exit.")) -> None:
    if version:
        typer.echo(fedkd.__version__)
        raise typer.Exit


def _folded(text: str) -> str:
    """Paragraphs without line breaks of the source; the terminal makes its own."""
    return escape("\n\n".join(" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n")))


def _sections(text: str) -> str:
    """Lines below headings such as "Examples:", laid out for the end of a help text."""
    # Typer folds the lines of a paragraph into one, so each line is a paragraph. The space keeps an empty one.
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "\n\n".join(f" \n\n[bold]{escape(x[:-1])}[/]" if x.endswith(":") else escape(x) for x in lines).strip()


if __name__ == "__main__":
    main()
