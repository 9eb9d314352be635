"""YAML with places, from the parser's events: nothing is constructed that we did not ask for.

Aliases, tags and duplicate keys are errors, and all of them are reported at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from planner.instance.document import Findings, Node, Refused, Room, short
from planner.instance.finding import Finding
from planner.instance.growing import Event, built

Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # only its events are used


def parse(text: str, file: str, room: Room | None = None) -> tuple[Node, list[Finding]]:
    """Return the tree of a YAML text and the errors met on the way.

    What cannot be read at all raises `Refused`. `room` is what the files of an instance may hold together.
    """
    findings = Findings(file)
    directive = _DIRECTIVE.search(text)
    if directive is not None:
        line = text.count("\n", 0, directive.start()) + 1
        words = "a line that starts with %: directives are not read"
        raise Refused(findings.one("syntax", line, 1, words, "remove it, or indent it if it is text"))
    return built(_events(text, findings), findings, room), findings.found


_DIRECTIVE = re.compile(r"^\ufeff?%", re.M)


def _events(text: str, findings: Findings) -> Iterator[Event]:
    documents = 0
    event: Any
    scalar, mapping, sequence = yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent
    ends = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
    try:
        for event in yaml.parse(text, Loader=Parser):
            kind = type(event)
            mark = event.start_mark
            line, column = mark.line + 1, mark.column + 1
            if kind is scalar:
                if event.anchor or event.tag:
                    _refuse_decoration(event, findings, line, column)
                yield "text", event.value, bool(event.style), line, column
            elif kind is mapping or kind is sequence:
                if event.anchor or event.tag:
                    _refuse_decoration(event, findings, line, column)
                yield "map" if kind is mapping else "list", "", False, line, column
            elif kind in ends:
                yield "end", "", False, line, column
            elif kind is yaml.AliasEvent:
                words = f"alias *{short(event.anchor)}"
                findings.add("alias", line, column, words, "write the value out, or use `extends`")
                yield "refused", "", False, line, column
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    words = "a second document starts here"
                    raise Refused(findings.one("syntax", line, column, words, "remove the `---`"))
    except yaml.YAMLError as error:
        raise Refused(_syntax_finding(error, text, findings)) from error


def _refuse_decoration(event: Any, findings: Findings, line: int, column: int) -> None:
    if event.anchor:
        findings.add(
            "alias", line, column, f"anchor &{short(event.anchor)}", "remove it: values are not shared"
        )
    if event.tag:
        findings.add("tag", line, column, f"tag {short(event.tag)}", "remove it: the field decides the type")


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
