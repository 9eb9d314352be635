"""Cash that no decision changes, floor, rounds, and what suppliers are owed; debt is in `planner.data.debt`."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from functools import partial

from planner.data.context import EPS, Context, Scenario, mean_over, number, value_at
from planner.data.debt import COMPANY, prepare_debt
from planner.data.demand import demands_of, margin_usd_m_per_mw, mean_demand_mw
from planner.data.payments import (
    Booking,
    Cost,
    Ledger,
    Payments,
    book,
    booked,
    given_ledger_of,
    ledger_of,
)
from planner.data.types import Contracts, Entry, Money
from planner.timeline import DAY_MONTHS
from planner.tree import Node

OPTIONAL_ISSUE_COST = 0.03
OVERDRAFT_SPREAD = 0.05


def prepare_money(context: Context, contracts: Contracts, ledger: Ledger) -> tuple[Money, Ledger]:
    """Cash, rounds, debt and payables; `ledger` holds the given payments of contracts and construction."""
    firm = _firm_ledger(context)
    debt = prepare_debt(context)
    floor = _floor(context)
    allowed = _overdrafts(context, floor)
    overdraft_price = {node: _overdraft_price(context, node) for node in allowed}
    round_usd_m, round_ledger = _optional_rounds(context)
    caps = _caps(context)
    line = {vendor: _payables_line(contracts, vendor) for vendor in caps}
    money = Money(
        opening_cash_usd_m=context.spec.money.opening.cash_usd_bn.constant * 1000.0,
        fixed_cash_usd_m=_fixed_cash(context, (*ledger.given, *firm.given)),
        cash_yield=_cash_yield(context),
        floor_usd_m=floor,
        overdraft_nodes=tuple(allowed),
        overdraft_most_usd_m=allowed,
        overdraft_price=overdraft_price,
        rounds=tuple(dict.fromkeys((id_, node) for id_, node, _ in round_usd_m)),
        round_usd_m=round_usd_m,
        facilities=debt.facilities,
        draws=debt.draws,
        draw_lines=debt.draw_lines,
        line_share=debt.line_share,
        repaid_share=debt.repaid_share,
        limit_usd_m=debt.limit_usd_m,
        interest_rate=debt.interest_rate,
        commitment_fee=debt.commitment_fee,
        mean_limit_usd_m=debt.mean_limit_usd_m,
        payables_cap_usd_m=caps,
        owed={(v, n): ledger.owed.get((v, n), ()) for v in caps for n in context.tree.nodes},
        owed_given_usd_m=_owed_given(context, tuple(caps), ledger),
        payables_line=line,
    )
    overdraft: Cost = {
        ("overdraft_usd_m", (node,)): {"soft_limits": (price, 0.0)} for node, price in overdraft_price.items()
    }
    parts = (firm, round_ledger, Ledger(cost=overdraft), Ledger(cost=debt.cost, memo_usd_m=debt.memo_usd_m))
    return money, Ledger.joined([*parts, _early_ledger(context, line), _memo(context)])


# Cash that no decision changes


def operating_cash_usd_m(scenario: Scenario, position: int) -> float:
    """Operating cash of a period before compute, without the margin of workloads."""
    money, period = scenario.spec.money, scenario.timeline.periods[position]
    path = money.operating_cash_usd_bn_per_year
    given = mean_over(scenario, path, position, "operating cash") * period.years * 1000.0
    return given - demand_margin_usd_m(scenario, position) if money.operating_cash_is == "total" else given


def demand_margin_usd_m(scenario: Scenario, position: int) -> float:
    """Margin of a period if the whole demand without pulses is served."""
    return sum(
        margin_usd_m_per_mw(scenario, demand.workload, position)
        * mean_demand_mw(scenario, demand, position, with_pulse=False)
        for demand in demands_of(scenario.spec)
    )


def firm_rounds(scenario: Scenario) -> Payments:
    """Amounts of firm rounds by date, USD m."""
    points = [
        (scenario.month_of(key), float(usd_bn) * 1000.0)
        for round_ in scenario.spec.money.rounds.values()
        if round_.active and round_.kind == "firm"
        for key, usd_bn in round_.by_date_usd_bn.items()
    ]
    return Payments(points=tuple(points))


def opening_payables(scenario: Scenario, vendor: str | None = None) -> Payments:
    """Invoices received before the first day by due date, USD m; what was due before is paid on the first day."""
    points = [
        (max(scenario.timeline.first(payable.due), 0.0), payable.usd_bn.constant * 1000.0)
        for payable in scenario.spec.money.opening.payables
        if vendor is None or payable.vendor == vendor
    ]
    return Payments(points=tuple(points))


def opening_debt_service(scenario: Scenario) -> tuple[Payments, Payments]:
    """Principal and interest of debt on the first day, on the last days of months.

    Equal principal in the months after the grace up to `until`; interest of a month = rate / 12 x balance before it.
    """
    principal: list[tuple[float, float]] = []
    interest: list[tuple[float, float]] = []
    for debt in scenario.spec.money.opening.debt:
        balance = debt.usd_bn.constant * 1000.0
        last = max(round(scenario.timeline.after(debt.until)), 1)
        grace = min(round(number(debt.grace_months, 0.0)), last - 1)
        share = balance / (last - grace)
        for month in range(1, last + 1):
            day = month - DAY_MONTHS
            interest.append((day, balance * debt.rate.constant / 12.0))
            if month > grace:
                principal.append((day, share))
                balance -= share
    return Payments(points=tuple(principal)), Payments(points=tuple(interest))


def _fixed_cash(context: Context, given: tuple[Entry, ...]) -> dict[Node, float]:
    paid: dict[Node, float] = defaultdict(float)
    for entry in given:
        paid[entry.node] += entry.paid_usd_m
    streams = {s.id: _dated_cash(s) for s in context.scenarios.values()}

    def cash(scenario: Scenario, position: int) -> float:
        flows = operating_cash_usd_m(scenario, position) + demand_margin_usd_m(scenario, position)
        return flows + streams[scenario.id][position]

    before = context.by_node(cash, "operating cash, a round or a payable")
    return {node: usd_m - paid[node] for node, usd_m in before.items()}


def _dated_cash(scenario: Scenario) -> list[float]:
    """Firm rounds less opening payables and the service of opening debt, by position of the period."""
    principal, interest = opening_debt_service(scenario)
    out = booked(firm_rounds(scenario), scenario)
    for paid in (opening_payables(scenario), principal, interest):
        out = [total - usd_m for total, usd_m in zip(out, booked(paid, scenario), strict=True)]
    return out


def _memo(context: Context) -> Ledger:
    """Present values at the company rate of cash that no decision changes."""
    memo: dict[str, float] = defaultdict(float)
    for scenario in context.scenarios.values():
        principal, interest = opening_debt_service(scenario)
        dated = {
            "firm_rounds": firm_rounds(scenario),
            "opening_payables": opening_payables(scenario),
            "opening_debt_service": principal.plus(interest),
        }
        for name, payments in dated.items():
            memo[name] += scenario.probability * book(scenario, COMPANY, payments).cost[0]
        for position in range(len(context.periods)):
            factor = scenario.probability * scenario.mid_factor(COMPANY, position)
            memo["operating_cash"] += factor * operating_cash_usd_m(scenario, position)
            memo["margin_of_demand"] += factor * demand_margin_usd_m(scenario, position)
    return Ledger(memo_usd_m=dict(memo))


def _cash_yield(context: Context) -> dict[Node, float]:
    def earned(scenario: Scenario, position: int) -> float:
        rate = scenario.spec.money.cash_yield_rate
        if rate is None:
            return 0.0
        return mean_over(scenario, rate, position, "cash yield") * context.periods[position].years

    return context.by_node(earned, "cash yield")


# Floor


def _floor(context: Context) -> dict[Node, float]:
    def floor(scenario: Scenario, position: int) -> float:
        path = scenario.spec.money.floor_usd_bn
        if path is None:
            return -math.inf
        return value_at(scenario, path, context.periods[position].last_day, "cash floor") * 1000.0

    least = context.by_node(floor, "cash floor")
    return {node: usd_m for node, usd_m in least.items() if usd_m > -math.inf}


def _overdrafts(context: Context, floor: dict[Node, float]) -> dict[Node, float | None]:
    """The largest overdraft of nodes on whose last day one is allowed; None: to be found."""

    def most(scenario: Scenario, position: int) -> tuple[bool, float | None]:
        soft = scenario.spec.money.soft_floor
        if soft is None:
            return False, None
        until = math.inf if soft.until is None else context.timeline.after(soft.until)
        usd_m = None if soft.max_usd_bn is None else soft.max_usd_bn.constant * 1000.0
        return context.periods[position].last_day < until - EPS, usd_m

    found = {
        node: context.agreed(node, partial(_at_position, most, context.tree.period[node]), "the soft floor")
        for node in floor
    }
    return {node: usd_m for node, (allowed, usd_m) in found.items() if allowed}


def _at_position(
    most: Callable[[Scenario, int], tuple[bool, float | None]], position: int, scenario: Scenario
) -> tuple[bool, float | None]:
    return most(scenario, position)


def _overdraft_price(context: Context, node: Node) -> float:
    """Policy cost of an overdraft of 1 USD m over a period: above every lender and the company rate."""
    scenario = context.at(node)
    rates = [facility.rate.constant for facility in scenario.spec.money.debt.values()]
    rate = max([scenario.rate(COMPANY) + OVERDRAFT_SPREAD, *rates])
    factor = scenario.mid_factor("soft_limits", context.tree.period[node])
    return rate * context.period(node).years * factor * context.tree.probability[node]


# Rounds


def _firm_ledger(context: Context) -> Ledger:
    """Issue cost of firm rounds: paid, and no decision's cost."""
    return Ledger.joined(
        given_ledger_of(
            context, ("rounds", id_), "financing", "own", _issue_bookings(context, id_, "firm", 0.0)
        )
        for id_ in context.spec.money.rounds
    )


def _optional_rounds(context: Context) -> tuple[dict[tuple[str, Node, Node], float], Ledger]:
    """Gross amounts by node of the decision and node, and the issue cost of taking a round.

    A round is taken or not at the node in whose period its first money comes, by the terms of the leaf: branches that
    share that node take it together, others each for themselves.
    """
    amounts: dict[tuple[str, Node, Node], float] = {}
    ledgers = []
    for id_ in context.spec.money.rounds:
        money = {s.id: booked(_round(s, id_, "optional"), s) for s in context.scenarios.values()}
        bookings = _issue_bookings(context, id_, "optional", OPTIONAL_ISSUE_COST)
        for taken in dict.fromkeys(_taken_at(context, s, money[s.id]) for s in context.scenarios.values()):
            if taken is None:
                continue
            for node, usd_m in context.stitch(taken, money, f"round {id_}").items():
                amounts[id_, taken, node] = usd_m
            ledgers.append(ledger_of(context, "took", (id_, taken), taken, "financing", "own", bookings))
    return amounts, Ledger.joined(ledgers)


def _taken_at(context: Context, scenario: Scenario, usd_m: list[float]) -> Node | None:
    """Node in whose period the first money of a round comes; None where none comes."""
    return next((n for n, paid in zip(context.path(scenario), usd_m, strict=True) if paid), None)


def _issue_bookings(context: Context, round_id: str, kind: str, default: float) -> dict[str, Booking]:
    out = {}
    for scenario in context.scenarios.values():
        share = number(scenario.spec.money.rounds[round_id].issue_cost_share, default)
        out[scenario.id] = book(scenario, "financing", _round(scenario, round_id, kind).scaled(share))
    return out


def _round(scenario: Scenario, round_id: str, kind: str) -> Payments:
    """Amounts of a round by date inside the calendar, USD m; nothing if it is of another kind or not active."""
    round_ = scenario.spec.money.rounds[round_id]
    if not round_.active or round_.kind != kind:
        return Payments()
    dated = [
        (scenario.month_of(key), float(usd_bn) * 1000.0) for key, usd_bn in round_.by_date_usd_bn.items()
    ]
    return Payments(points=tuple((x, usd_m) for x, usd_m in dated if x < scenario.timeline.end - EPS))


# Payables


def _caps(context: Context) -> dict[str, dict[Node, float]]:
    def cap(id_: str, scenario: Scenario, position: int) -> float:
        most = scenario.spec.vendors[id_].payables_cap_usd_bn
        assert most is not None, "all branches have it, or none"
        return most.constant * 1000.0

    capped = (id_ for id_, vendor in context.spec.vendors.items() if vendor.payables_cap_usd_bn is not None)
    return {id_: context.by_node(partial(cap, id_), f"cap on what is owed to {id_}") for id_ in capped}


def _payables_line(contracts: Contracts, vendor: str) -> str:
    """Line in which a vendor is paid early: cloud rent if it sells any."""
    kinds = [
        contracts.kind[offer]
        for offer in (*contracts.offers, *contracts.on_demand)
        if contracts.vendor[offer] == vendor
    ]
    return "shell_rent" if kinds and all(kind == "shell" for kind in kinds) else "cloud_rent"


def _owed_given(context: Context, vendors: tuple[str, ...], ledger: Ledger) -> dict[tuple[str, Node], float]:
    """Unpaid invoices on the last day of given contracts and from before the first day."""
    out: dict[tuple[str, Node], float] = {}
    for vendor in vendors:

        def opening(scenario: Scenario, position: int, vendor: str = vendor) -> float:
            due = opening_payables(scenario, vendor)
            return due.nominal - due.until(context.periods[position].last_day, included=True)

        for node, usd_m in context.by_node(opening, f"payables to {vendor}").items():
            out[vendor, node] = usd_m + ledger.owed_given_usd_m.get((vendor, node), 0.0)
    return out


def _early_ledger(context: Context, line: dict[str, str]) -> Ledger:
    """The stock paid early: its increase is paid mid-period, at the end it comes back as a credit."""
    entries: list[Entry] = []
    cost: Cost = {}
    children: dict[Node, list[Node]] = defaultdict(list)
    for node, parent in context.tree.parent.items():
        if parent is not None:
            children[parent].append(node)
    for vendor, paid_in in line.items():
        worth: Callable[[Node], float] = partial(_mid_worth, context, paid_in)
        for node in context.tree.nodes:
            index = (vendor, node)
            entries.append(Entry("paid_early_usd_m", index, paid_in, vendor, node, 1.0, 0.0))
            for child in children[node]:
                entries.append(Entry("paid_early_usd_m", index, paid_in, vendor, child, -1.0, 0.0))
            back = 0.0
            if not children[node]:
                back = context.tree.probability[node] * context.at(node).end_factor(paid_in)
            paid = worth(node) - sum(worth(child) for child in children[node])
            cost["paid_early_usd_m", index] = {paid_in: (paid, -back)}
    return Ledger(tuple(entries), cost)


def _mid_worth(context: Context, line: str, node: Node) -> float:
    return context.tree.probability[node] * context.at(node).mid_factor(line, context.tree.period[node])
