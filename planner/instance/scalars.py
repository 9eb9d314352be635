"""Plain scalars by the core schema of YAML 1.2: `no` is text, `1e6` is a number."""

from __future__ import annotations

import math
import re
from typing import Any

NO_WORD = object()
WORDS: dict[str, Any] = dict.fromkeys(("", "~", "null", "Null", "NULL")) | {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
NUMBER_START = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_OTHER_BASE = re.compile(r"0o[0-7]{1,20}|0x[0-9a-fA-F]{1,15}")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def number_of(text: str) -> int | float | None:
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
    number = number_of(text) if text[:1] in NUMBER_START else None
    return number if number is not None and math.isfinite(number) else text
