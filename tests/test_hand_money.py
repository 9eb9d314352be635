"""Cash, rounds, debt and overdraft, each on a tutorial instance with one thing changed, summed by hand."""

from __future__ import annotations

import pytest
from hand import amounts, closing, costs, f, outcome_of, tutorial, tweaked

BANK = "money.debt.bank"
QUARTER_SHORT = 7.5
ONE = {"cloud_rent": 900, "shortfall": 100 * QUARTER_SHORT}
"""Cost of tutorial 1: rent of 300 a quarter from the second on."""


def test_yield_on_the_opening_balance_is_cash_and_no_gain() -> None:
    plan = costs(tutorial("01").tweak("money.cash_yield_rate", 0.04), **ONE)
    first = 5000 * 1.01
    second = first * 1.01 - 300
    assert closing(plan)[:3] == pytest.approx([first, second, second * 1.01 - 300])


def test_operating_cash_is_the_integral_of_its_path() -> None:
    # From 0 to 4 a year in the course of the year: 0.5, 1.5, 2.5, 3.5 a year by quarter.
    path = {"2027Q1": 0, "2028Q1": 4, "2029Q1": 4, "interpolate": "linear"}
    plan = costs(tutorial("01").tweak("money.operating_cash_usd_bn_per_year", path), **ONE)
    assert closing(plan) == pytest.approx([5125, 5125 + 375 - 300, 5200 + 625 - 300, 5525 + 875 - 300])


def test_opening_debt() -> None:
    # 1,200 in twelve months at 1 % a month on what is left before the payment.
    debt = [{"usd_bn": 1.2, "rate": 0.12, "until": "2027-12"}]
    plan = costs(tutorial("01").tweak("money.opening.debt", debt), **ONE)
    first = 5000 - 300 - (12 + 11 + 10)
    assert closing(plan)[:2] == pytest.approx([first, first - 300 - (9 + 8 + 7) - 300])


def test_opening_debt_with_grace() -> None:
    # Six months of interest alone, then 200 a month.
    debt = [{"usd_bn": 1.2, "rate": 0.12, "until": "2027-12", "grace_months": 6}]
    plan = costs(tutorial("01").tweak("money.opening.debt", debt), **ONE)
    assert closing(plan)[1] == pytest.approx(5000 - 300 - 72)
    assert closing(plan)[2] == pytest.approx(5000 - 600 - 72 - 600 - (12 + 10 + 8))


def test_opening_payables_are_paid_when_due() -> None:
    owed = [
        {"vendor": "oracle", "line": "cloud_rent", "due": "2026-12", "usd_bn": 0.1},
        {"vendor": "oracle", "line": "cloud_rent", "due": "2027Q3", "usd_bn": 0.2},
    ]
    plan = costs(tutorial("01").tweak("money.opening.payables", owed), **ONE)
    assert closing(plan)[:3] == pytest.approx([4900, 4600, 4100])


def test_firm_round_is_cash_and_no_cost() -> None:
    # Its issue cost too: no decision causes it.
    firm = {"kind": "firm", "by_date_usd_bn": {"2027-02-16": 1, "2027Q4": 2}, "issue_cost_share": 0.02}
    plan = costs(tutorial("01").tweak("money.rounds", {"a": firm}), **ONE)
    assert closing(plan) == pytest.approx([5980, 5680, 5380, 5380 + 2000 - 40 - 300])


def test_round_that_is_not_active() -> None:
    firm = {"kind": "firm", "by_date_usd_bn": {"2027-02-16": 1}, "active": False}
    assert closing(costs(tutorial("01").tweak("money.rounds", {"a": firm}), **ONE))[0] == pytest.approx(5000)


def test_optional_round_by_default_costs_three_per_cent() -> None:
    # 97 of every 100 buy service: 485 more.
    plan = costs(
        tutorial("17").tweak("money.rounds.series_x.issue_cost_share", None),
        cloud_rent=600 + 485,
        financing=15,
        shortfall=(400 - 1085 / 3) * QUARTER_SHORT,
    )
    assert amounts(plan, "took") == {"series_x|2027Q3": 1}


def test_optional_round_dearer_than_what_it_buys() -> None:
    # Half a year of a USD buys 2.5 of shortfall and costs 1: worth it until 60 % are lost on the way.
    dear = tutorial("17").tweak("money.rounds.series_x.issue_cost_share", 0.61)
    # 195 more: costs 305 + 195, saves 65 x 7.5 = 487.5.
    costs(dear, cloud_rent=600, shortfall=200 * QUARTER_SHORT)
    cheap = tutorial("17").tweak("money.rounds.series_x.issue_cost_share", 0.59)
    costs(cheap, cloud_rent=805, financing=295, shortfall=(400 - 805 / 3) * QUARTER_SHORT)


def test_floor_by_date() -> None:
    # 0.8 until September, then 0.1: 200 can be spent in three quarters, 700 more in the last, which needs 300.
    floor = {"2027Q1": 0.8, "2027Q4": 0.1}
    costs(
        tutorial("15").tweak("money.floor_usd_bn", floor),
        cloud_rent=200 + 300,
        shortfall=(400 - 500 / 3) * QUARTER_SHORT,
    )


def test_floor_at_the_end_of_a_period() -> None:
    floor = {"2027Q1": 0.8, "2027Q3": 0.1, "at": "end", "interpolate": "step"}
    costs(
        tutorial("15").tweak("money.floor_usd_bn", floor),
        cloud_rent=200 + 600,
        shortfall=(400 - 800 / 3) * QUARTER_SHORT,
    )


def test_overdraft_until_a_date() -> None:
    # 200 below the floor until June; back on it in September, so nothing is gained.
    soft = {"max_usd_bn": 0.2, "until": "2027Q2"}
    costs(tutorial("15").tweak("money.soft_floor", soft), cloud_rent=600, shortfall=200 * QUARTER_SHORT)


def test_overdraft_costs_more_than_the_dearest_lender() -> None:
    # A lender at 20 % whose money is not enough (limit 0): an overdraft costs 20 % too.
    lender = {"kind": "revolver", "limit_usd_bn": 0, "rate": 0.2}
    costs(
        tutorial("15", "soft").tweak("money.debt", {"shark": lender}),
        cloud_rent=800,
        shortfall=(400 - 800 / 3) * QUARTER_SHORT,
        soft_limits=200 * 0.20 / 4,
    )


def test_fees_of_a_revolver() -> None:
    # Fee of 1 % on draws, 0.5 % a year on what is not drawn of 1,000; interest 3 % a quarter.
    changes = {f"{BANK}.draw_fee_share": 0.01, f"{BANK}.commitment_fee_rate": 0.005}
    undrawn, interest = 0.00125, 0.03
    first = (300 + undrawn * 1000) / 0.99
    second = (300 + interest * first + undrawn * (1000 - first)) / 0.99
    two = first + second
    three = two - (300 - interest * two - undrawn * (1000 - two))
    four = three - (300 - interest * three - undrawn * (1000 - three))
    weighted = first * f(0.10, 4.5) + two * f(0.10, 7.5) + three * f(0.10, 10.5)
    fee = 0.01 * (first * f(0.10, 1.5) + second * f(0.10, 4.5))
    plan = costs(
        tweaked(tutorial("16"), changes),
        # What is drawn saves the commitment fee; the fee on the whole limit is due in any case.
        financing=fee + (0.005 - undrawn) * weighted + 0.005 * four / 2 * f(0.10, 12),
    )
    assert amounts(plan, "draw_usd_m") == {
        "bank|2027Q1": pytest.approx(first),
        "bank|2027Q2": pytest.approx(second),
    }


def test_debt_at_the_companys_rate_costs_next_to_nothing() -> None:
    # No spread: a tie-break of 0.01 % a year, so that nobody borrows for nothing.
    one, two = 300.0, 300 * 1.025 + 300
    three = two - (300 - 0.025 * two)
    four = three - (300 - 0.025 * three)
    weighted = one * f(0.10, 4.5) + two * f(0.10, 7.5) + three * f(0.10, 10.5) + four / 2 * f(0.10, 12)
    costs(tutorial("16").tweak(f"{BANK}.rate", 0.10), financing=1e-4 / 4 * weighted)


def test_the_cheaper_lender_first() -> None:
    # 200 at 11 %, the rest at 12 %, which is repaid first.
    cheap = {"kind": "revolver", "limit_usd_bn": 0.2, "rate": 0.11}
    dear_one = 100.0
    dear_two = dear_one + 300 + 200 * 0.0275 + dear_one * 0.03
    dear_three = dear_two - (300 - 200 * 0.0275 - dear_two * 0.03)
    cheap_four = 200 + dear_three - (300 - 200 * 0.0275 - dear_three * 0.03)
    assert 0 < dear_three < 290 and 0 < cheap_four < 200
    middles = (4.5, 7.5, 10.5)
    plan = costs(
        tutorial("16").tweak("money.debt.friend", cheap),
        financing=sum(
            (0.0025 * 200 + 0.005 * dear) * f(0.10, x)
            for dear, x in zip((dear_one, dear_two, dear_three), middles, strict=True)
        )
        + 0.0025 * cheap_four / 2 * f(0.10, 12),
    )
    assert closing(plan)[:3] == pytest.approx([400] * 3)


def test_draws_on_eligible_spend_at_its_rate() -> None:
    # Half of the rent of a quarter, 150; 710 to start with, so 144.33 must be drawn a quarter ahead. The reference is
    # the 11 % of the line.
    changes = {
        f"{BANK}.eligible_lines": ["cloud_rent"],
        f"{BANK}.eligible_share": 0.5,
        "discount.by_line": {"cloud_rent": 0.11},
        "money.opening.cash_usd_bn": 0.71,
    }
    one = (290 - 150) / 0.97
    two = one + 150
    three = two - (300 - 0.03 * two)
    middles = zip((one, two, three), (4.5, 7.5, 10.5), strict=True)
    costs(
        tweaked(tutorial("16"), changes), financing=sum(0.0025 * usd_m * f(0.11, x) for usd_m, x in middles)
    )


def test_limit_of_a_lender_by_date() -> None:
    # 620 until June are enough, 590 are not: the floor cannot hold.
    import planner

    path = {"2027Q1": 0.62, "2027Q3": 0.5}
    three = 609 - 300 + 18.27
    four = three - 300 + 0.03 * three
    weighted = 300 * f(0.10, 4.5) + 609 * f(0.10, 7.5) + three * f(0.10, 10.5) + four / 2 * f(0.10, 12)
    plan = costs(tutorial("16").tweak(f"{BANK}.limit_usd_bn", path), financing=0.005 * weighted)
    assert closing(plan)[0] == pytest.approx(400)
    with pytest.raises(planner.InfeasibleError):
        planner.solve(tutorial("16").tweak(f"{BANK}.limit_usd_bn", 0.59))


def test_idle_debt_is_not_drawn() -> None:
    rich = tweaked(tutorial("16"), {"money.opening.cash_usd_bn": 5})
    for kind in ({}, {f"{BANK}.kind": "amortising", f"{BANK}.term_months": 24}):
        assert amounts(costs(tweaked(rich, kind)), "draw_usd_m") == {}


def test_debt_drawn_at_the_edge_owes_what_it_accrues() -> None:
    # Levered at the company's rate: 100 drawn in the middle of 2027Q4 and due at the end of 2028 are no gift.
    late = {
        "calendar.end": "2028Q4",
        "money.opening.cash_usd_bn": 5,
        "money.debt_in_cost": "levered",
        f"{BANK}.rate": 0.10,
        f"{BANK}.draw": {"from": "2027Q4", "to": "2027Q4"},
    }
    edge = tweaked(tutorial("16"), late)
    held = {("repaid_usd_m", ("bank", f"2028Q{q}")): 0.0 for q in (1, 2, 3, 4)}
    held |= {("repaid_usd_m", ("bank", "2027Q4")): 0.0, ("draw_usd_m", ("bank", "2027Q4")): 100.0}
    found = outcome_of(edge, held).objective
    interest = 2.5 * sum(f(0.10, x) for x in (13.5, 16.5, 19.5, 22.5)) + 1.25 * f(0.10, 24)
    assert found == pytest.approx(-100 * f(0.10, 10.5) + interest + 100 * f(0.10, 24))
    assert found > 0


def test_levered_debt_below_the_companys_rate_is_a_gain() -> None:
    # 1,000 at 8 % for almost two years of interest alone, then repaid: what 10 % less 8 % are worth.
    loan = {
        "calendar.end": "2029Q4",
        "money.opening.cash_usd_bn": 5,
        "money.debt_in_cost": "levered",
        f"{BANK}.kind": "amortising",
        f"{BANK}.rate": 0.08,
        f"{BANK}.term_months": 24,
        f"{BANK}.grace_months": 23,
        f"{BANK}.draw": {"to": "2027Q1"},
    }
    # Drawn in month 1.5; repaid in months [24.5, 25.5), all in the ninth quarter, whose middle is month 25.5; interest
    # at the middle of the eight quarters between.
    interest = 20 * sum(f(0.10, 4.5 + 3 * n) for n in range(8))
    by_hand = -1000 * f(0.10, 1.5) + interest + 1000 * f(0.10, 25.5)
    assert by_hand < 0
    costs(tweaked(tutorial("16"), loan), financing=by_hand)


def test_payment_of_a_contract_after_the_calendar_is_no_cash_yet() -> None:
    plan = costs(tutorial("01").tweak("vendors.oracle.offers.abilene.payment_delay_months", 6), **ONE)
    assert closing(plan) == pytest.approx([5000, 5000, 5000, 4700])
    assert plan.frames["costs"].set_index("line")["at_end_usd_m"]["cloud_rent"] == pytest.approx(600)
