"""The command `planner` itself and the options that every verb shares."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

from planner import __version__
from planner.cli.terminal import Voice
from planner.solve.stop import breakable

Function = TypeVar("Function", bound=Callable[..., Any])

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=SETTINGS)
@click.version_option(__version__, message="planner %(version)s")
def planner() -> None:
    """Plan an AI lab's capacity: what to build, lease and buy, when, and what it costs.

    Results go to stdout, progress and messages to stderr. Exit codes: 0 done, 1 internal error, 2 usage,
    3 invalid instance, 4 infeasible, 5 limit reached with a plan, 6 limit reached without, 7 audit rejected
    the plan, 8 cannot read or write or wrong solver version, 130 interrupted, 143 terminated,
    129 terminal closed.
    """


def verb(name: str, help: str, *, plans: bool = False) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a command of a function whose first argument is the `Voice` made of --json, -q and -v.

    A request to stop breaks it off, but where `plans` says that it makes plans: then it is left to what it calls.
    """

    def decorate(function: Callable[..., Any]) -> click.Command:
        @functools.wraps(function)
        def call(as_json: bool, quiet: bool, verbose: bool, debug: bool, **words: Any) -> Any:
            with contextlib.nullcontext() if plans else breakable():
                return function(Voice(as_json=as_json, quiet=quiet, verbose=verbose), **words)

        for option in (
            click.option("--debug", is_flag=True, help="Show the traceback of a failure."),
            click.option("-v", "--verbose", is_flag=True, help="Say more on stderr."),
            click.option(
                "-q", "--quiet", is_flag=True, help="No progress and no messages, only warnings and errors."
            ),
            click.option("--json", "as_json", is_flag=True, help="Write one JSON object to stdout."),
        ):
            call = option(call)
        return click.command(name, help=help, short_help=help, context_settings=SETTINGS)(call)

    return decorate


def instance_options(function: Function) -> Function:
    """Add FILE, --case and --set: which instance is meant."""
    for option in (
        click.option(
            "--set",
            "sets",
            multiple=True,
            metavar="PATH=VALUE",
            help="Replace a value, e.g. --set money.floor_usd_bn=12. Repeatable.",
        ),
        click.option(
            "--case", "cases", multiple=True, metavar="NAME", help="Apply a case of the file. Repeatable."
        ),
        click.argument("file", type=click.Path(dir_okay=False)),
    ):
        function = option(function)
    return function
