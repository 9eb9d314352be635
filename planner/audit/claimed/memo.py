"""Present values beside the cost: what no decision changes, what paying later is worth, what leasing saves."""

from __future__ import annotations

from collections import defaultdict

from planner.audit.account import Posting
from planner.audit.chip_terms import Order, price_usd_m_per_mw
from planner.audit.claimed.costs import cost_usd_m
from planner.audit.claimed.table import Row, Table
from planner.audit.claimed.times import Nodes
from planner.audit.debt import fees_on_limits, opening_dues
from planner.audit.flows import on_day
from planner.audit.money import operating_usd_m
from planner.audit.paths import EPS, month_of
from planner.audit.scene import Scene
from planner.audit.walk import Walk, walk_at_one_rate
from planner.timeline import DAY_MONTHS

ALWAYS = (
    "firm_rounds", "opening_payables", "opening_debt_service", "operating_cash", "margin_of_demand", "supplier_credit",
)  # fmt: skip
CREDITED = (
    "signed_mw", "tier_mw", "kept_mw", "exited_mw", "assigned_mw", "cancelled_mw", "renewed_mw", "expanded_mw",
    "extra_mw", "on_demand_mw", "drawn_mw", "topped_up_usd_m",
)  # fmt: skip
"""Variables that pay vendors of capacity for service."""


def memo(nodes: Nodes) -> Table:
    """A row for each name; one that is zero by rounding may be left out unless it always stands there."""
    sums: dict[str, float] = dict.fromkeys(ALWAYS, 0.0)
    sizes: dict[str, float] = defaultdict(float)
    for walk in nodes.walks:
        for name, usd_m, size in (*_given(walk), *_credits(walk), *_company(walk.scene)):
            sums[name] = sums.get(name, 0.0) + walk.scene.probability * usd_m
            sizes[name] += walk.scene.probability * size
    needed = set(ALWAYS) | {name for name, usd_m in sums.items() if abs(usd_m) > 1e-2}
    spec = nodes.walks[0].scene.spec
    if any(terms.kind == "lease" for chip in spec.chips.values() for terms in chip.terms.values()):
        sums["lease_saving"] = sum(walk.scene.probability * _lease_saving(walk) for walk in nodes.walks)
        needed |= {
            "lease_saving"
            for walk in nodes.walks
            for each in walk.world.chips.orders
            if each.leased(walk.scene)
        }
    if spec.discount.by_line:
        sums["cost_at_one_rate"] = _cost_at_one_rate(nodes)
        needed.add("cost_at_one_rate")
    if spec.money.debt_in_cost == "levered":
        financing = [walk.scene.account.cost["financing"] for walk in nodes.walks]
        sums["gain_from_leverage"] = -sum(
            walk.scene.probability * (paid + at_end)
            for walk, (paid, at_end, _) in zip(nodes.walks, financing, strict=True)
        )
        needed.add("gain_from_leverage")
    table = Table()
    for name, usd_m in sums.items():
        row: Row = {"name": name, "usd_m": usd_m, "_whole_usd_m": sizes[name]}
        table.add(row, name in needed)
    return table


Value = tuple[str, float, float]
"""Name, USD m, and the largest amount in it."""


def _given(walk: Walk) -> list[Value]:
    """What running contracts, opening construction and firm rounds pay in each line before the end."""
    account = walk.scene.account
    return [
        (f"given_{posting.flow.line}", usd_m, abs(usd_m))
        for posting in account.postings
        if posting.given and posting.paid
        for usd_m in [account.rates.present(posting.flow, b=account.end)]
    ]


def _credits(walk: Walk) -> list[Value]:
    """Rent at the dates of service less rent at the dates of payment; deposits and collateral apart."""
    account, found = walk.scene.account, []
    for posting in account.postings:
        if posting.paid == posting.accrued or posting.security:
            continue
        name = "given_supplier_credit" if posting.given else "supplier_credit"
        if posting.given or posting.key[0] in CREDITED:
            found.append((name, *_credit(account.rates.present(posting.flow), posting)))
    return found


def _credit(worth: float, posting: Posting) -> tuple[float, float]:
    return (worth if posting.accrued else -worth), abs(worth)


def _company(scene: Scene) -> list[Value]:
    """Cash that no decision changes, at the company rate."""
    rates, money = scene.rates, scene.spec.money
    dated: list[tuple[str, float, float]] = []
    for terms in money.rounds.values():
        if terms.active and terms.kind == "firm":
            for day, usd_bn in terms.by_date_usd_bn.items():
                dated.append(("firm_rounds", month_of(day, scene.timeline), usd_bn * 1000.0))
    for payable in money.opening.payables:
        due = max(scene.timeline.first(payable.due), 0.0)
        dated.append(("opening_payables", due, payable.usd_bn.constant * 1000.0))
    for debt in money.opening.debt:
        for month, usd_m, _ in opening_dues(scene, debt):
            dated.append(("opening_debt_service", month - DAY_MONTHS, usd_m))
    for period in scene.timeline.periods:
        fixed, margin = operating_usd_m(scene, period)
        middle = (period.start + period.end) / 2.0
        dated += [("operating_cash", middle, fixed), ("margin_of_demand", middle, margin)]
    found = [
        (name, usd_m * factor, abs(usd_m * factor))
        for name, x, usd_m in dated
        if x < scene.end - EPS
        for factor in [rates.factor_at(rates.company, x)]
    ]
    for terms_ in money.debt.values():
        fees = fees_on_limits(scene, terms_)
        found.append(("commitment_fee_on_limits", fees, fees))
    return found


def _lease_saving(walk: Walk) -> float:
    """Price of leased chips at delivery, where the terms state one, less their whole rent."""
    return sum(_saved(walk.scene, each) for each in walk.world.chips.orders if each.leased(walk.scene))


def _saved(scene: Scene, order: Order) -> float:
    terms, chip = order.held(scene), scene.spec.chips[order.chip]
    if terms.price_usd_m_per_mw is None and terms.price_usd_m_per_system is None:
        return 0.0
    price = price_usd_m_per_mw(scene, chip, terms, scene.period(order.node).start) * order.mw
    bought = scene.rates.present(on_day("chips", "own", order.arrival, price))
    return bought - sum(scene.rates.present(flow) for flow in order.payments)


def _cost_at_one_rate(nodes: Nodes) -> float:
    """Cost of the same decisions with the company rate for every line."""
    return cost_usd_m(Nodes([walk_at_one_rate(walk) for walk in nodes.walks]))
