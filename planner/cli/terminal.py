"""Results on stdout, progress and messages on stderr, other people's text shown and never obeyed."""

from __future__ import annotations

import contextlib
import errno
import json
import math
import os
import stat
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from planner.errors import FileError
from planner.numbers import readable

# Control characters and the marks that turn the direction of text: a name in an instance may hold them.
_HIDDEN = {
    code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    for start, end in [
        (0, 0x20),
        (0x7F, 0xA0),
        (0x061C, 0x061D),
        (0x200E, 0x2010),
        (0x2028, 0x202F),
        (0x2066, 0x206A),
    ]
    for code in range(start, end)
    if chr(code) not in "\n\t"
}


def shown(text: object) -> str:
    """Return the text with every control and direction character spelled out."""
    return str(text).translate(_HIDDEN)


def colourful(stream: TextIO) -> bool:
    """Whether the stream is a terminal whose user has not asked for plain text (NO_COLOR, TERM=dumb)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def jsonable(value: Any) -> Any:
    """Return plain maps, lists, texts and numbers; what is not a number becomes null, a date its ISO text."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [jsonable(item) for item in value]
    if hasattr(value, "item") and not hasattr(value, "__len__"):  # a number of numpy
        return jsonable(value.item())
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return an aligned plain-text table; columns of numbers stand right, an empty cell is a dash."""
    body = [[_cell(value) for value in row] for row in rows]
    raw_numeric = [bool(body) for _ in headers]
    for row in body:
        for column, text in enumerate(row):
            raw_numeric[column] &= _looks_numeric(text)
    widths = [max(len(text) for text in column) for column in zip(headers, *body, strict=True)]

    def line(cells: Sequence[str]) -> str:
        return "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(cells, widths, raw_numeric, strict=True)
        ).rstrip()

    return "\n".join([line(headers), line(["-" * width for width in widths]), *(line(row) for row in body)])


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, float):
        return readable(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return shown(value).replace("\n", " ")


def _looks_numeric(text: str) -> bool:
    return text == "-" or text.strip("-+%−").replace(",", "").replace(".", "", 1).isdigit()


@dataclass(frozen=True)
class Voice:
    """How one command talks: `--json`, `-q`, `-v`."""

    as_json: bool = False
    quiet: bool = False
    verbose: bool = False

    def result(self, text: str, value: Mapping[str, Any]) -> None:
        """Write the result to stdout: the text, or with --json the object."""
        if self.as_json:
            text = json.dumps(jsonable(value), indent=2, allow_nan=False)
        if text:
            to_stdout(shown(text).rstrip("\n") + "\n")

    def note(self, text: str) -> None:
        """Write a message to stderr unless -q."""
        if not self.quiet:
            to_stderr(text)

    def warn(self, text: str) -> None:
        """Write a warning to stderr, also with -q."""
        to_stderr(text, "warning")

    def detail(self, text: str) -> None:
        """Write what only -v asks for to stderr."""
        if self.verbose:
            to_stderr(text)


def to_stdout(text: str) -> None:
    """Write to stdout at once; a reader who has left is no error, a full disk is."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        gone = isinstance(error, BrokenPipeError) or (error.errno == errno.EIO and _is_device(sys.stdout))
        silence(sys.stdout)
        if not gone:
            raise FileError(f"cannot write the result: {error.strerror}", where="stdout") from error


def to_stderr(text: str, label: str = "") -> None:
    """Write a line to stderr, after a label (`error`, `warning`); when nobody listens there, never mind."""
    if label:
        label = f"{label}: "
        if colourful(sys.stderr):
            label = f"\x1b[1;{31 if label.startswith('error') else 33}m{label}\x1b[0m"
    try:
        sys.stderr.write(f"{label}{shown(text)}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        silence(sys.stderr)


def open_streams() -> None:
    """Make both streams fit to be written to: one that was closed leads nowhere, no character is refused."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who called us
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 (as long as the process)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            with contextlib.suppress(OSError, ValueError):
                stream.reconfigure(errors="backslashreplace")


def flushed() -> None:
    """Write out what waits in both streams, or drop it: the interpreter's own attempt at exit must not fail."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            silence(stream)


def _is_device(stream: TextIO) -> bool:
    """Return whether a device is behind the stream: for a terminal, an input/output error means that it was closed."""
    try:
        return stat.S_ISCHR(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def silence(stream: TextIO) -> None:
    """Lead a stream that cannot be written to nowhere, so that later writes do not fail again."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
