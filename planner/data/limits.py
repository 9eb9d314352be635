"""Limits: a measure with a filter, a time and an amount or a share, as rows over variables of the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from planner.data.context import EPS, Context
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
from planner.errors import InstanceError
from planner.instance.quantity import Quantity
from planner.instance.schema.limits import Limit
from planner.timeline import DAY_MONTHS
from planner.tree import Node

FILTERS = ("site", "region", "vendor", "group", "maker", "chip", "kind", "tenure", "workload", "line")
MONEY = ("accrued_spend", "paid_spend", "open_commitments", "debt")
FLOWS = ("accrued_spend", "paid_spend", "signings")
SPEND = ("accrued_spend", "paid_spend")
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
    rows: list[LimitRow] = []
    for limit_id, limit in context.spec.limits.items():
        if limit.active:
            rows += _rows(context, measures, limit_id, limit)
    cost: Cost = {
        ("broken", (row.limit, row.member, row.node)): {"soft_limits": (row.soft_usd_m, 0.0)}
        for row in rows
        if row.soft_usd_m is not None
    }
    return tuple(rows), Ledger(cost=cost)


@dataclass(frozen=True)
class Reading:
    """All parts of a measure for one row, unfiltered, and the node at which it is read."""

    node: Node
    parts: tuple[Counted, ...]


@dataclass(frozen=True)
class Sum:
    """Terms by variable and what is given."""

    terms: tuple[Term, ...]
    given: float


def _rows(context: Context, measures: Measures, limit_id: str, limit: Limit) -> Iterator[LimitRow]:
    readings = list(_readings(context, measures, limit_id, limit))
    chosen: dict[Subject, bool] = {}
    filtered = [
        Reading(r.node, tuple(p for p in r.parts if _passes(chosen, limit, p.subject))) for r in readings
    ]
    bounds = list(_bounds(limit))
    shared = any(share is not None for _, _, share in bounds)
    totals = [_sum(limit, _unfiltered(limit, r.parts)) if shared else Sum((), 0.0) for r in readings]
    possible = (
        [s for s in measures.places() if _passes(chosen, limit, s)] if limit.measure in STANDING else []
    )
    for member in _members(limit, filtered, possible):
        for reading, total in zip(filtered, totals, strict=True):
            mine = _sum(limit, (p for p in reading.parts if _belongs(limit, member, p.subject)))
            for sense, amount, share in bounds:
                row = _row(context, limit_id, limit, member, reading.node, sense, amount, share, mine, total)
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
    if kept:
        return False
    if row.soft_usd_m is not None:
        return True
    name = f"{row.limit} {row.member}".strip()
    raise InstanceError(
        f"no decision changes what limit {name} counts in {row.node}: it is {row.given:.6g} {row.unit}, the limit "
        f"{bound:.6g}",
        where=f"limits.{row.limit}",
        rule="limit",
        hint="change the amount, the filter or the dates",
    )


# Time


def _readings(context: Context, measures: Measures, limit_id: str, limit: Limit) -> Iterator[Reading]:
    first, after = _window(context, limit)
    if limit.measure in FLOWS:
        yield from _summed(context, measures, limit_id, limit, first, after)
        return
    for node in context.tree.nodes:
        if context.tree.period[node] in _positions(context, limit_id, limit, first, after):
            yield Reading(node, measures.state(limit.measure, node))


def _window(context: Context, limit: Limit) -> tuple[float, float]:
    """[first, after) in months; `at` ends the window of a sum."""
    first = context.timeline.first(limit.from_) if limit.from_ is not None else 0.0
    last = limit.at if limit.at is not None else limit.to
    return first, context.end if last is None else context.timeline.after(last)


def _positions(context: Context, limit_id: str, limit: Limit, first: float, after: float) -> list[int]:
    """Positions of the periods whose state is limited: the one with the last day of `at`, or all in the window."""
    if limit.at is not None and limit.measure not in FLOWS:
        position = context.timeline.position(after - DAY_MONTHS)
        found = [] if position is None else [position]
    else:
        found = [
            position
            for position, period in enumerate(context.periods)
            if first - EPS <= period.start < after - EPS
        ]
    if not found:
        raise InstanceError(
            "the limit's dates name no period of the calendar", where=f"limits.{limit_id}", rule="window"
        )
    return found


def _summed(
    context: Context, measures: Measures, limit_id: str, limit: Limit, first: float, after: float
) -> Iterator[Reading]:
    """One reading for each node at which the window ends: its sum along the path."""
    positions = _positions(context, limit_id, limit, first, after)
    before: list[Counted] = []
    if limit.measure == "signings":
        before += measures.given_signings(first, context.periods[positions[-1]].end)
    elif limit.from_ is not None:
        before += [
            measures.past_spend(spent)
            for spent in context.spec.money.opening.past_spend
            if context.timeline.first(spent.from_) >= first - EPS
        ]
    for node in context.tree.nodes:
        if context.tree.period[node] == positions[-1]:
            inside = [n for n in context.tree.path[node] if context.tree.period[n] in positions]
            parts = [part for n in inside for part in measures.flow(limit.measure, n)]
            yield Reading(node, (*before, *parts))


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


def _unfiltered(limit: Limit, parts: tuple[Counted, ...]) -> Iterator[Counted]:
    """What shares are shares of: the same measure without filter and group."""
    return (p for p in parts if limit.measure not in SPEND or p.subject.line in SPEND_LINES)


def _members(limit: Limit, readings: list[Reading], possible: list[Subject]) -> list[str]:
    """Members of the group in order of appearance, with a minimum also those that have nothing yet.

    One without name where there is no group.
    """
    if limit.group_by is None:
        return [""]
    subjects = [part.subject for reading in readings for part in reading.parts]
    if any(sense == "min" for sense, _, _ in _bounds(limit)):
        subjects += possible
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
