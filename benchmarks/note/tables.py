"""The data of the note as csv files, one row a key: what the tables are built from and the prose quotes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "docs" / "data" / "stargate"
TABLES = ("run", "cases", "years", "vendors", "lines", "levels", "lift", "breakeven", "floor", "reference")
"""In the order in which the note is made; `reference` is kept by hand: public claims and the earlier trial."""

TEXTS = {"key", "digest", "instance_hash"}
"""Columns that may look like numbers and are none."""

Cell = str | float
Row = dict[str, Cell]


@dataclass(frozen=True)
class Tables:
    """All tables: {table: {key: {column: cell}}}; a number that is not there is an empty text."""

    rows: Mapping[str, Mapping[str, Row]]

    def cell(self, name: str) -> Cell:
        """Return `table.key.column`; the key may hold dots. KeyError says what is missing."""
        table, _, rest = name.partition(".")
        key, _, column = rest.rpartition(".")
        if table not in self.rows or key not in self.rows[table] or column not in self.rows[table][key]:
            raise KeyError(f"the note quotes {name}, which no table has")
        return self.rows[table][key][column]

    def number(self, name: str) -> float:
        """Return a cell that is a number."""
        cell = self.cell(name)
        if isinstance(cell, str):
            raise TypeError(f"{name} is {cell!r}, not a number")
        return cell


def keyed(rows: Iterable[Mapping[str, object]]) -> dict[str, Row]:
    """Return rows by their `key`, every number as it will be read back."""
    return {str(row["key"]): {name: _cell(name, _text(value)) for name, value in row.items()} for row in rows}


def read_tables(folder: Path = DATA) -> Tables:
    """Return all tables of a folder."""
    return Tables(
        {name: _read(folder / f"{name}.csv") for name in TABLES if (folder / f"{name}.csv").exists()}
    )


def write_table(name: str, rows: Mapping[str, Row], folder: Path = DATA) -> None:
    """Write one table; its columns are those of its first row."""
    if not rows:
        return
    text = io.StringIO()
    columns = list(next(iter(rows.values())))
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({column: _text(row[column]) for column in columns} for row in rows.values())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.csv").write_text(text.getvalue(), encoding="utf-8")


def _read(path: Path) -> dict[str, Row]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            {str(name): _cell(str(name), text) for name, text in row.items()} for row in csv.DictReader(file)
        ]
    return {str(row["key"]): row for row in rows}


def _cell(column: str, text: str) -> Cell:
    if column in TEXTS:
        return text
    try:
        return float(text)
    except ValueError:
        return text


def _text(value: object) -> str:
    """Nine digits are more than any figure needs; -0 is 0."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{float(value) + 0.0:.9g}"
    return str(value)
