"""Limits: a measure with a filter, a time and an amount or a share, as rows over variables of the model."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from planner.data.context import EPS, Context, Scenario
from planner.data.measures import SPEND_LINES, Counted, Measures, Subject
from planner.data.payments import Cost, Ledger
from planner.data.types import (
    NO_EXITS,
    NO_STAGES,
    NO_UTILITY,
    Chips,
    Construction,
    Contracts,
    Exits,
    Index,
    LimitRow,
    Service,
    Stages,
    Term,
    Utility,
    Var,
)
from planner.errors import InfeasibleError
from planner.instance.quantity import Quantity
from planner.instance.schema.limits import Limit
from planner.timeline import DAY_MONTHS, Timeline
from planner.tree import Node

FILTERS = ("site", "region", "vendor", "group", "maker", "chip", "kind", "tenure", "workload", "line")
MONEY = ("accrued_spend", "paid_spend", "open_commitments", "debt")
SPEND = ("accrued_spend", "paid_spend")
FLOWS = (*SPEND, "signings")
"""Measures that are summed over the window."""
STANDING = ("secured_mw", "powered_mw", "installed_mw", "under_construction_mw")


def prepare_limits(
    context: Context,
    construction: Construction,
    contracts: Contracts,
    chips: Chips,
    service: Service,
    ledger: Ledger,
    *,
    stages: Stages = NO_STAGES,
    exits: Exits = NO_EXITS,
    utility: Utility = NO_UTILITY,
) -> tuple[tuple[LimitRow, ...], Ledger]:
    """Rows of all active limits, and the price of breaking soft ones."""
    measures = Measures(context, construction, contracts, chips, service, ledger, stages, exits, utility)
    rows = tuple(row for limit_id in context.spec.limits for row in _rows(context, measures, limit_id))
    impossible = [row for row in rows if not row.terms and not row.total_terms and row.soft_usd_m is None]
    if impossible:
        raise InfeasibleError(
            "no plan keeps all rules",
            explanation=[_unchangeable(row) for row in impossible],
            stopped_by="infeasible",
            where=f"limits.{impossible[0].limit}",
            hint="change the amount, the filter or the dates of the limit",
        )
    cost: Cost = {
        ("broken", (row.limit, row.member, row.node)): {"soft_limits": (row.soft_usd_m, 0.0)}
        for row in rows
        if row.soft_usd_m is not None
    }
    return rows, Ledger(cost=cost)


def _unchangeable(row: LimitRow) -> str:
    bound = row.amount if row.share is None else row.share * row.total_given
    name = f"{row.limit} {row.member}".strip()
    return (
        f"no decision changes what limit {name} counts in {row.node}: it is {row.given:.6g} {row.unit}, the limit "
        f"{bound:.6g}"
    )


@dataclass(frozen=True)
class Sum:
    """Terms by variable and what is given."""

    terms: tuple[Term, ...]
    given: float


@dataclass(frozen=True)
class Reading:
    """The terms that hold at a node, and all parts of the measure there that pass the filter."""

    node: Node
    limit: Limit
    parts: tuple[Counted, ...]
    total: Sum
    """The same without filter and group, where a share of it is limited."""


def _rows(context: Context, measures: Measures, limit_id: str) -> Iterator[LimitRow]:
    """Rows of a limit, each by the terms of the leaves that pass its node."""
    readings = {
        node: _reading(context, measures, limit_id, node, positions)
        for node, position in context.tree.period.items()
        if (positions := _counted_at(context, limit_id, node, position)) is not None
    }
    members: dict[Node, dict[str, None]] = {node: {} for node in readings}
    for scenario in context.scenarios.values():
        mine = [readings[node] for node in context.path(scenario) if node in readings]
        found = _members(scenario.spec.limits[limit_id], mine, measures)
        for reading in mine:
            members[reading.node].update(dict.fromkeys(found))
    for member in dict.fromkeys(each for found in members.values() for each in found):
        for node, reading in readings.items():
            if member in members[node]:
                yield from _rows_of(context, limit_id, reading, member)


def _rows_of(context: Context, limit_id: str, reading: Reading, member: str) -> Iterator[LimitRow]:
    limit = reading.limit
    mine = _sum(limit, (part for part in reading.parts if _belongs(limit, member, part.subject)))
    for sense, amount, share in _bounds(limit):
        row = _row(context, limit_id, limit, member, reading.node, sense, amount, share, mine, reading.total)
        if _says_something(row):
            yield row


def _row(
    context: Context,
    limit_id: str,
    limit: Limit,
    member: str,
    node: Node,
    sense: str,
    amount: float,
    share: float | None,
    mine: Sum,
    total: Sum,
) -> LimitRow:
    # An amount and a share of one sense are two rows and need two names.
    both = share is not None and _amount(limit, sense) is not None
    return LimitRow(
        limit=limit_id,
        member=f"{member} share".strip() if both else member,
        node=node,
        sense=sense,
        terms=mine.terms,
        given=mine.given,
        amount=amount,
        share=share,
        total_terms=total.terms if share is not None else (),
        total_given=total.given if share is not None else 0.0,
        soft_usd_m=_soft_usd_m(context, limit, node),
        unit=_unit(limit),
    )


def _says_something(row: LimitRow) -> bool:
    """Whether a row can bind; without variables it is either true or cannot be met."""
    if row.terms or (row.share is not None and row.total_terms):
        return True
    bound = row.amount if row.share is None else row.share * row.total_given
    kept = row.given <= bound + 1e-6 if row.sense == "max" else row.given >= bound - 1e-6
    return not kept


# Time


def _counted_at(context: Context, limit_id: str, node: Node, position: int) -> tuple[int, ...] | None:
    """Positions of the periods that a limit counts at a node; None where it asks for nothing there.

    Leaves that share the node must agree on it, and on what the limit says.
    """
    found = context.agreed(node, lambda scenario: _said_at(scenario, limit_id, position), f"limit {limit_id}")
    return None if found is None else found[0]


def _said_at(scenario: Scenario, limit_id: str, position: int) -> tuple[tuple[int, ...], Hashable] | None:
    """What a limit counts and says at a period under the terms of a leaf; None if it is silent there."""
    limit = scenario.spec.limits[limit_id]
    if not limit.active:
        return None
    positions = _positions(limit, scenario.timeline)
    if limit.measure in FLOWS:
        return (positions, _says(limit)) if positions and positions[-1] == position else None
    return ((position,), _says(limit)) if position in positions else None


def _positions(limit: Limit, timeline: Timeline) -> tuple[int, ...]:
    """Positions of the periods that a limit counts: the one with the last day of `at`, or all in the window.

    None where its dates lie outside of the calendar: it asks for nothing.
    """
    first = timeline.first(limit.from_) if limit.from_ is not None else 0.0
    last = limit.at if limit.at is not None else limit.to
    after = timeline.end if last is None else timeline.after(last)
    if limit.at is not None and limit.measure not in FLOWS:
        position = timeline.position(after - DAY_MONTHS)
        return () if position is None else (position,)
    starts = (period.start for period in timeline.periods)
    return tuple(place for place, start in enumerate(starts) if first - EPS <= start < after - EPS)


def _says(limit: Limit) -> Hashable:
    """All that a limit says but its name, its source and its dates."""
    prices = (limit.soft_usd_m_per_mw_year, limit.soft_usd_per_usd_year)
    return (
        limit.measure, limit.basis, limit.group_by, limit.include_given, limit.at is None, limit.from_,
        *(getattr(limit, name) for name in FILTERS), *_bounds(limit),
        *(None if price is None else price.constant for price in prices),
    )  # fmt: skip


def _reading(
    context: Context, measures: Measures, limit_id: str, node: Node, positions: tuple[int, ...]
) -> Reading:
    """What is counted at a node: a state, or the sum of a window along the path."""
    limit = context.at(node).spec.limits[limit_id]
    if limit.measure in FLOWS:
        inside = [n for n in context.tree.path[node] if context.tree.period[n] in positions]
        parts = [part for n in inside for part in measures.flow(limit.measure, n)]
        parts = [*_before(context, measures, limit, positions), *parts]
    else:
        parts = list(measures.state(limit.measure, node))
    shared = limit.min_share is not None or limit.max_share is not None
    total = _sum(limit, _unfiltered(limit, parts)) if shared else Sum((), 0.0)
    passed: dict[Subject, bool] = {}
    return Reading(node, limit, tuple(p for p in parts if _passes(passed, limit, p.subject)), total)


def _before(
    context: Context, measures: Measures, limit: Limit, positions: tuple[int, ...]
) -> Iterator[Counted]:
    """What a sum counts beside decisions: given signings, and spending before the first day."""
    first = context.timeline.first(limit.from_) if limit.from_ is not None else 0.0
    if limit.measure == "signings":
        yield from measures.given_signings(first, context.periods[positions[-1]].end)
    elif limit.from_ is not None:
        for spent in context.spec.money.opening.past_spend:
            if context.timeline.first(spent.from_) >= first - EPS:
                yield measures.past_spend(spent)


# Filter and group


def _passes(chosen: dict[Subject, bool], limit: Limit, subject: Subject) -> bool:
    if subject not in chosen:
        chosen[subject] = _default_line(limit, subject) and all(
            not wanted or getattr(subject, name) in wanted
            for name in FILTERS
            for wanted in (getattr(limit, name),)
        )
    return chosen[subject]


def _default_line(limit: Limit, subject: Subject) -> bool:
    return limit.measure not in SPEND or bool(limit.line) or subject.line in SPEND_LINES


def _unfiltered(limit: Limit, parts: Iterable[Counted]) -> Iterator[Counted]:
    """What shares are shares of: the same measure without filter and group."""
    return (p for p in parts if limit.measure not in SPEND or p.subject.line in SPEND_LINES)


def _members(limit: Limit, readings: list[Reading], measures: Measures) -> list[str]:
    """Members of the group in order of appearance, with a minimum also those that have nothing yet.

    One without name where there is no group.
    """
    if limit.group_by is None:
        return [""]
    subjects = [part.subject for reading in readings for part in reading.parts]
    if limit.measure in STANDING and any(sense == "min" for sense, _, _ in _bounds(limit)):
        passed: dict[Subject, bool] = {}
        subjects += [subject for subject in measures.places() if _passes(passed, limit, subject)]
    found = (getattr(subject, limit.group_by) for subject in subjects)
    return [member for member in dict.fromkeys(found) if member is not None]


def _belongs(limit: Limit, member: str, subject: Subject) -> bool:
    return limit.group_by is None or getattr(subject, limit.group_by) == member


def _sum(limit: Limit, parts: Iterable[Counted]) -> Sum:
    terms: dict[tuple[Var, Index], float] = {}
    given = 0.0
    for part in parts:
        if part.running and not limit.include_given:
            continue
        weight = part.subject.facility_per_it if limit.basis == "facility" else 1.0
        if part.term is not None:
            var, index, coefficient = part.term
            terms[var, index] = terms.get((var, index), 0.0) + weight * coefficient
        else:
            given += weight * part.amount
    return Sum(tuple((var, index, number) for (var, index), number in terms.items() if number), given)


# Amounts


def _bounds(limit: Limit) -> Iterator[tuple[str, float, float | None]]:
    """(sense, amount, share) of what the limit states."""
    for sense in ("min", "max"):
        amount = _amount(limit, sense)
        if amount is not None:
            yield sense, amount, None
        share: Quantity | None = getattr(limit, f"{sense}_share")
        if share is not None:
            yield sense, 0.0, share.constant


def _amount(limit: Limit, sense: str) -> float | None:
    if limit.measure in MONEY:
        stated: Quantity | None = getattr(limit, f"{sense}_usd_bn")
        return None if stated is None else stated.constant * 1000.0
    stated = getattr(limit, f"{sense}_count" if limit.measure == "signings" else f"{sense}_mw")
    return None if stated is None else stated.constant


def _unit(limit: Limit) -> str:
    if limit.measure in MONEY:
        return "USD m"
    if limit.measure == "signings":
        return "signings"
    return "facility MW" if limit.basis == "facility" else "MW"


def _soft_usd_m(context: Context, limit: Limit, node: Node) -> float | None:
    """Cost of a unit broken, discounted and weighted; an `at` limit and the sum of a window count as one year."""
    price = limit.soft_usd_per_usd_year if limit.measure in MONEY else limit.soft_usd_m_per_mw_year
    if price is None:
        return None
    once = limit.at is not None or limit.measure in FLOWS
    years = 1.0 if once else context.period(node).years
    factor = context.at(node).mid_factor("soft_limits", context.tree.period[node])
    return price.constant * years * factor * context.tree.probability[node]
