"""The text of a table as rows of cells: what spreadsheets save is read, what could be misread is refused by line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from planner.instance.document import Refused, short
from planner.instance.finding import Finding

MAX_ROWS = 200_000
MAX_CELLS = 2_000_000
MAX_LINE = 200_000

_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs"}
_AGAIN = "save it again as csv in UTF-8"


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its column names (empty where a column has none) and its rows of cells, each with its line."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    file: str
    header_line: int = 1


def parsed_table(text: str, shown: str) -> Table:
    """Return the table of a text separated by commas, semicolons or tabs; `Refused` with the line where it is none.

    Empty rows, and empty cells beyond the header, are what spreadsheets leave behind: they are no part of the table.
    A row that is longer or shorter than the header is refused.
    """
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise _refused("encoding", shown, line, "a NUL character: this is not a csv text in UTF-8", _AGAIN)
    rows = _rows(text, shown)
    header_line, header = next(rows, (1, ()))
    columns = tuple(cell.strip() for cell in header)
    while columns and not columns[-1]:
        columns = columns[:-1]
    if not columns:
        raise _refused("syntax", shown, header_line, "the table is empty", "name its columns in line 1")
    _refuse_twins(columns, shown, header_line)
    kept: list[tuple[int, tuple[str, ...]]] = []
    odd: list[tuple[int, tuple[str, ...]]] = []
    left = MAX_CELLS
    for line, cells in rows:
        left -= len(cells)
        if len(kept) + len(odd) >= MAX_ROWS or left < 0:
            many = f"more than {MAX_ROWS} rows" if left >= 0 else "more than two million cells"
            raise _refused("too_large", shown, line, many, "shorten the table")
        while len(cells) > len(columns) and not cells[-1].strip():
            cells = cells[:-1]
        (kept if len(cells) == len(columns) else odd).append((line, tuple(cells)))
    if odd:
        raise _ragged(odd, columns, shown, header_line)
    if not kept:
        raise _refused(
            "syntax", shown, header_line, "the table has a header and no rows", "add a row for each date"
        )
    _refuse_nameless(columns, kept, shown)
    return Table(columns, tuple(kept), shown, header_line)


def _rows(text: str, shown: str) -> Iterator[tuple[int, list[str]]]:
    """Yield line and cells of each row that has any text, the header first."""
    separator, skipped = _separator(text)
    reader = csv.reader(_lines(text, shown), delimiter=separator, strict=True)
    line = 0
    try:
        for cells in reader:
            line += 1
            if line > skipped and any(cell and not cell.isspace() for cell in cells):
                yield line, cells
            line = reader.line_num  # a quoted cell may hold line breaks
    except csv.Error as error:
        words = str(error)
        repair = "close the quotes" if "unexpected end" in words or "expected after" in words else _AGAIN
        raise _refused("syntax", shown, line + 1, f"this is no row of a table: {words}", repair) from error


def _lines(text: str, shown: str) -> Iterator[str]:
    for number, line in enumerate(io.StringIO(text, newline=""), 1):
        if len(line) > MAX_LINE:
            raise _refused("too_large", shown, number, f"a line of more than {MAX_LINE} characters", _AGAIN)
        yield line


def _separator(text: str) -> tuple[str, int]:
    """Return what separates the cells, and how many lines (`sep=;`, written for spreadsheets) say only that."""
    start = re.match(r"(?:[ \t]*(?:\r\n?|\n))*", text)
    first = re.split(r"[\r\n]", text[start.end() if start else 0 :][:MAX_LINE], maxsplit=1)[0]
    if match := re.fullmatch(r"sep=([,;\t])", first.strip(" ")):
        return match[1], text[: start.end() if start else 0].count("\n") + 1
    outside_quotes = re.sub(r'"[^"]*"', "", first)
    return max(_NAMES, key=outside_quotes.count), 0


def _refuse_twins(columns: tuple[str, ...], shown: str, line: int) -> None:
    for index, name in enumerate(columns):
        first = columns.index(name)
        if name and first < index:
            words = f"columns {first + 1} and {index + 1} are both named {short(name)!r}"
            raise _refused("duplicate_key", shown, line, words, "rename one", index + 1)


def _refuse_nameless(columns: tuple[str, ...], rows: list[tuple[int, tuple[str, ...]]], shown: str) -> None:
    """A column without a name is no part of the table; one that holds something was meant to be."""
    for index in (index for index, name in enumerate(columns) if not name):
        for line, cells in rows:
            if cells[index].strip() and index > 0:
                words = f"a cell under column {index + 1}, which has no name"
                raise _refused("syntax", shown, line, words, "name the column in the header", index + 1)


def _ragged(
    odd: list[tuple[int, tuple[str, ...]]], columns: tuple[str, ...], shown: str, header_line: int
) -> Refused:
    """Return the one finding about all rows that do not fit the header."""
    line, cells = odd[0]
    wanted = len(columns)
    words = f"this row has {len(cells)} {_cells(len(cells))} and the header {wanted}"
    if len(odd) > 1:
        words += f"; {len(odd) - 1} more {'row does' if len(odd) == 2 else 'rows do'} not fit it either"
    other = next((each for each in _NAMES if len(cells) == 1 and each in cells[0]), None)
    if other is not None:
        repair = f"this row is separated by {_NAMES[other]}, the header is not: use one separator"
    elif len(cells) < wanted:
        missing = wanted - len(cells)
        repair = f"add the missing {_cells(missing)}; an empty cell keeps its separator"
    elif split := _split_number(cells):
        repair = f"the comma of a number was read as a separator: write {split}"
    else:
        repair = f"take out what is too much, or name its column in line {header_line}"
    return _refused("syntax", shown, line, words, repair)


def _cells(count: int) -> str:
    return "cell" if count == 1 else "cells"


def _split_number(cells: tuple[str, ...]) -> str | None:
    """Return the number that two neighbouring cells were before its comma split it."""
    for left, right in pairwise(cells[1:]):
        left, right = left.strip(), right.strip()
        if re.fullmatch(r"[-+]?\d+", left) and re.fullmatch(r"\d+", right):
            thousands = len(right) == 3 and left.lstrip("-+") not in ("", "0") and len(left) <= 4
            return f"{left}.{right}" + (f" or {left}{right}, whichever is meant" if thousands else "")
        if re.fullmatch(r"[-+]?\d{1,3}", left) and re.fullmatch(r"\d{3}\.\d*", right):
            return f"{left}{right}"
    return None


def _refused(code: str, shown: str, line: int, message: str, repair: str, column: int = 1) -> Refused:
    return Refused(Finding(code, "error", f"{shown}:{line}:{column}", "", message, repair))
