"""The audit: walk every scenario date by date with the plan's decisions, and compare with what the plan claims."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pandas as pd

from planner.audit.book import read_book
from planner.audit.branches import walk_branches
from planner.audit.claimed.capacity import ladder
from planner.audit.claimed.costs import costs
from planner.audit.claimed.payments import payments
from planner.audit.claimed.times import Nodes
from planner.audit.claims import compare_claims
from planner.audit.findings import Findings
from planner.audit.names import known_decisions
from planner.audit.record import check_record
from planner.audit.results import cash_frame, frame_of
from planner.audit.verdict import Verdict, violations_frame
from planner.audit.walk import Walk, make_scene, walk_scene
from planner.errors import AuditError, PlannerError
from planner.tree import Node

PAYMENTS = ("variable", "index", "line", "vendor", "node", "amount", "paid_usd_m", "accrued_usd_m")
COST_TOLERANCE = 1e-6
"""Of the objective."""
LADDER = (
    "node", "basis", "secured_gw", "powered_gw", "installed_gw", "operating_gw", "on_demand_gw", "demand_gw",
)  # fmt: skip


def audit_plan(plan: Any) -> Verdict:
    """The verdict on a plan: its instance, tables and run record are all that is read.

    AuditError for a saved plan whose decisions cannot even be followed.
    """
    claimed = {"objective_usd_m": plan.objective_usd_m, **plan.frames}
    try:
        decisions = plan.frames.get("decisions", pd.DataFrame())
        return audit(plan.instance, decisions, claimed, whole=True, record=plan.record)
    except PlannerError:
        raise
    except Exception as error:
        if plan.folder is None:
            raise
        raise unfollowed(plan, error) from error


def unfollowed(plan: Any, error: Exception, verdict: Verdict | None = None) -> AuditError:
    """The error of a saved plan that breaks whoever reads it: its folder was changed after the solve."""
    return AuditError(
        f"the tables of this plan do not hold together ({type(error).__name__}: {str(error)[:200]})",
        verdict=verdict,
        where=str(plan.folder),
        hint="the folder was changed after it was saved; solve the instance again",
    )


@contextmanager
def reading(*plans: Any) -> Iterator[None]:
    """Where reading a saved plan fails and the audit rejects it, say that instead; defects stay what they are."""
    try:
        yield
    except PlannerError:
        raise
    except Exception as error:
        for plan in plans:
            if plan.folder is not None and not (verdict := audit_plan(plan)).ok:
                raise unfollowed(plan, error, verdict) from error
        raise


def audit(
    instance: Any,
    decisions: pd.DataFrame,
    claimed: Mapping[str, Any],
    *,
    whole: bool = False,
    record: Any = None,
) -> Verdict:
    """Recompute cost, cash and every rule from instance and decisions, and compare with what is claimed.

    `claimed` holds `objective_usd_m` and any of the plan's frames by name; planner/audit/claimed/how.py lists how each
    column is compared. Frames and columns that are not there are not compared; with `whole` they are refused. What the
    solver alone knows, `record`, is checked for consistency.
    """
    started = time.perf_counter()
    findings = Findings(instance.rules_off)
    nodes = walked(instance, decisions, findings)
    tables = {"costs": costs(nodes), "ladder": ladder(nodes), "payments": payments(nodes)}
    by_line = frame_of(tables["costs"], ("line", "paid_usd_m", "at_end_usd_m", "total_usd_m"))
    cost = float(by_line["total_usd_m"].sum())
    objective = float(claimed["objective_usd_m"])
    difference = cost - objective
    findings.equal("claimed_objective", "", "", cost, objective, "USD m")
    cash_difference = compare_claims(nodes, claimed, tables, findings, whole=whole)
    if record is not None:
        check_record(record, instance, findings)
    relative = abs(difference) / max(abs(objective), 1.0)
    violations = violations_frame(list(dict.fromkeys(findings.violations)))
    nearest = findings.nearest
    return Verdict(
        ok=violations.empty and relative <= COST_TOLERANCE,
        cost_usd_m=cost,
        objective_usd_m=objective,
        cost_difference_relative=relative,
        cash_difference_usd_m=cash_difference,
        largest_violation=nearest.scaled if nearest is not None else 0.0,
        where=str(nearest) if nearest is not None else "",
        violations=violations,
        costs=by_line,
        cash=cash_frame(nodes),
        ladder=frame_of(tables["ladder"], LADDER),
        payments=frame_of(tables["payments"], PAYMENTS),
        checked=findings.checked,
        not_audited=tuple(rule.name for rule in instance.user_rules),
        rules_off=tuple(instance.rules_off),
        seconds=time.perf_counter() - started,
    )


def walked(instance: Any, decisions: pd.DataFrame, findings: Findings) -> Nodes:
    """Every scenario walked with the decisions; the rules that they break are noted."""
    timeline, branches = walk_branches(instance)
    known = [node for branch in branches for node in branch.path]
    continuous = {
        f"{site_id}.{id_}"
        for site_id, site in instance.spec.sites.items()
        for id_, build in site.build.items()
        if build.continuous
    }
    read = read_book(decisions, findings, continuous)
    book = known_decisions(read, instance.spec, known, findings)
    walks = [walk_scene(make_scene(branch, timeline, book, findings)) for branch in branches]
    _check_late(walks, findings)
    return Nodes(walks)


def _check_late(walks: list[Walk], findings: Findings) -> None:
    """A decision delivers inside the calendar in one scenario at least."""
    late: dict[tuple[str, Node], bool] = {}
    for walk in walks:
        for key, is_late in walk.scene.account.late.items():
            late[key] = is_late and late.get(key, True)
    for (id_, node), is_late in late.items():
        if is_late:
            findings.refuse("delivery_before_end", id_, node, 1.0, "count", "delivers after the calendar")
