"""What comes before blocks: sites secured, rights to start, crews, costs of a start, and what empty shells cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from planner.data.context import EPS, Context, Scenario, mean_over, number, value_at
from planner.data.delivery import block, build_option, drawn_per_mw, opening_blocks
from planner.data.payments import (
    Booking,
    Cost,
    Ledger,
    Payments,
    book,
    booked,
    ledger_of,
    present_value,
    profile_payments,
)
from planner.data.types import Construction, Entry, Stages, Term
from planner.instance.schema.stages import Secure, StartOption
from planner.tree import Node

LINE = "construction"
Start = tuple[str, Node]
_Price = Callable[[Scenario, str, float], float]


def prepare_stages(context: Context, construction: Construction) -> tuple[Stages, Ledger]:
    """Stages and limits of own construction, with what they cost."""
    securings, ready, gated = _secured(context, construction)
    rights, usable, lapsing = _rights(context, construction)
    crew, crew_most = _crews(context, construction)
    options = {id_: build_option(context.first, id_) for id_ in construction.builds}
    part = Stages(
        continuous=frozenset(id_ for id_, option in options.items() if option.continuous),
        additions=tuple(
            (id_, node)
            for id_, node in construction.starts
            if options[id_].min_start_mw is not None or _states(context, id_, "fixed_cost_per_start_usd_m")
        ),
        least_blocks={
            (id_, node): least.constant / construction.block_mw[id_]
            for id_, node in construction.starts
            if (least := options[id_].min_start_mw) is not None and least.constant > 0.0
        },
        most_held={
            id_: option.max_blocks_held.constant
            for id_, option in options.items()
            if option.max_blocks_held is not None
        },
        securings=securings,
        ready=ready,
        releases=_releases(context, securings),
        gated=gated,
        rights=rights,
        usable=usable,
        lapsing=lapsing,
        crew=crew,
        crew_most_mw=crew_most,
        empty=tuple(id_ for id_ in options if _states(context, id_, "empty_usd_m_per_mw_year")),
    )
    return part, _ledger(context, construction, part)


# Site and power


def secure_terms(scenario: Scenario, site: str) -> Secure:
    """Terms of securing a site."""
    terms = scenario.spec.sites[site].secure
    assert terms is not None
    return terms


def _waiting(context: Context, construction: Construction) -> dict[Start, str]:
    """Starts at sites that must be secured first."""
    sites = {id_: id_.split(".")[0] for id_, _ in construction.starts}
    return {
        (id_, node): sites[id_]
        for id_, node in construction.starts
        if context.spec.sites[sites[id_]].secure is not None
    }


def _secured(
    context: Context, construction: Construction
) -> tuple[tuple[Start, ...], dict[Start, tuple[Node, ...]], dict[Start, str]]:
    """Where sites may be secured, which of it is ready at each possible first start, and what waits for it."""
    gated = _waiting(context, construction)
    securings: list[Start] = []
    ready: dict[Start, tuple[Node, ...]] = {}
    for site in dict.fromkeys(gated.values()):
        allowed = set(context.nodes_in(lambda s, site=site: secure_terms(s, site).start))  # type: ignore[misc]
        useful: set[Node] = set()
        for node in dict.fromkeys(node for (_, node), at in gated.items() if at == site):
            terms, now = secure_terms(context.at(node), site), context.period(node).start
            wait = number(terms.lead_months, 0.0) + number(terms.permit_months, 0.0)
            by_now = tuple(
                u
                for u in context.tree.path[node]
                if u in allowed and context.period(u).start + wait <= now + EPS
            )
            if by_now:
                ready[site, node] = by_now
                useful |= set(by_now)
        securings += [(site, node) for node in context.tree.nodes if node in useful]
    return tuple(securings), ready, gated


def _states(context: Context, build: str, name: str) -> bool:
    """Whether a build has a term in any scenario."""
    return any(getattr(build_option(s, build), name) is not None for s in context.scenarios.values())


def _releases(context: Context, securings: tuple[Start, ...]) -> tuple[Start, ...]:
    """Where a site held may be released: it saves the cost of holding, so only where there is one."""
    out: list[Start] = []
    for site in dict(securings):
        if any(secure_terms(s, site).carry_usd_m_per_year is not None for s in context.scenarios.values()):
            below = {n for at, u in securings if at == site for n in context.tree.descendants[u]}
            out += [(site, node) for node in context.tree.nodes if node in below]
    return tuple(out)


def fee_payments(scenario: Scenario, site: str, start: float) -> Payments:
    """The fee of securing a site by its payments, USD m."""
    terms = secure_terms(scenario, site)
    if terms.option_fee_usd_m is None:
        return Payments()
    fee = value_at(scenario, terms.option_fee_usd_m, start, f"fee of securing {site}")
    if terms.payments is None:
        return Payments(points=((start, fee),))
    delivered = start + number(terms.lead_months, 0.0) + number(terms.permit_months, 0.0)
    return profile_payments(terms.payments, start, delivered).scaled(fee)


def _held(scenario: Scenario, site: str, start: float) -> Booking:
    """Holding a site from a date to the end of the calendar, and giving it up then."""
    terms, end = secure_terms(scenario, site), scenario.timeline.end
    carry = Payments()
    if terms.carry_usd_m_per_year is not None:
        pieces = scenario.curve(terms.carry_usd_m_per_year).cut(start, end)
        carry = Payments(streams=tuple(pieces)).scaled(1.0 / 12.0)
    paid, _ = present_value(carry, scenario, LINE)
    by_period = booked(carry, scenario)
    given_up = number(terms.cancel_usd_m, 0.0) * scenario.end_factor(LINE)
    return Booking(by_period, by_period, (paid, given_up))


def _plus(one: Booking, other: Booking, sign: float = 1.0) -> Booking:
    return Booking(
        [a + sign * b for a, b in zip(one.paid, other.paid, strict=True)],
        [a + sign * b for a, b in zip(one.accrued, other.accrued, strict=True)],
        (one.cost[0] + sign * other.cost[0], one.cost[1] + sign * other.cost[1]),
    )


def _site_ledgers(context: Context, part: Stages) -> Iterator[Ledger]:
    for site, node in part.securings:
        start = context.period(node).start
        bookings = {
            s.id: _plus(book(s, LINE, fee_payments(s, site, start)), _held(s, site, start))
            for s in context.below(node)
        }
        yield ledger_of(context, "secured_site", (site, node), node, LINE, "own", bookings)
    for var, places in (("begun_site", tuple(part.ready)), ("released_site", part.releases)):
        for site, node in places:
            start = context.period(node).start
            bookings = {}
            for s in context.below(node):
                cancel = number(secure_terms(s, site).cancel_usd_m, 0.0) if var == "released_site" else 0.0
                now = book(s, LINE, Payments(points=((start, cancel),)))
                bookings[s.id] = _plus(now, _held(s, site, start), -1.0)
            yield ledger_of(context, var, (site, node), node, LINE, "own", bookings)


# Rights to start later


def _option(scenario: Scenario, build: str) -> StartOption:
    terms = build_option(scenario, build).option
    assert terms is not None
    return terms


def _rights(
    context: Context, construction: Construction
) -> tuple[tuple[Start, ...], dict[Start, tuple[Node, ...]], dict[Start, tuple[Node, ...]]]:
    """Purchases of rights, those usable at each start, and those that must be used or lapsed by a node."""
    rights: list[Start] = []
    usable: dict[Start, tuple[Node, ...]] = {}
    lapsing: dict[Start, tuple[Node, ...]] = {}
    for build in dict(construction.starts):
        if build_option(context.first, build).option is None:
            continue
        bought = set(context.nodes_in(lambda s, build=build: _option(s, build).buy))  # type: ignore[misc]
        useful: set[Node] = set()
        for at, node in construction.starts:
            if at != build:
                continue
            terms, now = _option(context.at(node), build), context.period(node).start
            usable[build, node] = tuple(
                u
                for u in context.tree.path[node]
                if u in bought and context.period(u).start + number(terms.from_months, 0.0) <= now + EPS
            )
            useful |= set(usable[build, node])
        lapsing.update(_lapsing(context, construction, build, useful))
        rights += [(build, node) for node in context.tree.nodes if node in useful]
    return tuple(rights), usable, lapsing


def _lapsing(
    context: Context, construction: Construction, build: str, bought: set[Node]
) -> dict[Start, tuple[Node, ...]]:
    """Purchases that are over by a node, where there are more than at the node before: first in, first out."""
    over: dict[Node, tuple[Node, ...]] = {}
    later = {node for at, node in construction.starts if at == build}
    out: dict[Start, tuple[Node, ...]] = {}
    for node in context.tree.nodes:
        terms, now = _option(context.at(node), build), context.period(node).start
        if terms.within_months is None:
            continue
        parent = context.tree.parent[node]
        before = () if parent is None or parent not in over else over[parent]
        within = terms.within_months.constant
        over[node] = tuple(
            u for u in context.tree.path[node] if u in bought and context.period(u).start + within < now - EPS
        )
        # Once nothing can start any more, nobody asks what has lapsed.
        if len(over[node]) > len(before) and not later.isdisjoint(context.tree.descendants[node]):
            out[build, node] = over[node]
    return out


# Crews


def _crews(
    context: Context, construction: Construction
) -> tuple[dict[Start, tuple[Term, ...]], dict[Start, float]]:
    """MW of starts under construction at each node, and what the crew can do beside opening blocks."""
    terms: dict[Start, tuple[Term, ...]] = {}
    most: dict[Start, float] = {}
    for crew_id, crew in context.spec.crews.items():
        if not crew.active:
            continue
        starts = [(build, u) for build, u in construction.starts if build in crew.builds]
        for node in context.tree.nodes:
            now, scenario, path = context.period(node).start, context.at(node), set(context.tree.path[node])
            busy = tuple(
                ("blocks", (build, u), construction.block_mw[build] * drawn_per_mw(scenario, build))
                for build, u in starts
                if u in path and now < block(scenario, build, context.period(u).start).first - EPS
            )
            if busy:
                given = sum(
                    b.mw * drawn_per_mw(scenario, b.build)
                    for b in opening_blocks(scenario)
                    if b.build in crew.builds and now < b.delivery.first - EPS
                )
                path_mw = scenario.spec.crews[crew_id].max_mw_under_construction
                able = value_at(scenario, path_mw, now, f"crew {crew_id}")
                terms[crew_id, node] = busy
                most[crew_id, node] = max(0.0, able - given)
    return terms, most


# Costs of a start, of a right, of an empty shell


def _ledger(context: Context, construction: Construction, part: Stages) -> Ledger:
    ledgers = list(_site_ledgers(context, part))
    for build, node in part.additions:
        ledgers.append(_once(context, "additions", build, node, _fixed_cost))
    for build, node in part.rights:
        ledgers.append(_once(context, "rights", build, node, _right_fee))
    return Ledger.joined([*ledgers, _empty(context, part)])


def _once(context: Context, var: str, build: str, node: Node, usd_m: _Price) -> Ledger:
    """A sum on the day of the decision."""
    start = context.period(node).start
    bookings = {
        s.id: book(s, LINE, Payments(points=((start, usd_m(s, build, start)),))) for s in context.below(node)
    }
    return ledger_of(context, var, (build, node), node, LINE, "own", bookings)


def _fixed_cost(scenario: Scenario, build: str, start: float) -> float:
    path = build_option(scenario, build).fixed_cost_per_start_usd_m
    return 0.0 if path is None else value_at(scenario, path, start, f"fixed cost of a start of {build}")


def _right_fee(scenario: Scenario, build: str, start: float) -> float:
    fee = value_at(scenario, _option(scenario, build).fee_usd_m_per_mw, start, f"fee of rights of {build}")
    return fee * build_option(scenario, build).block_mw.constant


def _empty(context: Context, part: Stages) -> Ledger:
    """MW without chips cost by the period."""
    entries: list[Entry] = []
    cost: Cost = {}
    line = "own_operating"
    for build in part.empty:
        for node, usd_m in context.by_node(
            lambda s, p, build=build: _empty_price(s, build, p),  # type: ignore[misc]
            f"cost of empty MW of {build}",
        ).items():
            factor = context.tree.probability[node] * context.at(node).mid_factor(
                line, context.tree.period[node]
            )
            entries.append(Entry("empty_mw", (build, node), line, "own", node, usd_m, usd_m))
            cost["empty_mw", (build, node)] = {line: (factor * usd_m, 0.0)}
    return Ledger(tuple(entries), cost)


def _empty_price(scenario: Scenario, build: str, position: int) -> float:
    """USD m per MW that is empty for a period; nothing before the first block could stand."""
    path = build_option(scenario, build).empty_usd_m_per_mw_year
    period = scenario.timeline.periods[position]
    if path is None or period.start < scenario.curve(path).start - EPS:
        return 0.0
    return mean_over(scenario, path, position, f"cost of empty MW of {build}") * period.years
