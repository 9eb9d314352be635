"""Cash, rounds, debt and payables, prepared, against sums done by hand."""

from __future__ import annotations

from typing import Any

import pytest
from tiny import context_of

from planner.data.construction import prepare_construction
from planner.data.contracts import prepare_contracts
from planner.data.money import prepare_money
from planner.data.payments import Ledger
from planner.data.types import Money
from planner.errors import InstanceError

# Two years by quarter from 2027Q1 (months 0 to 24), 10 % a year.
Q1, Q2, LAST = "2027Q1", "2027Q2", "2028Q4"
CLOUD: dict[str, Any] = {
    "kind": "cloud", "region": "r", "chips": ["c"], "term_months": 12, "price_usd_per_kw_month": 1000,
    "payment_delay_months": 2,
    "signed": {"g": {"date": "2026Q1", "mw": 10, "delivered": {"2027Q1": 1}}},
}  # fmt: skip


def prepared(money: dict[str, Any] | None = None, **changes: Any) -> tuple[Money, Ledger]:
    context = context_of(money=money or {}, **changes)
    construction, built = prepare_construction(context)
    contracts, signed = prepare_contracts(context)
    assert construction.builds == () or built.given
    return prepare_money(context, contracts, Ledger.joined((built, signed)))


def mid(quarter: int, rate: float = 0.10) -> float:
    """Discount factor in the middle of a quarter, 0 the first."""
    return float((1 + rate) ** (-(3 * quarter + 1.5) / 12))


# Cash that no decision changes


def test_operating_cash_and_the_margin_of_the_whole_demand() -> None:
    workload = {
        "demand_gw": 2, "margin_usd_bn_per_gw_year": 3, "unserved_usd_bn_per_gw_year": 10,
        "pulse": {"add_share": 0.5, "periods": ["2027Q1"]},
    }  # fmt: skip
    path = {"2027Q1": 8, "2027-03": 20}
    money, ledger = prepared({"operating_cash_usd_bn_per_year": path}, workloads={"w": workload})
    # two months at 8 a year and one at 20 are 3.0 bn; 2 GW x 3 a year for a quarter are 1.5, nothing for the pulse
    assert money.fixed_cash_usd_m[Q1] == pytest.approx(4500.0)
    total = {"operating_cash_usd_bn_per_year": path, "operating_cash_is": "total"}
    money, _ = prepared(total, workloads={"w": workload})
    assert money.fixed_cash_usd_m[Q1] == pytest.approx(3000.0)
    assert ledger.memo_usd_m["margin_of_demand"] == pytest.approx(sum(1500 * mid(q) for q in range(8)))


def test_firm_rounds_arrive_less_their_issue_cost() -> None:
    rounds = {
        "a": {"kind": "firm", "by_date_usd_bn": {"2027-06": 10, "2028Q1": 4}, "issue_cost_share": 0.02},
        "b": {"kind": "firm", "by_date_usd_bn": {"2027Q3": 5}},
        "off": {"kind": "firm", "by_date_usd_bn": {"2027Q3": 7}, "active": False},
    }  # fmt: skip
    money, ledger = prepared({"rounds": rounds})
    cash = money.fixed_cash_usd_m
    assert cash == pytest.approx({
        "2027Q1": 0, "2027Q2": 9800, "2027Q3": 5000, "2027Q4": 0, "2028Q1": 3920, "2028Q2": 0, "2028Q3": 0, "2028Q4": 0,
    })  # fmt: skip
    assert [(e.line, e.node, e.paid_usd_m) for e in ledger.given] == [
        ("financing", "2027Q2", pytest.approx(200.0)), ("financing", "2028Q1", pytest.approx(80.0)),
    ]  # fmt: skip
    value = 10_000 * 1.1 ** (-5 / 12) + 5000 * 1.1 ** (-6 / 12) + 4000 / 1.1
    assert ledger.memo_usd_m["firm_rounds"] == pytest.approx(value)
    assert money.rounds == ()


def test_an_optional_round_costs_its_issue() -> None:
    rounds = {
        "ipo": {"kind": "optional", "by_date_usd_bn": {"2027Q4": 35}},
        "off": {"kind": "optional", "by_date_usd_bn": {"2027Q4": 10}, "active": False},
        "late": {"kind": "optional", "by_date_usd_bn": {"2029Q1": 10}},
    }  # fmt: skip
    money, ledger = prepared({"rounds": rounds})
    assert money.rounds == (("ipo", "2027Q4"),)
    assert money.round_usd_m == {("ipo", "2027Q4", "2027Q4"): 35_000.0}
    # 3 % of 35 bn in October 2027
    took = [e for e in ledger.entries if e.var == "took"]
    assert [(e.index, e.line, e.node, e.paid_usd_m) for e in took] == [
        (("ipo", "2027Q4"), "financing", "2027Q4", pytest.approx(1050.0))
    ]
    assert ledger.cost["took", ("ipo", "2027Q4")]["financing"] == (
        pytest.approx(1050 * 1.1 ** (-9 / 12)),
        0.0,
    )


def test_opening_payables_and_debt() -> None:
    payables = [
        {"vendor": "v", "line": "cloud_rent", "due": "2027-05", "usd_bn": 0.3},
        {"vendor": "v", "line": "cloud_rent", "due": "2026-11", "usd_bn": 0.1},
    ]
    vendors = {"v": {"payables_cap_usd_bn": 0.2, "offers": {"o": {**CLOUD, "signed": {}}}}}
    money, _ = prepared({"opening": {"payables": payables}}, vendors=vendors)
    # what was due in November 2026 is paid on the first day
    assert money.fixed_cash_usd_m[Q1] == pytest.approx(-100.0)
    assert money.fixed_cash_usd_m[Q2] == pytest.approx(-300.0)
    assert money.owed_given_usd_m["v", Q1] == pytest.approx(300.0)
    assert money.owed_given_usd_m["v", Q2] == 0.0

    debt = {"usd_bn": 1.2, "rate": 0.12, "until": "2027Q2"}
    money, _ = prepared({"opening": {"debt": [debt]}})
    # 200 a month, interest of 1 % a month on 1,200, 1,000, 800, then 600, 400, 200
    assert money.fixed_cash_usd_m[Q1] == pytest.approx(-600 - 30)
    assert money.fixed_cash_usd_m[Q2] == pytest.approx(-600 - 12)
    assert money.fixed_cash_usd_m["2027Q3"] == 0.0
    money, _ = prepared({"opening": {"debt": [{**debt, "grace_months": 3}]}})
    # interest alone for a quarter, then 400 a month
    assert money.fixed_cash_usd_m[Q1] == pytest.approx(-36)
    assert money.fixed_cash_usd_m[Q2] == pytest.approx(-1200 - 24)


def test_given_contracts_and_construction_are_paid() -> None:
    build = {
        "block_mw": 100, "max_blocks": 0, "lead_months": 3, "capex_usd_m_per_mw": 10, "payments": {"0": 1},
        "life_years": 20,
    }  # fmt: skip
    left = {
        "build": "s.b",
        "mw": 50,
        "delivered": "2027Q3",
        "payments_left_usd_m": {"2027-02": 70, "2027Q2": 30},
    }
    money, _ = prepared(
        {"opening": {"construction": [left]}},
        sites={"s": {"build": {"b": build}}},
        vendors={"v": {"offers": {"o": CLOUD}}},
    )
    # 10 MW at 1,000 USD/kW-month are 10 USD m a month, paid two months later: one month in the first quarter
    assert money.fixed_cash_usd_m[Q1] == pytest.approx(-70 - 10)
    assert money.fixed_cash_usd_m[Q2] == pytest.approx(-30 - 30)


# Floor


def test_floor_and_yield() -> None:
    floor = {"2027Q1": 10, "2027-06-30": 15}
    money, _ = prepared({"floor_usd_bn": floor, "cash_yield_rate": 0.04, "opening": {"cash_usd_bn": 28}})
    assert money.opening_cash_usd_m == 28_000.0
    # the last day of June has the new floor
    assert (money.floor_usd_m[Q1], money.floor_usd_m[Q2]) == (10_000.0, 15_000.0)
    assert money.cash_yield[Q1] == pytest.approx(0.01)
    assert money.overdraft_nodes == ()
    money, _ = prepared()
    assert money.floor_usd_m == {}
    assert money.cash_yield[Q1] == 0.0


def test_an_overdraft_is_dearer_than_every_lender() -> None:
    soft = {"floor_usd_bn": 10, "soft_floor": {"max_usd_bn": 7, "until": "2027-08"}}
    money, ledger = prepared(soft)
    # until August: on the last days of March and June, not of September
    assert money.overdraft_nodes == (Q1, Q2)
    assert set(money.overdraft_most_usd_m.values()) == {7000.0}
    # 10 % + 5 % a year for a quarter
    assert money.overdraft_price[Q2] == pytest.approx(0.15 / 4 * mid(1))
    assert ledger.cost["overdraft_usd_m", (Q2,)] == {"soft_limits": (pytest.approx(0.15 / 4 * mid(1)), 0.0)}
    lender = {"kind": "revolver", "limit_usd_bn": 5, "rate": 0.18}
    money, _ = prepared({**soft, "soft_floor": {}, "debt": {"f": lender}})
    assert len(money.overdraft_nodes) == 8
    assert set(money.overdraft_most_usd_m.values()) == {None}
    assert money.overdraft_price[Q1] == pytest.approx(0.18 / 4 * mid(0))


# Debt

LOAN: dict[str, Any] = {
    "kind": "amortising", "limit_usd_bn": {"2027Q1": 4, "2028Q1": 6}, "rate": 0.09, "draw_fee_share": 0.01,
    "commitment_fee_rate": 0.005, "grace_months": 3, "term_months": 15, "draw": {"to": "2027Q4"},
    "eligible_lines": ["construction"], "eligible_share": 0.6,
}  # fmt: skip
BY_LINE = {"rate": 0.10, "by_line": {"construction": 0.07, "energy": 0.04}}


def test_who_lends_when_and_on_what() -> None:
    second = {**LOAN, "eligible_lines": ["construction", "chips"], "eligible_share": 0.8, "draw": {"to": Q2}}
    money, _ = prepared({"debt": {"f": LOAN, "g": second}})
    assert [node for f, node in money.draws if f == "f"] == [Q1, Q2, "2027Q3", "2027Q4"]
    assert money.facilities["f"].share == 0.6
    assert ("g", "chips", Q2) in money.draw_lines
    # both may lend on construction until mid-year, only the first afterwards
    assert money.line_share["construction", Q2] == 0.8
    assert money.line_share["construction", "2027Q3"] == 0.6
    assert ("chips", "2027Q3") not in money.line_share
    assert (money.limit_usd_m["f", "2027Q4"], money.limit_usd_m["f", "2028Q1"]) == (4000.0, 6000.0)
    assert money.interest_rate["f", Q1] == pytest.approx(0.0225)
    # the fee runs while draws are possible
    assert money.commitment_fee["f", Q1] == pytest.approx(0.00125)
    assert money.commitment_fee["f", "2028Q1"] == 0.0
    assert money.mean_limit_usd_m["f", "2027Q4"] == 4000.0
    money, _ = prepared()
    assert money.facilities == {}


def test_principal_is_repaid_evenly_after_the_grace() -> None:
    money, _ = prepared({"debt": {"f": LOAN}})
    # drawn at 1.5, repaid over months 4.5 to 16.5: 1.5 of 12 months in the first and the last quarter
    shares = {node: share for (_, u, node), share in money.repaid_share.items() if u == Q1}
    assert shares == pytest.approx(
        {"2027Q2": 0.125, "2027Q3": 0.25, "2027Q4": 0.25, "2028Q1": 0.25, "2028Q2": 0.125}
    )
    # a term that is all grace is repaid at its end: 1.5 + 15
    money, _ = prepared({"debt": {"f": {**LOAN, "grace_months": 15}}})
    assert {n: s for (_, u, n), s in money.repaid_share.items() if u == Q1} == {"2028Q2": 1.0}


def test_debt_costs_what_it_is_above_its_reference() -> None:
    _, ledger = prepared({"debt": {"f": LOAN}}, discount=BY_LINE)
    # construction is at 7 %: 2 % a year above, less the commitment fee of 0.5 % that a balance saves while it runs
    balance = ledger.cost["balance_usd_m", ("f", Q1)]["financing"]
    assert balance == (pytest.approx((0.02 - 0.005) / 4 * mid(1, 0.07)), 0.0)
    balance = ledger.cost["balance_usd_m", ("f", "2027Q4")]["financing"]
    assert balance == (pytest.approx(0.02 / 4 * mid(4, 0.07)), 0.0)
    # the last balance owes the half quarter from the middle of its period to the end
    paid, at_end = ledger.cost["balance_usd_m", ("f", LAST)]["financing"]
    assert (paid, at_end) == (0.0, pytest.approx(0.02 / 8 * 1.07**-2))
    # 1 % on draws; drawn at 10.5, repaid by 25.5: at the end an eighth is left, falling by a twelfth a month
    paid, at_end = ledger.cost["draw_usd_m", ("f", "2027Q4")]["financing"]
    assert paid == pytest.approx(0.01 * mid(3, 0.07))

    def cost_rate(x: float) -> float:
        return 0.02 / 12 * (25.5 - x) / 12 * 1.07 ** (-x / 12)

    simpson = 1.5 / 6 * (cost_rate(24) + 4 * cost_rate(24.75) + cost_rate(25.5))
    assert at_end == pytest.approx(simpson, rel=1e-5)
    assert ledger.cost["draw_usd_m", ("f", Q1)]["financing"][1] == 0.0
    # the fee on whole limits is due whatever is drawn: 4 bn x 0.125 % in each quarter of 2027
    fees = sum(4000 * 0.00125 * mid(q, 0.07) for q in range(4))
    assert ledger.memo_usd_m["commitment_fee_on_limits"] == pytest.approx(fees)


def test_cheap_debt_is_no_gain() -> None:
    cheap = {"kind": "revolver", "limit_usd_bn": 5, "rate": 0.03, "commitment_fee_rate": 0.005}
    money, ledger = prepared({"debt": {"f": cheap}}, discount=BY_LINE)
    # general purpose: measured against the lowest of all rates, 4 % of energy; below it the tie-break is left
    assert money.draw_lines == ()
    assert ledger.cost["balance_usd_m", ("f", Q1)]["financing"][0] == pytest.approx(1e-4 / 4 * mid(1, 0.04))
    assert ("draw_usd_m", ("f", Q1)) not in ledger.cost
    assert ("repaid_usd_m", ("f", Q1)) not in ledger.cost


def test_levered_debt_is_in_the_cost() -> None:
    loan = {**LOAN, "commitment_fee_rate": 0.0, "draw": {}, "term_months": 24, "grace_months": 12}
    money, ledger = prepared({"debt_in_cost": "levered", "debt": {"f": loan}})
    # nothing is drawn in the last twelve months
    assert [node for _, node in money.draws] == [Q1, Q2, "2027Q3", "2027Q4"]
    # drawn at 1.5, repaid over 13.5 to 25.5; 1.5 of 12 months of it after the end, with interest on an eighth
    repaid = {4: 1.5, 5: 3, 6: 3, 7: 3}
    paid, at_end = ledger.cost["draw_usd_m", ("f", Q1)]["financing"]
    assert paid == pytest.approx(-0.99 * mid(0) + sum(months / 12 * mid(q) for q, months in repaid.items()))

    def service(x: float) -> float:
        return (1 / 12 + 0.09 / 12 * (25.5 - x) / 12) * 1.1 ** (-x / 12)

    assert at_end == pytest.approx(1.5 / 6 * (service(24) + 4 * service(24.75) + service(25.5)), rel=1e-5)
    assert ledger.cost["balance_usd_m", ("f", Q1)]["financing"] == (pytest.approx(0.0225 * mid(1)), 0.0)
    with pytest.raises(InstanceError, match="one rate"):
        prepared({"debt_in_cost": "levered", "debt": {"f": loan}}, discount=BY_LINE)


def test_a_levered_revolver_is_repaid_at_the_end() -> None:
    revolver = {"kind": "revolver", "limit_usd_bn": 5, "rate": 0.08}
    money, ledger = prepared({"debt_in_cost": "levered", "debt": {"f": revolver}})
    assert money.repaid_share == {}
    assert ledger.cost["draw_usd_m", ("f", Q1)]["financing"] == (pytest.approx(-mid(0)), 0.0)
    assert ledger.cost["repaid_usd_m", ("f", Q2)]["financing"] == (pytest.approx(mid(1)), 0.0)
    assert ledger.cost["balance_usd_m", ("f", Q2)]["financing"][0] == pytest.approx(0.02 * mid(2))
    assert ledger.cost["balance_usd_m", ("f", LAST)]["financing"] == (0.0, pytest.approx(1.01 * 1.1**-2))


# Payables


def test_paying_early_brings_payments_forward() -> None:
    vendors = {"v": {"payables_cap_usd_bn": 0.5, "offers": {"o": CLOUD}}, "u": {"offers": {}}}
    money, ledger = prepared(vendors=vendors)
    assert set(money.payables_cap_usd_m["v"].values()) == {500.0} and set(money.payables_cap_usd_m) == {"v"}
    assert money.payables_line == {"v": "cloud_rent"}
    # two months of 10 USD m are owed on every last day of the term
    assert money.owed_given_usd_m["v", Q2] == pytest.approx(20.0)
    flows = [(e.node, e.paid_usd_m) for e in ledger.entries if e.index == ("v", Q1)]
    assert flows == [(Q1, 1.0), (Q2, -1.0)]
    assert ledger.cost["paid_early_usd_m", ("v", Q1)]["cloud_rent"] == (pytest.approx(mid(0) - mid(1)), 0.0)
    last = ledger.cost["paid_early_usd_m", ("v", LAST)]["cloud_rent"]
    assert last == (pytest.approx(mid(7)), pytest.approx(-(1.1**-2)))


# Scenarios


def test_money_that_differs_by_branch() -> None:
    lost = {"money.rounds.a.active": False}
    branches = {"comes": {"probability": 0.6}, "fails": {"probability": 0.4, "set": lost}}
    rounds = {"a": {"kind": "firm", "by_date_usd_bn": {"2028Q1": 10}}}
    money, ledger = prepared(
        {"rounds": rounds, "debt": {"f": LOAN}, "floor_usd_bn": 1, "soft_floor": {}},
        scenarios={"round": {"known": "2027Q3", "branches": branches}},
    )
    assert money.fixed_cash_usd_m["2028Q1/comes"] == 10_000.0
    assert money.fixed_cash_usd_m["2028Q1/fails"] == 0.0
    assert ledger.memo_usd_m["firm_rounds"] == pytest.approx(0.6 * 10_000 / 1.1)
    # a balance at the split costs in both branches, each with its probability; 9 % is below 10 %: fee and tie-break
    both = ledger.cost["balance_usd_m", ("f", Q2)]["financing"][0]
    assert both == pytest.approx((0.005 + 1e-4 - 0.005) / 4 * mid(2))
    assert money.overdraft_price["2028Q1/fails"] == pytest.approx(0.4 * 0.15 / 4 * mid(4))
    assert money.repaid_share["f", Q1, "2028Q1/fails"] == pytest.approx(0.25)
