"""The report as Markdown: the same words and tables, made for reading in a terminal and for diffs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from planner.numbers import plain
from planner.report.content import Report, Table
from planner.report.numbers import written

_SPECIAL = re.compile(r"([\\`*\[\]<>|~#!])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def to_markdown(report: Report) -> str:
    """The page as text, every foreign word escaped."""
    return "\n".join(_lines(report)).rstrip() + "\n"


def escaped(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no HTML, no new cell."""
    shown = plain(text).replace("&", "&amp;")
    shown = _SPECIAL.sub(lambda found: f"\\{found[0]}", shown)
    return re.sub(r"(?i)\b(https?|ftp|mailto|javascript|data|www)(:|\.)", r"\1\\\2", shown)


def _lines(report: Report) -> Iterator[str]:
    yield f"# {escaped(report.title)}"
    yield ""
    yield escaped(report.subtitle)
    yield ""
    for notice in report.notices:
        yield f"> **{escaped(notice.title)}**"
        for words in notice.lines:
            yield f"> {escaped(words)}"
        yield ""
    for line in report.answer:
        yield f"- **{escaped(line.label)}: {escaped(line.figure)}.** {escaped(line.sentence)}"
        if line.apart:
            yield f"  {escaped(line.apart)}"
    yield ""
    for table in (*report.first_tables, *report.second_tables):
        yield from _table(table, "##")
    for figure in (*report.first_figures, *report.second_figures):
        yield escaped(figure.sentence)
        yield ""
        yield from _table(figure.table, "##")
    for section in report.sections:
        yield f"## {escaped(section.title)}"
        yield ""
        for text in section.text:
            yield escaped(text)
            yield ""
        for figure in section.figures:
            if figure.sentence:
                yield escaped(figure.sentence)
                yield ""
            yield from _table(figure.table, "###")
        for table in section.tables:
            yield from _table(table, "###")
    yield escaped(report.footer)


def _table(table: Table, level: str) -> Iterator[str]:
    yield f"{level} {escaped(table.title)}"
    yield ""
    if not table.rows:
        yield "None."
        yield ""
        return
    marks = [" (not reported)" if column.faint else "" for column in table.columns]
    yield _row([escaped(c.label) + mark for c, mark in zip(table.columns, marks, strict=True)])
    yield _row(["---" if column.kind in ("text", "tag") else "---:" for column in table.columns])
    for number, row in enumerate(table.rows):
        cells = [escaped(written(cell, c.kind)) for cell, c in zip(row, table.columns, strict=True)]
        if number in table.faint:
            cells[0] += " (not reported)"
        yield _row([f"**{cell}**" if cell and number in table.strong else cell for cell in cells])
    if table.total is not None:
        cells = [escaped(written(cell, c.kind)) for cell, c in zip(table.total, table.columns, strict=True)]
        yield _row([f"**{cell}**" if cell else "" for cell in cells])
    yield ""
    if table.note:
        yield escaped(table.note)
        yield ""


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
