"""Whether a public claim and the figure of the plan beside it speak of the same thing: unit, basis, rate, date."""

from __future__ import annotations

import re

METER = "at the meter"
IT = "it load"


def unlike(says: str, unit: str, compare: str, found_unit: str, found_note: str) -> str:
    """Why the two cannot be set side by side at all; empty where they can."""
    stated, found = _dimension(unit), _dimension(found_unit)
    if stated and found and stated != found:
        return f"not comparable: the claim is in {unit}, the figure in {found_unit}"
    if stated == "power" and METER in unit.lower() and IT in found_note.lower():
        return "not comparable: the claim is at the meter, the figure is IT load"
    if stated == "power" and IT in unit.lower() and METER in found_note.lower():
        return "not comparable: the claim is IT load, the figure is at the meter"
    if (
        _years_of(compare)
        and unit.lower().rstrip().endswith(("a year", "/year", "per year"))
        and stated == "money"
    ):
        first, last = _years_of(compare)[0], _years_of(compare)[-1]
        if first != last:
            return f"not comparable: the claim is of a year, the figure of {first} to {last}"
    named, dated = _years_of(says), _years_of(compare)
    if named and dated and (dated[-1] < named[0] or dated[0] > named[-1]):
        of = str(named[0]) if named[0] == named[-1] else f"{named[0]} to {named[-1]}"
        return f"not comparable: the claim is of {of}, the figure of {compare.partition('@')[2]}"
    return ""


def partly(says: str, compare: str) -> str:
    """What part of the time of a claim the figure leaves out; empty where it leaves out none."""
    named, dated = _years_of(says), _years_of(compare)
    if len(named) > 1 and ".." in compare and named[0] < dated[0]:
        return f"without {named[0]}" if dated[0] - named[0] == 1 else f"without {named[0]} to {dated[0] - 1}"
    return ""


def _years_of(text: str) -> list[int]:
    return sorted(int(year) for year in re.findall(r"(?<!\d)(20\d\d)(?!\d)", text))


def _dimension(unit: str) -> str:
    words = unit.lower().split()
    if not words:
        return ""
    if words[0] in ("gw", "mw"):
        return "energy" if "hour" in unit.lower() or "years" in unit.lower() else "power"
    if words[0] == "usd":
        return "money"
    return "year" if words[0] in ("year", "date") else "share" if words[0] in ("%", "share") else words[0]
