"""Reads the files of a report as a stranger would: tables of HTML, Markdown and xlsx, tags, formulas; solved plans."""

from __future__ import annotations

import functools
import re
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import planner
from planner.audit import Verdict
from planner.plan.plan import Plan

ROOT = Path(__file__).resolve().parent.parent


@functools.cache
def solved(name: str, case: str = "") -> tuple[Plan, Verdict]:
    """Return the plan of an instance and its verdict; each is solved once."""
    instance = planner.read(ROOT / "instances" / name, cases=(case,) if case else ())
    plan = planner.solve(instance, gap=0.05, time_limit=600)
    return plan, planner.audit(plan)


@dataclass
class Read:
    """A table as it is shown."""

    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    foot: list[str] = field(default_factory=list)
    faint: list[int] = field(default_factory=list)

    def column(self, name: str) -> list[float]:
        """Return the numbers of a column."""
        place = self.head.index(name)
        return [number(row[place]) for row in self.rows]

    def row(self, name: str) -> list[float]:
        """Return the numbers of the one row with a name."""
        (found,) = [row for row in self.rows if row[0] == name]
        return [number(cell) for cell in found[1:]]


class Page(HTMLParser):
    """All tags, attributes and texts of a page, and its tables by id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.tables: dict[str, Read] = {}
        self.ids: list[str] = []
        self._table: Read | None = None
        self._part = ""
        self._cells: list[str] | None = None
        self._open = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        self.tags.add(tag)
        self.attributes += [(tag, key, value) for key, value in found.items()]
        self.ids += [found["id"]] if "id" in found else []
        if tag == "table":
            self._table = self.tables[found["id"]] = Read()
        elif tag in ("thead", "tbody", "tfoot"):
            self._part = tag
        elif tag == "tr" and self._table is not None:
            self._cells = []
            if "faint" in found.get("class", ""):
                self._table.faint.append(len(self._table.rows))
        elif tag in ("td", "th") and self._cells is not None:
            self._cells.append("")
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._open = False
        elif tag == "table":
            self._table = None
        elif tag == "tr" and self._table is not None and self._cells is not None:
            if self._part == "tbody":
                self._table.rows.append(self._cells)
            elif self._part == "thead":
                self._table.head = [cell.replace("\xa0", " ") for cell in self._cells]
            else:
                self._table.foot = self._cells
            self._cells = None

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._open and self._cells:
            self._cells[-1] += data


def number(text: str) -> float:
    """Return the number in a cell; a dash is zero."""
    plain = text.strip().strip("*").replace(",", "").replace("−", "-").replace(" %", "").strip()
    return 0.0 if plain in ("–", "") else float(plain)


def markdown_tables(text: str) -> dict[str, Read]:
    """Return the tables of a Markdown text by the heading above them."""
    found: dict[str, Read] = {}
    title, table = "", Read()
    for line in text.splitlines():
        if line.startswith("#"):
            title, table = line.lstrip("# "), Read()
        elif line.startswith("| "):
            cells = [plain(cell) for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if not table.head:
                table.head = cells
                found[plain(title)] = table
            elif not re.fullmatch(r"[|:\- ]+", line):
                table.rows.append(cells)
    return found


def plain(text: str) -> str:
    """Return the words of a piece of Markdown without escapes and weight."""
    shown = text.strip()
    if shown.startswith("**") and shown.endswith("**"):
        shown = shown[2:-2]
    shown = shown.removesuffix(" (not reported)")
    return re.sub(r"\\(.)", r"\1", shown).replace("&amp;", "&")


@dataclass
class Sheet:
    """Values and formulas of a sheet by (row, column), counted from 0."""

    values: dict[tuple[int, int], str | float] = field(default_factory=dict)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)

    def row(self, at: int) -> list[str | float | None]:
        """Return the cells of a row from the first to the last that has one."""
        places = [column for row, column in self.values if row == at]
        return [self.values.get((at, column)) for column in range(max(places, default=-1) + 1)]


_NAMES = {
    "m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
}


def sheets(content: bytes) -> dict[str, Sheet]:
    """Return the sheets of a workbook in their order, read from the file format itself."""
    with zipfile.ZipFile(BytesIO(content)) as pack:
        shared = [
            "".join(part.text or "" for part in item.iter(f"{{{_NAMES['m']}}}t"))
            for item in ET.fromstring(pack.read("xl/sharedStrings.xml")).findall("m:si", _NAMES)
        ]
        book = ET.fromstring(pack.read("xl/workbook.xml"))
        names = [sheet.attrib["name"] for sheet in book.findall("m:sheets/m:sheet", _NAMES)]
        return {
            name: _sheet(pack.read(f"xl/worksheets/sheet{place}.xml"), shared)
            for place, name in enumerate(names, 1)
        }


def _sheet(content: bytes, shared: list[str]) -> Sheet:
    sheet = Sheet()
    for cell in ET.fromstring(content).findall("m:sheetData/m:row/m:c", _NAMES):
        at = place(cell.attrib["r"])
        formula, value = cell.find("m:f", _NAMES), cell.find("m:v", _NAMES)
        if formula is not None:
            sheet.formulas[at] = formula.text or ""
        if value is not None and value.text is not None:
            is_text = cell.attrib.get("t") == "s"
            sheet.values[at] = shared[int(value.text)] if is_text else float(value.text)
    return sheet


def place(name: str) -> tuple[int, int]:
    """Return (row, column) of `B3`, counted from 0."""
    letters = name.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(name[len(letters) :]) - 1, column - 1
