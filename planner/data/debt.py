"""Debt facilities: who may draw when, how draws are repaid, and what debt costs beyond its reference rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import get_args

from planner.data.context import EPS, Context, Scenario, mean_over, number, value_at
from planner.data.payments import Cost, Payments, booked, present_value
from planner.data.types import Facility
from planner.errors import InstanceError
from planner.instance.schema.calendar import Line
from planner.instance.schema.money import DebtFacility
from planner.timeline import Piece
from planner.tree import Node

LINE = "financing"
TIE_BREAK_RATE = 1e-4
"""A year, on what is drawn without spread: debt nobody needs is not drawn."""
COMPANY = "company"
"""No cost line: its rate is the company's."""
LAST_DRAW_MONTHS = 12.0
"""Levered: nothing is drawn so shortly before the end."""


@dataclass(frozen=True)
class Debt:
    """The debt part of `Money`, its costs and memos."""

    facilities: dict[str, Facility]
    draws: tuple[tuple[str, Node], ...]
    draw_lines: tuple[tuple[str, str, Node], ...]
    line_share: dict[tuple[str, Node], float]
    repaid_share: dict[tuple[str, Node, Node], float]
    limit_usd_m: dict[tuple[str, Node], float]
    interest_rate: dict[tuple[str, Node], float]
    commitment_fee: dict[tuple[str, Node], float]
    mean_limit_usd_m: dict[tuple[str, Node], float]
    cost: Cost
    memo_usd_m: dict[str, float]


def prepare_debt(context: Context) -> Debt:
    """All facilities; empty where lenders say no."""
    spec = context.spec
    levered = spec.money.debt_in_cost == "levered"
    if levered and spec.discount.by_line:
        raise InstanceError(
            "levered debt needs one rate on all lines",
            where="money.debt_in_cost",
            rule="levered",
            hint="remove discount.by_line, or use debt_in_cost: cost_only",
        )
    facilities = {id_: _facility(terms) for id_, terms in spec.money.debt.items()}
    draws = tuple((id_, node) for id_ in facilities for node in _draw_nodes(context, id_, levered))
    draw_lines = tuple((id_, line, node) for id_, node in draws for line in facilities[id_].lines)
    line_share: dict[tuple[str, Node], float] = {}
    for id_, line, node in draw_lines:
        line_share[line, node] = max(line_share.get((line, node), 0.0), facilities[id_].share)
    by_node = partial(_by_node, context, tuple(facilities))
    debt = Debt(
        facilities=facilities,
        draws=draws,
        draw_lines=draw_lines,
        line_share=line_share,
        repaid_share=_repaid_shares(context, draws),
        limit_usd_m=by_node(_limit_usd_m),
        interest_rate=by_node(lambda id_, s, p: _terms(s, id_).rate.constant * s.timeline.periods[p].years),
        commitment_fee=by_node(_commitment_fee),
        mean_limit_usd_m=by_node(_mean_limit_usd_m),
        cost={},
        memo_usd_m={},
    )
    cost = _levered_cost(context, debt) if levered else _spread_cost(context, debt)
    return replace(debt, cost=cost, memo_usd_m=_memo(context, debt))


def _terms(scenario: Scenario, id_: str) -> DebtFacility:
    return scenario.spec.money.debt[id_]


def _facility(terms: DebtFacility) -> Facility:
    return Facility(
        kind=terms.kind,
        lines=terms.eligible_lines,
        share=number(terms.eligible_share, 1.0),
        rate=terms.rate.constant,
        draw_fee_share=number(terms.draw_fee_share, 0.0),
    )


def _draw_nodes(context: Context, id_: str, levered: bool) -> list[Node]:
    last = context.end - LAST_DRAW_MONTHS if levered else context.end
    allowed = context.nodes_in(lambda scenario: _terms(scenario, id_).draw)
    return [node for node in allowed if context.period(node).start < last - EPS]


def _by_node(
    context: Context, ids: tuple[str, ...], value: Callable[[str, Scenario, int], float]
) -> dict[tuple[str, Node], float]:
    return {
        (id_, node): number_
        for id_ in ids
        for node, number_ in context.by_node(partial(value, id_), f"debt facility {id_}").items()
    }


def _in_window(id_: str, scenario: Scenario, position: int) -> bool:
    first, after = scenario.window(_terms(scenario, id_).draw)
    return first - EPS <= scenario.timeline.periods[position].start < after - EPS


def _limit_usd_m(id_: str, scenario: Scenario, position: int) -> float:
    """Limit on the last day; 0 before the path begins and nothing can have been drawn."""
    path, day = _terms(scenario, id_).limit_usd_bn, scenario.timeline.periods[position].last_day
    first, _ = scenario.window(_terms(scenario, id_).draw)
    if day < first - EPS and scenario.curve(path).start > day:
        return 0.0
    return value_at(scenario, path, day, f"limit of {id_}") * 1000.0


def _mean_limit_usd_m(id_: str, scenario: Scenario, position: int) -> float:
    """Mean limit inside the draw window, where a fee may be due on it; 0 outside."""
    if not _in_window(id_, scenario, position):
        return 0.0
    return mean_over(scenario, _terms(scenario, id_).limit_usd_bn, position, f"limit of {id_}") * 1000.0


def _commitment_fee(id_: str, scenario: Scenario, position: int) -> float:
    if not _in_window(id_, scenario, position):
        return 0.0
    rate = number(_terms(scenario, id_).commitment_fee_rate, 0.0)
    return rate * scenario.timeline.periods[position].years


# Schedules


def _drawn(context: Context, node: Node) -> float:
    """Date of a draw: mid-period."""
    period = context.period(node)
    return (period.start + period.end) / 2.0


def repayments(scenario: Scenario, id_: str, drawn: float) -> Payments:
    """Principal of 1 USD m drawn on a date: evenly after the grace; at once where the grace takes the whole term."""
    a, b = _stretch(scenario, id_, drawn)
    if b - a < EPS:
        return Payments(points=((b, 1.0),))
    return Payments(streams=(Piece(a, b, 1.0 / (b - a)),))


def _stretch(scenario: Scenario, id_: str, drawn: float) -> tuple[float, float]:
    terms = _terms(scenario, id_)
    if terms.term_months is None:
        raise InstanceError(
            "an amortising facility needs term_months", where=f"money.debt.{id_}", rule="term_months"
        )
    last = drawn + terms.term_months.constant
    return min(drawn + number(terms.grace_months, 0.0), last), last


def _repaid_shares(
    context: Context, draws: tuple[tuple[str, Node], ...]
) -> dict[tuple[str, Node, Node], float]:
    """Share of the principal repaid in each period."""
    out = {}
    for id_, node in draws:
        if context.spec.money.debt[id_].kind != "amortising":
            continue
        drawn = _drawn(context, node)
        shares = {s.id: booked(repayments(s, id_, drawn), s) for s in context.below(node)}
        for at, share in context.stitch(node, shares, f"repayment of {id_}").items():
            out[id_, node, at] = share
    return out


def balance_after_end(scenario: Scenario, id_: str, drawn: float) -> tuple[Piece, ...]:
    """What is left of 1 USD m drawn on a date after the end of the calendar."""
    a, b = _stretch(scenario, id_, drawn)
    end = scenario.timeline.end
    pieces = []
    if a > end:
        pieces.append(Piece(end, a, 1.0))
    start = max(a, end)
    if b - start > EPS:
        pieces.append(Piece(start, b, (b - start) / (b - a), slope=-1.0 / (b - a)))
    return tuple(pieces)


# Cost


def _company(scenario: Scenario, id_: str) -> str:
    return COMPANY


def reference_line(scenario: Scenario, id_: str) -> str:
    """The line whose rate debt is measured against: the cheapest eligible one, or of all."""
    eligible: tuple[str, ...] = _terms(scenario, id_).eligible_lines
    lines = eligible or (COMPANY, *get_args(Line))
    return min(lines, key=scenario.rate)


def _owing(context: Context, debt: Debt, id_: str) -> list[tuple[Node, Node]]:
    """(node, its parent) where something may have been drawn by the parent."""
    drawn = {node for facility, node in debt.draws if facility == id_}
    out = []
    for node in context.tree.nodes:
        parent = context.tree.parent[node]
        if parent is not None and drawn.intersection(context.tree.path[parent]):
            out.append((node, parent))
    return out


def _spread_cost(context: Context, debt: Debt) -> Cost:
    """Fees, and what debt costs above its reference rate: draws and repayments are no gain and no loss."""
    cost = _fee_cost(context, debt, reference_line)
    for id_ in debt.facilities:
        for node, parent in _owing(context, debt, id_):
            spread = _spread_rate(context.at(node), id_) * context.period(node).years
            _add(cost, "balance_usd_m", (id_, parent), _mid(context, node, id_, reference_line) * spread)
    for id_, node in debt.draws:
        if debt.facilities[id_].kind == "amortising":
            _add(
                cost,
                "draw_usd_m",
                (id_, node),
                at_end=context.expected(node, partial(_spread_after_end, id_, _drawn(context, node))),
            )
    _add_last_interest(context, debt, cost, reference_line, _spread_rate)
    return _nonzero(cost)


def _add_last_interest(
    context: Context,
    debt: Debt,
    cost: Cost,
    line: Callable[[Scenario, str], str],
    rate: Callable[[Scenario, str], float],
) -> None:
    """Interest from the middle of the last period to the end, which no later period pays."""
    for id_ in debt.facilities:
        drawn = {node for facility, node in debt.draws if facility == id_}
        for node in context.tree.last:
            if drawn.intersection(context.tree.path[node]):
                scenario = context.at(node)
                factor = context.tree.probability[node] * scenario.end_factor(line(scenario, id_))
                due = rate(scenario, id_) * context.period(node).years / 2.0
                _add(cost, "balance_usd_m", (id_, node), at_end=factor * due)


def _spread_rate(scenario: Scenario, id_: str) -> float:
    """A year; never below what makes an idle draw dearer than the commitment fee that it saves."""
    terms = _terms(scenario, id_)
    above = terms.rate.constant - scenario.rate(reference_line(scenario, id_))
    return max(above, number(terms.commitment_fee_rate, 0.0) + TIE_BREAK_RATE)


def _spread_after_end(id_: str, drawn: float, scenario: Scenario) -> float:
    left = Payments(streams=balance_after_end(scenario, id_, drawn)).scaled(
        _spread_rate(scenario, id_) / 12.0
    )
    return present_value(left, scenario, reference_line(scenario, id_))[1]


def _levered_cost(context: Context, debt: Debt) -> Cost:
    """Draws, interest, repayments and fees at the company rate; the remaining service is owed at the end."""
    cost = _fee_cost(context, debt, _company)
    for id_, node in debt.draws:
        _add(cost, "draw_usd_m", (id_, node), -_mid(context, node, id_, _company))
        if debt.facilities[id_].kind == "amortising":
            service = context.expected(node, partial(_service_after_end, id_, _drawn(context, node)))
            _add(cost, "draw_usd_m", (id_, node), at_end=service)
    for (id_, drawn, node), share in debt.repaid_share.items():
        _add(cost, "draw_usd_m", (id_, drawn), share * _mid(context, node, id_, _company))
    for id_, facility in debt.facilities.items():
        for node, parent in _owing(context, debt, id_):
            interest = debt.interest_rate[id_, node] * _mid(context, node, id_, _company)
            _add(cost, "balance_usd_m", (id_, parent), interest)
        if facility.kind == "revolver":
            _add_revolver(context, debt, cost, id_)
    _add_last_interest(context, debt, cost, _company, lambda s, id_: _terms(s, id_).rate.constant)
    return _nonzero(cost)


def _add_revolver(context: Context, debt: Debt, cost: Cost, id_: str) -> None:
    """Free repayment mid-period, and all that is left at the end."""
    drawn = {node for facility, node in debt.draws if facility == id_}
    for node in context.tree.nodes:
        if drawn.intersection(context.tree.path[node]):
            _add(cost, "repaid_usd_m", (id_, node), _mid(context, node, id_, _company))
            if node in context.tree.last:
                back = context.tree.probability[node] * context.at(node).end_factor(COMPANY)
                _add(cost, "balance_usd_m", (id_, node), at_end=back)


def _service_after_end(id_: str, drawn: float, scenario: Scenario) -> float:
    """Interest and principal after the end of 1 USD m drawn on a date, discounted to the first day."""
    rate = _terms(scenario, id_).rate.constant
    interest = Payments(streams=balance_after_end(scenario, id_, drawn)).scaled(rate / 12.0)
    service = interest.plus(repayments(scenario, id_, drawn))
    return present_value(service, scenario, COMPANY)[1]


def _fee_cost(context: Context, debt: Debt, line: Callable[[Scenario, str], str]) -> Cost:
    """Fee on draws, and the commitment fee that a balance saves."""
    cost: Cost = {}
    for id_, node in debt.draws:
        fee = debt.facilities[id_].draw_fee_share
        _add(cost, "draw_usd_m", (id_, node), fee * _mid(context, node, id_, line))
    for id_ in debt.facilities:
        for node, parent in _owing(context, debt, id_):
            saved = debt.commitment_fee[id_, node] * _mid(context, node, id_, line)
            _add(cost, "balance_usd_m", (id_, parent), -saved)
    return cost


def _memo(context: Context, debt: Debt) -> dict[str, float]:
    """Commitment fee on whole limits: due whatever is drawn."""
    company_wide = context.spec.money.debt_in_cost == "levered"
    total = 0.0
    for (id_, node), fee in debt.commitment_fee.items():
        scenario = context.at(node)
        line = COMPANY if company_wide else reference_line(scenario, id_)
        factor = context.tree.probability[node] * scenario.mid_factor(line, context.tree.period[node])
        total += factor * fee * debt.mean_limit_usd_m[id_, node]
    return {"commitment_fee_on_limits": total} if total else {}


def _mid(context: Context, node: Node, id_: str, line: Callable[[Scenario, str], str]) -> float:
    scenario = context.at(node)
    factor = scenario.mid_factor(line(scenario, id_), context.tree.period[node])
    return context.tree.probability[node] * factor


def _add(cost: Cost, var: str, index: tuple[str, ...], paid: float = 0.0, at_end: float = 0.0) -> None:
    before = cost.setdefault((var, index), {}).get(LINE, (0.0, 0.0))
    cost[var, index][LINE] = (before[0] + paid, before[1] + at_end)


def _nonzero(cost: Cost) -> Cost:
    return {key: lines for key, lines in cost.items() if lines[LINE] != (0.0, 0.0)}
