"""Cells of a table that a person would read in more than one way, and what to write instead."""

from __future__ import annotations

import re

_DIGITS = r"\d{1,3}"
_PLAIN = re.compile(r"[-+]?\d+(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+%?")
_THOUSANDS = re.compile(rf"[-+]?{_DIGITS}(?:([,' \u00a0\u202f\u2019])\d{{3}})(?:\1\d{{3}})*(?:\.\d+)?%?")
_CONTINENTAL = re.compile(rf"[-+]?{_DIGITS}(?:[. \u00a0\u202f'\u2019]\d{{3}})+,\d+%?")
_BRACKETED = re.compile(r"\(\s*([$\d.,]+)\s*\)")
_GROUPS = str.maketrans("", "", ",' \u00a0\u202f\u2019")


def number_doubt(cell: str) -> tuple[str, str] | None:
    """Return what is doubtful about a cell that should be a number, and the repair; None where nothing is.

    Units stay (`200 MW`, `12%`): the field reads them.
    """
    if _PLAIN.fullmatch(cell):
        return None
    if not any(each.isdigit() for each in cell):
        words = "an error of the spreadsheet" if cell.startswith("#") else "text"
        return f"{words} stands where a number belongs: {cell!r}", "write a number, or leave the cell empty"
    if len(cell) > 100:
        return None
    if _CONTINENTAL.fullmatch(cell):
        whole, _, part = cell.rpartition(",")
        plain = f"{re.sub(r'[^-+0-9]', '', whole)}.{part}"
        return f"a decimal comma: {cell!r}", f"write {plain}"
    if match := _THOUSANDS.fullmatch(cell):
        plain = cell.translate(_GROUPS)
        if match[1] == "," and "." not in cell and cell.count(",") == 1:
            point = cell.replace(",", ".")
            return f"a comma in a number: {cell!r}", f"write {plain} or {point}, whichever is meant"
        return f"a number with separators: {cell!r}", f"write {plain}"
    if _DECIMAL_COMMA.fullmatch(cell):
        point = cell.replace(",", ".")
        return f"a decimal comma: {cell!r}", f"write {point if point[0] != '.' else '0' + point}"
    if match := _BRACKETED.fullmatch(cell):
        return f"a number in brackets: {cell!r}", f"write -{match[1]}, if that is meant"
    return None


_ISO = re.compile(r"\d{4}(?:Q[1-4]|H[12]|-\d{2}(?:-\d{2})?)?")
_SLASHED = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?:[ T].*)?")
_YEAR_FIRST = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?:[ T].*)?")
_QUARTER = re.compile(r"(?:Q([1-4])[ /\-']*(\d{4}))|(?:(\d{4})[ /\-]?Q([1-4]))", re.I)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = re.compile(r"(?:(\d{1,2})[ \-.])?([A-Za-z]{3})[a-z]*[ \-.']*(\d{2}|\d{4})")
DATES = "write dates like 2027Q3, 2027H1, 2027-09, 2027-09-15 or 2027"


def date_doubt(cell: str) -> tuple[str, str] | None:
    """Return what is wrong with a cell that should be a date, and the repair; None where it is written like one."""
    if _ISO.fullmatch(cell):
        return None
    if not cell:
        return "a number without a date", "write the date, or empty the row"
    wrong = f"{cell[:40]!r} is not a date as it is written here"
    if match := _SLASHED.fullmatch(cell):
        first, second, year = int(match[1]), int(match[2]), match[3]
        if first <= 12 and second <= 12 and first != second:
            both = f"{year}-{first:02d}-{second:02d} or {year}-{second:02d}-{first:02d}"
            return f"{cell[:40]!r} is read in two ways", f"write {both}, whichever is meant"
        month, number = (second, first) if first > 12 else (first, second)
        return (
            (wrong, f"write {year}-{month:02d}-{number:02d}")
            if month <= 12 and number <= 31
            else (wrong, DATES)
        )
    if match := _YEAR_FIRST.fullmatch(cell):
        return wrong, f"write {match[1]}-{int(match[2]):02d}-{int(match[3]):02d}"
    if match := _QUARTER.fullmatch(cell):
        return wrong, f"write {match[2] or match[3]}Q{match[1] or match[4]}"
    if (match := _MONTH.fullmatch(cell)) and match[2].lower() in _MONTHS:
        year = match[3] if len(match[3]) == 4 else f"20{match[3]}"
        day = f"-{int(match[1]):02d}" if match[1] else ""
        return wrong, f"write {year}-{_MONTHS.index(match[2].lower()) + 1:02d}{day}"
    if re.fullmatch(r"\d{5}(?:\.\d+)?", cell):
        return f"{cell!r} is the serial number that a spreadsheet gives a date", DATES
    if re.fullmatch(r"\d{4}\.0", cell):
        return wrong, f"write {cell[:4]}"
    return wrong, DATES
