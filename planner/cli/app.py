"""One run of the command line: parse, call, and turn every way it can end into an exit code."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import NoReturn

import click

from planner.cli import instance_verbs, plan_verbs, solve_verbs
from planner.cli.group import planner as commands
from planner.cli.terminal import flushed, open_streams, silence
from planner.errors import EXIT_OF_SIGNAL, FileError, PlannerError
from planner.solve.stop import StopSwitch, stop_on_signals, take_signals_for_good

for _module in (instance_verbs, solve_verbs, plan_verbs):
    for _command in _module.VERBS:
        commands.add_command(_command)


def run(words: Sequence[str] | None = None) -> int:
    """Run the command line on `words` (default: those of the process) and return the exit code.

    One switch takes requests to stop (Ctrl-C, SIGTERM, SIGHUP) from here to the end. A verb that holds nothing is
    broken off; one that makes plans ends with what it has.
    """
    given = list(sys.argv[1:] if words is None else words)
    if "_PLANNER_COMPLETE" in os.environ:
        commands.main(args=given, prog_name="planner")  # writes the completions and leaves
    open_streams()
    with stop_on_signals() as switch:
        try:
            code = _run(given)
        except KeyboardInterrupt as stop:
            from planner.cli.failure import report_stop

            code = report_stop(stop, as_json=_flags(given)[0])
        return _overruled(code, switch)


def main() -> NoReturn:
    """Run the command line as a process of its own and leave with the exit code, whatever the streams do."""
    switch = take_signals_for_good()
    code = run()
    flushed()
    code = _overruled(code, switch)
    others = [thread for thread in threading.enumerate() if thread is not threading.current_thread()]
    if any(not thread.daemon for thread in others):
        os._exit(code)  # a search that was left behind: nobody waits for it
    sys.exit(code)


OVERRULED = (0, 5, 6)
"""Exit codes that give way to the one of a request to stop: the others say more."""


def _overruled(code: int, switch: StopSwitch) -> int:
    return EXIT_OF_SIGNAL[switch.reason] if switch.reason in EXIT_OF_SIGNAL and code in OVERRULED else code


def _flags(words: list[str]) -> tuple[bool, bool]:
    """Whether --json and --debug were asked for, however the command ends."""
    flags = words[: words.index("--")] if "--" in words else words
    return "--json" in flags, "--debug" in flags


@contextlib.contextmanager
def _printed_by_click(words: Sequence[str]) -> Iterator[None]:
    """Where help or the version is asked for, whose text does not go through `to_stdout`: a full disk is exit 8 too."""
    try:
        yield
    except OSError as error:
        if not any(word in words for word in ("-h", "--help", "--version")):
            raise
        silence(sys.stdout)
        if not isinstance(error, BrokenPipeError):
            raise FileError(f"cannot write the result: {error.strerror}", where="stdout") from error


def _run(words: list[str]) -> int:
    as_json, debug = _flags(words)
    try:
        with _printed_by_click(words), commands.make_context("planner", list(words)) as context:
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
