"""Own construction, prepared, against sums done by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
from tiny import context_of

from planner.data.construction import prepare_construction
from planner.data.contracts import prepare_contracts
from planner.data.payments import Ledger
from planner.data.types import Construction

# Two years by quarter from 2027Q1; discount 10 %, own construction 7 %.
RATES = {"rate": "10%", "by_line": {"construction": "7%", "own_operating": "7%", "shell_rent": "7%"}}
BUILD: dict[str, Any] = {
    "block_mw": 100,
    "max_blocks": 4,
    "lead_months": 8,
    "capex_usd_m_per_mw": {"2027Q1": 10, "2027Q3": 12},
    "payments": {"0": 0.2, "2-8": 0.8},
    "life_years": 20,
}


def prepared(build: dict[str, Any], **changes: Any) -> tuple[Construction, Ledger]:
    changes = {"discount": RATES, **changes}
    context = context_of(sites={"s": {"build": {"b": build}}}, **changes)
    return prepare_construction(context)


def paid(ledger: Ledger, var: str, index: tuple[str, ...], line: str) -> dict[str, float]:
    return {e.node: e.paid_usd_m for e in ledger.entries if (e.var, e.index, e.line) == (var, index, line)}


def test_a_block_starts_where_it_delivers_before_the_end() -> None:
    part, _ = prepared(BUILD)
    # 24 months less 8: a start at month 15 delivers at 23, one at month 18 at 26
    assert [node for _, node in part.starts] == ["2027Q1", "2027Q2", "2027Q3", "2027Q4", "2028Q1", "2028Q2"]
    part, _ = prepared({**BUILD, "lead_months": 9})
    # a delivery on the first moment after the end is too late
    assert [node for _, node in part.starts][-1] == "2028Q1"
    part, _ = prepared({**BUILD, "start": {"from": "2027-05", "to": "2027Q3"}})
    # decisions are dated at the start of their period: 2027Q2 starts in April, before May
    assert [node for _, node in part.starts] == ["2027Q3"]


def test_a_delivery_inside_a_period_gives_its_share() -> None:
    part, _ = prepared(BUILD)
    shares = {node: share for (_, start, node), share in part.share.items() if start == "2027Q2"}
    ends = {node for (_, start, node), share in part.end_share.items() if start == "2027Q2" and share == 1.0}
    # started at month 3, delivered at 11: one of the three months of 2027Q4
    assert shares == pytest.approx(
        {"2027Q4": 1 / 3, "2028Q1": 1.0, "2028Q2": 1.0, "2028Q3": 1.0, "2028Q4": 1.0}
    )
    assert ends == {"2027Q4", "2028Q1", "2028Q2", "2028Q3", "2028Q4"}


def test_a_block_at_the_end_of_its_life_delivers_nothing() -> None:
    part, ledger = prepared({**BUILD, "life_years": 1, "operating_usd_m_per_mw_year": 0.6})
    shares = {node: share for (_, start, node), share in part.share.items() if start == "2027Q1"}
    # delivered at month 8, gone at month 20: two months of 2028Q3 (18 to 21)
    assert shares == pytest.approx({"2027Q3": 1 / 3, "2027Q4": 1, "2028Q1": 1, "2028Q2": 1, "2028Q3": 2 / 3})
    assert ("s.b", "2027Q1", "2028Q3") not in part.end_share
    # 0.6 a year x 100 MW for 1 and 2 months
    running = paid(ledger, "blocks", ("s.b", "2027Q1"), "own_operating")
    assert running["2027Q3"] == pytest.approx(0.6 * 100 / 12)
    assert running["2028Q3"] == pytest.approx(0.6 * 100 / 12 * 2)
    assert sum(running.values()) == pytest.approx(60.0)
    # nothing is left at the end
    assert ledger.cost["blocks", ("s.b", "2027Q1")]["construction"][1] == 0.0


def test_capex_is_paid_by_its_profile_at_the_price_of_the_start() -> None:
    _, ledger = prepared(BUILD)
    # 2027Q1: 100 MW x 10 = 1,000: 200 at once, 800 over months 2 to 8, so 133.33 a month
    first = paid(ledger, "blocks", ("s.b", "2027Q1"), "construction")
    assert first == pytest.approx({"2027Q1": 200 + 133.333333333, "2027Q2": 400.0, "2027Q3": 266.666666667})
    later = paid(ledger, "blocks", ("s.b", "2027Q3"), "construction")
    assert sum(later.values()) == pytest.approx(1200.0)
    assert all(e.paid_usd_m == e.accrued_usd_m for e in ledger.entries)


def test_cost_is_payments_less_what_is_left_of_the_annuity() -> None:
    _, ledger = prepared(BUILD)
    before, at_end = ledger.cost["blocks", ("s.b", "2027Q1")]["construction"]
    k = math.log(1.07) / 12
    # 800 / 6 a month over [2, 8), discounted
    present = 200 + 800 / 6 * (math.exp(-2 * k) - math.exp(-8 * k)) / k
    assert before == pytest.approx(present, rel=1e-12)
    at_delivery = present * 1.07 ** (8 / 12)
    left = 20 - (24 - 8) / 12
    value = at_delivery * (1 - 1.07**-left) / (1 - 1.07**-20) * 0.95
    assert at_end == pytest.approx(-value * 1.07**-2, rel=1e-12)


def test_payments_after_the_end_are_owed_for_delivered_blocks() -> None:
    late = {**BUILD, "payments": {"0": 0.5, "24": 0.5}, "recovery_share": 1}
    _, ledger = prepared(late)
    before, at_end = ledger.cost["blocks", ("s.b", "2027Q2")]["construction"]
    # started at month 3, delivered at 11, 500 due at month 27 when the calendar has ended
    assert before == pytest.approx(500 * 1.07 ** (-3 / 12))
    owed = 500 * 1.07 ** (-27 / 12)
    whole = before + owed
    left = 20 - (24 - 11) / 12
    # compounded to the delivery at 11, valued 13 months later
    value = whole * 1.07 ** (11 / 12) * (1 - 1.07**-left) / (1 - 1.07**-20)
    assert at_end == pytest.approx(owed - value * 1.07**-2, rel=1e-12)


def test_a_slip_beyond_the_end_is_worth_what_was_paid() -> None:
    scenarios = {
        "f": {
            "known": "2028Q1",
            "branches": {
                "plan": {"probability": 0.6},
                "slip": {"probability": 0.4, "set": {"sites.s.build.b.lead_months": 30}},
            },
        }
    }
    build = {**BUILD, "lead_months": 12, "payments": {"0": 1}, "start": {"to": "2027Q1"}, "recovery_share": 1}
    _, ledger = prepared(build, scenarios=scenarios)
    before, at_end = ledger.cost["blocks", ("s.b", "2027Q1")]["construction"]
    assert before == pytest.approx(1000.0)
    # planned: a year of twenty is used up; slipped: nothing is, and nothing is gained
    left = (1 - 1.07**-19) / (1 - 1.07**-20) * 1.07 / 1.07**2
    assert at_end == pytest.approx(-1000 * (0.6 * left + 0.4), rel=1e-12)


def test_site_cost_crew_and_counts() -> None:
    build = {**BUILD, "site_cost_usd_m": 50, "max_starts_per_period": 2, "max_blocks_under_construction": 3}
    part, ledger = prepared(build)
    assert part.opening_cost == ("s.b",)
    assert ledger.cost["opened", ("s.b", "2027Q2")]["construction"] == pytest.approx((50 * 1.07**-0.25, 0.0))
    assert part.most_blocks == {"s.b": 4}
    assert part.most_starts["s.b", "2027Q2"] == 2
    # a start at month 0 is under construction until month 8: at 0, 3 and 6, not at 9
    assert part.crew["s.b", "2027Q3"] == (("2027Q1", "2027Q2", "2027Q3"), 3)
    assert part.crew["s.b", "2027Q4"] == (("2027Q2", "2027Q3", "2027Q4"), 3)
    # the last start, at month 15, is still under construction in the last quarter (21)
    assert part.crew["s.b", "2028Q4"] == (("2028Q2",), 3)
    assert prepared(BUILD)[0].crew == {}


def test_opening_construction_is_given() -> None:
    opening = {
        "cash_usd_bn": 1,
        "construction": [
            {
                "build": "s.b",
                "mw": 40,
                "delivered": "2027-05",
                "payments_left_usd_m": {"2027-02": 30, "2027-07": 20},
            },
            {"build": "s.b", "mw": 60, "delivered": "2026Q1"},
        ],
    }
    build = {**BUILD, "operating_usd_m_per_mw_year": 1.2}
    part, ledger = prepared(build, money={"opening": opening})
    # 40 MW from month 4: two of the three months of 2027Q2; 60 MW from before
    assert part.given_mw["s.b", "2027Q1"] == pytest.approx(60.0)
    assert part.given_mw["s.b", "2027Q2"] == pytest.approx(60 + 40 * 2 / 3)
    assert part.given_end_mw["s.b", "2027Q2"] == pytest.approx(100.0)
    assert part.given_end_mw["s.b", "2027Q1"] == pytest.approx(60.0)
    assert part.given_secured_mw["s.b", "2027Q1"] == pytest.approx(100.0)
    left = {e.node: e.paid_usd_m for e in ledger.given if e.line == "construction"}
    assert left == pytest.approx({"2027Q1": 30.0, "2027Q3": 20.0})
    running = {
        e.node: e.accrued_usd_m for e in ledger.given if e.index == ("s.b", "0") and e.line == "own_operating"
    }
    # 40 MW x 1.2 a year = 4 a month
    assert running["2027Q2"] == pytest.approx(8.0)
    assert running["2028Q4"] == pytest.approx(12.0)
    # memo: 30 at month 1, 20 at month 6, at 7 %
    assert ledger.memo_usd_m["given_construction"] == pytest.approx(30 * 1.07 ** (-1 / 12) + 20 * 1.07**-0.5)
    assert not any(var == "given" for var, _ in ledger.cost)


def test_power_units_are_priced_per_facility_kilowatt() -> None:
    project = {
        "unit_mw": 50,
        "max_units": 3,
        "lead_months": 6,
        "capex_usd_per_kw": 2000,
        "payments": {"0-6": 1},
        "energy_usd_per_mwh": 40,
        "availability_share": 0.9,
        "life_years": 10,
    }
    context = context_of(sites={"s": {"power_projects": {"p": project}}}, discount={"rate": "0%"})
    part, ledger = prepare_construction(context)
    assert part.unit_facility_mw == {"s.p": 50.0}
    assert part.most_units == {"s.p": 3}
    assert part.project_share["s.p", "2027Q1", "2027Q3"] == 1.0
    # 50 MW x 1,000 kW x 2,000 USD = 100 USD m
    assert paid(ledger, "units", ("s.p", "2027Q1"), "power_projects") == pytest.approx(
        {"2027Q1": 50.0, "2027Q2": 50.0}
    )
    # without interest the value falls evenly: delivered at month 6, 18 of 120 months used, four fifths recovered
    assert ledger.cost["units", ("s.p", "2027Q1")]["power_projects"] == pytest.approx(
        (100.0, -100 * 0.85 * 0.8)
    )


def test_given_factors_discount_by_period() -> None:
    factors = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3]
    _, ledger = prepared(
        {**BUILD, "life_years": 0.25}, discount={"rate": "7%", "by_line": None, "factors": factors}
    )
    # 333.33 in the first quarter, 400 in the second, 266.67 in the third; the life is over before the end
    expected = 333.333333333 + 400 * 0.9 + 266.666666667 * 0.8
    assert ledger.cost["blocks", ("s.b", "2027Q1")]["construction"] == pytest.approx((expected, 0.0))


@pytest.mark.parametrize("end", ["2028Q2", "2028Q4", "2031Q3", "2046Q4", "2047Q3", "2052Q4"])
def test_an_own_block_costs_as_much_as_its_fair_lease_wherever_the_calendar_ends(end: str) -> None:
    # The fair level rent over 20 years: capital at delivery / annuity, plus 0.05 a year of operating cost.
    k = math.log(1.07) / 12
    capital = 10 * (0.2 * 1.07 ** (8 / 12) + 0.8 / 6 * (math.exp(6 * k) - 1) / k)
    rent = capital * k / (1 - 1.07**-20) + 0.05 / 12
    build = {
        **BUILD,
        "capex_usd_m_per_mw": 10,
        "recovery_share": 1,
        "operating_usd_m_per_mw_year": 0.05,
    }
    offer = {
        "kind": "shell",
        "site": "s",
        "sign": {"at_most": 9},
        "mw": {"max": 100},
        "delivery_months": 8,
        "term_months": 240,
        "price_usd_per_kw_month": rent * 1000,
    }
    context = context_of(
        calendar={"start": "2027Q1", "end": end, "step": "quarter"},
        discount=RATES,
        sites={"s": {"build": {"b": build}}},
        vendors={"v": {"offers": {"o": offer}}},
    )
    own, lease = prepare_construction(context)[1], prepare_contracts(context)[1]
    for node in ("2027Q1", "2027Q3"):
        built = sum(sum(cost) for cost in own.cost["blocks", ("s.b", node)].values())
        leased = sum(lease.cost["signed_mw", ("v.o", "none", node)]["shell_rent"]) * 100
        assert built == pytest.approx(leased, rel=1e-9)
