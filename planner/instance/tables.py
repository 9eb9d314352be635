"""Tables beside an instance: `{csv: demand.csv, column: training_gw}` becomes a map from date to number."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planner.errors import FileError
from planner.instance.document import Node, Refused, number_or_text, read_text, short
from planner.instance.finding import Finding, did_you_mean

MAX_ROWS = 200_000
KEYS = ("csv", "column", "date_column")


@dataclass(frozen=True, slots=True)
class Table:
    """A csv file: its column names and rows of cells with their line."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    file: str


@dataclass
class Tables:
    """Reads the tables that an instance names, each once, from its own folder only."""

    folder: Path
    findings: list[Finding] = field(default_factory=list)
    _read: dict[str, Table | None] = field(default_factory=dict)

    def filled(self, node: Node) -> Node:
        """Return the tree with every reference to a column replaced by its points."""
        value = node.value
        if isinstance(value, dict):
            if "csv" in value and not isinstance(value["csv"].value, dict):
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
        """Return the map from date to number that a reference stands for, with its other keys."""
        reference: dict[str, Node] = node.value
        rest = {key: below for key, below in reference.items() if key not in KEYS}
        name, column = reference["csv"], reference.get("column")
        if column is None or not isinstance(column.value, str) or not isinstance(name.value, str):
            self.refuse(
                "wrong_type",
                node,
                "a table is named by `csv` and `column`",
                "write {csv: file.csv, column: x}",
            )
            return node._replace(value=rest)
        table = self.table(name)
        if table is None:
            return node._replace(value=rest)
        dates = reference.get("date_column")
        date_index = self.index(table, dates) if dates is not None else 0
        index = self.index(table, column)
        if index is None or date_index is None:
            return node._replace(value=rest)
        return node._replace(value={**self.column(table, date_index, index), **rest})

    def column(self, table: Table, date_index: int, index: int) -> dict[str, Node]:
        """Return the numbers of a column by date; empty cells are no points."""
        points: dict[str, Node] = {}
        for line, cells in table.rows:
            cell = cells[index].strip() if index < len(cells) else ""
            day = cells[date_index].strip() if date_index < len(cells) else ""
            if not cell:
                continue
            if day in points:
                at = Node(None, table.file, line, date_index + 1)
                self.refuse(
                    "duplicate_key",
                    at,
                    f"the date {short(day)!r} stands twice in this table",
                    "remove one row",
                )
                continue
            points[day] = Node(number_or_text(cell), table.file, line, index + 1, line, date_index + 1)
        return points

    def index(self, table: Table, column: Node) -> int | None:
        """Return the place of a column."""
        if column.value in table.columns:
            return table.columns.index(column.value)
        repair = did_you_mean(str(column.value), table.columns)
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
            return _parsed(read_text(path, shown), shown)
        except FileError as error:
            self.refuse("file", name, error.message, "check the name; it counts from the instance's folder")
        except Refused as refusal:
            self.findings.append(refusal.finding)
        except csv.Error as error:
            self.refuse(
                "syntax", name, f"{shown} is not a csv table: {error}", "save it again as csv in UTF-8"
            )
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


def _parsed(text: str, shown: str) -> Table:
    """Return the table of a csv text separated by commas, semicolons or tabs."""
    header = text.split("\n", 1)[0]
    separator = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    columns = tuple(cell.strip() for cell in next(reader, []))
    place = f"{shown}:1:1"
    if not any(columns):
        raise Refused(
            Finding("syntax", "error", place, "", "the table has no header", "name its columns in line 1")
        )
    if len(set(columns)) < len(columns):
        raise Refused(Finding("duplicate_key", "error", place, "", "two columns have one name", "rename one"))
    rows: list[tuple[int, tuple[str, ...]]] = []
    for cells in reader:
        if len(rows) >= MAX_ROWS:
            raise Refused(
                Finding("too_large", "error", place, "", f"over {MAX_ROWS} rows", "shorten the table")
            )
        if cells:
            rows.append((reader.line_num, tuple(cells)))
    return Table(columns, tuple(rows), shown)
