"""Commitments to spend, re-read: what is drawn of each on which date, what that bills, and what tops it up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from planner.audit.contract import Contract, main_line, price_of
from planner.audit.contracts import Contracts
from planner.audit.flows import Flow, along, on_day
from planner.audit.paths import EPS, NumberPath, number, shared
from planner.audit.scene import Scene
from planner.instance.schema.contracts import GivenSigning, Offer
from planner.timeline import DAY_MONTHS
from planner.tree import Node

KIND = "consumption"


@dataclass(frozen=True)
class Drawn:
    """MW of a chip drawn of a commitment in one period (mean)."""

    offer: str
    chip: str
    node: Node
    mw: float
    given: bool
    start: float
    """First date on which it can be drawn in the period."""
    use: tuple[Flow, ...]
    """By date of use."""


@dataclass(frozen=True)
class Spending:
    """A commitment with what is drawn and topped up of it."""

    contract: Contract
    term_end: float
    total_usd_m: float
    """Still to be spent on the first day."""
    drawn: tuple[Drawn, ...]
    top_ups: tuple[tuple[int, Flow], ...]
    """(contract year, sum on a day)."""
    delay: float

    @property
    def spent(self) -> list[Flow]:
        """Use and top-ups by date of service."""
        return [*(flow for each in self.drawn for flow in each.use), *(flow for _, flow in self.top_ups)]

    def open_at(self, x: float) -> float:
        """What of the total is not paid before a moment, USD m."""
        paid = sum(flow.later(self.delay).within(b=x) for flow in self.spent)
        return max(0.0, self.total_usd_m - paid)


def follow_spending(scene: Scene, contracts: Contracts) -> tuple[Spending, ...]:
    """Every commitment with its use, billed; the ramp, the yearly minimum and the total are checked."""
    found = []
    for contract in contracts.contracts:
        offer = scene.offer(contract.offer)
        if offer is not None and offer.kind == KIND:
            found.append(_spending(scene, contract, offer))
    for each in found:
        _check(scene, each)
    known = {(each.contract.offer, each.contract.signing) for each in found}
    for variable, place in (("drawn_mw", 2), ("topped_up_usd_m", 1)):
        for index, amount in scene.rows(variable):
            if (index[0], index[place]) not in known:
                scene.findings.refuse("drawn_of_nothing", index[0], index[-1], amount, "MW", "not signed")
    return tuple(found)


def _spending(scene: Scene, contract: Contract, offer: Offer) -> Spending:
    given = offer.signed[contract.signing] if contract.given else None
    months = offer.term_months if given is None or given.term_months is None else given.term_months
    end = contract.first + number(months, 0.0)
    total = number(offer.spend_usd_bn, 0.0) * 1000.0
    total -= 0.0 if given is None else number(given.drawn_usd_bn, 0.0) * 1000.0
    drawn = tuple(
        _drawn(scene, contract, offer, given, end, chip, node, mw)
        for (id_, chip, signing, node), mw in scene.rows("drawn_mw")
        if (id_, signing) == (contract.offer, contract.signing)
    )
    delay = number(offer.payment_delay_months, 0.0)
    for each in drawn:
        index = f"{each.offer}|{each.chip}|{contract.signing}|{each.node}"
        scene.account.buy(("drawn_mw", index), [flow.later(delay) for flow in each.use], each.use)
    top_ups = []
    line, vendor = main_line(offer.kind), contract.offer.partition(".")[0]
    days = {year: stop - DAY_MONTHS for year, _, stop in contract_years(contract, end, scene.end)}
    for (id_, signing, year, node), usd_m in scene.rows("topped_up_usd_m"):
        if (id_, signing) != (contract.offer, contract.signing):
            continue
        period = scene.period(node)
        day = days.get(int(year))
        if day is None or not period.start - EPS <= day < period.end - EPS:
            scene.findings.refuse("top_up_date", id_, node, usd_m, "USD m", "no contract year ends here")
            continue
        flow = on_day(line, vendor, day, usd_m)
        scene.account.buy(("topped_up_usd_m", f"{id_}|{signing}|{year}|{node}"), [flow.later(delay)], [flow])
        top_ups.append((int(year), flow))
    return Spending(contract, end, total, drawn, tuple(top_ups), delay)


def contract_years(contract: Contract, term_end: float, end: float) -> list[tuple[int, float, float]]:
    """(number, start, end) of contract years inside the calendar; the last one may be cut."""
    stop = min(term_end, end)
    edges = [contract.first]
    while edges[-1] < stop - EPS:
        edges.append(min(edges[-1] + 12.0, stop))
    return [(number_, a, b) for number_, (a, b) in enumerate(pairwise(edges), 1) if b > EPS]


def _drawn(
    scene: Scene,
    contract: Contract,
    offer: Offer,
    given: GivenSigning | None,
    term_end: float,
    chip: str,
    node: Node,
    mw: float,
) -> Drawn:
    """On each date in proportion to what may be drawn, at the price of the date."""
    period = scene.period(node)
    corners = {period.start, period.end, term_end, *(x for x, _ in contract.arrivals)}
    edges = sorted(x for x in corners if period.start <= x <= period.end)
    mean = sum(each.mean(period) for each in contract.presences)
    line, vendor = main_line(offer.kind), contract.offer.partition(".")[0]
    use: list[Flow] = []
    for a, b in pairwise(edges):
        level = sum(each.at((a + b) / 2.0) for each in contract.presences)
        path = _price(scene, offer, given, chip, after=a >= term_end - EPS)
        if b - a > EPS and level > 0.0 and path is not None:
            scale = scene.gw_ratio if given is not None else 1.0
            use += along(line, vendor, path, a, b, mw * level / mean / 1000.0 * scale)
    first = max(period.start, contract.first)
    return Drawn(contract.offer, chip, node, mw, contract.given, first, tuple(use))


def _price(
    scene: Scene, offer: Offer, given: GivenSigning | None, chip: str, *, after: bool
) -> NumberPath | None:
    """USD/kW-month by date of use, in the term or after it."""
    price = price_of(offer, chip)
    if after and offer.continuation_usd_per_kw_month is not None:
        price = offer.continuation_usd_per_kw_month
    elif not after and given is not None and given.price_usd_per_kw_month is not None:
        price = given.price_usd_per_kw_month
    return None if price is None else scene.series(price)


# Rules


def _check(scene: Scene, spending: Spending) -> None:
    contract = spending.contract
    offer = scene.offer(contract.offer)
    assert offer is not None
    by_node: dict[Node, float] = defaultdict(float)
    for each in spending.drawn:
        by_node[each.node] += each.mw
        if each.node not in scene.owned:
            continue
        if each.chip not in offer.chips:
            scene.findings.refuse(
                "chip_on_offer", each.offer, each.node, each.mw, "MW", f"no {each.chip} there"
            )
        elif scene.timeline.first(scene.spec.chips[each.chip].from_) > scene.period(each.node).start + EPS:
            scene.findings.refuse(
                "chip_from", each.offer, each.node, each.mw, "MW", f"{each.chip} is not there yet"
            )
    for node, mw in by_node.items():
        if node in scene.owned:
            most = sum(each.mean(scene.period(node)) for each in contract.presences)
            scene.findings.at_most("drawn_on_the_ramp", contract.offer, node, mw, most, "MW", contract.mw)
    _check_spend(scene, spending, offer)


def _check_spend(scene: Scene, spending: Spending, offer: Offer) -> None:
    """Each contract year reaches its minimum, the whole the elapsed part of its total."""
    contract = spending.contract
    spend = number(offer.spend_usd_bn, 0.0) * 1000.0
    yearly = (
        number(offer.yearly_minimum_usd_bn, 0.0) * 1000.0 + number(offer.yearly_minimum_share, 0.0) * spend
    )
    years = contract_years(contract, spending.term_end, scene.end)
    owed = spent = 0.0
    for year, start, stop in years:
        used = sum(flow.within(start, stop) for each in spending.drawn for flow in each.use)
        used += sum(flow.first for number_, flow in spending.top_ups if number_ == year)
        least = yearly * shared(start, stop, 0.0, scene.end) / 12.0
        owed, spent = (owed + least, spent + used) if offer.carry_over else (least, used)
        node = _node_of(scene, stop)
        if node in scene.owned:
            scene.findings.at_least("spent_in_a_year", contract.offer, node, spent, owed, "USD m", spend)
    if years:
        node, stop = _node_of(scene, years[-1][2]), min(spending.term_end, scene.end)
        elapsed = _mw_months(contract, stop) / _mw_months(contract, spending.term_end)
        due = spending.total_usd_m - spend * (1.0 - elapsed)
        whole = sum(flow.within(b=spending.term_end) for each in spending.drawn for flow in each.use)
        whole += sum(flow.first for _, flow in spending.top_ups)
        if node in scene.owned:
            scene.findings.at_least("spent_in_all", contract.offer, node, whole, due, "USD m", spend)


def _mw_months(contract: Contract, x: float) -> float:
    """What may be drawn before a date."""
    return sum(mw * max(0.0, x - arrival) for arrival, mw in contract.arrivals)


def _node_of(scene: Scene, stop: float) -> Node:
    """Node with the last day before a moment."""
    place = scene.timeline.position(stop - DAY_MONTHS)
    assert place is not None, "contract years end inside the calendar"
    return scene.path[place]


def new_arrivals(spendings: Iterable[Spending], chip: str, scene: Scene) -> list[tuple[float, float]]:
    """(date, MW) by which the most that was drawn of a chip rises; given contracts apart."""
    found = []
    for spending in spendings:
        if spending.contract.given:
            continue
        mine = {each.node: each for each in spending.drawn if each.chip == chip}
        peak = 0.0
        for node in scene.path:
            if node in mine and mine[node].mw > peak:
                found.append((mine[node].start, mine[node].mw - peak))
                peak = mine[node].mw
    return found
