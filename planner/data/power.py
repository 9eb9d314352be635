"""Site power on every date of a delivery, and energy with its prices and charges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from planner.data.context import EPS, Context, Scenario, mean_over, number, value_at
from planner.data.delivery import (
    Delivery,
    block,
    drawn_per_mw,
    given_contracts,
    opening_blocks,
    power_project,
    signing,
    unit,
)
from planner.data.payments import Cost, Ledger
from planner.data.types import NO_EXITS, Construction, Contracts, Entry, Exits, Index, Power, Term, Var
from planner.data.utility import curtailable_nodes, extra_mw, is_upgrade
from planner.instance.quantity import Quantity
from planner.instance.schema.sites import Site
from planner.timeline import HOURS_PER_YEAR
from planner.tree import Node

LINE = "energy"
Date = tuple[str, Node, int]


def prepare_power(
    context: Context, construction: Construction, contracts: Contracts, exits: Exits = NO_EXITS
) -> tuple[Power, Ledger]:
    """Rows of site power, and energy where own or leased hosts stand."""
    hosts = _hosts(context, construction, contracts)
    used = {contracts.site[o] for o in contracts.offers} | {site for site, at in hosts.items() if at}
    sites = tuple(site for site in context.spec.sites if site in used)
    rows = _rows(context, construction, contracts, exits, sites)
    energy_sites = tuple(site for site in sites if hosts[site])
    energy_nodes = tuple((site, node) for site in energy_sites for node in context.tree.nodes)
    terms = context.spec.sites
    minimum = {s: _minimum_share(terms[s]) for s in energy_sites}
    charge = tuple(
        s
        for s in energy_sites
        if any(
            getattr(scenario.spec.sites[s], name) is not None
            for scenario in context.scenarios.values()
            for name in ("demand_charge_usd_per_kw_month", "capacity_charge_usd_per_mw_day")
        )
    )
    generation = tuple(p for p in construction.projects if not is_upgrade(context, p))
    power = Power(
        sites=sites,
        dates=tuple(rows),
        load={date: row.load for date, row in rows.items()},
        given_facility_mw={date: row.given_mw for date, row in rows.items()},
        relief={date: row.relief for date, row in rows.items()},
        grid_facility_mw={date: row.grid_mw for date, row in rows.items()},
        energy_nodes=energy_nodes,
        energy_hosts={site: hosts[site] for site in energy_sites},
        mwh_per_mw=_by_site(context, energy_sites, _mwh_per_mw, "load of"),
        mean_grid_mw=_by_site(context, energy_sites, _mean_grid_mw, "power of"),
        projects_at={site: tuple(p for p in generation if p.startswith(f"{site}.")) for site in sites},
        project_hours=_by_site(context, generation, _project_hours, "availability of"),
        grid_usd_m_per_mwh=_by_site(context, energy_sites, _grid_price, "energy price of"),
        project_usd_m_per_mwh=_by_site(context, generation, _project_price, "energy price of"),
        hours={node: context.period(node).years * HOURS_PER_YEAR for node in context.tree.nodes},
        minimum_bill={site: share for site, share in minimum.items() if share > 0.0},
        demand_charge=_by_site(context, charge, _demand_charge, "demand charge of"),
        charged_sites=tuple(s for s in energy_sites if s in charge or minimum[s] > 0.0),
        gross={site: terms[site].contract_gross for site in sites},
        facility_per_it={site: terms[site].facility_per_it.constant for site in sites},
        months={date: row.x for date, row in rows.items()},
    )
    return power, _ledger(context, power)


def _hosts(context: Context, construction: Construction, contracts: Contracts) -> dict[str, tuple[str, ...]]:
    """Own builds and shells by site."""
    shells = [o for o in contracts.offers if contracts.kind[o] == "shell"]
    return {
        site: tuple(h for h in (*construction.builds, *shells) if contracts.site[h] == site)
        for site in context.spec.sites
    }


# Energy


def _by_site(
    context: Context, ids: tuple[str, ...], value: Callable[[str, Scenario, int], float], what: str
) -> dict[tuple[str, Node], float]:
    """A number by (site or project, node)."""
    return {
        (id_, node): number_
        for id_ in ids
        for node, number_ in context.by_node(partial(value, id_), f"{what} {id_}").items()
    }


def _hours(scenario: Scenario, position: int) -> float:
    return scenario.timeline.periods[position].years * HOURS_PER_YEAR


def _mwh_per_mw(site: str, scenario: Scenario, position: int) -> float:
    terms = scenario.spec.sites[site]
    return terms.load_factor.constant * terms.facility_per_it.constant * _hours(scenario, position)


def _mean_grid_mw(site: str, scenario: Scenario, position: int) -> float:
    return mean_over(scenario, scenario.spec.sites[site].facility_power_mw, position, f"power of {site}")


def _grid_price(site: str, scenario: Scenario, position: int) -> float:
    price = scenario.spec.sites[site].energy_usd_per_mwh
    return mean_over(scenario, price, position, f"energy price of {site}") / 1e6


def _project_hours(project: str, scenario: Scenario, position: int) -> float:
    share = power_project(scenario, project).availability_share
    assert share is not None, "a check lets no generation without it pass"
    return share.constant * _hours(scenario, position)


def _project_price(project: str, scenario: Scenario, position: int) -> float:
    price = power_project(scenario, project).energy_usd_per_mwh
    assert price is not None, "a check lets no generation without it pass"
    return mean_over(scenario, price, position, f"energy price of {project}") / 1e6


def _demand_charge(site: str, scenario: Scenario, position: int) -> float:
    """USD m per facility MW for the period: USD/kW-month x 1,000 kW x months, and USD/MW-day x days (365 a year)."""
    terms, period = scenario.spec.sites[site], scenario.timeline.periods[position]
    usd = 0.0
    if terms.demand_charge_usd_per_kw_month is not None:
        charge = terms.demand_charge_usd_per_kw_month
        usd += mean_over(scenario, charge, position, f"demand charge of {site}") * 1000.0 * period.months
    if terms.capacity_charge_usd_per_mw_day is not None:
        charge = terms.capacity_charge_usd_per_mw_day
        usd += mean_over(scenario, charge, position, f"capacity charge of {site}") * 365.0 * period.years
    return usd / 1e6


def _minimum_share(site: Site) -> float:
    """Least billed share: of the contract with the utility where there is one."""
    if site.supply_contract is not None:
        return number(site.supply_contract.minimum_bill_share, 0.0)
    return number(site.minimum_bill_share, 0.0)


def _ledger(context: Context, power: Power) -> Ledger:
    """Energy is paid and accrued in the period; grid energy by what is billed where there is a minimum bill."""
    entries: list[Entry] = []
    cost: Cost = {}

    def pay(var: Var, index: Index, usd_m: float) -> None:
        node = index[-1]
        factor = context.at(node).mid_factor(LINE, context.tree.period[node])
        entries.append(Entry(var, index, LINE, "own", node, usd_m, usd_m))
        cost[var, index] = {LINE: (context.tree.probability[node] * factor * usd_m, 0.0)}

    for (site, node), usd_m in power.grid_usd_m_per_mwh.items():
        pay("billed_mwh" if site in power.minimum_bill else "grid_mwh", (site, node), usd_m)
    for site, node in power.energy_nodes:
        for project in power.projects_at[site]:
            pay("project_mwh", (project, node), power.project_usd_m_per_mwh[project, node])
    for (site, node), usd_m in power.demand_charge.items():
        pay("charged_mw", (site, node), usd_m)
    return Ledger(tuple(entries), cost)


# Power


@dataclass(frozen=True)
class Row:
    """What is drawn and what there is on a date, facility MW."""

    x: float
    load: tuple[Term, ...]
    given_mw: float
    relief: tuple[Term, ...]
    grid_mw: float

    def implies(self, other: Row) -> bool:
        """Whether this row holding makes the other hold: no less drawn, no more to draw from."""
        mine, theirs = _by_variable(self.load), _by_variable(other.load)
        my_relief, their_relief = _by_variable(self.relief), _by_variable(other.relief)
        return (
            self.given_mw >= other.given_mw - EPS
            and self.grid_mw <= other.grid_mw + EPS
            and all(_of(mine, key) >= _of(theirs, key) - EPS for key in mine.keys() | theirs.keys())
            and all(_of(their_relief, key) >= share - EPS for key, share in my_relief.items())
        )


def _of(coefficients: dict[tuple[Var, Index], float], key: tuple[Var, Index]) -> float:
    """Coefficient of a variable, 0 where the row does not have it."""
    return coefficients.get(key, 0.0)


def _by_variable(terms: tuple[Term, ...]) -> dict[tuple[Var, Index], float]:
    return {(var, index): coefficient for var, index, coefficient in terms}


@dataclass(frozen=True)
class _Draw:
    """A decision or a given thing at a site on one scenario: what one unit draws or brings, by date."""

    var: Var
    index: Index
    decided: Node
    facility_mw: float
    delivery: Delivery


@dataclass(frozen=True)
class _Site:
    """All that draws power at a site or brings it, on one scenario."""

    loads: tuple[_Draw, ...]
    given: tuple[tuple[float, Delivery], ...]
    projects: tuple[_Draw, ...]
    takes: tuple[tuple[str, Node], ...]
    """Where curtailable load may be taken, which brings power."""
    columns: dict[Node, list[_Draw]]
    """By node: what clauses add there, or take away."""
    arrivals: dict[Node, list[float]]
    """By node of the decision: dates at which clauses bring new MW."""


def _rows(
    context: Context, construction: Construction, contracts: Contracts, exits: Exits, sites: tuple[str, ...]
) -> dict[Date, Row]:
    out: dict[Date, Row] = {}
    for site in sites:
        # A contract may come into force between two dates that the grid alone does not tell apart.
        chosen = list if context.spec.sites[site].supply_contract is not None else without_implied
        seen = {
            s.id: _site(context, s, construction, contracts, exits, site) for s in context.scenarios.values()
        }
        for node in context.tree.nodes:
            scenario = context.at(node)
            rows = _node_rows(context, scenario, seen[scenario.id], site, node)
            for step, row in enumerate(chosen(rows)):
                out[site, node, step] = row
    return out


def without_implied(rows: list[Row]) -> list[Row]:
    """The rows that say something another does not; the last day stays."""
    kept = list(rows)
    for row in rows[:-1]:
        if any(other is not row and other.implies(row) for other in kept):
            kept = [other for other in kept if other is not row]
    return kept


def _node_rows(context: Context, scenario: Scenario, at: _Site, site: str, node: Node) -> list[Row]:
    """Rows of a node by date: every date of a delivery in it, and its last day."""
    period = context.period(node)
    path = set(context.tree.path[node])
    ratio = scenario.spec.sites[site].facility_per_it.constant
    loads = [draw for draw in at.loads if draw.decided in path]
    projects = [draw for draw in at.projects if draw.decided in path]
    dates = {period.last_day}
    for delivery in (*(draw.delivery for draw in loads), *(delivery for _, delivery in at.given)):
        dates |= {x for x, _ in delivery.arrivals if period.start - EPS <= x < period.last_day - EPS}
    for decided in path & at.arrivals.keys():
        dates |= {x for x in at.arrivals[decided] if period.start - EPS <= x < period.last_day - EPS}
    rows = []
    for x in _apart(sorted(dates)):
        load = _terms_at(loads, x) + _terms_at(at.columns.get(node, []), x)
        given = ratio * sum(mw * delivery.share_at(x) for mw, delivery in at.given)
        relief = _terms_at(projects, x)
        relief += [
            ("took_curtailable", index, mw)
            for index in at.takes
            if index[1] in path and (mw := extra_mw(scenario, site, x))
        ]
        rows.append(Row(x, tuple(load), given, tuple(relief), _grid_at(scenario, site, x)))
    return rows


def _apart(dates: list[float]) -> list[float]:
    """Dates in order without those that are the same."""
    return [x for i, x in enumerate(dates) if i == 0 or x - dates[i - 1] > EPS]


def _terms_at(draws: list[_Draw], x: float) -> list[Term]:
    out = []
    for draw in draws:
        share = draw.delivery.share_at(x)
        if share > 0.0:
            out.append((draw.var, draw.index, share * draw.facility_mw))
    return out


def _grid_at(scenario: Scenario, site: str, x: float) -> float:
    power: Quantity = scenario.spec.sites[site].facility_power_mw
    return value_at(scenario, power, x, f"power of {site}")


def _site(
    context: Context,
    scenario: Scenario,
    construction: Construction,
    contracts: Contracts,
    exits: Exits,
    site: str,
) -> _Site:
    path = set(context.path(scenario))
    ratio = scenario.spec.sites[site].facility_per_it.constant
    loads = []
    for build, node in construction.starts:
        if contracts.site[build] == site and node in path:
            delivery = block(scenario, build, context.period(node).start)
            drawn = ratio * construction.block_mw[build] * drawn_per_mw(scenario, build)
            loads.append(_Draw("blocks", (build, node), node, drawn, delivery))
    for build, start, node in exits.sales:
        if contracts.site[build] == site and node in path:
            delivery = block(scenario, build, context.period(start).start)
            drawn = ratio * construction.block_mw[build] * drawn_per_mw(scenario, build)
            loads.append(_Draw("sold_blocks", (build, start, node), node, -drawn, delivery))
    for offer, node in contracts.signings:
        if contracts.site[offer] == site and node in path:
            delivery = signing(scenario, offer, context.period(node).start)
            for chip in contracts.signed_chips[offer, node]:
                loads.append(_Draw("signed_mw", (offer, chip, node), node, ratio, delivery))
    projects = []
    for project, node in construction.project_starts:
        if project.split(".")[0] == site and node in path:
            delivery = unit(scenario, project, context.period(node).start)
            mw = construction.unit_facility_mw[project]
            projects.append(_Draw("units", (project, node), node, mw, delivery))
    given = [
        (b.mw * drawn_per_mw(scenario, b.build), b.delivery)
        for b in opening_blocks(scenario)
        if contracts.site[b.build] == site
    ]
    for offer in contracts.offers:
        if contracts.site[offer] == site:
            given += [(contract.mw, contract.delivery) for contract in given_contracts(scenario, offer)]
    columns: dict[Node, list[_Draw]] = {}
    arrivals: dict[Node, list[float]] = {}
    for column in contracts.columns:
        if column.delivery and contracts.site[column.offer] == site and column.decided in path:
            delivery = column.delivery[scenario.id]
            draw = _Draw(column.var, column.index, column.decided, column.sign * ratio, delivery)
            for node in (column.share.keys() | column.end_share.keys()) & path:
                columns.setdefault(node, []).append(draw)
            if column.sign > 0 and scenario.id in column.arrivals:
                new = [x for x, _ in column.arrivals[scenario.id]]
                arrivals.setdefault(column.decided, []).extend(new)
    takes = tuple((site, node) for node in curtailable_nodes(context, site))
    return _Site(tuple(loads), tuple(given), tuple(projects), takes, columns, arrivals)
