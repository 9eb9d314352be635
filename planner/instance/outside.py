"""Values that Python code hands in (`Instance.tweak`) as the plain values that a file could hold."""

from __future__ import annotations

import datetime
import math
import numbers
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from planner.errors import UsageError
from planner.instance.document import MAX_DEPTH, MAX_NODES, MAX_TEXT_BYTES, short
from planner.instance.quantity import When

HINT = "an instance holds numbers, text, dates, True, False, None, and dicts and lists of them"


def plain_of(value: Any, label: str) -> Any:
    """Return `value` as a file could hold it; `UsageError` where none could."""
    return _Plain(label).value(value, 0)


def named(value: Any) -> str:
    """Return a value of any kind as it may stand in a message."""
    try:
        return short(repr(value))
    except Exception:  # a whole number of 5,000 digits, or an object whose own words fail
        return f"a {type(value).__name__}"


class _Plain:
    def __init__(self, label: str) -> None:
        self.label = label
        self.left = MAX_NODES

    def refused(self, what: str) -> UsageError:
        return UsageError(f"{self.label}: {what}", hint=HINT)

    def value(self, value: Any, depth: int) -> Any:
        """Return one value with all that it holds."""
        self.left -= 1
        if self.left < 0:
            raise self.refused("more than two million values")
        if depth > MAX_DEPTH:
            raise self.refused(f"nested deeper than {MAX_DEPTH} levels")
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, numbers.Real | Decimal):
            return self.number(value)
        if isinstance(value, When):
            return value.text
        if isinstance(value, datetime.date):
            return self.date(value)
        if isinstance(value, Mapping):
            return {self.key(key): self.value(below, depth + 1) for key, below in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(below, depth + 1) for below in value]
        if type(value).__name__ == "bool_" or type(value).__name__ == "bool":  # numpy's
            return bool(value)
        raise self.refused(f"a {type(value).__name__} cannot stand in an instance")

    def text(self, value: str) -> str:
        text = str.__str__(value)
        try:
            size = len(text.encode())
        except UnicodeEncodeError as error:
            raise self.refused("a text with half of a character") from error
        if size > MAX_TEXT_BYTES:
            raise self.refused("a text longer than 10 kB")
        return text

    def number(self, value: Any) -> int | float:
        """Return a number as reading a file would give it: whole up to 16 digits."""
        try:
            if isinstance(value, numbers.Integral) and abs(int(value)) < 10**16:
                return int(value)
            number = float(value)
        except (OverflowError, ValueError):
            number = math.inf
        if not math.isfinite(number):
            raise self.refused("a number that is not finite")
        return number

    def date(self, value: datetime.date) -> str:
        if isinstance(value, datetime.datetime):
            try:
                whole = value.time() == datetime.time()
            except ValueError:  # pandas' "not a time"
                whole = False
            if not whole:
                raise self.refused(f"{str(value)[:40]} is no day: dates have no time of day")
            value = value.date()
        return value.isoformat()

    def key(self, key: Any) -> str:
        """Return a key as text; whole numbers, ages and dates are keys of paths and profiles."""
        if isinstance(key, bool) or not isinstance(key, str | numbers.Real | Decimal | datetime.date | When):
            raise self.refused(f"a key is text, not a {type(key).__name__}")
        return str(self.value(key, 0))
