"""What a report says, before it is HTML, Markdown or a workbook: answer lines, figures with their tables, sections."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["text", "tag", "usd_m", "usd_bn", "mw", "gw", "share", "price", "count", "number", "seconds"]
"""How the cells of a column are written: text, short text that is not broken (`tag`), or numbers, right-aligned."""
Cell = str | float | int | bool | None
Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Column:
    """A column of a table with its unit."""

    label: str
    kind: Kind = "text"
    faint: bool = False
    """Of a period that is modelled but not reported."""


@dataclass(frozen=True)
class Table:
    """Rows of raw values; how they look is decided where they are written."""

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row | None = None
    note: str = ""
    faint: frozenset[int] = frozenset()
    """Rows of periods that are modelled but not reported."""
    strong: frozenset[int] = frozenset()
    """Rows that sum up the rows above them."""
    landscape: bool = False
    folded: bool = False
    """Shown when asked for."""
    cards: bool = False
    """On a narrow screen a row is a card with a line a cell, so that its amounts are in view."""
    half: bool = False
    """Narrow enough to stand beside another one."""

    def trimmed(self) -> Table:
        """Without the text columns that are empty in every row."""
        kept = [
            place
            for place, column in enumerate(self.columns)
            if column.kind not in ("text", "tag") or any(row[place] not in ("", None) for row in self.rows)
        ]

        def cut(row: Row) -> Row:
            return tuple(row[place] for place in kept)

        total = None if self.total is None else cut(self.total)
        columns = tuple(self.columns[place] for place in kept)
        return replace(self, columns=columns, rows=tuple(cut(row) for row in self.rows), total=total)


@dataclass(frozen=True)
class Figure:
    """A chart and the table behind it."""

    id: str
    title: str
    sentence: str
    svg: str
    table: Table
    wide: bool = False


@dataclass(frozen=True)
class AnswerLine:
    """One line of the answer: a figure and what it means."""

    label: str
    figure: str
    sentence: str
    apart: str = ""
    """What is set against the sentence, on a line of its own."""


@dataclass(frozen=True)
class Section:
    """A part of the report under one heading."""

    id: str
    title: str
    text: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()

    @property
    def turned(self) -> bool:
        """Whether it is printed in landscape: a heading in portrait would stand alone before a wide table."""
        return not self.figures and any(table.landscape for table in self.tables)


@dataclass(frozen=True)
class Notice:
    """Something that must be seen: `bad` is loud, `good` is quiet."""

    tone: Literal["good", "warn", "bad"]
    title: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """The whole report, its two-page summary first."""

    title: str
    subtitle: str
    notices: tuple[Notice, ...]
    answer: tuple[AnswerLine, ...]
    first_figures: tuple[Figure, ...]
    first_tables: tuple[Table, ...]
    """The first page."""
    second_tables: tuple[Table, ...]
    second_figures: tuple[Figure, ...]
    """The second page."""
    sections: tuple[Section, ...]
    footer: str = ""

    def tables(self) -> tuple[Table, ...]:
        """Every table in the order of the report, those behind figures too."""
        out: list[Table] = [figure.table for figure in (*self.first_figures, *self.second_figures)]
        out.extend((*self.first_tables, *self.second_tables))
        for section in self.sections:
            out.extend(figure.table for figure in section.figures)
            out.extend(section.tables)
        return tuple(out)
