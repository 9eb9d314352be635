"""The flagship with every kind of clause: it reads, solves within its gap and is audited."""

from __future__ import annotations

from pathlib import Path

import planner

FILE = Path(__file__).parent.parent / "instances" / "stargate_clauses.yaml"


def test_the_flagship_with_every_clause_solves_and_is_audited() -> None:
    instance = planner.read(FILE)
    findings = planner.check(instance)
    assert {finding.code for finding in findings} <= {"edge"}, [str(finding) for finding in findings]
    plan = planner.solve(instance, gap=0.01, time_limit=600)
    assert plan.record.status == "optimal", plan.record.stopped_by
    verdict = planner.audit(plan)
    assert verdict.ok, str(verdict)
    assert verdict.cost_difference_relative < 1e-6


def test_it_says_more_than_the_flagship_and_changes_none_of_its_numbers() -> None:
    base, more = planner.read(FILE.with_name("stargate.yaml")), planner.read(FILE)
    known = {number.path: number.quantity for number in base.numbers()}
    also = {number.path: number.quantity for number in more.numbers()}
    assert {path: also[path] for path in known} == known
    assert len(also) > len(known) + 20
