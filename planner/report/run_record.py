"""How the plan came about: status, audit, phases, size, options, versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.errors import EXIT_OF_SIGNAL, STOPPED
from planner.numbers import count, general, share, short, usd_bn
from planner.plan.plan import Plan
from planner.report.content import Column, Notice, Row, Table
from planner.report.over_time import rows_of
from planner.report.proof_table import bound_rows, claims_of_the_solver
from planner.report.wording import words

if TYPE_CHECKING:
    from planner.audit import Verdict

SHOWN_VIOLATIONS = 20


def notices(plan: Plan, verdict: Verdict) -> tuple[Notice, ...]:
    """What a reader must know before the first number: a rejected audit, unaudited rules, an unfinished solve."""
    found = [_audit_notice(verdict)]
    found.extend(_broken(plan))
    record = plan.record
    if record.user_rules:
        names = ", ".join(f"“{rule['name']}”" for rule in record.user_rules)
        found.append(
            Notice("warn", f"Not audited: {names}", ("The audit cannot check rules that a user wrote.",))
        )
    if record.rules_off:
        found.append(Notice("warn", f"Rules switched off: {', '.join(record.rules_off)}"))
    if record.stopped_by in (*EXIT_OF_SIGNAL, "time_limit") or record.status != "optimal":
        gap = (
            "no bound is known"
            if record.gap_usd_m is None
            else f"a better plan may save up to {usd_bn(record.gap_usd_m)}"
        )
        found.append(Notice("warn", f"{_stopped(record.stopped_by)}: {gap}."))
    order = {"bad": 0, "warn": 1, "good": 2}
    return tuple(sorted(found, key=lambda notice: order[notice.tone]))


def _stopped(reason: str) -> str:
    return STOPPED[reason][:1].upper() + STOPPED[reason][1:]


def _broken(plan: Plan) -> list[Notice]:
    """Soft rules that the plan breaks: the floor, limits."""
    cash, limits = plan.frames["cash"], plan.frames["limits"]
    found = []
    below = cash[cash["reported"] & (cash["headroom_usd_m"] < -0.5)]
    if len(below):
        most, first = usd_bn(-float(below["headroom_usd_m"].min())), below["period"].iloc[0]
        found.append(Notice("warn", f"Cash falls below its floor, first in {first}, by up to {most}."))
    if len(limits):
        for name in limits.loc[limits["reported"] & (limits["broken"] > 1e-6), "limit"].unique():
            limit = plan.instance.spec.limits.get(str(name))
            label = limit.name if limit is not None and limit.name else str(name)
            found.append(Notice("warn", f"Soft limit broken: {short(label, 120)}."))
    return found


def _audit_notice(verdict: Verdict) -> Notice:
    difference = f"{verdict.cost_difference_relative:.1e}"
    if verdict.ok:
        return Notice(
            "good",
            f"Audited: an independent recalculation agrees with every table (cost to {difference}). The bound beyond "
            "what was verified, the status and the times are claims of the solver.",
        )
    lines = [
        f"Cost as solved {usd_bn(verdict.objective_usd_m)}, recalculated {usd_bn(verdict.cost_usd_m)} "
        f"(relative difference {difference}).",
        f"Largest violation {verdict.largest_violation:.2e}: {verdict.where or 'none'}.",
    ]
    many = len(verdict.violations)
    if many:
        lines.append(f"{count(many, 'rule')} broken; the run record lists them.")
    return Notice("bad", "THE AUDIT REJECTS THIS PLAN. Do not use its numbers.", tuple(lines))


def record_tables(plan: Plan, verdict: Verdict) -> tuple[Table, ...]:
    """Run record: identity, result, audit, options, versions; phases; bounds; violations; own rules."""
    tables = [_identity(plan, verdict), _phases(plan)]
    claimed = claims_of_the_solver(plan)
    if claimed is not None:
        tables.append(claimed)
    if len(verdict.violations):
        tables.append(_violations(verdict))
    if plan.record.user_rules:
        columns = (Column("Rule"), Column("Source text"), Column("Audit"))
        rows = tuple(
            (str(rule["name"]), str(rule["source"]), "not audited") for rule in plan.record.user_rules
        )
        tables.append(Table("user-rules", "Rules of the user", columns, rows))
    return tuple(tables)


def _identity(plan: Plan, verdict: Verdict) -> Table:
    record, instance = plan.record, plan.instance
    rows: list[Row] = [
        ("Instance", instance.name),
        ("Case", instance.case),
        ("Content hash (SHA-256)", instance.hash),
        ("Status", f"{record.status}, {STOPPED[record.stopped_by]}"),
        ("Cost, USD m", f"{record.objective_usd_m:,.6f}"),
        *bound_rows(plan),
        ("Gap", "" if record.gap is None or record.gap_usd_m is None
         else f"{share(record.gap)}, USD {record.gap_usd_m:,.1f} m"),
        ("Cut by the clock", ", ".join(words(stage).lower() for stage in record.cut_by_clock) or "nothing"),
        ("Audit", "agrees" if verdict.ok else "REJECTED"),
        ("Audit: cost recalculated, USD m", f"{verdict.cost_usd_m:,.6f}"),
        ("Audit: relative difference of cost", f"{verdict.cost_difference_relative:.2e}"),
        ("Audit: largest violation", f"{verdict.largest_violation:.2e}"),
        ("Audit: where", verdict.where or "nowhere"),
        ("Audit: not audited", ", ".join(verdict.not_audited) or "nothing"),
        ("Rules switched off", ", ".join(record.rules_off) or "none"),
        ("Size", ", ".join(f"{number:,} {name}" for name, number in record.size.items())),
    ]  # fmt: skip
    asked = {name: value for name, value in record.options.items() if value is not None}
    rows += [(f"Option: {words(name).lower()}", _text(value)) for name, value in asked.items()]
    rows += [(f"Version: {name}", version) for name, version in record.versions.items()]
    rows += [("Note", note) for note in record.notes]
    return Table("record", "Run record", (Column("What", "tag"), Column("Value")), tuple(rows), half=True)


def _text(value: object) -> str:
    return (
        general(float(value))
        if isinstance(value, int | float) and not isinstance(value, bool)
        else str(value)
    )


def _phases(plan: Plan) -> Table:
    phases = plan.record.phases
    rows = tuple((words(name), float(seconds)) for name, seconds in phases.items())
    total: Row = ("All phases so far", float(sum(phases.values())))
    return Table("phases", "Time by phase", (Column("Phase"), Column("Seconds", "seconds")), rows, total,
                 "Wall clock; writing this report comes after it.", half=True)  # fmt: skip


def _violations(verdict: Verdict) -> Table:
    frame = verdict.violations
    columns = tuple(Column(words(str(name)), "text") for name in frame.columns)
    rows = tuple(tuple(_plain(cell) for cell in row) for row in rows_of(frame.head(SHOWN_VIOLATIONS)))
    note = f"The first {SHOWN_VIOLATIONS} of {len(frame)}." if len(frame) > SHOWN_VIOLATIONS else ""
    return Table("violations", "Rules that the plan breaks", columns, rows, None, note)


def _plain(cell: object) -> str:
    return general(float(cell)) if isinstance(cell, int | float) and not isinstance(cell, bool) else str(cell)
