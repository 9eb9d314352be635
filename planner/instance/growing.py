"""From the events of a YAML or JSON text to its tree, within limits."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from planner.instance.document import MAX_DEPTH, MAX_TEXT_BYTES, Findings, Node, Refused, Room, short
from planner.instance.scalars import NO_WORD, NUMBER_START, WORDS, number_of

Event = tuple[str, str, bool, int, int]
"""One step through a text: its kind (`map`, `list`, `end`, `text`, `refused`), text, whether quoted, line and column.

A plain tuple: a text has millions of them.
"""
MAX_KEPT = 50_000
"""How many short plain scalars and keys are kept, so that those that come again are read and held once."""


def built(events: Iterator[Event], findings: Findings, room: Room | None = None) -> Node:
    """Return the tree of the events of one document."""
    return _Builder(findings, room or Room()).build(events)


class _Builder:
    def __init__(self, findings: Findings, room: Room) -> None:
        self.file = findings.file
        self.findings = findings
        self.room = room
        self.kept: dict[str, Any] = {}
        self.keys: dict[str, str] = {}

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
        self.room.values -= 1
        if self.room.values < 0:
            raise self.refusal("too_large", event, "more than two million values", "move tables to csv files")
        kind, text, quoted, line, column = event
        if kind == "text":
            if quoted:
                value: Any = self.text(event)
            elif text in self.kept:
                value = self.kept[text]
            else:
                value = self.scalar(event)
            return Node(value, self.file, line, column, key_line, key_column)
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
            if event[0] == "end":
                break
            members.append(self.node(event, events, depth + 1, 0, 0))
        return members

    def map(self, events: Iterator[Event], depth: int) -> dict[str, Node]:
        """Return the children of a map up to its end; a key that stands twice is an error, the first one counts."""
        children: dict[str, Node] = {}
        for key in events:
            kind, name, _, line, column = key
            if kind == "end":
                break
            self.room.values -= 1
            if kind != "text":
                self.findings.add("wrong_type", line, column, "a key must be text", "write `key: value`")
                self.node(key, events, depth + 1, 0, 0)
                self.node(next(events), events, depth + 1, line, column)
                continue
            name = self.key(key)
            child = self.node(next(events), events, depth + 1, line, column)
            if name in children:
                self.findings.add(
                    "duplicate_key", line, column, f"key {short(name)} stands twice in this map",
                    f"remove one; the first is on line {children[name].key_line}",
                )  # fmt: skip
                continue
            children[name] = child
        return children

    def key(self, event: Event) -> str:
        """Return a key; those that come again are held once."""
        name = event[1]
        if len(name) > 100:
            return self.text(event)
        if name not in self.keys and len(self.keys) < MAX_KEPT:
            self.keys[name] = name
        return self.keys.get(name, name)

    def text(self, event: Event) -> str:
        """Return a text of at most 10 kB."""
        value = event[1]
        if len(value) > MAX_TEXT_BYTES // 4 and len(value.encode()) > MAX_TEXT_BYTES:
            self.findings.add("too_large", event[3], event[4], "a text longer than 10 kB", "shorten it")
            return value[:100]
        return value

    def scalar(self, event: Event) -> Any:
        """Return the value of a plain scalar by the core schema of YAML 1.2."""
        text = event[1]
        value = WORDS.get(text, NO_WORD)
        if value is NO_WORD:
            value = number_of(text) if text[0] in NUMBER_START else None
            if value is None:
                value = self.text(event)
            elif isinstance(value, float) and not math.isfinite(value):
                words = f"{short(text)} is not a finite number"
                self.findings.add("not_finite", event[3], event[4], words, "write a number")
                return 0
        if len(self.kept) < MAX_KEPT and len(text) <= 100:
            self.kept[text] = value
        return value

    def refusal(self, code: str, event: Event, message: str, repair: str) -> Refused:
        """Return the reason to stop reading at `event`."""
        return Refused(self.findings.one(code, event[3], event[4], message, repair))
