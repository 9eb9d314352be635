"""Curtailable load, grid upgrades, and contracts with utilities, with what they cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from planner.data.context import EPS, Context, Scenario, mean_over, number, overlap, value_at
from planner.data.delivery import Delivery, ramped
from planner.data.payments import Cost, Ledger, Payments, book, ledger_of
from planner.data.types import Chips, Construction, Contracts, Entry, Power, Term, Utility
from planner.instance.schema.utility import Curtailable, SupplyContract
from planner.timeline import HOURS_PER_YEAR, Curve, Piece
from planner.tree import Node

LINE = "energy"
At = tuple[str, Node]
Date = tuple[str, Node, int]
_Share = Callable[[Delivery], float]


def prepare_utility(
    context: Context, construction: Construction, contracts: Contracts, chips: Chips, power: Power
) -> tuple[Utility, Ledger]:
    """Everything that a utility asks for or gives beyond a plain connection."""
    takes = tuple((site, node) for site in power.sites for node in curtailable_nodes(context, site))
    lost, most = _lost(context, construction, takes)
    upgrades = {
        site: tuple(p for p in construction.projects if p.startswith(f"{site}.") and is_upgrade(context, p))
        for site in power.sites
    }
    grid = tuple((site, node) for site, node in power.energy_nodes if upgrades[site] or site in dict(takes))
    contracts_ = _Contracts.of(context, power)
    part = Utility(
        takes=takes,
        lost=lost,
        most_it_mw=most,
        curtailed=tuple(_curtailed(contracts, chips, lost)),
        discounted=tuple(
            at for at in power.energy_nodes if at in lost and _discount(context.at(at[1]), at[0]) > 0.0
        ),
        grid=grid,
        extra_mean_mw={at: _extra_mean(context, at) if at in lost else 0.0 for at in grid},
        upgrades_at={site: upgrades[site] for site, _ in grid},
        contracts=contracts_.signings,
        contract_sites=contracts_.sites,
        contract_block_mw={
            site: block.constant
            for site in contracts_.sites
            if (block := contract_terms(context.first, site).block_mw) is not None
        },
        contract_most_mw={
            site: most_mw.constant
            for site in contracts_.sites
            if (most_mw := contract_terms(context.first, site).max_mw) is not None
        },
        drops=contracts_.drops,
        in_force={date: contracts_.at(date) for date in contracts_.dates},
        running_mw={date: contracts_.running(date) for date in contracts_.dates},
        mean_in_force={at: contracts_.mean(at) for at in contracts_.nodes},
        mean_running_mw=contracts_.mean_running(),
    )
    return part, _ledger(context, part)


def is_upgrade(context: Context, project: str) -> bool:
    """Whether a project brings grid power."""
    site, name = project.split(".")
    return context.spec.sites[site].power_projects[name].kind == "grid"


# Curtailable load


def curtailable_terms(scenario: Scenario, site: str) -> Curtailable:
    """Terms of curtailable load at a site."""
    terms = scenario.spec.sites[site].curtailable
    assert terms is not None
    return terms


def curtailable_nodes(context: Context, site: str) -> tuple[Node, ...]:
    """Nodes at which it may be taken; none where the site has no such offer."""
    if context.spec.sites[site].curtailable is None:
        return ()
    return tuple(
        node
        for node in context.nodes_in(lambda s: curtailable_terms(s, site).take)
        if context.period(node).start < _until(context.at(node), site) - EPS
    )


def _until(scenario: Scenario, site: str) -> float:
    last = curtailable_terms(scenario, site).until
    return float("inf") if last is None else scenario.timeline.after(last)


def _discount(scenario: Scenario, site: str) -> float:
    return number(curtailable_terms(scenario, site).discount_share, 0.0)


def extra_mw(scenario: Scenario, site: str, x: float) -> float:
    """Facility MW on a date while the obligation lasts."""
    if x >= _until(scenario, site) - EPS:
        return 0.0
    path = curtailable_terms(scenario, site).extra_facility_mw
    return value_at(scenario, path, x, f"extra power of {site}")


def _extra_mean(context: Context, at: At) -> float:
    site, node = at
    scenario, period = context.at(node), context.period(node)
    until = min(period.end, _until(scenario, site))
    if until <= period.start:
        return 0.0
    path = scenario.curve(curtailable_terms(scenario, site).extra_facility_mw)
    return path.integral(period.start, until) / period.months


def _lost(
    context: Context, construction: Construction, takes: tuple[At, ...]
) -> tuple[dict[At, float], dict[At, float]]:
    """Share of a period lost where the obligation can be in force, and the IT MW that may stand there at most."""
    lost: dict[At, float] = {}
    most: dict[At, float] = {}
    for site in dict(takes):
        taken = {node for at, node in takes if at == site}
        highest: dict[Node, float] = {}
        for node in context.tree.nodes:
            scenario, period, parent = context.at(node), context.period(node), context.tree.parent[node]
            able = not taken.isdisjoint(context.tree.path[node])
            # MW that stand were allowed on some date up to now.
            highest[node] = max(
                _most_facility(context, construction, scenario, site, node, able),
                0.0 if parent is None else highest[parent],
            )
            weight = overlap(period.start, _until(scenario, site), period)
            if able and weight > 0.0:
                terms = scenario.spec.sites[site]
                lost[site, node] = curtailable_terms(scenario, site).lost_share.constant * weight
                most[site, node] = highest[node] / terms.facility_per_it.constant
    return lost, most


def _most_facility(
    context: Context, construction: Construction, scenario: Scenario, site: str, node: Node, able: bool
) -> float:
    period, terms = context.period(node), scenario.spec.sites[site]
    projects = sum(
        construction.unit_facility_mw[p] * construction.most_units[p]
        for p in construction.projects
        if p.startswith(f"{site}.")
    )
    grid = _highest(scenario.curve(terms.facility_power_mw), period.start, period.end)
    path = scenario.curve(curtailable_terms(scenario, site).extra_facility_mw)
    return projects + grid + (_highest(path, period.start, period.end) if able else 0.0)


def _highest(curve: Curve, a: float, b: float) -> float:
    """Largest value over [a, b): pieces rise or fall, so it stands at an end of one."""
    ends = [value for piece in curve.cut(a, b) for value in (piece.level, piece.at(piece.end))]
    return max(ends, default=0.0)


def _curtailed(contracts: Contracts, chips: Chips, lost: dict[At, float]) -> Iterator[tuple[str, str, Node]]:
    """(chip, place, node) of all that stands at a site where load may be curtailed."""
    clouds = [
        (chip, offer)
        for offer in contracts.offers
        if contracts.kind[offer] == "cloud"
        for chip in contracts.chips_of[offer]
    ]
    for chip, place in (*chips.pairs, *clouds):
        for site, node in lost:
            if contracts.site[place] == site:
                yield chip, place, node


# Contracts with utilities


def contract_terms(scenario: Scenario, site: str) -> SupplyContract:
    """Terms of the contract of a site."""
    terms = scenario.spec.sites[site].supply_contract
    assert terms is not None
    return terms


def contracted(scenario: Scenario, site: str, start: float) -> Delivery:
    """One MW contracted on a date: when it is in force."""

    def make() -> Delivery:
        terms = contract_terms(scenario, site)
        first, steps = ramped(scenario, terms.ramp, start + number(terms.lead_months, 0.0))
        return Delivery(start, first, first + terms.term_months.constant, steps)

    return scenario.once(("contracted", site, start), make)


@dataclass(frozen=True)
class _Contracts:
    """Contracts of all sites: where they may be made and dropped, and what is in force."""

    context: Context
    power: Power
    sites: tuple[str, ...]
    signings: tuple[At, ...]
    drops: tuple[tuple[str, Node, Node], ...]

    @staticmethod
    def of(context: Context, power: Power) -> _Contracts:
        sites = tuple(
            site
            for site in dict.fromkeys(site for site, _ in power.energy_nodes)
            if context.spec.sites[site].supply_contract is not None
        )
        signings = tuple(
            (site, node)
            for site in sites
            for node in context.nodes_in(lambda s, site=site: contract_terms(s, site).contract)  # type: ignore[misc]
            if any(
                contracted(s, site, context.period(node).start).first < context.end - EPS
                for s in context.below(node)
            )
        )
        drops = tuple(
            (site, u, node)
            for site, u in signings
            for node in context.tree.descendants[u]
            if _may_drop(context, site, u, node)
        )
        return _Contracts(context, power, sites, signings, drops)

    @property
    def dates(self) -> list[Date]:
        return [date for date in self.power.dates if date[0] in self.sites]

    @property
    def nodes(self) -> list[At]:
        return [at for at in self.power.energy_nodes if at[0] in self.sites]

    def _terms(self, at: At, share: _Share) -> Iterator[Term]:
        """MW contracted up to a node with their share in force, and dropped ones."""
        site, node = at
        scenario, path = self.context.at(node), set(self.context.tree.path[node])
        for here, u in self.signings:
            if here == site and u in path:
                held = share(contracted(scenario, site, self.context.period(u).start))
                if held:
                    yield "contracted_mw", (site, u), held
        for here, u, v in self.drops:
            if here == site and v in path:
                held = share(contracted(scenario, site, self.context.period(u).start))
                if held:
                    yield "dropped_mw", (site, u, v), -held

    def at(self, date: Date) -> tuple[Term, ...]:
        """What the contract and finished generation allow on a date."""
        site, node, _ = date
        x = self.power.months[date]
        generation = [
            term
            for term in self.power.relief[date]
            if term[0] == "units" and not is_upgrade(self.context, term[1][0])
        ]
        return (*self._terms((site, node), lambda delivery: delivery.share_at(x)), *generation)

    def mean(self, at: At) -> tuple[Term, ...]:
        period = self.context.period(at[1])
        return tuple(self._terms(at, lambda delivery: delivery.mean_share(period)))

    def running(self, date: Date) -> float:
        site, node, _ = date
        scenario = self.context.at(node)
        path = contract_terms(scenario, site).running_mw
        return (
            0.0 if path is None else value_at(scenario, path, self.power.months[date], f"contract of {site}")
        )

    def mean_running(self) -> dict[At, float]:
        out: dict[At, float] = {}
        for site in self.sites:

            def running(scenario: Scenario, position: int, site: str = site) -> float:
                path = contract_terms(scenario, site).running_mw
                return 0.0 if path is None else mean_over(scenario, path, position, f"contract of {site}")

            for node, mw in self.context.by_node(running, f"contract of {site}").items():
                out[site, node] = mw
        return out


def _may_drop(context: Context, site: str, u: Node, node: Node) -> bool:
    scenario, x = context.at(node), context.period(node).start
    dates = contract_terms(scenario, site).exit_at
    named = {scenario.timeline.position(scenario.timeline.first(when)) for when in dates}
    return (
        context.tree.period[node] in named
        and x < contracted(scenario, site, context.period(u).start).end - EPS
    )


def _bill(scenario: Scenario, site: str, start: float) -> float:
    """Minimum bill of a MW for a year, USD m, at the energy price of the date of contracting."""
    share = number(contract_terms(scenario, site).minimum_bill_share, 0.0)
    price = value_at(scenario, scenario.spec.sites[site].energy_usd_per_mwh, start, f"energy price of {site}")
    return share * HOURS_PER_YEAR * price / 1e6


def _fee_years(scenario: Scenario, site: str, delivery: Delivery, x: float) -> float:
    """Years of minimum billing due for a MW dropped on a date."""
    most = number(contract_terms(scenario, site).exit_fee_years, 0.0)
    return max(0.0, min(most, (delivery.end - max(x, delivery.first)) / 12.0))


def _credit(scenario: Scenario, site: str, start: float, x: float) -> Payments:
    """Cost of the letter of credit of a MW contracted on a date, from another date to the end of the calendar."""
    terms, delivery = contract_terms(scenario, site), contracted(scenario, site, start)
    most = number(terms.exit_fee_years, 0.0)
    yearly = (
        number(terms.collateral_share, 0.0)
        * number(terms.collateral_fee_rate, 0.0)
        * _bill(scenario, site, start)
        / 12.0
    )
    turn = max(delivery.first, delivery.end - 12.0 * most)
    end = min(delivery.end, scenario.timeline.end)
    level = _fee_years(scenario, site, delivery, turn)
    flat = Piece(x, min(turn, end), yearly * level)
    a = max(turn, x)
    falling = Piece(a, end, yearly * (delivery.end - a) / 12.0, slope=-yearly / 12.0)
    return Payments(streams=tuple(p for p in (flat, falling) if p.end > p.start and yearly * most > 0.0))


def minimum_left(scenario: Scenario, site: str, start: float, day: float) -> float:
    """Nominal minimum bill of a MW contracted on a date that is due after a day, USD m."""
    share = number(contract_terms(scenario, site).minimum_bill_share, 0.0)
    price = scenario.curve(scenario.spec.sites[site].energy_usd_per_mwh)
    total = sum(
        held * price.integral(max(a, day), b)
        for a, b, held in contracted(scenario, site, start).stretches
        if b > day
    )
    return share * total * HOURS_PER_YEAR / 12.0 / 1e6


# Money


def _ledger(context: Context, part: Utility) -> Ledger:
    ledgers: list[Ledger] = []
    for site, u in part.contracts:
        start = context.period(u).start
        bookings = {s.id: book(s, LINE, _credit(s, site, start, start)) for s in context.below(u)}
        ledgers.append(ledger_of(context, "contracted_mw", (site, u), u, LINE, "own", bookings))
    for site, u, node in part.drops:
        start, x = context.period(u).start, context.period(node).start
        bookings = {}
        for s in context.below(node):
            years = _fee_years(s, site, contracted(s, site, start), x)
            fee = Payments(points=((x, years * _bill(s, site, start)),))
            bookings[s.id] = book(s, LINE, fee.plus(_credit(s, site, start, x).scaled(-1.0)))
        ledgers.append(ledger_of(context, "dropped_mw", (site, u, node), node, LINE, "own", bookings))
    return Ledger.joined([*ledgers, _discounts(context, part)])


def _discounts(context: Context, part: Utility) -> Ledger:
    entries: list[Entry] = []
    cost: Cost = {}
    for site, node in part.discounted:
        scenario, position, period = context.at(node), context.tree.period[node], context.period(node)
        price = mean_over(
            scenario, scenario.spec.sites[site].energy_usd_per_mwh, position, f"energy price of {site}"
        )
        weight = overlap(period.start, _until(scenario, site), period)
        usd_m = -_discount(scenario, site) * weight * price / 1e6
        factor = context.tree.probability[node] * scenario.mid_factor(LINE, position)
        entries.append(Entry("discounted_mwh", (site, node), LINE, "own", node, usd_m, usd_m))
        cost["discounted_mwh", (site, node)] = {LINE: (factor * usd_m, 0.0)}
    return Ledger(tuple(entries), cost)
