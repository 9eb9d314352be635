"""Plain values as YAML that our reader reads back as exactly the same values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

MODELINE = "# yaml-language-server: $schema=instance.schema.json\n"

# Words that need no quotes: no sign, digit or bracket may start them, and YAML's own words are excluded.
_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*")
_BARE_DATE = re.compile(r"\d{4}(?:Q[1-4]|H[12]|-\d{2}(?:-\d{2})?)|\d+(?:\.\d+)?%")  # neither is a number
_BARE_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_OWN_WORDS = frozenset(["null", "true", "false", "yes", "no", "on", "off", "y", "n"])


def to_yaml(plain: dict[str, Any]) -> str:
    """Return a map as YAML in block style, small maps and lists in one line."""
    return "".join(f"{line}\n" for line in _block(plain, 0))


def _block(plain: dict[str, Any], indent: int) -> Iterator[str]:
    for key, value in plain.items():
        start = " " * indent + _key(key) + ":"
        flow = _flow(value)
        if not isinstance(value, dict | list | tuple) or not value or len(start) + len(flow) < 118:
            yield f"{start} {flow}"
        elif isinstance(value, dict):
            yield start
            yield from _block(value, indent + 2)
        else:
            yield start
            for member in value:
                yield f"{' ' * (indent + 2)}- {_flow(member)}"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {_flow(child)}" for key, child in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(child) for child in value) + "]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return _text(value)


def _key(key: str) -> str:
    # A key of over 1,000 characters would need YAML's long form; the schema has none and ids are short.
    return key if _BARE_KEY.fullmatch(key) and key.lower() not in _OWN_WORDS else _quoted(key)


def _text(text: str) -> str:
    bare = _BARE.fullmatch(text) and text.lower() not in _OWN_WORDS
    return text if bare or _BARE_DATE.fullmatch(text) else _quoted(text)


def _quoted(text: str) -> str:
    escaped = (_ESCAPES.get(each) or (each if " " <= each <= "~" else _escape(each)) for each in text)
    return '"' + "".join(escaped) + '"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _escape(each: str) -> str:
    code = ord(each)
    if each.isprintable() and code not in (0xFEFF,):
        return each
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
