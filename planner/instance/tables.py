"""Tables beside an instance: `{csv: demand.csv, column: training_gw}` becomes a map from date to number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planner.errors import FileError
from planner.instance.cells import date_doubt, number_doubt
from planner.instance.csv_text import Table, parsed_table
from planner.instance.document import UNREAD, Node, Refused, Room, read_text, short
from planner.instance.finding import Finding, did_you_mean
from planner.instance.scalars import number_or_text

KEYS = ("csv", "column", "date_column")


@dataclass
class Tables:
    """Reads the tables that an instance names, each once, from its own folder only."""

    folder: Path
    room: Room = field(default_factory=Room)
    findings: list[Finding] = field(default_factory=list)
    _read: dict[str, Table | None] = field(default_factory=dict)
    _columns: dict[tuple[str, int, int], dict[str, Node] | None] = field(default_factory=dict)

    def filled(self, node: Node) -> Node:
        """Return the tree with every reference to a column replaced by its points."""
        value = node.value
        if isinstance(value, dict):
            if "csv" in value and ("column" in value or isinstance(value["csv"].value, str)):
                return self.points(node)
            filled = {key: self.filled(below) for key, below in value.items()}
            return (
                node._replace(value=filled) if any(filled[key] is not value[key] for key in value) else node
            )
        if isinstance(value, list):
            members = [self.filled(below) for below in value]
            return (
                node._replace(value=members)
                if any(a is not b for a, b in zip(members, value, strict=True))
                else node
            )
        return node

    def points(self, node: Node) -> Node:
        """Return the map from date to number that a reference stands for, with its other keys.

        What cannot be read is said once, in the table; the field then holds `UNREAD`.
        """
        reference: dict[str, Node] = node.value
        unread = node._replace(value=UNREAD)
        name, column, dates = (reference.get(key) for key in KEYS)
        assert name is not None
        for each in (name, column, dates or column):
            if each is None or not isinstance(each.value, str) or not each.value:
                words = "a table is named by `csv` and `column`"
                self.refuse("wrong_type", each or node, words, "write {csv: file.csv, column: x}")
                return unread
        table = self.table(name)
        if table is None or column is None:
            return unread
        date_index = self.index(table, dates) if dates is not None else 0
        index = self.index(table, column)
        if index is None or date_index is None:
            return unread
        self.room.values -= len(table.rows)
        if self.room.values < 0:
            self.refuse(
                "too_large", node, "more than two million values with its tables", "shorten the tables"
            )
            return unread
        key = (table.file, date_index, index)
        if key not in self._columns:
            self._columns[key] = self.column(table, date_index, index)
        points = self._columns[key]
        if points is None:
            return unread
        rest = {key: below for key, below in reference.items() if key not in KEYS}
        return node._replace(value={**points, **rest})

    def column(self, table: Table, date_index: int, index: int) -> dict[str, Node] | None:
        """Return the numbers of a column by date; empty cells are no points. None where it cannot be read."""
        cells = [
            (line, day, cell)
            for line, row in table.rows
            if (cell := row[index].strip()) and ((day := row[date_index].strip()) or True)
        ]
        name = short(table.columns[index] or "1")
        if not cells:
            where = f"{table.file}:{table.header_line}:{index + 1}"
            words = f"column {name!r} has no numbers"
            self.findings.append(Finding("empty", "error", where, "", words, "write a number for each date"))
            return None
        days = [(line, day) for line, day, _ in cells]
        numbers = [(line, cell) for line, _, cell in cells]
        readable = self.all_clear("bad_date", table, date_index, days, date_doubt)
        readable &= self.all_clear("wrong_unit", table, index, numbers, number_doubt)
        readable &= self.each_once(table, date_index, days)
        if not readable:
            return None
        return {
            day: Node(number_or_text(cell), table.file, line, index + 1, line, date_index + 1)
            for line, day, cell in cells
        }

    def all_clear(
        self,
        code: str,
        table: Table,
        index: int,
        cells: list[tuple[int, str]],
        doubt: Callable[[str], tuple[str, str] | None],
    ) -> bool:
        """Return whether no cell of a column is doubtful; the first one that is stands for all."""
        doubtful = [(line, found) for line, cell in cells if (found := doubt(cell)) is not None]
        if not doubtful:
            return True
        line, (message, repair) = doubtful[0]
        more = len(doubtful) - 1
        if more:
            message += f"; {more} more {'cell is' if more == 1 else 'cells are'} in doubt in this column"
        self.refuse(code, Node(None, table.file, line, index + 1), message, repair)
        return False

    def each_once(self, table: Table, index: int, days: list[tuple[int, str]]) -> bool:
        """Return whether every date stands once."""
        counts = Counter(day for _, day in days)
        twice = [(line, day) for line, day in days if counts[day] > 1]
        if twice:
            line, day = next((line, day) for line, day in twice[1:] if day == twice[0][1])
            words = f"the date {short(day)!r} stands twice in this table, first in line {twice[0][0]}"
            at = Node(None, table.file, line, index + 1)
            self.refuse("duplicate_key", at, words, "remove one row")
        return not twice

    def index(self, table: Table, column: Node) -> int | None:
        """Return the place of a column."""
        if column.value in table.columns:
            return table.columns.index(column.value)
        known = [name for name in table.columns if name]
        repair = did_you_mean(str(column.value), known)
        self.refuse("file", column, f"{table.file} has no column {short(str(column.value))!r}", repair)
        return None

    def table(self, name: Node) -> Table | None:
        """Return a table of the instance's folder; None when it cannot be read."""
        if name.value not in self._read:
            self._read[name.value] = self._table(name)
        return self._read[name.value]

    def _table(self, name: Node) -> Table | None:
        path = inside(self.folder, name.value)
        if path is None:
            self.refuse(
                "outside_folder",
                name,
                f"{short(name.value)!r} is outside the instance's folder",
                "copy it there",
            )
            return None
        shown = str(self.folder / name.value)
        try:
            return parsed_table(read_text(path, shown, self.room), shown)
        except FileError as error:
            self.refuse("file", name, error.message, "check the name; it counts from the instance's folder")
        except Refused as refusal:
            self.findings.append(refusal.finding)
        return None

    def refuse(self, code: str, node: Node, message: str, repair: str) -> None:
        """Note an error at a node."""
        self.findings.append(Finding(code, "error", node.where, "", message, repair))


def inside(folder: Path, name: Any) -> Path | None:
    """Return the path of a file in `folder` or below it, links followed; None when it lies elsewhere."""
    try:
        root = folder.resolve()
        path = (root / str(name)).resolve()
    except (OSError, ValueError, RuntimeError):  # NUL in the name, a loop of links
        return None
    return path if path.is_relative_to(root) and path != root else None
