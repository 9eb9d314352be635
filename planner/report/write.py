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
    """Write the report of a plan into a folder and return its files, the HTML page first."""
    from planner.report.html import to_html
    from planner.report.make import make_report
    from planner.report.markdown import to_markdown
    from planner.report.workbook import to_workbook

    place = Path(folder)
    report = make_report(plan, verdict)
    return [
        write_atomic(place / HTML_FILE, to_html(report)),
        write_atomic(place / MARKDOWN_FILE, to_markdown(report)),
        write_atomic(place / WORKBOOK_FILE, to_workbook(report, plan)),
    ]
