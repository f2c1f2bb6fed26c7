"""`fedkd doctor`: whether this machine is ready."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Annotated

import typer

_COLOURS = {"ok": typer.colors.GREEN, "warning": typer.colors.YELLOW, "failed": typer.colors.RED}


def doctor(
    kit: Annotated[
        Path | None, typer.Argument(help="The kit on this machine.  [default: look at software only]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Check software, certificates, clock, disk, data, and the way to the server; say what to do about each fault.

    One line a check: ok, warning or failed. The exit code is 0 only if nothing failed. Nothing is sent but to the
    server that the kit names.

    Examples:
        fedkd doctor
        fedkd doctor kits/clinic-a
    """
    # torch takes seconds to import; --help does not need it.
    from fedkd.doctor import examine

    findings = []
    for finding in examine(kit):
        findings.append(finding)
        if not as_json:
            fix = f"; {finding.fix}" if finding.fix else ""
            verdict = typer.style(f"{finding.verdict:8}", fg=_COLOURS[finding.verdict])
            typer.echo(f"{verdict}{finding.check}: {' '.join(finding.what.split())}{fix}")
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(finding) for finding in findings]))
    if any(finding.verdict == "failed" for finding in findings):
        raise typer.Exit(1)
