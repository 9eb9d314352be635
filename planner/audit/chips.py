"""Chips in own and leased hosts: orders, arrivals, what may be installed, resale value at the end, and supply."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from planner.audit.chip_terms import Order, Sold, kept_value, sell_chips, settle_terms
from planner.audit.consumption import Spending, new_arrivals
from planner.audit.contract import Contract
from planner.audit.flows import on_day
from planner.audit.paths import EPS, number, quadrature
from planner.audit.scene import NO_CHIP, Presence, Scene
from planner.instance.schema.chips import ChipTerms, Supply
from planner.timeline import DAY_MONTHS
from planner.tree import Node


@dataclass(frozen=True)
class Chips:
    """Orders, and all chips that stand in hosts over their lives."""

    orders: tuple[Order, ...]
    presences: tuple[Presence, ...]
    """`place` is the host; opening chips are `given`; what is sold stands from then on as negative MW."""
    sold: tuple[Sold, ...] = ()


def order_chips(scene: Scene) -> Chips:
    """Every order with its payments, cost and rules, and the chips of the opening position."""
    orders = []
    for (terms_id, host, node), mw in scene.rows("ordered_mw"):
        order = _order(scene, terms_id, host, node, mw)
        if order is not None:
            orders.append(order)
    sold = sell_chips(scene, orders)
    standing = [Presence(each.host, each.chip, each.arrival, each.end, each.mw) for each in orders]
    standing += [Presence(s.order.host, s.order.chip, s.date, s.order.end, -s.mw) for s in sold]
    for given in scene.spec.money.opening.chips:
        age, life = given.age_months.constant, 12.0 * scene.spec.chips[given.chip].life_years.constant
        standing.append(Presence(given.host, given.chip, -age, life - age, given.mw, given=True))
    _value_at_end(scene, orders, sold)
    _operate(scene)
    return Chips(tuple(orders), tuple(standing), tuple(sold))


def _order(scene: Scene, terms_id: str, host: str, node: Node, mw: float) -> Order | None:
    chip_id, _, name = terms_id.partition(".")
    chip = scene.spec.chips.get(chip_id)
    terms = chip.terms.get(name) if chip is not None else None
    if chip is None or terms is None:
        scene.findings.refuse(
            "no_such_terms", terms_id, node, mw, "MW", "nothing of that name can be ordered"
        )
        return None
    ordered = scene.period(node).start
    bought = settle_terms(scene, chip, terms, ordered, mw)
    key = ("ordered_mw", f"{terms_id}|{host}|{node}")
    scene.account.post(key, bought.payments, bought.received)
    scene.account.charge(key, "chips", bought.paid_usd_m, bought.owed_usd_m)
    scene.delivers_in_time(terms_id, node, bought.arrival)
    if node in scene.owned:
        _check_order(scene, terms_id, chip_id, host, node, terms, bought.arrival)
    return Order(
        terms_id, chip_id, host, node, mw, bought.arrival, bought.end, bought.price_usd_m_per_mw,
        bought.payments, bought.received, bought.owed_usd_m,
    )  # fmt: skip


def _check_order(
    scene: Scene, terms_id: str, chip_id: str, host: str, node: Node, terms: ChipTerms, arrival: float
) -> None:
    chip, place = scene.spec.chips[chip_id], scene.places.get(host)
    scene.in_window("order_window", terms_id, node, terms.order)
    if arrival < scene.timeline.first(chip.from_) - EPS:
        scene.findings.refuse(
            "chip_from", terms_id, node, 1.0, "count", f"{chip_id} does not exist at delivery"
        )
    if place is None or place.kind not in ("own", "shell"):
        scene.findings.refuse("chip_host", terms_id, node, 1.0, "count", f"{host} takes no chips of ours")
    elif chip.hosts != "any" and host not in chip.hosts:
        scene.findings.refuse("chip_host", terms_id, node, 1.0, "count", f"{chip_id} does not go into {host}")


# What is installed


def check_installed(scene: Scene, chips: Chips, hosts: list[Presence]) -> None:
    """Installed chips have arrived, still live, are not withdrawn out of time, and fit their host."""
    pairs = {(chip, host) for (chip, host, _), _ in scene.rows("installed_mw")}
    pairs |= {(chip, host) for (chip, host, _), _ in scene.rows("installed_end_mw")}
    pairs |= {(each.chip, each.place) for each in chips.presences}
    for chip, host in sorted(pairs):
        standing = [each for each in chips.presences if (each.chip, each.place) == (chip, host)]
        _check_pair(scene, chip, host, standing)
    by_host: dict[str, list[Presence]] = defaultdict(list)
    for presence in hosts:
        by_host[presence.place].append(presence)
    for host in sorted({host for _, host in pairs}):
        for node, period in scene.steps():
            kinds = [chip for chip, each in pairs if each == host]
            mean = sum(scene.amount("installed_mw", chip, host, node) for chip in kinds)
            end = sum(scene.amount("installed_end_mw", chip, host, node) for chip in kinds)
            # What is let to others takes no chips of ours.
            let = scene.amount("sublet_mw", host, NO_CHIP, node)
            room = sum(each.mean(period) for each in by_host[host]) - let
            last = sum(each.at(period.last_day) for each in by_host[host]) - let
            scene.findings.at_most("host", host, node, mean, room, "MW")
            scene.findings.at_most("host_end", host, node, end, last, "MW")


def _check_pair(scene: Scene, chip: str, host: str, standing: list[Presence]) -> None:
    name, findings = f"{chip} in {host}", scene.findings
    for node, period in scene.steps():
        before = scene.before(node)
        if before is None:
            stood = sum(each.mw for each in standing if each.start < -EPS or each.given)
        else:
            stood = scene.amount("installed_end_mw", chip, host, before)
        coming = [
            each
            for each in standing
            if not each.given and period.start - EPS <= each.start < period.end - EPS
        ]
        arriving = [each for each in coming if each.mw > 0.0]
        arrived = sum(each.mw for each in arriving)
        during = sum(each.mw * (period.end - each.start) / period.months for each in arriving)
        gone = sum(each.mw for each in coming) - arrived
        gone_during = sum(each.mw * (period.end - each.start) / period.months for each in coming) - during
        mean, end = (scene.amount(v, chip, host, node) for v in ("installed_mw", "installed_end_mw"))
        living = sum(each.mean(period) for each in standing)
        scale = sum(abs(each.mw) for each in standing)
        findings.at_most("installed_end", name, node, end, stood + arrived + gone, "MW", scale)
        findings.at_most(
            "installed_end_in_life",
            name,
            node,
            end,
            sum(each.at(period.last_day) for each in standing),
            "MW",
            scale,
        )
        findings.at_most("installed", name, node, mean, stood + during + gone_during, "MW", scale)
        findings.at_most("installed_in_life", name, node, mean, living, "MW", scale)
        findings.at_least("installed_all_period", name, node, mean, end - (arrived - during), "MW", scale)


def _operate(scene: Scene) -> None:
    """Operating cost of what is installed, by period."""
    for (chip, host, node), mw in scene.rows("installed_mw"):
        period = scene.period(node)
        if chip not in scene.spec.chips:
            scene.findings.refuse("no_such_chip", chip, node, mw, "MW", "no chip of that name")
            continue
        usd_m = (
            scene.chip_mean(chip, scene.spec.chips[chip].operating_usd_m_per_mw_year, period)
            * mw
            * period.years
        )
        middle = (period.start + period.end) / 2.0
        scene.account.buy(
            ("installed_mw", f"{chip}|{host}|{node}"), [on_day("own_operating", "own", middle, usd_m)]
        )


# At the end of the calendar


def _value_at_end(scene: Scene, orders: list[Order], sold: list[Sold]) -> None:
    """Chips in place at the end are credited at their resale value; no more of them than are installed."""
    findings, end, last = scene.findings, scene.end, scene.path[-1]
    factor = scene.rates.factor("chips", end)
    claimed: dict[tuple[str, str], float] = defaultdict(float)
    by_key = {(each.terms, each.host, each.node): each for each in orders}
    for (terms, host, node, at), mw in scene.rows("valued_mw"):
        order = by_key.get((terms, host, node))
        name = f"{terms} in {host}"
        day = scene.timeline.periods[-1].last_day
        if order is None or at != last or not order.arrival - EPS <= day < order.end - EPS:
            findings.refuse("valued_at_end", name, at, mw, "MW", "not in place, or past its life, at the end")
            continue
        if order.leased(scene):
            findings.refuse("valued_at_end", name, at, mw, "MW", "a leased chip goes back")
            continue
        left = order.mw - sum(each.mw for each in sold if each.order is order)
        findings.at_most("valued_of_ordered", name, at, mw, left, "MW", order.mw)
        claimed[order.chip, host] += mw
        share = kept_value(scene.spec.chips[order.chip], (end - order.arrival) / 12.0)
        key = ("valued_mw", f"{terms}|{host}|{node}|{at}")
        scene.account.charge(key, "chips", at_end=-mw * order.price_usd_m_per_mw * share * factor)
    given = scene.spec.money.opening.chips
    for (number_, chip, host, at), mw in scene.rows("opening_valued_mw"):
        opening = given[int(number_)] if number_.isdigit() and int(number_) < len(given) else None
        if opening is None or (opening.chip, opening.host) != (chip, host) or at != last:
            findings.refuse("valued_at_end", f"{chip} in {host}", at, mw, "MW", "no such opening chips")
            continue
        age = opening.age_months.constant + end
        if age - DAY_MONTHS >= 12.0 * scene.spec.chips[chip].life_years.constant - EPS:
            findings.refuse("valued_at_end", f"{chip} in {host}", at, mw, "MW", "past its life at the end")
            continue
        findings.at_most("valued_of_ordered", f"{chip} in {host}", at, mw, opening.mw, "MW")
        claimed[chip, host] += mw
        value = (opening.price_usd_m_per_mw or 0.0) * kept_value(scene.spec.chips[chip], age / 12.0)
        key = ("opening_valued_mw", f"{number_}|{chip}|{host}|{at}")
        scene.account.charge(key, "chips", at_end=-mw * value * factor)
    for (chip, host), mw in claimed.items():
        installed = scene.amount("installed_end_mw", chip, host, last)
        findings.at_most("valued_in_place", f"{chip} in {host}", last, mw, installed, "MW")


# Supply


def check_supply(
    scene: Scene,
    orders: tuple[Order, ...],
    contracts: tuple[Contract, ...],
    spendings: tuple[Spending, ...] = (),
) -> None:
    """Chips that first arrive to date never exceed what supply has made available, on every date of an arrival."""
    for id_, supply in scene.spec.supply.items():
        arrivals = _arrivals(scene, supply, orders, contracts)
        for chip in scene.spec.chips:
            arrivals += new_arrivals(
                [s for s in spendings if _counts(scene, supply, chip, s.contract.offer.partition(".")[0])],
                chip,
                scene,
            )
        for node, period in scene.steps():
            inside = {x for x, _ in arrivals if period.start - EPS <= x < period.end - EPS}
            for x in sorted(inside | {period.last_day}):
                _check_supply(scene, id_, supply, arrivals, node, x)


def _arrivals(
    scene: Scene, supply: Supply, orders: tuple[Order, ...], contracts: tuple[Contract, ...]
) -> list[tuple[float, float]]:
    found = [(each.arrival, each.mw) for each in orders if _counts(scene, supply, each.chip, "own")]
    for contract in contracts:
        vendor = contract.offer.partition(".")[0]
        if (
            contract.supplied
            and contract.chip in scene.spec.chips
            and _counts(scene, supply, contract.chip, vendor)
        ):
            found += contract.new_arrivals
    return [(x, mw) for x, mw in found if x < scene.end - EPS]


def _counts(scene: Scene, supply: Supply, chip: str, channel: str) -> bool:
    maker = scene.spec.chips[chip].maker
    named = not supply.makers and not supply.chips
    return (named or maker in supply.makers or chip in supply.chips) and (
        not supply.channels or channel in supply.channels
    )


def _check_supply(
    scene: Scene, id_: str, supply: Supply, arrivals: list[tuple[float, float]], node: Node, x: float
) -> None:
    carry = number(supply.carry_share, 1.0)

    def left(since: float) -> float:
        """Share of what was there at a moment that is still there on date x."""
        return 1.0 if since >= x else float(carry ** ((x - since) / 12.0))

    rate = scene.series(supply.mw_per_year)
    taken = sum(mw * left(at) for at, mw in arrivals if at <= x + EPS)
    cap = quadrature(lambda s: rate.at(s) / 12.0 * left(s), 0.0, x, rate.breaks(0.0, x))
    scene.findings.at_most("supply", id_, node, taken, cap, "MW")
