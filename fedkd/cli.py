"""The command line. Commands of every floor are found by entry points, so no import runs upwards."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

import typer
from rich.console import Console

import fedkd
from fedkd.errors import FedkdError

EPILOG = """
**Examples**

    fedkd simulate                                     # the main job, one to two minutes

    fedkd simulate method=fedavg search=fixed device=unlimited federation.rounds=60

    fedkd simulate partition=dirichlet partition.alpha=1 seed=3 --json

    fedkd axes                                         # every axis and its choices

Every error ends with its own exit code; docs/errors.md lists them.
"""

app = typer.Typer(
    name="fedkd",
    help="Federated knowledge distillation: sites with networks of their own exchange predictions, not weights.",
    epilog=EPILOG,
    rich_markup_mode="markdown",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Print the version and exit.")) -> None:
    if version:
        typer.echo(fedkd.__version__)
        raise typer.Exit


def _register() -> None:
    for point in sorted(entry_points(group="fedkd.commands"), key=lambda p: p.name):
        app.command(point.name)(point.load())


def main() -> None:
    """Run the command line; errors of ours become one sentence and an exit code."""
    _register()
    try:
        app()
    except FedkdError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold red]error {error.code}:[/] ", end="")
        # Not through rich markup: messages may hold brackets.
        sys.stderr.write(f"{error}\n")
        sys.exit(error.code)


if __name__ == "__main__":
    main()
