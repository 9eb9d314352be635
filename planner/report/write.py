"""Writes the files of a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planner.files import write_atomic

if TYPE_CHECKING:
    from planner.audit import Verdict
    from planner.plan.plan import Plan

HTML_FILE = "report.html"
MARKDOWN_FILE = "report.md"
WORKBOOK_FILE = "report.xlsx"


def write_report(plan: Plan, verdict: Verdict, folder: str | Path) -> list[Path]:
    """Write the report of a plan into a folder and return its files, the HTML page first.

    AuditError for a saved plan whose tables cannot be told in a report because they do not hold together.
    """
    from planner.audit import reading
    from planner.report.html import to_html
    from planner.report.make import make_report
    from planner.report.markdown import to_markdown
    from planner.report.workbook import to_workbook

    place = Path(folder)
    with reading(plan):
        report = make_report(plan, verdict)
        page, twin = to_html(report), to_markdown(report)
        workbook = to_workbook(report, plan)
    return [
        write_atomic(place / HTML_FILE, page),
        write_atomic(place / MARKDOWN_FILE, twin),
        write_atomic(place / WORKBOOK_FILE, workbook),
    ]
