"""Plain values of the file turned into quantities and dates.

Every function returns the value or raises `ParseError` with all problems found, each with its place below the field.
"""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from planner.instance.quantity import Provenance, Quantity, When
from planner.units import EXAMPLES, UnitError, likely_meant, number_in

RECORD_KEYS = (
    "value",
    "low",
    "high",
    "source",
    "as_of",
    "confidence",
    "note",
    "plausible",
    "from",
    "per_year",
)
PATH_KEYS = ("interpolate", "at", "per_year")
CONFIDENCE = ("firm", "reported", "estimate")
INTERPOLATE = ("step", "linear", "geometric")
MUST_INTERPOLATE = ("GW", "MW")


class Problem(NamedTuple):
    """What is wrong below a field: code, message, repair and the keys that lead there."""

    code: str
    message: str
    repair: str = ""
    below: tuple[str, ...] = ()


class Problems(list[Problem]):
    """The first problems of a field: nobody reads a thousand, and a path of a million dates may have as many."""

    def append(self, problem: Problem) -> None:
        """Keep a problem if there is room."""
        if len(self) < 1_000:
            super().append(problem)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Keep problems if there is room."""
        if len(self) < 1_000:
            super().extend(problems)


class ParseError(Exception):
    """A value cannot be read; `problems` has every reason."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems[0].message)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Possible:
    """Numbers that can be at all: from `least` to `most`, both included, and more than `above`."""

    least: float = -math.inf
    most: float = math.inf
    above: float = -math.inf

    def holds(self, value: float) -> bool:
        """Return whether the number can be."""
        return self.least <= value <= self.most and value > self.above

    def words(self) -> str:
        """Return the range in words: `from 0 to 1`, `above -1`, `of 0 or more`."""
        if self.above > -math.inf:
            words = f"above {self.above:g}"
            return words if self.most == math.inf else f"{words} up to {self.most:g}"
        return (
            f"of {self.least:g} or more" if self.most == math.inf else f"from {self.least:g} to {self.most:g}"
        )


ANY = Possible()


@dataclass(frozen=True, slots=True)
class NumberKind:
    """What numbers a field takes: unit, plausible range, whether it may change over time, whether it is a count."""

    unit: str
    low: float
    high: float
    path: bool = False
    whole: bool = False
    suspicious_below: float | None = None
    possible: Possible = ANY
    """What can be at all: `plausible: true` waives the range above, not this one."""


_DATE = re.compile(r"(\d{4})(?:Q([1-4])|H([12])|-(\d{2})(?:-(\d{2}))?)?")
DATE_FORMS = "write a date like 2027Q3, 2027H1, 2027-09, 2027-09-15 or 2027"


def is_date_key(text: str) -> bool:
    """Return whether `text` is written like a date."""
    return _DATE.fullmatch(text) is not None


def on_axis(day: date) -> date:
    """Return the day that stands for all that are one point of an axis with 30 days a month: 31 is 30."""
    return day.replace(day=30) if day.day == 31 else day


def of_axis(day: date) -> str:
    """Return the reason why two days are one, where they are the 30th and 31st of a month."""
    return ": a month has 30 days, the 31st is the 30th" if day.day >= 30 else ""


def parse_when(raw: Any) -> When:
    """Return the date that a text or a year names."""
    if isinstance(raw, When):
        return raw
    if type(raw) is int:
        raw = str(raw)
    if not isinstance(raw, str):
        raise ParseError(Problem("bad_date", f"{shown(raw)} is not a date", DATE_FORMS))
    match = _DATE.fullmatch(raw.strip())
    if match is None:
        raise ParseError(Problem("bad_date", f"{shown(raw)} is not a date", DATE_FORMS))
    year, quarter, half, month, day = (int(part) if part else 0 for part in match.groups())
    if not 1990 <= year <= 2199:
        raise ParseError(Problem("bad_date", f"the year {year} is not between 1990 and 2199", DATE_FORMS))
    if match[5]:
        last = calendar.monthrange(year, month)[1] if 1 <= month <= 12 else 0
        if not 1 <= day <= last:
            raise ParseError(Problem("bad_date", f"{shown(raw)} is not a day of the calendar", DATE_FORMS))
        first = date(year, month, day)
        return When(raw, first, first + timedelta(days=1))
    if match[4] and not 1 <= month <= 12:
        raise ParseError(Problem("bad_date", f"{shown(raw)} has no such month", DATE_FORMS))
    if quarter:
        start, length = 3 * quarter - 2, 3
    elif half:
        start, length = 6 * half - 5, 6
    elif month:
        start, length = month, 1
    else:
        start, length = 1, 12
    after = start + length
    return When(raw, date(year, start, 1), date(year + (after > 12), after - 12 * (after > 12), 1))


def parse_quantity(raw: Any, kind: NumberKind, start: date | None = None) -> Quantity:
    """Return the quantity that a number, text, record or path states; `start` dates a `per_year` without `from`."""
    if isinstance(raw, Quantity):
        return raw
    if not isinstance(raw, dict):
        return Quantity(kind.unit, plausible_number(raw, kind, False))
    problems: list[Problem] = Problems()
    if "value" in raw:
        quantity = _record(raw, kind, start, problems)
    else:
        quantity = _path(raw, kind, problems)
    if problems or quantity is None:
        raise ParseError(*problems)
    return quantity


def plausible_number(raw: Any, kind: NumberKind, plausible: bool) -> float:
    """Return a number in the unit of its field, inside the field's range unless `plausible` says that it is meant.

    What cannot be is refused whatever `plausible` says.
    """
    value = plain_number(raw, kind.unit)
    if kind.whole and value != int(value):
        raise ParseError(Problem("not_whole", f"{value:g} is not a whole number", "write a whole number"))
    if plausible or kind.low <= value <= kind.high:
        _can_be(value, kind)
    if plausible:
        return value
    suspicious = kind.suspicious_below is not None and 0 < abs(value) < kind.suspicious_below
    if kind.low <= value <= kind.high and not suspicious:
        return value
    floor = kind.suspicious_below if suspicious and kind.suspicious_below is not None else kind.low
    if suspicious:
        message = f"{value:g} {kind.unit} is less than anybody means here"
    else:
        message = f"{value:g} is outside {kind.low:g} to {kind.high:g} {kind.unit}"
    repair = likely_meant(value, kind.unit, floor, kind.high, kind.possible.holds(value))
    raise ParseError(Problem("implausible", message, repair))


def _can_be(value: float, kind: NumberKind) -> None:
    if not kind.possible.holds(value):
        words = f"write a number {kind.possible.words()}"
        raise ParseError(Problem("impossible", f"{value:g} {kind.unit} cannot be", words))


def plain_number(raw: Any, unit: str) -> float:
    """Return the finite number that a number or a text with a unit states, in `unit`."""
    if type(raw) is int or type(raw) is float:
        if not math.isfinite(raw):  # whole numbers of the file have at most 16 digits
            raise ParseError(Problem("not_finite", f"{raw} is not a finite number", "write a number"))
        return float(raw)
    if isinstance(raw, str):
        try:
            value = number_in(raw, unit)
        except UnitError as error:
            message = f"{shown(raw)}: {error}"
            raise ParseError(Problem("wrong_unit", message, error.repair)) from error
        if math.isfinite(value):
            return value
    raise ParseError(Problem("wrong_type", f"{shown(raw)} is not a number", f"write {EXAMPLES[unit]}"))


def tried(problems: list[Problem], below: tuple[str, ...], call: Any, *args: Any) -> Any:
    """Return the result of `call`, or None after noting its problems below `below`."""
    try:
        return call(*args)
    except ParseError as error:
        problems.extend(each._replace(below=below + each.below) for each in error.problems)
        return None


def _record(
    raw: dict[str, Any], kind: NumberKind, start: date | None, problems: list[Problem]
) -> Quantity | None:
    provenance, plausible = _provenance(raw, kind, problems)
    inner = raw["value"]
    if isinstance(inner, dict):
        if "value" in inner:
            problems.append(Problem("bad_path", "a record inside a record", "write one record", ("value",)))
            return None
        path: Quantity | None = tried(problems, ("value",), _path_or_raise, inner, kind, plausible)
        if "per_year" in raw or "from" in raw:
            problems.append(
                Problem("bad_path", "`per_year` and `from` belong to one start value", "remove them")
            )
        if path is None:
            return None
        return Quantity(path.unit, None, path.points, path.interpolate, path.per_year, provenance)
    value: float | None = tried(problems, ("value",), plausible_number, inner, kind, plausible)
    if "per_year" in raw or "from" in raw:
        return _grown(raw, value, kind, start, provenance, problems)
    if value is not None:
        _check_order(provenance, value, problems)
    return Quantity(kind.unit, value, provenance=provenance) if value is not None else None


def _provenance(raw: dict[str, Any], kind: NumberKind, problems: list[Problem]) -> tuple[Provenance, bool]:
    """Return where the number comes from, and whether the record says that it is plausible."""
    unknown = [key for key in raw if key not in RECORD_KEYS]
    for key in unknown:
        form = (
            "dates go into `value: {...}`" if is_date_key(key) else f"a record has {', '.join(RECORD_KEYS)}"
        )
        problems.append(Problem("unknown_key", f"unknown key {shown(key)}", form, (key,)))
    plausible = raw.get("plausible", False)
    if not isinstance(plausible, bool):
        problems.append(Problem("wrong_type", "`plausible` is true or false", "write true", ("plausible",)))
        plausible = True
    over_time = isinstance(raw["value"], dict) or "per_year" in raw
    ends: dict[str, float | None] = {"low": None, "high": None}
    for key in ends:
        if key in raw:
            # The range of a path is a pair of factors on the whole path.
            end_kind = NumberKind("factor", 0.0, 100.0) if over_time else kind
            ends[key] = tried(problems, (key,), plausible_number, raw[key], end_kind, plausible)
    texts = {key: _text(raw[key], key, problems) for key in ("source", "note") if key in raw}
    as_of = tried(problems, ("as_of",), parse_when, raw["as_of"]) if "as_of" in raw else None
    confidence = raw.get("confidence")
    if "confidence" in raw and confidence not in CONFIDENCE:
        words = "write firm, reported or estimate"
        problems.append(Problem("choice", f"{shown(confidence)} is not a confidence", words, ("confidence",)))
        confidence = None
    provenance = Provenance(
        low=ends["low"], high=ends["high"], source=texts.get("source"), as_of=as_of.text if as_of else None,
        confidence=confidence, note=texts.get("note"),
    )  # fmt: skip
    if over_time and not problems:
        _check_order(provenance, 1.0, problems)
    return provenance, plausible


def _text(raw: Any, key: str, problems: list[Problem]) -> str | None:
    if isinstance(raw, str):
        return raw
    problems.append(Problem("wrong_type", f"{shown(raw)} is not text", "put it in quotes", (key,)))
    return None


def _check_order(provenance: Provenance, value: float, problems: list[Problem]) -> None:
    low, high = provenance.low, provenance.high
    if low is not None and low > value:
        problems.append(
            Problem("range_order", f"low {low:g} is above the value {value:g}", "lower it", ("low",))
        )
    if high is not None and high < value:
        problems.append(
            Problem("range_order", f"high {high:g} is below the value {value:g}", "raise it", ("high",))
        )


def _grown(
    raw: dict[str, Any],
    value: float | None,
    kind: NumberKind,
    start: date | None,
    provenance: Provenance,
    problems: list[Problem],
) -> Quantity | None:
    """Return the path that starts with `value` and grows by `per_year`."""
    if not kind.path:
        problems.append(
            Problem("bad_path", "this field does not change over time", "remove `per_year` and `from`")
        )
        return None
    if "per_year" not in raw:
        problems.append(
            Problem("bad_path", "`from` needs `per_year`", "add `per_year`, or write a path", ("from",))
        )
        return None
    growth = tried(problems, ("per_year",), _growth, raw["per_year"])
    if "from" in raw:
        when = tried(problems, ("from",), parse_when, raw["from"])
        first = when.first if when else None
    else:
        first = start
        if start is None:
            problems.append(Problem("bad_path", "`per_year` counts from no date", "add `from: 2026Q3`"))
    if value is None or growth is None or first is None:
        return None
    return Quantity(kind.unit, None, ((first, value),), "geometric", growth, provenance)


_GROWTH = NumberKind("rate", -0.9, 10.0)


def _growth(raw: Any) -> float:
    return plausible_number(raw, _GROWTH, False)


def _path_or_raise(raw: dict[str, Any], kind: NumberKind, plausible: bool) -> Quantity:
    problems: list[Problem] = Problems()
    path = _path(raw, kind, problems, plausible)
    if problems or path is None:
        raise ParseError(*problems)
    return path


def _path(
    raw: dict[str, Any], kind: NumberKind, problems: list[Problem], plausible: bool = False
) -> Quantity | None:
    keys = [key for key in raw if key not in PATH_KEYS]
    if not kind.path and (not keys or any(is_date_key(key) for key in keys)):
        form = f"write {EXAMPLES[kind.unit]}, or a record with `value`"
        problems.append(Problem("bad_path", "this field is one number, not a path in time", form))
        return None
    strange = [key for key in keys if not is_date_key(key)]
    if strange or not keys:
        for key in strange:
            problems.append(Problem("unknown_key", *_not_a_path_key(key, kind), (key,)))
        if not keys:
            problems.append(Problem("bad_path", "a path in time without a date", DATE_FORMS))
        return None
    at_end = choice(raw, "at", ("start", "end"), "start", problems) == "end"
    points: dict[date, tuple[str, float]] = {}
    keys_at: dict[date, str] = {}
    for key in keys:
        when = tried(problems, (key,), parse_when, key)
        value = tried(problems, (key,), plausible_number, raw[key], kind, plausible)
        if when is None or value is None:
            continue
        day = when.after - timedelta(days=1) if at_end else when.first
        if (twin := keys_at.setdefault(on_axis(day), key)) != key:
            problems.append(
                Problem("bad_path", f"{key} and {twin} are one date{of_axis(day)}", "remove one", (key,))
            )
        points[day] = (key, value)
    ordered = tuple((day, points[day][1]) for day in sorted(points))
    return _finished_path(raw, kind, ordered, problems)


def _finished_path(
    raw: dict[str, Any], kind: NumberKind, points: tuple[tuple[date, float], ...], problems: list[Problem]
) -> Quantity | None:
    """Return the path through `points` with what `raw` says about interpolation and growth."""
    growth = None
    if "per_year" in raw:
        growth = tried(problems, ("per_year",), _growth, raw["per_year"])
        if len(points) != 1:
            problems.append(
                Problem("bad_path", "`per_year` grows from one point only", "keep one date", ("per_year",))
            )
        interpolate = choice(raw, "interpolate", ("geometric",), "geometric", problems)
    else:
        if kind.unit in MUST_INTERPOLATE and "interpolate" not in raw:
            words = "add `interpolate: step`, `linear` or `geometric`"
            problems.append(Problem("bad_path", f"a path in {kind.unit} must say how to interpolate", words))
        interpolate = choice(raw, "interpolate", INTERPOLATE, "step", problems)
        if interpolate == "geometric" and any(value <= 0 for _, value in points):
            words = "use `interpolate: linear`"
            problems.append(
                Problem("bad_path", "a geometric path needs numbers above zero", words, ("interpolate",))
            )
        elif interpolate == "geometric" and any(map(_too_steep, points, points[1:])):
            words = "use `interpolate: step`, or let the dates lie further apart"
            problems.append(Problem("bad_path", "no rate of growth is that steep", words, ("interpolate",)))
    if problems:
        return None
    return Quantity(kind.unit, None, points, interpolate, growth)


def _too_steep(point: tuple[date, float], next_: tuple[date, float]) -> bool:
    """Return whether a geometric path grows or falls ten thousandfold a day: a month of that is no number any more."""
    decades = abs(math.log10(next_[1]) - math.log10(point[1]))
    return decades > 4.0 * (next_[0] - point[0]).days


def _not_a_path_key(key: str, kind: NumberKind) -> tuple[str, str]:
    if not kind.path:
        return f"unknown key {shown(key)}", f"write {EXAMPLES[kind.unit]}, or a record with `value`"
    if key in RECORD_KEYS:
        return f"{key!r} needs a record", "put the dates into `value: {...}`, or add `value`"
    return f"{shown(key)} is not a date", DATE_FORMS


def choice(
    raw: dict[str, Any], key: str, allowed: tuple[str, ...], default: Any, problems: list[Problem]
) -> Any:
    """Return the word at `key`, or `default` where it is missing or, after noting the problem, not allowed."""
    value = raw.get(key, default)
    if value in allowed:
        return value
    problems.append(
        Problem("choice", f"{shown(value)} is not allowed", f"write {' or '.join(allowed)}", (key,))
    )
    return default


def shown(raw: Any) -> str:
    """Return a value as it may stand in a message: short, one line."""
    if isinstance(raw, dict):
        return "a map"
    if isinstance(raw, list | tuple):
        return "a list"
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if raw is None:
        return "nothing"
    text = "".join(each if each.isprintable() else "?" for each in str(raw)[:61])
    text = text if len(text) <= 60 else text[:57] + "..."
    return f"{text!r}" if isinstance(raw, str) else text
