"""Curtailable load and contracts with utilities: what they give, take and cost."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator

from planner.audit.contracts import Contracts
from planner.audit.flows import Flow, on_day
from planner.audit.paths import EPS, number, quadrature, shared
from planner.audit.scene import Presence, Scene
from planner.instance.schema.sites import Site
from planner.instance.schema.utility import Curtailable, SupplyContract
from planner.timeline import HOURS_PER_YEAR, Period
from planner.tree import Node

LINE = "energy"


# Curtailable load


def _until(scene: Scene, terms: Curtailable) -> float:
    return math.inf if terms.until is None else scene.timeline.after(terms.until)


def _taken(scene: Scene, site_id: str, x: float) -> bool:
    """Whether curtailable load was taken on or before a date."""
    return any(
        amount > 0.5 and scene.period(node).start <= x + EPS
        for (each, node), amount in scene.rows("took_curtailable")
        if each == site_id
    )


def extra_power(scene: Scene, site_id: str, site: Site, x: float) -> float:
    """Facility MW on a date in return for load that may be curtailed."""
    terms = site.curtailable
    if terms is None or x >= _until(scene, terms) - EPS or not _taken(scene, site_id, x):
        return 0.0
    return scene.series(terms.extra_facility_mw).at(x)


def mean_extra_power(scene: Scene, site_id: str, site: Site, period: Period) -> float:
    """The same, mean of a period."""
    terms = site.curtailable
    if terms is None or not _taken(scene, site_id, period.start):
        return 0.0
    end = min(period.end, _until(scene, terms))
    if end <= period.start:
        return 0.0
    return scene.series(terms.extra_facility_mw).total(period.start, end) / period.months


def lost_share(scene: Scene, site_id: str, period: Period) -> float:
    """Share of a period in which nothing at a site serves."""
    terms = scene.spec.sites[site_id].curtailable
    if terms is None or not _taken(scene, site_id, period.start):
        return 0.0
    weight = shared(period.start, period.end, -math.inf, _until(scene, terms)) / period.months
    return terms.lost_share.constant * weight


def check_curtailable(scene: Scene, contracts: Contracts) -> None:
    """It is taken once, hits all that stands by the same share, and earns its discount on grid energy alone."""
    for (site_id, node), amount in scene.rows("took_curtailable"):
        terms = scene.spec.sites[site_id].curtailable
        if terms is None:
            scene.findings.refuse("take_curtailable", site_id, node, amount, "count", "not on offer")
        elif node in scene.owned:
            scene.in_window("take_curtailable", site_id, node, terms.take)
    for site_id, site in scene.spec.sites.items():
        times = sum(amount for (each, _), amount in scene.rows("took_curtailable") if each == site_id)
        if times:
            scene.findings.at_most("taken_once", site_id, scene.path[-1], times, 1.0, "count")
        for node, period in zip(scene.path, scene.timeline.periods, strict=True):
            _discount(scene, site_id, site, node, period)
    _check_curtailed(scene, contracts)


def _check_curtailed(scene: Scene, contracts: Contracts) -> None:
    """Curtailed MW are the lost share of what stands, chip by chip and place by place."""
    for node, period in scene.steps():
        standing: dict[tuple[str, str], float] = defaultdict(float)
        for (chip, host, _), mw in scene.rows_at("installed_mw", node):
            standing[chip, host] += mw
        for presence in contracts.presences:
            offer = scene.offer(presence.place)
            if offer is not None and offer.kind == "cloud" and number(offer.take_or_pay_share, 1.0) >= 1.0:
                standing[presence.chip, presence.place] += presence.mean(period)
        for (offer_id, chip, _), mw in scene.rows_at("used_mw", node):
            standing[chip, offer_id] += mw
        off = {(chip, place): mw for (chip, place, _), mw in scene.rows_at("curtailed_mw", node)}
        for chip, place in {*standing, *off}:
            site_id = scene.places[place].site if place in scene.places else ""
            lost = lost_share(scene, site_id, period) if site_id else 0.0
            there = standing[chip, place]
            mw = off.get((chip, place), 0.0)
            scene.findings.equal("curtailed", f"{chip} {place}", node, mw, lost * there, "MW", there)


def _discount(scene: Scene, site_id: str, site: Site, node: Node, period: Period) -> None:
    mwh, terms = scene.amount("discounted_mwh", site_id, node), site.curtailable
    allowed = terms is not None and _taken(scene, site_id, period.start)
    if allowed and node in scene.owned and _takes_away(scene, site, period):
        most = scene.amount("grid_mwh", site_id, node)
        scene.findings.at_least("discounted", site_id, node, mwh, most, "MWh")
    if not mwh:
        return
    if node in scene.owned:
        most = scene.amount("grid_mwh", site_id, node) if allowed else 0.0
        scene.findings.at_most("discounted", site_id, node, mwh, most, "MWh")
    if terms is None:
        return
    weight = shared(period.start, period.end, -math.inf, _until(scene, terms)) / period.months
    price = scene.mean(site.energy_usd_per_mwh, period) / 1e6
    usd_m = -number(terms.discount_share, 0.0) * weight * price * mwh
    middle = (period.start + period.end) / 2.0
    scene.account.buy(("discounted_mwh", f"{site_id}|{node}"), [on_day(LINE, "own", middle, usd_m)])


def _takes_away(scene: Scene, site: Site, period: Period) -> bool:
    """Whether the discount is on energy that is paid for and not bought, so that it must be taken on all of it."""
    terms = site.curtailable
    if terms is None or not number(terms.discount_share, 0.0):
        return False
    lasts = shared(period.start, period.end, -math.inf, _until(scene, terms)) > 0.0
    return lasts and scene.mean(site.energy_usd_per_mwh, period) < 0.0


def curtailed(scene: Scene, chip: str, place: str, node: Node) -> float:
    """MW of a chip at a place that are switched off."""
    return scene.amount("curtailed_mw", chip, place, node)


# Contracts


def _in_force(
    scene: Scene, site_id: str, terms: SupplyContract, node: Node, mw: float
) -> tuple[float, float, list[Presence]]:
    """First energisation, end of term, and what is in force of MW contracted at a node."""
    decided = scene.period(node).start
    ready = decided + number(terms.lead_months, 0.0)
    if terms.ramp.by_date:
        steps = [(max(scene.timeline.month(day), ready), share) for day, share in terms.ramp.by_date]
        first = steps[0][0]
    else:
        steps = [(ready + months, share) for months, share in terms.ramp.by_month]
        first = ready
    end = first + terms.term_months.constant
    parts, before = [], 0.0
    for x, share in steps:
        if share > before and x < end:
            parts.append(Presence(site_id, "", x, end, mw * (share - before)))
            before = share
    return first, end, parts


def contracted_power(scene: Scene, site_id: str) -> list[Presence]:
    """Facility MW in force with the utility, what was dropped cut short; running ones apart."""
    terms = scene.spec.sites[site_id].supply_contract
    if terms is None:
        return []
    found = []
    for (each, node), mw in scene.rows("contracted_mw"):
        if each != site_id:
            continue
        _, _, parts = _in_force(scene, site_id, terms, node, 1.0)
        drops = [
            (scene.period(left).start, amount)
            for (at, decided, left), amount in scene.rows("dropped_mw")
            if (at, decided) == (site_id, node)
        ]
        for part in parts:
            stays = mw - sum(amount for _, amount in drops)
            found.append(Presence(site_id, "", part.start, part.end, part.mw * stays))
            found += [
                Presence(site_id, "", part.start, min(part.end, x), part.mw * amount)
                for x, amount in drops
                if x > part.start
            ]
    return found


def running_power(scene: Scene, site_id: str, x: float) -> float:
    """Facility MW on a date that were contracted before the first day."""
    terms = scene.spec.sites[site_id].supply_contract
    return 0.0 if terms is None or terms.running_mw is None else scene.series(terms.running_mw).at(x)


def charged_power(scene: Scene, site_id: str, period: Period) -> float:
    """Mean facility MW in force with the utility."""
    terms = scene.spec.sites[site_id].supply_contract
    running = 0.0 if terms is None else scene.mean(terms.running_mw, period)
    return running + sum(part.mean(period) for part in contracted_power(scene, site_id))


def check_contracts(scene: Scene) -> None:
    """MW are contracted and dropped when they may be; fees and letters of credit are paid."""
    dropped: dict[tuple[str, Node], float] = defaultdict(float)
    for (site_id, decided, node), mw in scene.rows("dropped_mw"):
        dropped[site_id, decided] += mw
        _drop(scene, site_id, decided, node, mw)
    for (site_id, node), mw in dropped.items():
        held = scene.amount("contracted_mw", site_id, node) if node in scene.position else 0.0
        scene.findings.at_most("dropped_of_contracted", site_id, node, mw, held, "facility MW")
    total: dict[str, float] = defaultdict(float)
    for (site_id, node), mw in scene.rows("contracted_mw"):
        terms = scene.spec.sites[site_id].supply_contract
        if terms is None:
            scene.findings.refuse("contract_power", site_id, node, mw, "facility MW", "no contract on offer")
            continue
        total[site_id] += mw
        if node in scene.owned:
            scene.in_window("contract_window", site_id, node, terms.contract)
            if terms.block_mw is not None:
                blocks = scene.amount("contracted_blocks", site_id, node) * terms.block_mw.constant
                scene.findings.equal("contract_in_blocks", site_id, node, mw, blocks, "facility MW")
        first, end, _ = _in_force(scene, site_id, terms, node, mw)
        scene.delivers_in_time(f"{site_id} contract", node, first)
        start = scene.period(node).start
        flows = _credit(scene, site_id, terms, start, first, end, start, mw)
        scene.account.buy(("contracted_mw", f"{site_id}|{node}"), flows)
    for site_id, mw in total.items():
        terms = scene.spec.sites[site_id].supply_contract
        if terms is not None and terms.max_mw is not None:
            most = terms.max_mw.constant
            scene.findings.at_most("most_contracted", site_id, scene.path[-1], mw, most, "facility MW")


def _yearly_bill(scene: Scene, site_id: str, terms: SupplyContract, decided: float) -> float:
    """Minimum bill of a MW for a year at the energy price of the day of contracting, USD m."""
    price = scene.series(scene.spec.sites[site_id].energy_usd_per_mwh).at(decided)
    return number(terms.minimum_bill_share, 0.0) * HOURS_PER_YEAR * price / 1e6


def _fee(
    scene: Scene, site_id: str, terms: SupplyContract, decided: float, first: float, end: float, x: float
) -> float:
    """What dropping a MW costs on a date, USD m."""
    years = min(number(terms.exit_fee_years, 0.0), (end - max(x, first)) / 12.0)
    return _yearly_bill(scene, site_id, terms, decided) * max(0.0, years)


def _credit(
    scene: Scene,
    site_id: str,
    terms: SupplyContract,
    decided: float,
    first: float,
    end: float,
    since: float,
    mw: float,
) -> list[Flow]:
    """Cost of the letter of credit from a date to the end of the term or the calendar."""
    rate = number(terms.collateral_share, 0.0) * number(terms.collateral_fee_rate, 0.0) / 12.0
    until = min(end, scene.end)
    turns = [x for x in (first, end - 12.0 * number(terms.exit_fee_years, 0.0)) if since < x < until]
    corners = [since, *sorted(turns), until]
    flows = []
    for a, b in itertools.pairwise(corners):
        if b - a > EPS and rate:
            low, high = (_fee(scene, site_id, terms, decided, first, end, x) for x in (a, b))
            flows.append(Flow(LINE, "own", a, b, mw * rate * low, mw * rate * high))
    return flows


def _drop(scene: Scene, site_id: str, decided: Node, node: Node, mw: float) -> None:
    terms = scene.spec.sites[site_id].supply_contract
    if terms is None or decided not in scene.position:
        scene.findings.refuse("drop_power", site_id, node, mw, "facility MW", "no such contract")
        return
    period, start = scene.period(node), scene.period(decided).start
    dates = [scene.timeline.first(when) for when in terms.exit_at]
    listed = any(period.start - EPS <= x < period.end - EPS for x in dates)
    if node in scene.owned and not (listed and start <= period.start + EPS):
        scene.findings.refuse("drop_power", site_id, node, mw, "facility MW", "not at a listed date")
    first, end, _ = _in_force(scene, site_id, terms, decided, mw)
    fee = mw * _fee(scene, site_id, terms, start, first, end, period.start)
    saved = _credit(scene, site_id, terms, start, first, end, period.start, -mw)
    key = ("dropped_mw", f"{site_id}|{decided}|{node}")
    scene.account.buy(key, [on_day(LINE, "own", period.start, fee), *saved])


def minimum_bills(scene: Scene, x: float) -> Iterator[tuple[str, float]]:
    """(site, nominal minimum bill after a date) of what is contracted by then and not dropped."""
    for (site_id, node), mw in scene.rows("contracted_mw"):
        terms = scene.spec.sites[site_id].supply_contract
        if terms is None or scene.period(node).start > x + EPS:
            continue
        mw -= sum(
            amount
            for (at, decided, left), amount in scene.rows("dropped_mw")
            if (at, decided) == (site_id, node) and scene.period(left).start <= x + EPS
        )
        price = scene.series(scene.spec.sites[site_id].energy_usd_per_mwh)
        share = number(terms.minimum_bill_share, 0.0)
        for part in _in_force(scene, site_id, terms, node, mw)[2]:
            a, b = max(part.start, x), part.end
            if b > a:
                months = quadrature(price.at, a, b, price.breaks(a, b))
                yield site_id, part.mw * share * months * HOURS_PER_YEAR / 12.0 / 1e6
