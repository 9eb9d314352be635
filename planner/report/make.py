"""Puts the report together from a plan and its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from planner.numbers import plain
from planner.plan.plan import Plan
from planner.report.answer import BASIS, answer, decisions_table, summary_table
from planner.report.capacity_tables import (
    concentration_tables,
    ladder_table,
    limits_tables,
    routes_table,
    service_table,
)
from planner.report.content import Figure, Report, Section, Table
from planner.report.ledger import Flows
from planner.report.money_tables import (
    commitments_table,
    costs_table,
    debt_table,
    memo_tables,
    payables_table,
    statements,
)
from planner.report.over_time import Time
from planner.report.pictures import Pictures
from planner.report.provenance import Ledger, changes_table, claims_table
from planner.report.run_record import notices, record_tables
from planner.report.tie import tie_table
from planner.report.unit_costs import lease_or_build_table, use_table
from planner.report.wording import Names
from planner.report.works import Decision, Works

if TYPE_CHECKING:
    from planner.audit import Verdict

GIVEN_TITLE = "Given: running contracts and other flows"
GIVEN = "Not decisions: they run, or their date and amount are given. MW of IT load. What is received is below zero."
DECISIONS = (
    "Every contract signed or kept beyond its term, clause used, capacity used without a contract, block and power "
    "unit started, chip ordered and loan drawn; rows without a date follow from the others: draws on commitments, "
    "early payments, energy, operation, interest, margin lost. What is received is a payment below zero. What is "
    "obliged is nominal and reaches beyond the calendar; a contract is kept, and capacity used on demand, from period "
    "to period, which obliges to nothing. Ledger and given flows together are the cash statement."
)
NEXT_SHOWN = 12
"""Decisions that can wait shown in the summary; the rest follow in the ledger of decisions."""


def make_report(plan: Plan, verdict: Verdict) -> Report:
    """The whole report as content."""
    spec = plan.instance.spec
    time, names = Time.of(plan), Names(spec)
    works = Works(plan, time, names)
    decisions = works.all()
    pictures = Pictures(plan, time, names, decisions)
    stacks = {figure.id: figure for figure in pictures.stacks()}
    now, later = now_and_later(decisions, time, names)
    first, last = time.spans[0], time.spans[time.last_reported]
    subtitle = f"Case {plan.instance.case} · {first.label} to {last.label}"
    if time.spans[-1].label != last.label:
        subtitle += f", modelled to {time.spans[-1].label}"
    if time.branching:
        subtitle += f" · {len(time.leaves)} scenarios, expected values unless a scenario is named"
    return Report(
        title=plain(plan.instance.name)[:200],
        subtitle=subtitle,
        notices=notices(plan, verdict),
        answer=answer(plan, time, decisions, names),
        first_figures=(pictures.ladder(), pictures.cash()),
        first_tables=(now,),
        second_tables=(later,),
        second_figures=(
            *_some(stacks.get("vendor")),
            pictures.spend(),
            pictures.commitments(),
            pictures.costs(),
        ),
        sections=tuple(_sections(plan, verdict, time, names, decisions, works.flows, pictures, stacks)),
        footer=_footer(plan),
    )


def _footer(plan: Plan) -> str:
    versions = plan.record.versions
    return f"planner {versions['planner']} · {plan.instance.name} / {plan.instance.case} · {plan.instance.hash[:8]}"


def now_and_later(decisions: Sequence[Decision], time: Time, names: Names) -> tuple[Table, Table]:
    """What to sign and start now, and the next of what can wait, as two tables of the summary."""
    made = [each for each in decisions if each.taken]
    now = [each for each in made if each.now]
    later = [each for each in made if not each.now and each.reported]
    until = time.spans[min(1, len(time.spans) - 1)].label
    rest = len(later) - NEXT_SHOWN
    more = f" {rest} more follow in the ledger of decisions." if rest > 0 else ""
    return (
        summary_table("now", f"Sign and start now, by the end of {until}", now, time, names, BASIS),
        summary_table(
            "later",
            "Can wait: what comes next",
            later[:NEXT_SHOWN],
            time,
            names,
            BASIS + more,
            f"Total of these {NEXT_SHOWN}" if rest > 0 else "Total",
        ),
    )


def _sections(
    plan: Plan,
    verdict: Verdict,
    time: Time,
    names: Names,
    decisions: Sequence[Decision],
    flows: Flows,
    pictures: Pictures,
    stacks: Mapping[str, Figure],
) -> Iterable[Section]:
    given = [each for each in decisions if each.given]
    made = [each for each in decisions if not each.given]
    changes = changes_table(plan)
    if changes is not None:
        yield Section("case", "What this case changes", (), (), (changes,))
    yield Section(
        "decisions", "Decisions",
        (DECISIONS,),
        (pictures.timeline(),),
        (decisions_table("decisions", "Ledger of decisions", made, time, names),
         *([decisions_table("given", GIVEN_TITLE, given, time, names, GIVEN, folded=True)]
           if given else []),
         tie_table(plan, time, decisions, flows)),
    )  # fmt: skip
    yield Section(
        "capacity", "Capacity", (),
        (pictures.service(), *(stacks[id_] for id_ in ("tenure", "chip") if id_ in stacks), *_some(pictures.power())),
        (ladder_table(plan, time, "facility", "ladder-facility", f"Ladder in {time.scale.unit} at the meter"),
         service_table(plan, time, names), *_some(routes_table(plan, names))),
    )  # fmt: skip
    yield Section("money", "Money", (), (), (
        *statements(plan, time), *_some(debt_table(plan, names, time)), *_some(payables_table(plan, names, time)),
        commitments_table(plan, time),
    ))  # fmt: skip
    yield Section(
        "cost",
        "Cost",
        (),
        (),
        (
            costs_table(plan, names),
            *memo_tables(plan),
            *_some(use_table(plan, time, names)),
            *_some(lease_or_build_table(plan, time, names)),
        ),
    )
    yield Section("exposure", "Concentration and limits", (), (), (
        *concentration_tables(plan, time, names), *limits_tables(plan, time, names),
    ))  # fmt: skip
    claims = claims_table(plan, time)
    if claims is not None:
        yield Section("claims", "Public claims beside the plan", (), (), (claims,))
    ledger = Ledger(plan, time)
    yield Section("assumptions", "Assumptions", (ledger.summary(),), (), ledger.tables())
    yield Section("record", "Run record", (), (), record_tables(plan, verdict))


def _some(part: Table | Figure | None) -> tuple:  # type: ignore[type-arg]
    return () if part is None else (part,)
