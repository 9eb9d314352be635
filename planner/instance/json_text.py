"""JSON with places: the same tree, limits and errors as YAML, by the rules of JSON alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from planner.instance.document import Findings, Node, Refused, Room, short
from planner.instance.finding import Finding
from planner.instance.growing import MAX_KEPT, Event, built

_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:
        (?: (?P<text>"(?:[^"\\\x00-\x1f]++|\\.)*+")
          | (?P<word>-?[0-9][0-9.eE+-]*|true|false|null|NaN|-?Infinity)
        ) (?: [ \t\r\n]* (?P<after>[,:]) )?
      | (?P<mark>[][{},:])
      | (?P<end>\Z)
      | (?P<wrong>.)
    )""",
    re.X | re.S,
)
_HALF = re.compile("[\ud800-\udfff]")
_AS_YAML = {"NaN": ".nan", "Infinity": ".inf", "-Infinity": "-.inf"}
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
        self.numbers: set[str] = set()  # that were looked at: most come again

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset; offsets come in their order."""
        if offset > self.seen:
            breaks = self.text.count("\n", self.seen, offset)
            if breaks:
                self.line += breaks
                self.line_start = self.text.rindex("\n", self.seen, offset) + 1
            self.seen = offset
        return self.line, offset - self.line_start + 1

    def refused(self, offset: int, message: str, repair: str = "") -> Refused:
        """Return the reason to stop at an offset."""
        line, column = self.place(offset)
        return Refused(self.findings.one("syntax", line, column, message, repair))

    def events(self) -> Iterator[Event]:
        """Yield the events of the one value in the text."""
        open_: list[str] = []
        expect = "value"  # value, value or ], key, key or }, colon, comma, end
        for match in _TOKEN.finditer(self.text):
            kind = match.lastgroup or "wrong"
            after = kind == "after"
            if after:  # what separates it from the next is most often there, and then the same step
                kind = "text" if match["text"] is not None else "word"
            token, offset = match[kind], match.start(kind)
            if kind == "mark":
                if token in ",:":
                    expect = self.separated(match, "mark", expect, open_)
                elif token in "{[" and expect in ("value", "value or ]"):
                    open_.append(token)
                    yield "map" if token == "{" else "list", "", False, *self.place(offset)
                    expect = "key or }" if token == "{" else "value or ]"
                elif token in "}]" and open_ and _closes(token, open_[-1], expect):
                    open_.pop()
                    yield "end", "", False, *self.place(offset)
                    expect = "comma" if open_ else "end"
                else:
                    raise self.unexpected(token, offset, expect)
            elif kind in ("text", "word") and expect in ("value", "value or ]"):
                yield self.scalar(kind, token, offset)
                expect = "comma" if open_ else "end"
                if after:
                    expect = self.separated(match, "after", expect, open_)
            elif kind == "text" and expect in ("key", "key or }"):
                yield self.scalar(kind, token, offset)
                expect = self.separated(match, "after", "colon", open_) if after else "colon"
            elif kind == "end" and expect == "end":
                return
            else:
                raise self.unexpected(token, offset, expect, kind)

    def separated(self, match: re.Match[str], group: str, expect: str, open_: list[str]) -> str:
        """Return what is expected after a comma or colon."""
        if match[group] == "," and expect == "comma":
            return "key" if open_[-1] == "{" else "value"
        if match[group] == ":" and expect == "colon":
            return "value"
        raise self.unexpected(match[group], match.start(group), expect)

    def unexpected(self, token: str, offset: int, expect: str, kind: str = "mark") -> Refused:
        """Return the reason to stop at a token that does not belong where it stands."""
        if kind == "end":
            return self.refused(offset, "the text ends too early", "close what is open")
        if kind == "wrong":
            return self.refused(offset, "this is not JSON", "put text in double quotes and remove comments")
        return self.refused(offset, f"{short(token, 20)} where JSON wants {_WANTS[expect]}", "correct it")

    def number(self, token: str, offset: int) -> str:
        """Return a number or word as YAML writes it; refused where it is none."""
        if token[0] in "-0123456789" and token != "-Infinity" and not _JSON_NUMBER.fullmatch(token):
            words = f"{short(token, 40)} is not a number in JSON"
            raise self.refused(offset, words, "write it like -1.5e6")
        word = _AS_YAML.get(token, token)
        if word is token and len(self.numbers) < MAX_KEPT and len(token) <= 100:
            self.numbers.add(token)
        return word

    def scalar(self, kind: str, token: str, offset: int) -> Event:
        """Return the event of a text, number or word."""
        line, column = self.place(offset)
        if kind == "word":
            if token not in self.numbers:
                token = self.number(token, offset)
            return "text", token, False, line, column
        if "\\" not in token and token.isascii():
            return "text", token[1:-1], True, line, column
        try:
            value = json.loads(token)
        except ValueError as error:
            words = "a text with an escape that JSON does not know"
            raise self.refused(offset, words, "correct it") from error
        if _HALF.search(value):
            raise self.refused(offset, "a text with half of a character", "correct it")
        return "text", value, True, line, column


_WANTS = {
    "value": "a value", "value or ]": "a value or ]", "key": 'a key in "quotes"', "key or }": 'a key in "quotes" or }',
    "colon": "a colon", "comma": "a comma or the closing bracket", "end": "the end",
}  # fmt: skip


def _closes(token: str, opened: str, expect: str) -> bool:
    pair = {"{": "}", "[": "]"}[opened]
    return token == pair and expect in ("comma", "key or }", "value or ]")
