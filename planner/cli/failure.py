"""How a command that failed says so: one readable message on stderr, and one object on stdout with --json."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Sequence
from typing import Any

import click

from planner.cli.terminal import Voice, to_stderr
from planner.errors import STOPPED, InstanceError, Interrupted, NoPlan, PlannerError

CRASHED = 1
USAGE = 2


def report_usage(error: click.ClickException, *, as_json: bool) -> int:
    """Say which word is wrong and where the help is; return the exit code."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        to_stderr(error.format_message())
        return USAGE
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "planner"
    hint = f"see `{path} --help`"
    to_stderr(f"{error.format_message()}\n{hint}", "error")
    _emit(as_json, USAGE, kind="UsageError", message=error.format_message(), hint=hint)
    return USAGE


def report_failure(error: PlannerError, *, as_json: bool, debug: bool = False) -> int:
    """Say what failed, where, and what would repair it; return the exit code of its kind."""
    if debug:
        to_stderr("".join(traceback.format_exception(error)))
    to_stderr(str(error), "error")
    for note in getattr(error, "__notes__", ()):
        to_stderr(note)
    more: dict[str, Any] = {}
    if isinstance(error, InstanceError):
        more["findings"] = finding_objects(error.findings)
        more["findings_in_all"] = len(error.findings)
    if isinstance(error, NoPlan):
        more["explanation"] = list(error.explanation)
        more["details"] = error.details
        more["stopped_by"] = error.stopped_by
    _emit(
        as_json,
        error.exit_code,
        kind=type(error).__name__,
        message=error.message,
        where=error.where,
        rule=error.rule,
        hint=error.hint,
        **more,
    )
    return error.exit_code


def report_stop(stop: KeyboardInterrupt, *, as_json: bool) -> int:
    """Say that a request to stop ended the command before it had a result; return the exit code."""
    named = stop if isinstance(stop, Interrupted) else Interrupted("interrupt")
    message = STOPPED[named.reason]
    to_stderr(message)
    _emit(as_json, named.exit_code, kind="Interrupted", message=message, stopped_by=named.reason)
    return named.exit_code


def report_crash(error: Exception, words: Sequence[str], *, as_json: bool, debug: bool = False) -> int:
    """Say in one line that the planner failed, and leave the details in a file; return the exit code."""
    if debug:
        to_stderr("".join(traceback.format_exception(error)))
    summary = f"{type(error).__name__}: {error}".splitlines()[0][:300]
    path = _crash_file(error, words)
    details = f"details in {path}" if path else "no details could be written; --debug shows them"
    to_stderr(f"internal error, this is a defect of the planner: {summary} ({details})", "error")
    for note in getattr(error, "__notes__", ()):
        to_stderr(note)
    _emit(as_json, CRASHED, kind="InternalError", message=summary, where=path)
    return CRASHED


MOST_FINDINGS = 1_000
"""So many findings stand in a JSON object; beside them stands how many there are."""


def finding_objects(findings: Sequence[Any]) -> list[dict[str, Any]]:
    """Return findings as the maps that --json documents, no more than `MOST_FINDINGS` of them."""
    return [finding_object(finding) for finding in findings[:MOST_FINDINGS]]


def finding_object(finding: Any) -> dict[str, Any]:
    """Return a finding as the map that --json documents."""
    return {
        name: getattr(finding, name) for name in ("code", "severity", "where", "path", "message", "repair")
    }


def _emit(as_json: bool, exit_code: int, **error: Any) -> None:
    if as_json:
        with contextlib.suppress(PlannerError):
            Voice(as_json=True).result("", {"schema_version": 1, "exit_code": exit_code, "error": error})


def _crash_file(error: Exception, words: Sequence[str]) -> str | None:
    """Write the traceback and what repeats it; return the path, None when nothing can be written."""
    from planner import __version__

    text = "".join(
        [
            f"planner {__version__}, Python {platform.python_version()}, {platform.platform()}\n",
            f"words: {list(words)!r}\n\n",
            *traceback.format_exception(error),
        ]
    )
    try:
        handle, path = tempfile.mkstemp(prefix="planner-crash-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError:
        return None
    return path if sys.platform != "win32" else path.replace("\\", "/")
