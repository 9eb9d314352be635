"""Clauses that change contracted MW over time, each summed by hand on a tutorial instance."""

from __future__ import annotations

from typing import Any

import pytest
from hand import amounts, closing, costs, f, level, outcome_of, same, tutorial

ABILENE = "vendors.oracle.offers.abilene"
QUARTER_SHORT = 7.5
"""USD m of a MW that is short for a quarter, at USD 30 bn a gigawatt-year."""


def cloud(**terms: Any) -> Any:
    """Tutorial 1 (100 MW signed on the first day, there from month 3, a year, no discounting) with other terms."""
    instance = tutorial("01")
    for name, value in terms.items():
        instance = instance.tweak(f"{ABILENE}.{name}", value)
    return instance


def test_kept_mw_pay_the_share_and_their_use_beyond_it() -> None:
    # Kept at 800, of which 60 % is paid, used or not; use beyond that at the price of the day.
    kept = cloud(
        term_months=3,
        at_end="continues",
        continuation_usd_per_kw_month=800,
        take_or_pay_share=0.6,
        price_usd_per_kw_month={"2027Q1": 1000, "2027Q3": 1100},
    ).tweak("workloads.training.demand_gw", {"2027Q1": 0.1, "2027Q4": 0.05, "interpolate": "step"})
    term = (60 + 40) * 3 * 1.0
    third = (60 * 0.8 + 40 * 1.1) * 3
    # Kept MW whose paid share covers the 50 are cheaper than 50 kept with 20 of them extra.
    last = 50 * 0.8 * 3
    assert last < (30 * 0.8 + 20 * 1.1) * 3
    plan = costs(kept, cloud_rent=term + third + last, shortfall=100 * QUARTER_SHORT)
    assert amounts(plan, "kept_mw")["oracle.abilene|gb300|2027Q1|2027Q4"] == pytest.approx(50 / 0.6)


# Leaving early: signed on the first day for a year from month 3; nothing to do in the last quarter, 9 months to go

IDLE_LATE = {"2027Q1": 0.1, "2027Q4": 0, "interpolate": "step"}
LATE_EXIT = "oracle.abilene|gb300|2027Q1|half|2027Q4"


def year(demand: Any = None, **terms: Any) -> Any:
    """The contract runs for twelve months from month 3, of which nine lie in the calendar."""
    found = cloud(term_months=12, **terms)
    return found if demand is None else found.tweak("workloads.training.demand_gw", demand)


def test_exit_with_a_fee_on_what_is_left() -> None:
    # Left in month 9 for 20 % of six months of rent; staying would cost three months more.
    left = year(IDLE_LATE, exits={"half": {"at_months": 6, "fee_share": 0.2}})
    plan = costs(left, cloud_rent=100 * (6 + 0.2 * 6), shortfall=100 * QUARTER_SHORT)
    assert amounts(plan, "exited_mw") == {LATE_EXIT: pytest.approx(100)}
    assert [round(usd_m) for usd_m in closing(plan)] == [5000, 4700, 4400, 4400 - 120]


def test_exit_that_costs_more_than_the_days_it_saves_is_not_taken() -> None:
    # The calendar ends three months after the exit: half of six months is no price for three.
    stay = year(IDLE_LATE, exits={"half": {"at_months": 6, "fee_share": 0.5001}})
    assert not amounts(costs(stay, cloud_rent=900, shortfall=100 * QUARTER_SHORT), "exited_mw")


def test_exit_of_a_part_with_notice_and_months_of_rent() -> None:
    # 40 MW are still used; notice of four months: said in month 3, left in month 9, for two months of rent.
    demand = {"2027Q1": 0.1, "2027Q4": 0.06, "interpolate": "step"}
    left = year(demand, exits={"half": {"at_months": 6, "notice_months": 4, "fee_months": 2}})
    plan = costs(left, cloud_rent=60 * 9 + 40 * (6 + 2), shortfall=100 * QUARTER_SHORT)
    assert amounts(plan, "exited_mw") == {"oracle.abilene|gb300|2027Q1|half|2027Q2": pytest.approx(40)}


@pytest.mark.parametrize(("refund", "back"), [(False, 0.0), (True, 1.0)])
def test_prepayment_of_what_leaves(refund: bool, back: float) -> None:
    # A quarter of the year is prepaid; of it 6 months are unused on leaving. Rate 10 %.
    terms = {"prepayment_share": 0.25, "payment_delay_months": 1}
    left = year(IDLE_LATE, exits={"half": {"at_months": 6, "refund_prepayment": refund}}, **terms)
    left = left.tweak("discount.rate", 0.1)
    prepaid = 0.25 * 100 * 12
    leave = prepaid + 75 * level(0.1, 4, 10) - back * prepaid / 2 * f(0.1, 9)
    stay = (prepaid + 75 * level(0.1, 4, 16)) * level(0.1, 3, 12) / level(0.1, 3, 15)
    assert leave < stay
    short = 100 * QUARTER_SHORT * f(0.1, 1.5)
    plan = costs(left, cloud_rent=leave, shortfall=short)
    assert amounts(plan, "exited_mw") == {LATE_EXIT: pytest.approx(100)}


def test_assignment_returns_a_share_of_the_prepayment() -> None:
    # Handed over before it is delivered: 60 % of the prepayment comes back, 5 % of the rent is the fee.
    idle = {"2027Q1": 0.1, "2027Q2": 0, "interpolate": "step"}
    offer = {"at_months": -1.5, "fee_share": 0.05, "proceeds_share": 0.6}
    handed = year(idle, prepayment_share=0.25, assignments={"early": offer}).tweak(f"{ABILENE}.mw.min", 100)
    forced = outcome_of(handed, {("signed", ("oracle.abilene", "2027Q1")): 1})
    rent = 100 * 12
    assert same(forced.objective, 0.4 * 0.25 * rent + 0.05 * rent + 100 * QUARTER_SHORT)


def test_given_contract_is_left() -> None:
    # Running since last year to month 18, at 1.2: leaving in month 6 saves the six months up to the end, less the fee.
    given = {"mw": 100, "date": "2026-07", "delivered": {"2026-07": 1}, "term_months": 24}
    left = cloud(
        sign=None,
        signed={"g": {**given, "price_usd_per_kw_month": 1200}},
        exits={"year": {"at_months": 12, "fee_months": 1}},
    ).tweak("workloads.training.demand_gw", {"2027Q1": 0.1, "2027Q3": 0, "interpolate": "step"})
    plan = costs(left, cloud_rent=-100 * 6 * 1.2 + 100 * 1 * 1.2)
    assert amounts(plan, "exited_mw") == {"oracle.abilene|gb300|g|year|2027Q3": pytest.approx(100)}
    assert [round(usd_m) for usd_m in closing(plan)] == [4640, 4280, 4160, 4160]


# Renewals


def test_renewal_at_the_price_of_its_first_day_and_a_premium() -> None:
    # Four months from month 3, then twice four months more (one of the last four is in the calendar), half the MW.
    demand = {"2027Q1": 0.1, "2027-08": 0.05, "interpolate": "step"}
    prices = {"2027Q1": 1000, "2027-08": 1100, "2027-12": 1200}
    terms = {"count": 2, "term_months": 4, "price_factor": 1.05, "notice_months": 2}
    renewed = cloud(term_months=4, renewals=terms, price_usd_per_kw_month=prices)
    plan = costs(
        renewed.tweak("workloads.training.demand_gw", demand),
        cloud_rent=100 * 4 + 50 * 1.05 * (4 * 1.1 + 1 * 1.2),
        shortfall=100 * QUARTER_SHORT,
    )
    assert amounts(plan, "renewed_mw") == {
        "oracle.abilene|gb300|2027Q1|1|2027Q2": pytest.approx(50),
        "oracle.abilene|gb300|2027Q1|2|2027Q4": pytest.approx(50),
    }


def test_an_mw_is_renewed_or_kept() -> None:
    # The renewal runs on for a year at 0.9; the 50 MW of the third quarter alone are cheaper kept at 1.2 ... of these
    # each is one or the other, and both together are the 100 that were signed.
    demand = {"2027Q1": 0.1, "2027Q4": 0.05, "interpolate": "step"}
    both = cloud(
        term_months=3,
        at_end="continues",
        continuation_usd_per_kw_month=1200,
        renewals={"count": 1, "term_months": 6, "price_factor": 0.9},
    ).tweak("workloads.training.demand_gw", demand)
    plan = costs(both, cloud_rent=100 * 3 + 50 * 6 * 0.9 + 50 * 3 * 1.2, shortfall=100 * QUARTER_SHORT)
    assert amounts(plan, "renewed_mw") == {"oracle.abilene|gb300|2027Q1|1|2027Q3": pytest.approx(50)}
    assert amounts(plan, "kept_mw") == {"oracle.abilene|gb300|2027Q1|2027Q3": pytest.approx(50)}


def test_renewal_of_a_given_contract() -> None:
    given = {"mw": 100, "date": "2026-07", "delivered": {"2026-07": 1}, "term_months": 9}
    renewed = cloud(
        sign=None,
        escalator_rate=0.1,
        signed={"g": {**given, "price_usd_per_kw_month": 1200}},
        renewals={"count": 1, "term_months": 24},
    )
    # Of two years at 1.0 and 1.1 nine months lie in the calendar: all of it as a level charge.
    plan = costs(renewed, cloud_rent=100 * (12 + 13.2) * 9 / 24)
    assert amounts(plan, "renewed_mw") == {"oracle.abilene|gb300|g|1|2027Q2": pytest.approx(100)}


# Expansion


def test_expansion_at_the_price_of_the_signing() -> None:
    # 50 MW more from month 6 on, decided in month 3, though new contracts are dearer then; with the term of the parent.
    demand = {"2027Q1": 0.1, "2027Q3": 0.2, "interpolate": "step"}
    terms = {"most_share": 0.5, "from_months": 2, "to_months": 6, "premium_share": 0.1}
    more = cloud(expansion=terms, price_usd_per_kw_month={"2027Q1": 1000, "2027Q2": 3000})
    plan = costs(
        more.tweak("workloads.training.demand_gw", demand),
        cloud_rent=100 * 9 + 50 * 6 * 1.1,
        shortfall=100 * QUARTER_SHORT + 50 * 2 * QUARTER_SHORT,
    )
    assert amounts(plan, "expanded_mw") == {"oracle.abilene|gb300|2027Q1|2027Q2": pytest.approx(50)}
    assert not amounts(plan, "expansion_right_mw")


def test_right_to_expand_is_bought_at_signing() -> None:
    # 30 MW of right at 0.7; decided in month 3, half there from 4.5, all from 6 on, when they are needed.
    terms = {
        "most_share": 0.5, "from_months": 3, "to_months": 9, "term_months": 12, "delivery_months": 1.5,
        "ramp": {"0": 0.5, "1.5": 1}, "fee_usd_m_per_mw": {"2027Q1": 0.7},
    }  # fmt: skip
    demand = {"2027Q1": 0.1, "2027Q3": 0.13, "interpolate": "step"}
    more = cloud(expansion=terms, mw={"min": 100, "max": 100}).tweak("workloads.training.demand_gw", demand)
    # Decided in month 6 it would save three MW-months of rent and leave 2.25 short at 2.5 each.
    plan = costs(
        more,
        cloud_rent=100 * 9 + 30 * 0.7 + 15 * 1.5 + 30 * 6,
        shortfall=100 * QUARTER_SHORT,
    )
    assert amounts(plan, "expansion_right_mw") == {"oracle.abilene|gb300|2027Q1": pytest.approx(30)}
    assert amounts(plan, "expanded_mw") == {"oracle.abilene|gb300|2027Q1|2027Q2": pytest.approx(30)}


def test_right_to_expand_goes_with_the_mw_that_stay() -> None:
    # Left for nothing in month 6, the signing would leave its cheap expansion behind: it may not.
    terms = {"most_share": 1, "from_months": 3, "to_months": 3, "term_months": 12, "premium_share": -0.5}
    demand = {"2027Q1": 0.05, "2027Q3": 0.025, "interpolate": "step"}
    more = cloud(expansion=terms, exits={"soon": {"at_months": 3}}, mw={"min": 50, "max": 50})
    # From month 6 on 25 MW are needed: as many at half the price as stay, so 12.5 of each.
    plan = costs(
        more.tweak("workloads.training.demand_gw", demand),
        cloud_rent=50 * 3 + 12.5 * 6 + 12.5 * 6 / 2,
        shortfall=50 * QUARTER_SHORT,
    )
    assert list(amounts(plan, "exited_mw").values()) == [pytest.approx(37.5)]


# Late delivery


def test_slip_moves_delivery_and_credit_makes_up_for_a_part() -> None:
    # Contracted for month 3, there from month 5 to 17: 2 x 0.5 months free of rent out of twelve, of which seven count.
    late = year(slip_months=2, late_credit_share=0.5)
    plan = costs(
        late,
        cloud_rent=100 * (12 - 2 * 0.5) * 7 / 12,
        shortfall=100 * 5 * 2.5,
    )
    assert [round(usd_m) for usd_m in closing(plan)] == [5000, 5000, 5000 - 300, 5000 - 600]


def test_credit_for_a_ramp_is_set_off_when_each_step_comes() -> None:
    # 40 MW come in month 5 and 60 in 8, two months late at 75 % each: 60 are set off from month 5 (1.5 months of 40),
    # 90 from month 8 (0.9 months of 100).
    late = year(slip_months=2, late_credit_share=0.75, ramp={"0": 0.4, "3": 1}, mw={"min": 100, "max": 100})
    months = 40 * 3 + 100 * 9
    plan = costs(
        late,
        cloud_rent=(months - 60 - 90) * (40 * 3 + 100 * 4) / months,
        shortfall=(100 * 5 + 60 * 3) * 2.5,
    )
    paid = [0, 0, (3 - 1.5) * 40 + (1 - 0.9) * 100, 300]
    assert [round(usd_m, 3) for usd_m in closing(plan)] == [
        pytest.approx(5000 - sum(paid[: n + 1])) for n in range(4)
    ]


def test_late_signing_is_cancelled_where_it_is_late() -> None:
    # Even odds, known in the second quarter: in time, or half a year late, when nothing is left to do. After two months
    # of delay it may be cancelled, at the first quarter's start after that: month 6, when the prepayment comes back.
    late = cloud(term_months=60, cancel_after_months=2, prepayment_share=0.1)
    branches = {
        "good": {"probability": 0.5},
        "bad": {"probability": 0.5, "set": {f"{ABILENE}.slip_months": 6}},
    }
    late = late.tweak("scenarios", {"luck": {"known": "2027Q2", "branches": branches}})
    late = late.tweak("discount.rate", 0.1).tweak("workloads.training.demand_gw", IDLE_LATE)
    prepaid = 0.1 * 100 * 60
    good = (prepaid + 90 * level(0.1, 3, 63)) * level(0.1, 3, 12) / level(0.1, 3, 63)
    bad = prepaid - prepaid * f(0.1, 6)
    short = 100 * QUARTER_SHORT
    plan = costs(
        late,
        cloud_rent=(good + bad) / 2,
        shortfall=short * (f(0.1, 1.5) + sum(f(0.1, x) for x in (4.5, 7.5)) / 2),
    )
    assert amounts(plan, "cancelled_mw") == {"oracle.abilene|gb300|2027Q1|2027Q3/bad": pytest.approx(100)}


def test_given_contract_that_slips() -> None:
    # 40 of 100 MW stand; the others come three months late, with a month's rent credited: 60 set off from month 6.
    given = {"mw": 100, "date": "2026-07", "delivered": {"2026-07": 0.4, "2027-04": 1}, "term_months": 60}
    late = cloud(sign=None, late_credit_share=0.3333333333333333, signed={"g": {**given, "slip_months": 3}})
    plan = costs(late, shortfall=60 * 6 * 2.5)
    assert [round(usd_m, 6) for usd_m in closing(plan)] == [4880, 4760, 4760 - 240, 4520 - 300]


# On demand


def test_on_demand_use_begins_when_the_chip_exists() -> None:
    spot = cloud(kind="on_demand", sign=None, mw=None, delivery_months=None, term_months=None, max_mw=100)
    costs(
        spot.tweak("chips.gb300.from", "2027-05"),
        cloud_rent=100 * 6,
        shortfall=2 * 100 * QUARTER_SHORT,
    )


# The tutorial's instances


def test_31_exits() -> None:
    prepaid = 0.1 * 100 * 24
    invoices = 0.9 * (100 * level(0.1, 3, 9) + 60 * level(0.1, 9, 15))
    # 40 MW leave in month 9 for four months of rent, their unused prepayment comes back; 60 in month 15 for 5 %.
    early = 40 * 4 - 0.1 * 40 * 18
    late = 0.05 * 60 * 12
    plan = costs(
        tutorial("31"),
        cloud_rent=prepaid + invoices + early * f(0.1, 9) + late * f(0.1, 15),
        shortfall=100 * QUARTER_SHORT * f(0.1, 1.5),
    )
    assert list(plan.clauses["mw"]) == [pytest.approx(40), pytest.approx(60)]


def test_32_contracts_handed_over() -> None:
    # 30 of 60 MW from month 6 on: the invoices up to the end of the calendar, the fee, half of what is prepaid.
    running = -0.8 * 0.9 * 6 + 0.1 * 0.9 * 12 - 0.5 * 0.2 * 0.9 * 12
    # All 40 MW three months before they come: three months of invoices in the calendar, 1.5 of rent, 3/4 of what is
    # prepaid.
    coming = -0.8 * 1.0 * 3 + 1.5 * 1.0 - 0.75 * 0.2 * 24
    costs(tutorial("32"), cloud_rent=30 * running + 40 * coming)


def test_33_renewals() -> None:
    # 80 MW are needed for half a year: 6 x 1.155 is less than two quarters at 1.5; 20 for one quarter: kept.
    assert 3 * 1.5 < 6 * 1.05 * 1.1 < 6 * 1.5
    plan = costs(tutorial("33"), cloud_rent=100 * 6 + 20 * 3 * 1.5 + 1.05 * (80 * 6 * 1.1 + 50 * 6 * 1.2))
    assert list(plan.clauses["clause"]) == ["renew", "renew"]


def test_34_right_to_expand() -> None:
    # 40 MW more from month 9 on at 1.1 and 0.5 each for the right; signed then they would cost 1.6.
    costs(
        tutorial("34"),
        cloud_rent=100 * level(0.1, 0, 24) + 40 * 0.5 + 40 * 1.1 * level(0.1, 9, 24),
    )


def test_35_late_delivery() -> None:
    in_time = (120 + 90 * level(0.1, 3, 15)) * level(0.1, 3, 12) / level(0.1, 3, 15)
    # Late, 50 MW are enough: the others are cancelled in month 6. What comes in month 9 is credited 6 x 0.25 months of
    # rent: USD 75 m, the invoices of the first 75 / 45 months.
    free = 9 + 75 / 45
    late = (60 + 45 * level(0.1, free, 21)) * level(0.1, 9, 12) / level(0.1, 9, 21) + 60 - 60 * f(0.1, 6)
    costs(
        tutorial("35"),
        cloud_rent=(in_time + late) / 2,
        shortfall=QUARTER_SHORT * (100 * f(0.1, 1.5) + 50 * (f(0.1, 4.5) + f(0.1, 7.5)) / 2),
    )
