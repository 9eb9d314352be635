"""Own construction: where blocks and power units may start, what they deliver, pay and are worth at the end."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from planner.data.context import EPS, Context, Scenario, builds_of, number, projects_of, value_at
from planner.data.delivery import (
    Delivery,
    block,
    build_option,
    opening_blocks,
    power_project,
    unit,
)
from planner.data.payments import (
    Booking,
    Ledger,
    Payments,
    book,
    booked,
    given_ledger_of,
    ledger_of,
    present_value,
    profile_payments,
)
from planner.data.types import Construction
from planner.errors import InstanceError
from planner.instance.schema.base import Window
from planner.instance.schema.sites import BuildOption, PowerProject
from planner.timeline import Period
from planner.tree import Node

Shares = dict[tuple[str, Node, Node], float]

BLOCK_RECOVERY = 0.95
"""Default share of the annuity value that a block keeps at the end."""
UNIT_RECOVERY = 0.8
"""The same for a unit of a power project."""


def prepare_construction(context: Context) -> tuple[Construction, Ledger]:
    """Own construction and power projects with their payments and costs."""
    starts = _starts(context, [id_ for id_, _, _ in builds_of(context.spec)], build_option, block)
    project_starts = _starts(context, list(projects_of(context.spec)), power_project, unit)
    able = {id_ for id_, _ in starts} | {blocks.build for blocks in opening_blocks(context.first)}
    builds = tuple(id_ for id_, _, _ in builds_of(context.spec) if id_ in able)
    projects = tuple(dict.fromkeys(id_ for id_, _ in project_starts))
    options = {id_: build_option(context.first, id_) for id_ in builds}
    units = {id_: power_project(context.first, id_) for id_ in projects}
    most_blocks = {id_: int(option.max_blocks.constant) for id_, option in options.items()}
    share, end_share = _shares(context, starts, block)
    project_share, project_end_share = _shares(context, project_starts, unit)
    part = Construction(
        builds=builds,
        starts=starts,
        block_mw={id_: option.block_mw.constant for id_, option in options.items()},
        most_blocks=most_blocks,
        most_starts={(id_, node): most_starts(options[id_]) for id_, node in starts},
        opening_cost=tuple(
            id_
            for id_ in dict(starts)
            if any(build_option(s, id_).site_cost_usd_m is not None for s in context.scenarios.values())
        ),
        crew=_crew(context, starts),
        share=share,
        end_share=end_share,
        given_mw=_opening_mw(context, builds, Delivery.mean_share),
        given_end_mw=_opening_mw(context, builds, Delivery.end_share),
        given_secured_mw=_opening_mw(context, builds, lambda d, period: float(d.secured_at(period.last_day))),
        secured=frozenset(
            (id_, decided, node)
            for id_, decided in starts
            for node in context.tree.descendants[decided]
            if block(context.at(node), id_, context.period(decided).start).secured_at(
                context.period(node).last_day
            )
        ),
        projects=projects,
        project_starts=project_starts,
        unit_facility_mw={id_: terms.unit_mw.constant for id_, terms in units.items()},
        most_units={id_: int(terms.max_units.constant) for id_, terms in units.items()},
        project_share=project_share,
        project_end_share=project_end_share,
    )
    return part, _ledger(context, part)


def most_starts(option: BuildOption) -> float:
    """Most blocks started in a period; whole unless the build is continuous."""
    most = min(option.max_blocks.constant, number(option.max_starts_per_period, math.inf))
    if option.max_start_mw is not None:
        most = min(most, option.max_start_mw.constant / option.block_mw.constant)
    # A millionth of a block of rounding must not lose a block.
    return most if option.continuous else float(math.floor(most + 1e-6))


def _starts(
    context: Context,
    ids: list[str],
    terms: Callable[[Scenario, str], BuildOption | PowerProject],
    delivery: Callable[[Scenario, str, float], Delivery],
) -> tuple[tuple[str, Node], ...]:
    """(id, node) inside the start window whose delivery lies before the end, in any scenario below the node."""
    out = []
    for id_ in ids:
        for node in context.nodes_in(partial(_start_window, terms=terms, id_=id_)):
            start = context.period(node).start
            if any(
                delivery(scenario, id_, start).first < context.end - EPS for scenario in context.below(node)
            ):
                out.append((id_, node))
    return tuple(out)


def _start_window(
    scenario: Scenario, terms: Callable[[Scenario, str], BuildOption | PowerProject], id_: str
) -> Window:
    return terms(scenario, id_).start


def _shares(
    context: Context,
    starts: tuple[tuple[str, Node], ...],
    delivery: Callable[[Scenario, str, float], Delivery],
) -> tuple[Shares, Shares]:
    """Mean and end share by (id, start node, node), nonzero ones."""
    mean: Shares = {}
    end: Shares = {}
    for id_, decided in starts:
        start = context.period(decided).start
        by_scenario = {scenario.id: delivery(scenario, id_, start) for scenario in context.below(decided)}
        for shares, share in ((mean, Delivery.mean_share), (end, Delivery.end_share)):
            values = {
                name: [share(d, period) for period in context.periods] for name, d in by_scenario.items()
            }
            for node, value in context.stitch(decided, values, f"delivery of {id_}").items():
                shares[id_, decided, node] = value
    return mean, end


def _crew(
    context: Context, starts: tuple[tuple[str, Node], ...]
) -> dict[tuple[str, Node], tuple[tuple[Node, ...], int]]:
    """Nodes of the path whose starts are under construction at each node, with the crew limit."""
    crew: dict[tuple[str, Node], tuple[tuple[Node, ...], int]] = {}
    allowed = set(starts)
    for id_ in dict(starts):
        most = build_option(context.first, id_).max_blocks_under_construction
        if most is None:
            continue
        for node in context.tree.nodes:
            now, scenario = context.period(node).start, context.at(node)
            busy = tuple(
                decided
                for decided in context.tree.path[node]
                if (id_, decided) in allowed
                and now < block(scenario, id_, context.period(decided).start).first - EPS
            )
            if busy:
                crew[id_, node] = (busy, int(most.constant))
    return crew


def _opening_mw(
    context: Context, builds: tuple[str, ...], share: Callable[[Delivery, Period], float]
) -> dict[tuple[str, Node], float]:
    """MW of the opening position by (build, node)."""
    out = {}
    for id_ in builds:

        def mw(scenario: Scenario, position: int, id_: str = id_) -> float:
            period = context.periods[position]
            return sum(b.mw * share(b.delivery, period) for b in opening_blocks(scenario) if b.build == id_)

        for node, value in context.by_node(mw, f"opening construction of {id_}").items():
            out[id_, node] = value
    return out


# Money


def block_payments(scenario: Scenario, build: str, start: float) -> Payments:
    """Capex of one block by its payment profile, USD m."""
    option = build_option(scenario, build)
    capex = option.block_mw.constant * value_at(
        scenario, option.capex_usd_m_per_mw, start, f"capex of {build}"
    )
    return profile_payments(option.payments, start, block(scenario, build, start).first).scaled(capex)


def unit_payments(scenario: Scenario, project: str, start: float) -> Payments:
    """Capex of one power unit by its payment profile, USD m."""
    terms = power_project(scenario, project)
    capex = (
        terms.unit_mw.constant
        * value_at(scenario, terms.capex_usd_per_kw, start, f"capex of {project}")
        / 1000.0
    )
    return profile_payments(terms.payments, start, unit(scenario, project, start).first).scaled(capex)


def value_at_end(
    scenario: Scenario, line: str, payments: Payments, delivery: Delivery, recovery: float
) -> float:
    """What a unit is worth at the end of the calendar, USD m of that day."""
    rate, end = scenario.rate(line), scenario.timeline.end
    if delivery.first >= end - EPS:
        return payments.compounded(rate, to=end, before=end)
    life, left = (delivery.end - delivery.first) / 12.0, (delivery.end - end) / 12.0
    if left <= 0.0:
        return 0.0
    growth = math.log1p(rate)  # exact for the smallest rate too
    kept = left / life if rate == 0.0 else math.expm1(-left * growth) / math.expm1(-life * growth)
    return payments.compounded(rate, to=delivery.first) * kept * recovery


def _capital(
    scenario: Scenario, line: str, payments: Payments, delivery: Delivery, recovery: float
) -> Booking:
    """Payments with their cost: all of them less the value at the end; undelivered, only those before it."""
    paid, after = present_value(payments, scenario, line)
    owed = after if delivery.first < scenario.timeline.end - EPS else 0.0
    value = value_at_end(scenario, line, payments, delivery, recovery) * scenario.end_factor(line)
    by_period = booked(payments, scenario)
    return Booking(by_period, by_period, (paid, owed - value))


def block_capital(scenario: Scenario, build: str, start: float) -> Booking:
    """Payments of a block that stays, less its value at the end."""
    recovery = number(build_option(scenario, build).recovery_share, BLOCK_RECOVERY)
    payments, delivery = block_payments(scenario, build, start), block(scenario, build, start)
    return _capital(scenario, "construction", payments, delivery, recovery)


def block_operating(scenario: Scenario, build: str, start: float) -> Booking:
    """Fixed operating cost of a block that stays."""
    mw = build_option(scenario, build).block_mw.constant
    running = operating_payments(scenario, build, mw, block(scenario, build, start))
    return book(scenario, "own_operating", running)


def operating_payments(scenario: Scenario, build: str, mw: float, delivery: Delivery) -> Payments:
    """Fixed operating cost of delivered MW inside the calendar, USD m."""
    option = build_option(scenario, build)
    fee = None if option.stake is None else option.stake.fee_usd_m_per_mw_year
    a, b = max(delivery.first, 0.0), min(delivery.end, scenario.timeline.end)
    paths = [path for path in (option.operating_usd_m_per_mw_year, fee) if path is not None]
    if not paths or b <= a:
        return Payments()
    try:
        streams = tuple(piece for path in paths for piece in scenario.curve(path).cut(a, b))
        return Payments(streams=streams).scaled(mw / 12.0)
    except ValueError as error:
        raise InstanceError(f"operating cost of {build}: {error}", rule="path") from None


def _ledger(context: Context, part: Construction) -> Ledger:
    ledgers = []
    for id_, node in part.starts:
        start = context.period(node).start
        below = context.below(node)
        capital, operating = {}, {}
        for scenario in below:
            capital[scenario.id] = block_capital(scenario, id_, start)
            operating[scenario.id] = block_operating(scenario, id_, start)
        ledgers.append(ledger_of(context, "blocks", (id_, node), node, "construction", "own", capital))
        if any(any(booking.paid) for booking in operating.values()):
            ledgers.append(ledger_of(context, "blocks", (id_, node), node, "own_operating", "own", operating))
        if id_ in part.opening_cost:
            site_cost = {s.id: _site_cost(s, id_, start) for s in below}
            ledgers.append(ledger_of(context, "opened", (id_, node), node, "construction", "own", site_cost))
    for id_, node in part.project_starts:
        start = context.period(node).start
        capital = {}
        for scenario in context.below(node):
            recovery = number(power_project(scenario, id_).recovery_share, UNIT_RECOVERY)
            payments = unit_payments(scenario, id_, start)
            capital[scenario.id] = _capital(
                scenario, "power_projects", payments, unit(scenario, id_, start), recovery
            )
        ledgers.append(ledger_of(context, "units", (id_, node), node, "power_projects", "own", capital))
    ledgers += [_opening_ledger(context, position) for position in range(len(opening_blocks(context.first)))]
    return Ledger.joined(ledgers)


def _site_cost(scenario: Scenario, build: str, start: float) -> Booking:
    usd_m = number(build_option(scenario, build).site_cost_usd_m, 0.0)
    return book(scenario, "construction", Payments(points=((start, usd_m),)))


def _opening_ledger(context: Context, position: int) -> Ledger:
    """Payments left and operating cost of MW in the opening position: no decision changes them."""
    blocks = opening_blocks(context.first)[position]
    left, running = {}, {}
    for scenario in context.scenarios.values():
        own = opening_blocks(scenario)[position]
        left[scenario.id] = book(scenario, "construction", Payments(points=own.payments_left))
        running[scenario.id] = book(
            scenario, "own_operating", operating_payments(scenario, own.build, own.mw, own.delivery)
        )
    index = (blocks.build, blocks.number)
    return Ledger.joined(
        given_ledger_of(context, index, line, "own", bookings)
        for line, bookings in (("construction", left), ("own_operating", running))
    )
