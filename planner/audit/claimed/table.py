"""A table as recomputed, and its comparison with the one that a plan claims: rows, keys, texts, dates, numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.audit.findings import ABSOLUTE, RELATIVE, Findings
from planner.timeline import Timeline

Row = dict[str, Any]
Key = tuple[Any, ...]
Numbers = npt.NDArray[np.float64]
DAYS = 30
"""Of a month (docs/conventions.md)."""


@dataclass(frozen=True)
class Column:
    """How a column is checked."""

    kind: str
    """key, text, date, flag, number, or free: not comparable, `note` says what holds instead."""
    unit: str = ""
    """Of a number; any: each row says it (`_unit`)."""
    beside: tuple[str, ...] = ()
    """Columns whose amounts are in the sum too, so that its rounding is theirs."""
    note: str = ""


@dataclass
class Table:
    """A table as recomputed."""

    rows: list[Row] = field(default_factory=list)
    """Rows that must be there; dates are months from the first day."""
    may: list[Row] = field(default_factory=list)
    """Rows that may be left out."""

    def add(self, row: Row, needed: bool = True) -> None:
        """A row that must be there, or may."""
        (self.rows if needed else self.may).append(row)


def date_texts(timeline: Timeline, x: float | None) -> tuple[str, ...]:
    """A moment as an ISO date: the nearest day of its month of thirty; two of them where it lies half-way."""
    if x is None:
        return ("",)
    if not math.isfinite(x):
        return ()
    origin = timeline.origin
    days = DAYS * (12 * origin.year + origin.month - 1 + x) + min(origin.day, DAYS) - 1
    whole = round(days)
    if abs(days - whole) < 1e-4:
        return (_date_text(*divmod(whole, DAYS)),)
    month, day = divmod(days, DAYS)
    near = {round(day - 1e-4), round(day + 1e-4)}
    return tuple(_date_text(int(month), each) for each in sorted(near))


def _date_text(month: int, day: int) -> str:
    year, number = divmod(month, 12)
    return f"{year:04d}-{number + 1:02d}-{min(day + 1, 28 if number == 1 else DAYS):02d}"


@dataclass(frozen=True)
class Comparison:
    """A claimed table beside the recomputed one, rows paired by key."""

    name: str
    how: Mapping[str, Column]
    findings: Findings
    timeline: Timeline

    @property
    def rule(self) -> str:
        """Name of what it finds."""
        return f"claimed_{self.name}"

    def compare(self, frame: pd.DataFrame, table: Table, *, whole: bool) -> None:
        """Refuse columns and rows that lack, are too many or stand twice, and cells that differ."""
        columns = list(map(str, frame.columns))
        for column in columns:
            if column not in self.how or columns.count(column) > 1:
                self._refuse(column, "", "is no column of this table")
        keys = [column for column, how in self.how.items() if how.kind == "key"]
        for column in self.how:
            if column not in columns and (whole or column in keys):
                self._refuse(column, "", "this column is missing")
        if len(set(columns)) < len(columns) or any(key not in columns for key in keys):
            return
        theirs = self._places(frame, keys)
        mine = {tuple(row[key] for key in keys): row for row in (*table.may, *table.rows)}
        for row in table.rows:
            key = tuple(row[each] for each in keys)
            if key not in theirs:
                self._refuse(" ".join(map(str, key)), self._node(row), "this row is missing")
        for key in theirs:
            if key not in mine:
                self._refuse(" ".join(map(str, key)), "", "no such row")
        pairs = [(mine[key], place) for key, place in theirs.items() if key in mine]
        if pairs:
            self._check_order(keys, [row for row, _ in pairs])
            for column in columns:
                if column in self.how and column in pairs[0][0]:
                    self._check_column(frame, column, pairs, keys)

    def _refuse(self, id_: str, node: str, note: str) -> None:
        self.findings.refuse(self.rule, id_.strip(), node, 1.0, "count", note)

    def _name(self, row: Row, keys: list[str]) -> str:
        """The keys of a row that are not its node."""
        return " ".join(str(row[key]) for key in keys if key != "node" and row[key] != "")

    def _node(self, row: Row) -> str:
        return str(row["node"]) if "node" in row else ""

    def _places(self, frame: pd.DataFrame, keys: list[str]) -> dict[Key, int]:
        """Key: place of its row; a row that stands twice is a finding."""
        places: dict[Key, int] = {}
        for place, key in enumerate(zip(*(frame[key].tolist() for key in keys), strict=True)):
            if key in places:
                self._refuse(" ".join(map(str, key)), "", "stands twice in the table")
            places.setdefault(key, place)
        return places

    def _check_order(self, keys: list[str], rows: list[Row]) -> None:
        """Of rows that differ only in their node, the earlier one comes first."""
        if "node" not in keys or "_position" not in rows[0]:
            return
        last: dict[Key, int] = {}
        for row in rows:
            rest = tuple(row[key] for key in keys if key != "node")
            if row["_position"] < last.get(rest, -1):
                self._refuse(" ".join(map(str, rest)), self._node(row), "stands after a later one")
            last[rest] = row["_position"]

    # Cells

    def _check_column(
        self, frame: pd.DataFrame, column: str, pairs: list[tuple[Row, int]], keys: list[str]
    ) -> None:
        how, cells = self.how[column], frame[column].tolist()
        if how.kind == "number":
            self._check_numbers(cells, column, pairs, keys)
            return
        for row, place in pairs:
            cell, right = cells[place], row[column]
            if how.kind == "date":
                fits = isinstance(cell, str) and cell in date_texts(self.timeline, right)
                right = " or ".join(date_texts(self.timeline, right))
            elif how.kind == "flag":
                fits = isinstance(cell, (bool, np.bool_)) and bool(cell) == right
            else:
                fits = isinstance(cell, str) and cell == right
            self.findings.checked += 1
            if not fits:
                self._refuse(
                    f"{self._name(row, keys)} {column}", self._node(row), f"{cell!r} is not {right!r}"
                )

    def _check_numbers(
        self, cells: list[Any], column: str, pairs: list[tuple[Row, int]], keys: list[str]
    ) -> None:
        """Amounts are equal to rounding, of the amounts beside them too; an empty cell only equals an empty one."""
        how = self.how[column]
        for row, place in pairs:
            if not _is_number(cells[place]):
                self._refuse(
                    f"{self._name(row, keys)} {column}", self._node(row), f"{cells[place]!r} is no number"
                )
        pairs = [(row, place) for row, place in pairs if _is_number(cells[place])]
        if not pairs:
            return
        factor, unit = (1000.0, "MW") if how.unit == "GW" else (1.0, how.unit)
        theirs = np.array([cells[place] for _, place in pairs], dtype=float) * factor
        mine = np.array([row[column] for row, _ in pairs], dtype=float) * factor
        with np.errstate(invalid="ignore"):
            amounts = np.abs(theirs - mine)
        amounts[np.isnan(theirs) & np.isnan(mine)] = 0.0
        amounts[theirs == mine] = 0.0
        sizes = np.fmax(np.abs(theirs), np.abs(mine))
        for other in how.beside:
            sizes = np.fmax(sizes, np.abs([row[other] * factor for row, _ in pairs]))
        self.findings.checked += len(pairs)
        sound = np.isfinite(amounts) & np.isfinite(sizes)
        worst = np.where(sound, amounts / np.fmax(sizes, 1.0), np.inf)
        units = [row["_unit"] if unit == "any" else unit for row, _ in pairs]
        allowed = np.fmax([ABSOLUTE[each] for each in units], RELATIVE * sizes)
        wrong = ~sound & (amounts != 0.0) | (amounts > allowed)
        shown = set(np.flatnonzero(wrong).tolist())
        if amounts.any():
            shown.add(int(np.argmax(np.where(amounts == 0.0, -1.0, worst))))
        for at in sorted(shown):
            row, name = pairs[at][0], f"{self._name(pairs[at][0], keys)} {column}".strip()
            sides = float(theirs[at]), float(mine[at])
            self.findings.equal(self.rule, name, self._node(row), *sides, units[at], float(sizes[at]))


def _is_number(cell: Any) -> bool:
    return isinstance(cell, (int, float, np.integer, np.floating)) and not isinstance(cell, (bool, np.bool_))
