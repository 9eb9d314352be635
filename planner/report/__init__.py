"""Reports: what a plan says to a board, to finance and to its planner, as HTML, Markdown and a workbook."""

from planner.report.write import write_report

__all__ = ["write_report"]
