"""The verbs that make plans: solve, resume."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner.cli.group import instance_options, verb
from planner.cli.terminal import Voice, table
from planner.errors import FileError
from planner.solve.stop import breakable

if TYPE_CHECKING:
    from planner.finish import Run


@verb("solve", help="Find the cheapest plan, audit it, and save it with its report.", plans=True)
@click.option("--gap", type=float, help="Stop when the cost is proven within this share.  [default: 0.005]")
@click.option("--time-limit", type=float, metavar="SECONDS", help="Stop after this long.  [default: 120]")
@click.option("--seed", type=int, help="Seed of the search: the same one gives the same plan.  [default: 0]")
@click.option(
    "--start",
    multiple=True,
    metavar="RUN_DIR",
    type=click.Path(file_okay=False),
    help="Start from an earlier plan, also of an unfinished solve. Repeatable: the best one that fits is used.",
)
@click.option(
    "--confirm",
    is_flag=True,
    default=None,
    help="Ask the claim again, with other settings and by another solver.",
)
@click.option(
    "--confirm-time-limit",
    type=float,
    metavar="SECONDS",
    help="Stop each run that confirms after this long.  [default: as --time-limit]",
)
@click.option("--out", type=click.Path(file_okay=False), help="Folder for run folders.  [default: reports]")
@click.option("--force", is_flag=True, help="Replace the folder of the same run instead of counting up.")
@click.option(
    "--cases",
    "which_cases",
    type=click.Choice(["all"]),
    help="Solve the file as it is and with each of its cases; write a summary table.",
)
@instance_options
def solve(
    voice: Voice,
    file: str,
    cases: tuple[str, ...],
    sets: tuple[str, ...],
    which_cases: str | None,
    **options: Any,
) -> int:
    """Solve, audit, save and report; print the run folder and the answer; return the exit code."""
    if which_cases and cases:
        raise click.UsageError("--cases all and --case exclude each other.")
    import planner

    wishes = {name: value for name, value in options.items() if value is not None}
    with progress(voice) as on_progress:
        if which_cases:
            table_of_cases = planner.run_cases(
                file, sets=sets, on_progress=on_progress, on_message=voice.note, **wishes
            )
        else:
            began = time.perf_counter()
            with breakable():
                instance = planner.read(file, cases=cases, sets=sets)
            wishes["read_seconds"] = time.perf_counter() - began
            run = planner.run(instance, on_progress=on_progress, on_message=voice.detail, **wishes)
    if which_cases:
        with named_where_saved(table_of_cases.folder):
            voice.result(
                f"{table(*table_of_cases.text())}\n{table_of_cases.folder}", table_of_cases.to_dict()
            )
        return int(table_of_cases.exit_code)
    return _answered(voice, run)


@verb(
    "resume", help="Take up a solve that was ended from outside, from the best plan it had found.", plans=True
)
@click.option(
    "--gap", type=float, help="Stop when the cost is proven within this share.  [default: as before]"
)
@click.option(
    "--time-limit",
    type=float,
    metavar="SECONDS",
    help="Search this long; 0 saves the plan found so far.  [default: what was left]",
)
@click.option(
    "--out", type=click.Path(file_okay=False), help="Folder for the run folder.  [default: beside FOLDER]"
)
@click.option("--force", is_flag=True, help="Replace the folder of the same run instead of counting up.")
@click.argument("folder", type=click.Path(file_okay=False))
def resume(voice: Voice, folder: str, **options: Any) -> int:
    """Go on from a folder `....unfinished`; print the run folder and the answer; return the exit code."""
    import planner

    wishes = {name: value for name, value in options.items() if value is not None}
    with progress(voice) as on_progress:
        run = planner.resume(folder, on_progress=on_progress, on_message=voice.detail, **wishes)
    return _answered(voice, run)


def _answered(voice: Voice, run: Run) -> int:
    for warning in run.warnings:
        voice.warn(warning)
    with named_where_saved(run.folder):
        voice.result(str(run), run.to_dict())
    return int(run.exit_code)


@contextlib.contextmanager
def named_where_saved(folder: Path) -> Iterator[None]:
    """Say where the result is saved when it cannot be printed."""
    try:
        yield
    except FileError as error:
        error.hint = f"it is saved in {folder}"
        raise


def progress(voice: Voice) -> contextlib.AbstractContextManager[Any]:
    """Return the live line on stderr, or with -q nothing at all."""
    if voice.quiet:
        return contextlib.nullcontext()
    from planner.solve.progress import show_progress

    return show_progress()


VERBS = (solve, resume)
