"""The report as a workbook that finance can trace: every cell of the cash statement sums payments on another sheet."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from planner.numbers import plain
from planner.plan.plan import Plan
from planner.report.cash_sheet import (
    MARGIN_SHEET,
    CashSheet,
    Looks,
    column_letters,
    margin_formulas,
    margin_frame,
)
from planner.report.content import Cell, Kind, Report, Table

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

OPTIONS = {
    "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
}  # fmt: skip
LONGEST_TEXT = 32_000
NUMBER: dict[Kind, str] = {
    "usd_m": "#,##0.0", "usd_bn": "#,##0.00", "mw": "#,##0.0", "gw": "#,##0.000", "share": "0.0%", "price": "#,##0.0",
    "count": "#,##0", "seconds": "0.00",
}  # fmt: skip
COPIED = {
    "Ledger of decisions": ("decisions", "given", "tie"), "Debt and payables": ("debt", "payables"),
    "Limits with headroom": ("limits", "limits-periods"),
    "Claims": ("claims",), "Case": ("changes",), "Assumptions": ("assumptions", "sources"),
    "Run record": ("record", "phases", "violations", "user-rules"),
}  # fmt: skip
"""Sheet: the tables of the report that it holds."""


def to_workbook(report: Report, plan: Plan) -> bytes:
    """The bytes of the workbook; the same report gives the same bytes."""
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, OPTIONS)
    book.set_properties({"title": report.title[:200], "created": datetime(2000, 1, 1)})
    writer = _Writer(book)
    writer.summary(report)
    writer.statement(plan)
    tables = {table.id: table for table in report.tables()}
    for name, ids in COPIED.items():
        writer.tables(name, [tables[id_] for id_ in ids if id_ in tables])
    for name, frame in plan.frames.items():
        writer.frame(name, frame)
    book.close()
    return buffer.getvalue()


class _Writer:
    """Writes sheets; knows the formats."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._bold = book.add_format({"bold": True})
        self._head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self._title = book.add_format({"bold": True, "font_size": 14})
        self._loud = book.add_format({"bold": True, "font_size": 14, "font_color": "#A3211B"})
        self._wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self._faint = book.add_format({"font_color": "#8A94A0", "italic": True})
        self._money = book.add_format({"num_format": NUMBER["usd_m"]})
        self._strong = book.add_format({"num_format": NUMBER["usd_m"], "bold": True, "top": 1})
        self._kinds = {kind: book.add_format({"num_format": form}) for kind, form in NUMBER.items()}

    def _sheet(self, name: str) -> Worksheet:
        sheet = self._book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        return sheet

    def summary(self, report: Report) -> None:
        """The answer, and what to do now and next."""
        sheet = self._sheet("Summary")
        sheet.set_column(0, 0, 20)
        sheet.set_column(1, 1, 22)
        sheet.set_column(2, 2, 60)
        sheet.set_column(3, 12, 16)
        sheet.write_string(0, 0, text(report.title), self._title)
        sheet.write_string(1, 0, text(report.subtitle))
        row = 3
        for notice in report.notices:
            sheet.write_string(row, 0, text(notice.title), self._loud if notice.tone == "bad" else self._bold)
            for line in notice.lines:
                row += 1
                sheet.write_string(row, 0, text(line))
            row += 1
        for line_ in report.answer:
            row += 1
            sheet.write_string(row, 0, text(line_.label), self._wrap)
            sheet.write_string(row, 1, text(line_.figure), self._bold)
            sheet.write_string(row, 2, text(f"{line_.sentence} {line_.apart}".strip()), self._wrap)
        for table in (*report.first_tables, *report.second_tables):
            row = self._table(sheet, row + 3, table)

    def tables(self, name: str, tables: Sequence[Table]) -> None:
        """Tables of the report one under another; no sheet without any."""
        if not tables:
            return
        sheet, row = self._sheet(name), 0
        for place in range(max(len(table.columns) for table in tables)):
            sheet.set_column(place, place, _width(tables, place))
        for table in tables:
            row = self._table(sheet, row, table) + 2

    def _table(self, sheet: Worksheet, row: int, table: Table) -> int:
        sheet.write_string(row, 0, text(table.title), self._bold)
        row += 1
        for place, column in enumerate(table.columns):
            sheet.write_string(row, place, text(column.label), self._head)
        rows = [*table.rows, *([table.total] if table.total is not None else [])]
        for cells in rows:
            row += 1
            for place, (cell, column) in enumerate(zip(cells, table.columns, strict=True)):
                self._cell(sheet, row, place, cell, self._kinds.get(column.kind))
        if table.note:
            row += 1
            sheet.write_string(row, 0, text(table.note), self._faint)
        return row

    def _cell(self, sheet: Worksheet, row: int, place: int, cell: Cell, form: Any) -> None:
        if cell is None or cell == "":
            return
        if isinstance(cell, bool):
            sheet.write_boolean(row, place, cell)
        elif isinstance(cell, str):
            sheet.write_string(row, place, text(cell))
        elif math.isfinite(cell):
            sheet.write_number(row, place, cell, form)

    def frame(self, name: str, frame: pd.DataFrame) -> Worksheet:
        """A frame of the plan as it is, one row a row; what is not reported is set back."""
        sheet = self._book.add_worksheet(name)
        for place, column in enumerate(frame.columns):
            label = str(column)
            sheet.write_string(0, place, text(label), self._head)
            sheet.set_column(place, place, max(10.0, min(len(label) * 1.1, 28.0)))
            self._column(sheet, place, frame[column].tolist(), self._format_of(label))
        if len(frame):
            sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
        sheet.freeze_panes(1, 0)
        if "reported" in frame.columns and len(frame):
            at = column_letters(list(frame.columns).index("reported"))
            rule = {"type": "formula", "criteria": f"=${at}2=FALSE", "format": self._faint}
            sheet.conditional_format(1, 0, len(frame), len(frame.columns) - 1, rule)
        return sheet

    def _column(self, sheet: Worksheet, place: int, values: Sequence[Any], form: Any) -> None:
        for row, value in enumerate(values, 1):
            self._cell(sheet, row, place, value, form)

    def _format_of(self, label: str) -> Any:
        for ending, kind in (
            ("_usd_m", "usd_m"),
            ("_gw", "gw"),
            ("_mw", "mw"),
            ("_mwh", "mw"),
            ("share", "share"),
        ):
            if label.endswith(ending):
                return self._kinds[kind]  # type: ignore[index]
        return None

    def statement(self, plan: Plan) -> None:
        """The cash statement in formulas, and the margins behind it."""
        looks = Looks(self._title, self._head, self._faint, self._bold, self._money, self._strong)
        margin = margin_frame(plan)
        CashSheet(self._sheet("Cash statement"), plan, margin, looks).write()
        sheet = self.frame(MARGIN_SHEET, margin)
        for name, formulas in margin_formulas(margin).items():
            place = list(margin.columns).index(name)
            for row, (formula, value) in enumerate(zip(formulas, margin[name], strict=True), 1):
                sheet.write_formula(row, place, formula, self._money, float(value))


def text(words: str) -> str:
    """Words as a cell takes them."""
    return plain(words[:LONGEST_TEXT])


def _width(tables: Sequence[Table], place: int) -> float:
    longest = [
        max([len(table.columns[place].label) * 0.6, *(_length(row[place]) for row in table.rows)])
        for table in tables
        if place < len(table.columns)
    ]
    return max(9.0, min(max(longest) * 1.05, 60.0))


def _length(cell: Cell) -> float:
    return float(len(cell)) if isinstance(cell, str) else 11.0
