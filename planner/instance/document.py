"""A YAML text as plain values, each with its place in the file; hostile texts are refused.

The reader works on the parser's events, so nothing is constructed that we did not ask for. Scalars are those of YAML
1.2 (core schema): `no` is text, `1e6` is a number. Aliases, tags and duplicate keys are errors, and all of them are
reported at once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

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

Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # only its events are used


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


class Event(NamedTuple):
    """One step through a text: `map`, `list`, `end`, `text` (plain or quoted) or `refused`."""

    kind: str
    value: str
    quoted: bool
    line: int
    column: int


class Refused(Exception):
    """The text cannot be read any further."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


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


def read_text(path: Path, shown: str) -> str:
    """Return the text of a file of at most 32 MiB in UTF-8; `FileError` or `Refused` otherwise."""
    try:
        if not path.is_file():
            kind = "it is a folder" if path.is_dir() else "it is no ordinary file"
            reason = kind if path.exists() else "there is no such file"
            raise FileError(f"cannot read {shown}: {reason}", where=shown)
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise FileError(f"cannot read {shown}: {reason}", where=shown) from error
    findings = Findings(shown)
    if len(data) > MAX_BYTES:
        raise Refused(
            findings.one("too_large", 1, 1, "the file is larger than 32 MiB", "move tables to csv files")
        )
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


def parse(text: str, file: str) -> tuple[Node, list[Finding]]:
    """Return the tree of a YAML text and the errors met on the way.

    What cannot be read at all raises `Refused`.
    """
    findings = Findings(file)
    return built(_yaml_events(text, findings), findings), findings.found


def built(events: Iterator[Event], findings: Findings) -> Node:
    """Return the tree of the events of one document."""
    return _Builder(findings.file, findings).build(events)


def _yaml_events(text: str, findings: Findings) -> Iterator[Event]:
    documents = 0
    event: Any
    try:
        for event in yaml.parse(text, Loader=Parser):
            kind = type(event)
            mark = event.start_mark
            line, column = mark.line + 1, mark.column + 1
            if kind is yaml.ScalarEvent:
                if event.anchor or event.tag:
                    _refuse_decoration(event, findings, line, column)
                yield Event("text", event.value, event.style is not None and event.style != "", line, column)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                if event.anchor or event.tag:
                    _refuse_decoration(event, findings, line, column)
                yield Event("map" if kind is yaml.MappingStartEvent else "list", "", False, line, column)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                yield Event("end", "", False, line, column)
            elif kind is yaml.AliasEvent:
                findings.add(
                    "alias", line, column, f"alias *{event.anchor}", "write the value out, or use `extends`"
                )
                yield Event("refused", "", False, line, column)
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise Refused(
                        findings.one(
                            "syntax", line, column, "a second document starts here", "remove the `---`"
                        )
                    )
    except yaml.YAMLError as error:
        raise Refused(_syntax_finding(error, text, findings)) from error


def _refuse_decoration(event: Any, findings: Findings, line: int, column: int) -> None:
    if event.anchor:
        findings.add("alias", line, column, f"anchor &{event.anchor}", "remove it: values are not shared")
    if event.tag:
        findings.add("tag", line, column, f"tag {event.tag}", "remove it: the field decides the type")


_SYNTAX_HINTS = (
    ("\\t", "indent with spaces, not tabs"),
    ("mapping values are not allowed", "put the text in quotes, or check the indentation"),
    ("expected ',' or '}'", "close the bracket or add a comma before this"),
    ("expected ',' or ']'", "close the bracket or add a comma before this"),
    ("could not find expected ':'", "write `key: value`"),
    ("expected <block end>", "check the indentation of this line"),
    ("end of stream", "close the bracket or quote that is open"),
    ("unknown escape", "use single quotes for text with a backslash"),
)


def _syntax_finding(error: yaml.YAMLError, text: str, findings: Findings) -> Finding:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:  # unprintable characters
        position = max(0, getattr(error, "position", 0) or 0)
        before = text[:position]
        line, column = before.count("\n") + 1, position - before.rfind("\n")
        return findings.one("syntax", line, column, "a character that YAML does not allow", "remove it")
    message = str(getattr(error, "problem", None) or "this is not YAML")
    context = getattr(error, "context", None)
    if context:
        message = f"{message} ({context})"
    hint = next((hint for sign, hint in _SYNTAX_HINTS if sign in message), "")
    return findings.one("syntax", mark.line + 1, mark.column + 1, message, hint)


@dataclass
class _Builder:
    file: str
    findings: Findings
    nodes: int = 0

    def build(self, events: Iterator[Event]) -> Node:
        """Return the tree of one document."""
        first = next(events, None)
        if first is None:
            raise Refused(
                self.findings.one("syntax", 1, 1, "the file is empty", "start with `schema_version: 1`")
            )
        root = self.node(first, events, 0, 0, 0)
        for _ in events:  # drain: errors after the end of the document count
            pass
        return root

    def node(self, event: Event, events: Iterator[Event], depth: int, key_line: int, key_column: int) -> Node:
        """Return the node that starts with `event`."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self.refusal("too_large", event, "more than two million values", "move tables to csv files")
        kind, _, quoted, line, column = event
        if kind == "text":
            return Node(
                self.text(event) if quoted else self.scalar(event),
                self.file,
                line,
                column,
                key_line,
                key_column,
            )
        if kind == "refused":
            return Node(None, self.file, line, column, key_line, key_column)
        if depth >= MAX_DEPTH:
            raise self.refusal("too_deep", event, f"nested deeper than {MAX_DEPTH} levels", "flatten it")
        children = self.map(events, depth) if kind == "map" else self.list(events, depth)
        return Node(children, self.file, line, column, key_line, key_column)

    def list(self, events: Iterator[Event], depth: int) -> list[Node]:
        """Return the members of a list up to its end."""
        members: list[Node] = []
        for event in events:
            if event.kind == "end":
                break
            members.append(self.node(event, events, depth + 1, 0, 0))
        return members

    def map(self, events: Iterator[Event], depth: int) -> dict[str, Node]:
        """Return the children of a map up to its end; a key that stands twice is an error, the first one counts."""
        children: dict[str, Node] = {}
        for key in events:
            if key.kind == "end":
                break
            if key.kind != "text":
                self.findings.add(
                    "wrong_type", key.line, key.column, "a key must be text", "write `key: value`"
                )
                self.node(key, events, depth + 1, 0, 0)
            name = self.text(key) if key.kind == "text" else None
            child = self.node(next(events), events, depth + 1, key.line, key.column)
            if name is None:
                continue
            if name in children:
                first = children[name]
                self.findings.add(
                    "duplicate_key", key.line, key.column, f"key {short(name)} stands twice in this map",
                    f"remove one; the first is on line {first.key_line}",
                )  # fmt: skip
                continue
            children[name] = child
        return children

    def text(self, event: Event) -> str:
        """Return a text of at most 10 kB."""
        value = event.value
        if len(value) > MAX_TEXT_BYTES // 4 and len(value.encode()) > MAX_TEXT_BYTES:
            self.findings.add("too_large", event.line, event.column, "a text longer than 10 kB", "shorten it")
            return value[:100]
        return value

    def scalar(self, event: Event) -> Any:
        """Return the value of a plain scalar by the core schema of YAML 1.2."""
        value = event.value
        known = _WORDS.get(value, _NO_WORD)
        if known is not _NO_WORD:
            return known
        if value[0] not in _NUMBER_START:
            return self.text(event)
        number = _number(value)
        if number is None:
            return self.text(event)
        if isinstance(number, float) and not math.isfinite(number):
            self.findings.add(
                "not_finite",
                event.line,
                event.column,
                f"{short(value)} is not a finite number",
                "write a number",
            )
            return 0
        return number

    def refusal(self, code: str, event: Event, message: str, repair: str) -> Refused:
        """Return the reason to stop reading at `event`."""
        return Refused(self.findings.one(code, event.line, event.column, message, repair))


_NO_WORD = object()
_WORDS: dict[str, Any] = dict.fromkeys(("", "~", "null", "Null", "NULL")) | {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_START = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_OTHER_BASE = re.compile(r"0o[0-7]{1,20}|0x[0-9a-fA-F]{1,15}")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def _number(text: str) -> int | float | None:
    """Return the number that a plain scalar is (perhaps infinite), or None."""
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) <= 16 else float(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _NOT_FINITE.fullmatch(text):
        return math.inf
    if _OTHER_BASE.fullmatch(text):
        return int(text, 0)
    return None


def number_or_text(text: str) -> int | float | str:
    """Return the finite number that a cell of a table states, or its text."""
    number = _number(text) if text[:1] in _NUMBER_START else None
    return number if number is not None and math.isfinite(number) else text


def short(text: str, length: int = 60) -> str:
    """Return `text` in one line of at most `length` characters, control characters made visible."""
    cut = text[: length + 1]
    clean = "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in cut)
    return clean if len(clean) <= length and len(text) <= length else clean[: length - 3] + "..."
