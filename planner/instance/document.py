"""The text of a file, and plain values each with its place; what YAML, JSON and tables share, and their limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from planner.errors import FileError
from planner.instance.finding import Finding

MAX_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 32
MAX_NODES = 2_000_000
MAX_TEXT_BYTES = 10_000


class Unread:
    """Stands for a value that could not be read, which was said where it stands; nothing more is said about it."""

    def __repr__(self) -> str:
        """Return a word."""
        return "unread"


UNREAD = Unread()


class Node(NamedTuple):
    """A value and where it stands.

    `value` is None, bool, int, float, str, a dict from key to Node or a list of Nodes. Lines and columns count from 1;
    line 0 means that the value was not written in a file: then `file` says where it comes from.
    """

    value: Any
    file: str
    line: int = 0
    column: int = 0
    key_line: int = 0
    key_column: int = 0

    @property
    def where(self) -> str:
        """Place of the value, `file:line:column`; of its key where a map or list starts on a later line."""
        if self.line > self.key_line > 0 and isinstance(self.value, dict | list):
            return f"{self.file}:{self.key_line}:{self.key_column}"
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    @property
    def where_key(self) -> str:
        """Place of the key that holds the value, or of the value where there is no key."""
        return f"{self.file}:{self.key_line}:{self.key_column}" if self.key_line else self.where

    @property
    def plain(self) -> Any:
        """The value without places: dicts, lists and scalars."""
        value = self.value
        if type(value) is dict:
            return {key: child.plain for key, child in value.items()}
        if type(value) is list:
            return [child.plain for child in value]
        return value

    def at(self, path: tuple[str | int, ...]) -> Node | None:
        """Return the node at `path` below this one, or None."""
        node: Node | None = self
        for step in path:
            value = node.value if node is not None else None
            if isinstance(value, dict):
                node = value.get(str(step))
            elif isinstance(value, list) and str(step).isdigit() and int(step) < len(value):
                node = value[int(step)]
            else:
                return None
        return node


def grown(value: Any, file: str) -> Node:
    """Return the plain `value` as nodes that come from `file` (words, not a place)."""
    if isinstance(value, dict):
        return Node({str(key): grown(child, file) for key, child in value.items()}, file)
    if isinstance(value, list | tuple):
        return Node([grown(child, file) for child in value], file)
    return Node(value, file)


class Refused(Exception):
    """The text cannot be read any further."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@dataclass
class Room:
    """What the files of one instance may still hold together."""

    bytes: int = field(default_factory=lambda: MAX_BYTES)
    values: int = field(default_factory=lambda: MAX_NODES)
    """Values and keys."""


@dataclass
class Findings:
    """Collects findings of one file, and gives up after many."""

    file: str
    found: list[Finding] = field(default_factory=list)

    def add(self, code: str, line: int, column: int, message: str, repair: str = "") -> None:
        """Add an error at a place."""
        self.found.append(self.one(code, line, column, message, repair))
        if len(self.found) >= 200:
            raise Refused(self.one(code, line, column, "too many errors; the rest of the file was not read"))

    def one(self, code: str, line: int, column: int, message: str, repair: str = "") -> Finding:
        """Return an error at a place."""
        return Finding(code, "error", f"{self.file}:{line}:{column}", "", message, repair)


def read_text(path: Path, shown: str, room: Room | None = None) -> str:
    """Return the text of a file in UTF-8; `FileError` or `Refused` where it cannot be read or there is no room left."""
    room = room or Room()
    try:
        if not path.is_file():
            kind = "it is a folder" if path.is_dir() else "it is no ordinary file"
            reason = kind if path.exists() else "there is no such file"
            raise FileError(f"cannot read {shown}: {reason}", where=shown)
        with open(path, "rb") as file:
            data = file.read(room.bytes + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise FileError(f"cannot read {shown}: {reason}", where=shown) from error
    findings = Findings(shown)
    if len(data) > room.bytes:
        which = "the file is" if room.bytes == MAX_BYTES else "the files of the instance together are"
        raise Refused(
            findings.one("too_large", 1, 1, f"{which} larger than 32 MiB", "leave out what is no input")
        )
    room.bytes -= len(data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        words = "this is UTF-16, not UTF-8 text" if wide else "this is not UTF-8 text"
        repair = "save the file as UTF-8; in a spreadsheet as `CSV UTF-8`"
        bad = findings.one("encoding", line, column, words, repair)
        raise Refused(bad) from error
    return text


def short(text: str, length: int = 60) -> str:
    """Return `text` in one line of at most `length` characters, control characters made visible."""
    cut = text[: length + 1]
    clean = "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in cut)
    return clean if len(clean) <= length and len(text) <= length else clean[: length - 3] + "..."
