"""JSON with places: the same tree, limits and errors as YAML, by the rules of JSON alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from planner.instance.document import Findings, Node, Refused, Room
from planner.instance.finding import Finding
from planner.instance.growing import Event, built

_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:
        (?P<text>"(?:[^"\\\x00-\x1f]++|\\.)*+")
      | (?P<word>-?[0-9][0-9.eE+-]*|true|false|null|NaN|-?Infinity)
      | (?P<mark>[][{},:])
      | (?P<end>\Z)
    )""",
    re.X,
)
_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def parse_json(text: str, file: str, room: Room | None = None) -> tuple[Node, list[Finding]]:
    """Return the tree of a JSON text and the errors met on the way; `Refused` when it cannot be read at all."""
    findings = Findings(file)
    return built(_Scanner(text, findings).events(), findings, room), findings.found


class _Scanner:
    """Turns a JSON text into events."""

    def __init__(self, text: str, findings: Findings) -> None:
        self.text = text
        self.findings = findings
        self.line, self.line_start, self.seen = 1, 0, 0

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset; offsets come in their order."""
        breaks = self.text.count("\n", self.seen, offset)
        if breaks:
            self.line += breaks
            self.line_start = self.text.rindex("\n", self.seen, offset) + 1
        self.seen = max(self.seen, offset)
        return self.line, offset - self.line_start + 1

    def refused(self, offset: int, message: str, repair: str = "") -> Refused:
        """Return the reason to stop at an offset."""
        line, column = self.place(offset)
        return Refused(self.findings.one("syntax", line, column, message, repair))

    def events(self) -> Iterator[Event]:
        """Yield the events of the one value in the text."""
        open_: list[str] = []
        expect = "value"  # value, value or ], key, key or }, colon, comma, end
        for kind, token, offset in self.tokens():
            line, column = self.place(offset)
            if kind == "end":
                if expect != "end":
                    raise self.refused(offset, "the text ends too early", "close what is open")
                return
            if (
                kind in ("text", "word")
                and expect.startswith(("value", "key"))
                and not (expect.startswith("key") and kind == "word")
            ):
                yield self.scalar(kind, token, offset, line, column)
                expect = "colon" if expect.startswith("key") else _after(open_)
            elif token in "{[" and kind == "mark" and expect.startswith("value"):
                open_.append(token)
                yield "map" if token == "{" else "list", "", False, line, column
                expect = "key or }" if token == "{" else "value or ]"
            elif token in "}]" and open_ and _closes(token, open_[-1], expect):
                open_.pop()
                yield "end", "", False, line, column
                expect = _after(open_)
            elif token == ":" and expect == "colon":
                expect = "value"
            elif token == "," and expect == "comma":
                expect = "key" if open_[-1] == "{" else "value"
            else:
                raise self.refused(offset, f"{token[:20]} where JSON wants {_WANTS[expect]}", "correct it")

    def scalar(self, kind: str, token: str, offset: int, line: int, column: int) -> Event:
        """Return the event of a text, number or word."""
        if kind == "word":
            if token[0] in "-0123456789" and token != "-Infinity" and not _JSON_NUMBER.fullmatch(token):
                raise self.refused(offset, f"{token[:40]} is not a number in JSON", "write it like -1.5e6")
            word = {"NaN": ".nan", "Infinity": ".inf", "-Infinity": "-.inf"}.get(token, token)
            return "text", word, False, line, column
        try:
            value = json.loads(token)
        except ValueError as error:
            raise self.refused(
                offset, "a text with an escape that JSON does not know", "correct it"
            ) from error
        if any("\ud800" <= each <= "\udfff" for each in value):
            raise self.refused(offset, "a text with half of a character", "correct it")
        return "text", value, True, line, column

    def tokens(self) -> Iterator[tuple[str, str, int]]:
        """Yield kind, text and offset of each token."""
        offset = 0
        while True:
            match = _TOKEN.match(self.text, offset)
            if match is None:
                blank = re.compile(r"[ \t\r\n]*").match(self.text, offset)
                at = blank.end() if blank else offset
                raise self.refused(at, "this is not JSON", "put text in double quotes and remove comments")
            kind = str(match.lastgroup)
            yield kind, match[kind], match.start(kind)
            if kind == "end":
                return
            offset = match.end()


_WANTS = {
    "value": "a value", "value or ]": "a value or ]", "key": 'a key in "quotes"', "key or }": 'a key in "quotes" or }',
    "colon": "a colon", "comma": "a comma or the closing bracket", "end": "the end",
}  # fmt: skip


def _after(open_: list[str]) -> str:
    return "comma" if open_ else "end"


def _closes(token: str, opened: str, expect: str) -> bool:
    pair = {"{": "}", "[": "]"}[opened]
    return token == pair and expect in ("comma", "key or }", "value or ]")
