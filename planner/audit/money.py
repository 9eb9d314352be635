"""Cash by period as the audit adds it up, the floor, rounds, and what is owed to vendors."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from planner.audit.account import GIVEN
from planner.audit.contracts import Contracts
from planner.audit.debt import DebtService
from planner.audit.demand import Demand, all_demands, asked, lost_loans
from planner.audit.flows import Flow, on_day
from planner.audit.paths import EPS, month_of, number
from planner.audit.scene import Scene
from planner.timeline import Period
from planner.tree import Node

CASH_LINES = (
    "construction", "power_projects", "shell_rent", "cloud_rent", "chips", "own_operating", "energy", "resale",
    "financing",
)  # fmt: skip
OVERDRAFT_PREMIUM = 0.05
"""A year, over the company rate: the least price of money below the floor."""
OPTIONAL_ISSUE_COST = 0.03


@dataclass(frozen=True)
class Operating:
    """What comes in beside debt in one period, USD m."""

    fixed: float
    """Operating cash before compute, without the margin of workloads."""
    margin: float
    """Of the whole demand."""
    lost: float
    """Margin of what is not served; not above zero where margins are not below it."""
    firm_rounds: float
    optional_rounds: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.fixed + self.margin + self.lost + self.firm_rounds + self.optional_rounds


@dataclass(frozen=True)
class CashRow:
    """The cash of one node, USD m; payments are positive here."""

    node: Node
    opening: float
    interest_earned: float
    operating: Operating
    payments: float
    """Of all lines, with what is newly paid early."""
    draws: float
    debt_service: float
    """Interest, fees, repayments, opening debt, opening payables."""
    opening_payables: float
    """Of it, invoices from before the first day."""
    closing: float


Rounds = tuple[list[float], list[float]]
"""Money from firm and from optional rounds by position of the period, USD m."""


def post_rounds(scene: Scene) -> Rounds:
    """Money from rounds; issue costs are posted. An optional one is taken in the period of its first money."""
    amounts = [0.0] * len(scene.path), [0.0] * len(scene.path)
    decided: set[tuple[str, Node]] = set()
    for round_id, terms in scene.spec.money.rounds.items():
        dated = [
            (month_of(day, scene.timeline), usd_bn * 1000.0) for day, usd_bn in terms.by_date_usd_bn.items()
        ]
        inside = [
            (x, place, usd_m)
            for x, usd_m in dated
            if usd_m and (place := scene.timeline.position(x + EPS)) is not None
        ]
        if not terms.active or not inside:
            continue
        firm, taken, key = terms.kind == "firm", 1.0, (GIVEN[0], f"rounds|{round_id}")
        if not firm:
            node = scene.path[min(place for _, place, _ in inside)]
            decided.add((round_id, node))
            taken, key = scene.amount("took", round_id, node), ("took", f"{round_id}|{node}")
        share = number(terms.issue_cost_share, 0.0 if firm else OPTIONAL_ISSUE_COST)
        for x, place, usd_m in inside:
            amounts[0 if firm else 1][place] += usd_m * taken
            cost = on_day("financing", "own", x, usd_m * taken * share)
            if not cost.first:
                continue
            if firm:
                scene.account.post(key, [cost])
            else:
                scene.account.buy(key, [cost])
    for (round_id, node), _ in scene.rows("took"):
        if (round_id, node) not in decided:
            words = "no optional round of that name is taken here"
            scene.findings.refuse("took", round_id, node, 1.0, "count", words)
    return amounts


def cash_statement(
    scene: Scene, debt: DebtService, rounds: Rounds, paid: dict[str, list[float]]
) -> list[CashRow]:
    """Cash along the path; the floor is checked. `paid` by line and position of the period."""
    money = scene.spec.money
    cash = money.opening.cash_usd_bn.constant * 1000.0
    rows = []
    for place, (node, period) in enumerate(zip(scene.path, scene.timeline.periods, strict=True)):
        opening = cash
        earned = opening * scene.mean(money.cash_yield_rate, period) * period.years
        operating = _operating(scene, node, period, rounds[0][place], rounds[1][place])
        payments = sum(paid[line][place] for line in CASH_LINES if line in paid)
        dues = _opening_dues(scene, period)
        service = debt.paid[place] + dues
        cash = opening + earned + operating.total - payments + debt.drawn[place] - service
        rows.append(
            CashRow(node, opening, earned, operating, payments, debt.drawn[place], service, dues, cash)
        )
    _check_floor(scene, rows)
    return rows


def _operating(scene: Scene, node: Node, period: Period, firm: float, optional: float) -> Operating:
    """Operating cash, the margin of the demand and what is lost of it, and rounds, USD m."""
    fixed, margin = operating_usd_m(scene, period)
    lost = 0.0
    for demand in all_demands(scene.spec):
        short = scene.amount("shortfall_mw", demand.id, node) + lost_loans(scene, demand, node)
        lost -= _margin_per_mw(scene, demand, period) * short
    return Operating(fixed, margin, lost, firm, optional)


def operating_usd_m(scene: Scene, period: Period) -> tuple[float, float]:
    """Operating cash of a period without margins, and the margin of the whole demand without pulses, USD m."""
    money = scene.spec.money
    path = scene.series(money.operating_cash_usd_bn_per_year)
    total = path.total(period.start, period.end) / 12.0 * 1000.0
    margin = 0.0
    for demand in all_demands(scene.spec):
        per_mw = _margin_per_mw(scene, demand, period)
        margin += per_mw * asked(scene, demand, period, pulse=False, work=False) if per_mw else 0.0
    return (total - margin if money.operating_cash_is == "total" else total), margin


def _margin_per_mw(scene: Scene, demand: Demand, period: Period) -> float:
    """USD m of a period for a MW of the reference fleet."""
    return scene.mean(demand.terms.margin_usd_bn_per_gw_year, period) * scene.gw_ratio * period.years


def _opening_dues(scene: Scene, period: Period) -> float:
    """Opening payables and service of opening debt that fall in a period."""
    opening = scene.spec.money.opening
    total = 0.0
    for payable in opening.payables:
        due = scene.timeline.first(payable.due)
        if period.start - EPS <= max(due, 0.0) < period.end - EPS:
            total += payable.usd_bn.constant * 1000.0
    return total


def _check_floor(scene: Scene, rows: list[CashRow]) -> None:
    """Cash on last days is not below the floor, but for an overdraft where one is allowed."""
    money, findings = scene.spec.money, scene.findings
    soft = money.soft_floor
    for row, period in zip(rows, scene.timeline.periods, strict=True):
        if row.node not in scene.owned:
            continue
        overdraft = scene.amount("overdraft_usd_m", row.node)
        scale = max(abs(row.opening), row.payments, abs(row.operating.total))
        if money.floor_usd_bn is not None:
            floor = scene.series(money.floor_usd_bn).at(period.last_day) * 1000.0
            findings.at_least("liquidity_floor", "", row.node, row.closing + overdraft, floor, "USD m", scale)
        if overdraft and soft is None:
            findings.refuse("overdraft", "", row.node, overdraft, "USD m", "no overdraft is allowed")
        if soft is not None and soft.max_usd_bn is not None:
            findings.at_most("overdraft", "", row.node, overdraft, soft.max_usd_bn.constant * 1000.0, "USD m")
        if (
            soft is not None
            and soft.until is not None
            and period.last_day >= scene.timeline.after(soft.until) - EPS
        ):
            findings.at_most("overdraft", "", row.node, overdraft, 0.0, "USD m")


def charge_overdraft(scene: Scene) -> None:
    """Money below the floor costs more than any facility, as a soft limit."""
    dearest = max((each.rate.constant for each in scene.spec.money.debt.values()), default=0.0)
    price = max(dearest, scene.rates.company + OVERDRAFT_PREMIUM)
    for (node,), usd_m in scene.rows("overdraft_usd_m"):
        period = scene.period(node)
        flow = on_day("soft_limits", "own", (period.start + period.end) / 2.0, usd_m * price * period.years)
        scene.account.charge(("overdraft_usd_m", node), "soft_limits", scene.rates.present(flow))


# What is owed to vendors


def check_payables(scene: Scene, contracts: Contracts) -> dict[tuple[str, Node], float]:
    """What is owed to a vendor stays under its cap, early payment counted; costs of paying early are charged."""
    due: dict[str, list[tuple[Flow, Flow]]] = defaultdict(list)
    for contract in contracts.contracts:
        _note_dues(due[contract.offer.partition(".")[0]], scene, contract.offer, contract.invoices)
    for kept in contracts.kept:
        _note_dues(due[kept.contract.offer.partition(".")[0]], scene, kept.contract.offer, kept.invoices)
    for posting in scene.account.postings:
        if posting.key[0] in ("extra_mw", "on_demand_mw", "drawn_mw", "topped_up_usd_m") and posting.paid:
            offer_id = posting.key[1].partition("|")[0]
            _note_dues(due[posting.flow.vendor], scene, offer_id, (posting.flow,))
    owed_by: dict[tuple[str, Node], float] = {}
    for vendor_id, vendor in scene.spec.vendors.items():
        for place, (node, period) in enumerate(zip(scene.path, scene.timeline.periods, strict=True)):
            owed = _owed(scene, vendor_id, due[vendor_id], period.last_day)
            owed_by[vendor_id, node] = owed
            stock = scene.amount("paid_early_usd_m", vendor_id, node)
            if stock and vendor.payables_cap_usd_bn is None:
                scene.findings.refuse("early_of_owed", vendor_id, node, stock, "USD m", "no cap asks for it")
            _charge_early(scene, vendor_id, place, stock)
            if vendor.payables_cap_usd_bn is None or node not in scene.owned:
                continue
            cap = vendor.payables_cap_usd_bn.constant * 1000.0
            scene.findings.at_most("early_of_owed", vendor_id, node, stock, owed, "USD m")
            scene.findings.at_most("payables_cap", vendor_id, node, owed - stock, cap, "USD m", owed)
    return owed_by


def _note_dues(found: list[tuple[Flow, Flow]], scene: Scene, offer_id: str, paid: tuple[Flow, ...]) -> None:
    """Add (as accrued, as paid) of invoices."""
    offer = scene.offer(offer_id)
    delay = number(offer.payment_delay_months, 0.0) if offer is not None else 0.0
    if delay:
        found.extend((flow.later(-delay), flow) for flow in paid)


def _owed(scene: Scene, vendor: str, due: list[tuple[Flow, Flow]], x: float) -> float:
    """Accrued and not paid by a date, opening payables too."""
    owed = sum(accrued.within(b=x) - paid.within(b=x) for accrued, paid in due)
    for payable in scene.spec.money.opening.payables:
        if payable.vendor == vendor and scene.timeline.first(payable.due) > x + EPS:
            owed += payable.usd_bn.constant * 1000.0
    return owed


def early_line(scene: Scene, vendor: str) -> str:
    """The line in which a vendor is paid early: cloud before shell."""
    kinds = {offer.kind for offer in scene.spec.vendors[vendor].offers.values()}
    return "shell_rent" if kinds == {"shell"} else "cloud_rent"


def _charge_early(scene: Scene, vendor: str, place: int, stock: float) -> None:
    """Each stock is paid mid-period and comes back in the middle of the next one, the last at the end."""
    node, period = scene.path[place], scene.timeline.periods[place]
    before = scene.before(node)
    line, middle = early_line(scene, vendor), (period.start + period.end) / 2.0
    held = scene.amount("paid_early_usd_m", vendor, before) if before is not None else 0.0
    for owner, usd_m in ((node, stock), (before, -held)):
        if usd_m:
            key = ("paid_early_usd_m", f"{vendor}|{owner}")
            scene.account.buy(key, [on_day(line, vendor, middle, usd_m)], [])
    if stock and place == len(scene.path) - 1:
        key = ("paid_early_usd_m", f"{vendor}|{node}")
        scene.account.charge(key, line, at_end=-stock * scene.rates.factor(line, scene.end))
