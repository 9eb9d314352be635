"""One run of the command line: parse, call, and turn every way it can end into an exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

import click

from planner.cli import instance_verbs, plan_verbs, solve_verbs
from planner.cli.group import planner as commands
from planner.cli.terminal import to_stderr
from planner.errors import PlannerError

for _module in (instance_verbs, solve_verbs, plan_verbs):
    for _command in _module.VERBS:
        commands.add_command(_command)

INTERRUPTED = 130
TERMINATED = 143


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived: what would stop at Ctrl-C stops in the same way."""


def run(words: Sequence[str] | None = None) -> int:
    """Run the command line on `words` (default: those of the process) and return the exit code."""
    given = list(sys.argv[1:] if words is None else words)
    if "_PLANNER_COMPLETE" in os.environ:
        commands.main(args=given, prog_name="planner")  # writes the completions and leaves
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who called us
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 (as long as the process)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    previous = signal.signal(signal.SIGTERM, _terminate)
    try:
        return _run(given)
    except Terminated:
        to_stderr("terminated")
        return TERMINATED
    except KeyboardInterrupt:
        to_stderr("interrupted")
        return INTERRUPTED
    finally:
        signal.signal(signal.SIGTERM, previous)


def _run(words: list[str]) -> int:
    flags = words[: words.index("--")] if "--" in words else words
    as_json, debug = "--json" in flags, "--debug" in flags
    try:
        with commands.make_context("planner", words) as context:
            code = commands.invoke(context)
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        from planner.cli.failure import report_usage

        return report_usage(error, as_json=as_json)
    except PlannerError as error:
        from planner.cli.failure import report_failure

        return report_failure(error, as_json=as_json, debug=debug)
    except Exception as error:
        from planner.cli.failure import report_crash

        return report_crash(error, words, as_json=as_json, debug=debug)


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise Terminated
