"""Units as people write them, and their conversion to the unit of a field.

A unit is a factor and a kind. Kinds are products of dollars, power, energy, time and systems. Power times time is not
energy here: what is paid by installed kilowatt and month must not turn into a price of energy without a word.
Months are equal, 12 a year; a day is 1/30 month.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from functools import lru_cache

Kind = tuple[tuple[str, int], ...]

_ATOMS: dict[str, tuple[int | Fraction, str]] = {
    "w": (1, "power"), "kw": (10**3, "power"), "mw": (10**6, "power"), "gw": (10**9, "power"), "tw": (10**12, "power"),
    "kwh": (1, "energy"), "mwh": (10**3, "energy"), "gwh": (10**6, "energy"), "twh": (10**9, "energy"),
    "usd": (1, "dollars"), "cent": (Fraction(1, 100), "dollars"), "month": (1, "time"), "year": (12, "time"),
    "quarter": (3, "time"), "day": (Fraction(1, 30), "time"), "system": (1, "systems"),
}  # fmt: skip
_SYNONYMS = {
    "cents": "cent", "$": "usd", "us$": "usd", "dollar": "usd", "dollars": "usd", "months": "month", "mo": "month",
    "years": "year", "yr": "year", "yrs": "year", "quarters": "quarter", "days": "day", "systems": "system",
}  # fmt: skip
_SCALES = {
    "k": 10**3, "thousand": 10**3, "m": 10**6, "mn": 10**6, "million": 10**6, "bn": 10**9, "b": 10**9,
    "billion": 10**9, "tn": 10**12, "trillion": 10**12,
}  # fmt: skip
_BARE = {"count", "share", "rate", "ratio", "factor", "price"}

EXAMPLES = {
    "MW": '1200 or "1.2 GW"', "GW": '1.2 or "1200 MW"', "MW/year": '600 or "0.6 GW/year"',
    "kW/system": '140 or "140 kW/system"', "months": '18 or "1.5 years"', "years": '5 or "60 months"',
    "count": "a whole number like 6", "share": "0.25 or 25%", "rate": "0.12 or 12%", "ratio": "1.3",
    "factor": "1.15 or 115%", "USD bn": '1.2 or "$1200m"', "USD m": '350 or "$350m"',
    "USD bn/year": '16 or "$16bn/year"', "USD m/MW": '16.5 or "$16.5m/MW"',
    "USD m/MW-year": '0.5 or "$0.5m/MW-year"', "USD m/system": '3.8 or "$3.8m/system"',
    "USD/kW": '1800 or "$1800/kW"', "USD m/year": '12 or "$12m/year"', "USD/MW-day": '333 or "$333/MW-day"',
    "USD/kW-month": '110 or "$110/kW-month"', "USD/MWh": '48 or "$48/MWh"',
    "USD bn/GW-year": '10 or "$10bn/GW-year"', "price": "a number",
}  # fmt: skip
"""For each unit of the schema, how a number in it may be written."""

_NEIGHBOURS: dict[str, tuple[str, ...]] = {
    "MW": ("GW", "kW"), "GW": ("MW", "kW"), "MW/year": ("GW/year",), "kW/system": ("W/system", "MW/system"),
    "months": ("years", "days"), "years": ("months", "days"), "share": ("%",), "rate": ("%",), "factor": ("%",),
    "ratio": ("%",), "USD bn": ("USD m", "USD"), "USD m": ("USD", "USD k"),
    "USD bn/year": ("USD m/year", "USD/year"), "USD m/MW": ("USD/kW", "USD/MW"), "USD/kW": ("USD m/MW", "USD/MW"),
    "USD m/MW-year": ("USD/kW-year", "USD/MW-year"), "USD m/system": ("USD k/system", "USD/system"),
    "USD/kW-month": ("USD/MW-month", "USD m/MW-year"), "USD/MWh": ("USD/kWh",),
    "USD m/year": ("USD/year", "USD k/year"), "USD/MW-day": ("USD/kW-day", "USD/kW-month"),
    "USD bn/GW-year": ("USD m/GW-year", "USD/kW-year"),
}  # fmt: skip


class UnitError(ValueError):
    """A text is not a number in a unit of the wanted kind; `repair` says what is."""

    def __init__(self, message: str, repair: str) -> None:
        super().__init__(message)
        self.repair = repair


_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_TEXT = re.compile(
    rf"(?P<sign>[-+])?\s*(?P<currency>\$|US\$|USD)?\s*(?P<number>{_NUMBER})\s*(?P<unit>[^\d\s][^\d]*)?", re.I
)


def number_in(text: str, unit: str) -> float:
    """Return the number that `text` states, converted to `unit`; `UnitError` when it states none of that kind."""
    stated = text.strip()
    match = _TEXT.fullmatch(stated) if len(stated) <= 100 else None
    example = f"write {EXAMPLES[unit]}"
    if match is None or (match["sign"] and match["number"][0] in "+-"):
        raise UnitError("text where a number belongs", example)
    number = float(match["number"]) * (-1.0 if match["sign"] == "-" else 1.0)
    words = f"{match['currency'] or ''} {match['unit'] or ''}".strip()
    if not words:
        raise UnitError("a number in quotes is text", f"write {stated} without quotes")
    if unit in _BARE:
        if unit == "count" or words != "%":
            raise UnitError(f"{words!r} is not a unit of a {unit}", example)
        return number / 100.0
    stated_unit, wanted = measure(words), measure(unit)
    if stated_unit is None:
        raise UnitError(f"unknown unit {words!r}", example)
    assert wanted is not None
    if stated_unit[1] != wanted[1]:
        raise UnitError(f"{words!r} is another kind of unit than {unit}", example)
    return _times(number, stated_unit[0], wanted[0])


def likely_meant(value: float, unit: str, low: float, high: float, possible: bool = True) -> str:
    """Return the repair of an implausible number, `1.2 looks like GW; in MW write 1200`, or the range."""
    for other in _NEIGHBOURS.get(unit, ()):
        meant = _converted(value, other, unit)
        if other == "%" and abs(value) < _LEAST_PERCENT.get(unit, 1.0):
            continue  # a factor of 1.1 is no percentage
        if meant != value and low <= meant <= high:
            what = "percent" if other == "%" else other
            return f"{value:g} looks like {what}; in {unit} write {meant:g}"
    waived = ", or a record with `plausible: true` if it is meant" if possible else ""
    return f"write a number from {low:g} to {high:g} {unit}{waived}"


_LEAST_PERCENT = {"share": 2.0, "factor": 2.0}
"""The least number that looks like a percentage, by unit; of the others 1."""


def _converted(value: float, unit: str, wanted: str) -> float:
    if unit == "%":
        return value / 100.0
    stated, target = measure(unit), measure(wanted)
    assert stated is not None and target is not None and stated[1] == target[1]
    return _times(value, stated[0], target[0])


def _times(number: float, stated: Fraction, wanted: Fraction) -> float:
    """Return the number in the wanted unit, rounded once: 350 m are exactly 0.35 bn."""
    try:
        return float(Fraction(number) * stated / wanted) if math.isfinite(number) else number
    except OverflowError:
        return math.copysign(math.inf, number)


@lru_cache(maxsize=1000)
def measure(words: str) -> tuple[Fraction, Kind] | None:
    """Return factor and kind of a unit written like `USD m/MW-year` or `$ per kW and month`; None if unknown."""
    plain = re.sub(r"\s+(?:per|a|an)\s+|/", "/", f" {words.lower().strip()} ").strip()
    plain = re.sub(r"\s+and\s+|[-*·]", "-", plain)
    numerator, *denominators = (part.strip() for part in plain.split("/"))
    factor, powers = Fraction(1), dict[str, int]()
    money = False
    for word in re.findall(r"us\$|\$|[a-z]+|[^\sa-z$]", numerator):
        if word in _SCALES:
            factor *= _SCALES[word]
            money = True
            continue
        atom = _ATOMS.get(_SYNONYMS.get(word, word))
        if atom is None:
            return None
        factor *= atom[0]
        powers[atom[1]] = powers.get(atom[1], 0) + 1
    if money and "dollars" not in powers:  # `350 m` may be metres, minutes or millions
        return None
    for word in (each.strip() for part in denominators for each in part.split("-")):
        atom = _ATOMS.get(_SYNONYMS.get(word, word))
        if atom is None:
            return None
        factor /= atom[0]
        powers[atom[1]] = powers.get(atom[1], 0) - 1
    return factor, tuple(sorted((name, power) for name, power in powers.items() if power))
