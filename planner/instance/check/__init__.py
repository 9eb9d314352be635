"""Check: what the schema alone cannot see. All findings at once, each with its place and repair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.instance.check.ages import age_findings
from planner.instance.check.branches import branch_findings
from planner.instance.check.calendar import calendar_findings
from planner.instance.check.chip_terms import chip_term_findings
from planner.instance.check.clauses import clause_findings
from planner.instance.check.commitments import commitment_findings
from planner.instance.check.contradictions import contradiction_findings
from planner.instance.check.demand import demand_findings
from planner.instance.check.doubts import doubt_findings
from planner.instance.check.overrides import override_findings
from planner.instance.check.paid import paid_findings
from planner.instance.check.paths import path_findings
from planner.instance.check.pricing import pricing_findings
from planner.instance.check.references import reference_findings
from planner.instance.check.relations import relation_findings
from planner.instance.check.report import Report
from planner.instance.check.scale import entries, scale_findings
from planner.instance.check.silence import silence_findings
from planner.instance.check.silent import MANY, parts_of
from planner.instance.check.stages import stage_findings
from planner.instance.check.terms import term_findings

if TYPE_CHECKING:
    from planner.instance.finding import Finding
    from planner.instance.instance import Instance

__all__ = ["check"]


def check(instance: Instance, doubts: bool = True) -> list[Finding]:
    """Findings about an instance that can be read: errors first, then warnings, each in the order of the file.

    Contradictions and doubts are looked for only where names and terms are in order, so that one slip of the pen
    gives one finding. `doubts=False`: errors alone, as before a solve; in instances of many thousand parts warnings of
    what never matters, where every part is held against every other, are left out too.
    """
    report = Report(instance)
    _errors(report)
    branch_findings(report, _errors)
    if doubts and not report.errors:
        _doubts(report)
    return report.findings


def _errors(report: Report) -> None:
    """What makes the instance, or one leaf of its tree, unusable."""
    for look in (
        calendar_findings,
        reference_findings,
        path_findings,
        term_findings,
        age_findings,
        commitment_findings,
        pricing_findings,
        chip_term_findings,
        clause_findings,
        stage_findings,
        demand_findings,
        paid_findings,
    ):
        look(report)
    if not report.errors:
        contradiction_findings(report)


def _doubts(report: Report) -> None:
    doubt_findings(report)
    if parts_of(report.instance) > MANY:
        return
    silence_findings(report)
    numbers = entries(report)
    scale_findings(report, numbers)
    relation_findings(report, numbers)
    override_findings(report)
