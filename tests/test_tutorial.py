"""Every tutorial instance costs what a sum by hand says, line by line; model and audit agree with it.

Months count from the first day. A gigawatt-year unserved at USD 30 bn is USD 7.5 m a MW and quarter.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hand import ROOT, TUTORIAL, amounts, closing, costs, f, falling, level, same, tutorial

import planner

QUARTER_SHORT = 30 * 0.25
"""USD m of a MW that is short for a quarter."""


def test_01_one_cloud_contract() -> None:
    # Signed on the first day, there from month 3 on: 100 MW x 9 months x USD 1 m; one quarter short.
    costs(tutorial("01"), cloud_rent=100 * 9 * 1.0, shortfall=100 * QUARTER_SHORT)


def test_02_own_block() -> None:
    # Started on the first day: 600 now, 600 in month 6, when it is delivered.
    paid = 50 + 600 + 600 * f(0.07, 6)
    at_delivery = 600 * 1.07**0.5 + 600
    # 18 months of 20 years are used up on the last day; 95 % of the annuity value of the other 18.5 is left.
    left = at_delivery * (1 - 1.07**-18.5) / (1 - 1.07**-20) * 0.95
    costs(
        tutorial("02"),
        construction=paid - left * f(0.07, 24),
        own_operating=100 * 0.2 / 12 * level(0.07, 6, 24),
        shortfall=100 * QUARTER_SHORT * (f(0.10, 1.5) + f(0.10, 4.5)),
    )


def test_03_shell_and_chips() -> None:
    six_quarters = sum(f(0.10, middle) for middle in (7.5, 10.5, 13.5, 16.5, 19.5, 22.5))
    price = 3.5 * 1.1 / 140 * 1000 * 100
    assert same(price, 2750)
    resale = 0.8 - (0.8 - 0.05) * 1.5 / 5
    mwh = 100 * 0.8 * 1.25 * 8760 / 4
    costs(
        tutorial("03"),
        # A level rent costs what it costs until the end of the calendar, however long the term.
        shell_rent=100 * 0.150 * level(0.07, 6, 24),
        chips=price * (0.2 + 0.8 * f(0.10, 6)) - price * resale * f(0.10, 24),
        own_operating=100 * 0.3 * 0.25 * six_quarters,
        energy=mwh * 50 / 1e6 * six_quarters,
        shortfall=100 * QUARTER_SHORT * (f(0.10, 1.5) + f(0.10, 4.5)),
    )


def test_04_tranches() -> None:
    # 100 MW from month 3 at 1000, 100 from month 12 (signed in month 9 at 900), 100 from month 18 (at 800).
    plan = costs(
        tutorial("04"),
        cloud_rent=100 * (21 * 1.0 + 12 * 0.9 + 6 * 0.8),
        shortfall=100 * QUARTER_SHORT,
    )
    assert set(amounts(plan, "signed")) == {f"oracle.abilene|{p}" for p in ("2027Q1", "2027Q4", "2028Q2")}


def test_05_ramp_by_date() -> None:
    # Half from month 7.5, all from month 12, whenever it is signed before: served means 0, 0, 50, 100, 200 MW.
    costs(
        tutorial("05"),
        cloud_rent=100 * 4.5 + 200 * 12,
        shortfall=(200 + 200 + 150 + 100) * QUARTER_SHORT,
    )


def test_06_escalator_and_prepayment() -> None:
    rent = 100 * (12 + 12 * 1.05 + 12 * 1.05**2)
    invoices = 0.8 * 100 * sum(1.05**year * level(0.10, 12 * year, 12 * year + 12) for year in range(3))
    # Everything ever paid, times the share of discounted service before the end of the calendar.
    share = level(0.10, 0, 24) / level(0.10, 0, 36)
    plan = costs(tutorial("06"), cloud_rent=(0.2 * rent + invoices) * share)
    first = 0.2 * rent + 0.8 * 100 * 3
    assert same(closing(plan)[0], 10_000 - first)


def test_07_payment_delay_and_cap() -> None:
    # On the last day of the first quarter 3 months less a day are owed, later three months: 200 may be.
    first, later = 100 * (3 - 1 / 30) - 200, 300 - 200
    early = first * f(0.10, 1.5) + (later - first) * f(0.10, 4.5) - later * f(0.10, 12)
    plan = costs(tutorial("07"), cloud_rent=100 * level(0.10, 3, 15) + early)
    assert same(closing(plan)[0], 10_000 - first)
    assert same(closing(plan)[1], 10_000 - first - (later - first) - 300)


def test_08_take_or_pay() -> None:
    fixed = 0.6 * 100 * 12 * 1.0
    # 40 MW beyond the 60 are used in the first half year, at the price of their quarter.
    costs(tutorial("08"), cloud_rent=fixed + 40 * 3 * 1.0 + 40 * 3 * 1.2)


def test_09_on_demand() -> None:
    # 30 MW in the third quarter, 50 (its most) in the fourth, 30 stay short.
    costs(tutorial("09"), cloud_rent=100 * 12 + 30 * 3 * 1.5 + 50 * 3 * 1.5, shortfall=30 * QUARTER_SHORT)


def test_10_given_contract_that_continues() -> None:
    # The term ends in month 8; September is kept in full, of the last quarter 80 MW.
    plan = costs(tutorial("10"), cloud_rent=100 * 1 * 0.9 + 80 * 3 * 0.9)
    assert [round(usd_m, 6) for usd_m in closing(plan)] == [
        10_000 - 300,
        10_000 - 600,
        10_000 - 800 - 90,
        10_000 - 890 - 216,
    ]


def test_11_cumulative_supply() -> None:
    # Made at 200 a year, half of it lost a year: the stock after y years is 200 (1 - 0.5^y) / ln 2.
    import math

    first = 200 * (1 - 0.5) / math.log(2)
    second = 150 - first
    stock = 200 * (1 - 0.5**1.25) / math.log(2) - first * 0.5**0.25
    assert first < 150 and second < stock
    costs(
        tutorial("11"),
        cloud_rent=first * 12 + second * 9,
        shortfall=second * QUARTER_SHORT,
    )


def test_12_life_of_chips() -> None:
    # 50 MW of the new chip replace 100 MW of the old one in month 6; 18 months later they keep half their price.
    resale = 0.8 * (1 - 1.5 / 4)
    assert resale == 0.5
    plan = costs(tutorial("12"), chips=50 * 20 * (1 - resale))
    assert amounts(plan, "ordered_mw") == {"new.buy|milam.hall|2027Q2": pytest.approx(50)}


def test_13_power_at_a_site() -> None:
    hours = 8760 / 4
    # 80 MW of chips need 80 % of 100 facility MW, less than the 90 % that are billed; 100 MW need more.
    half_empty, full = 0.9 * 100 * hours, 100 * 0.8 * 1.25 * hours
    assert 80 * 0.8 * 1.25 * hours < half_empty and 0.9 * (125 - 30) * hours < full
    demand_charge = 2 * 100 * 10 * 3 / 1000 + 2 * (125 - 30) * 10 * 3 / 1000
    costs(
        tutorial("13"),
        energy=2 * (half_empty + full) * 50 / 1e6 + demand_charge,
        # Delivered in month 6, half a year of 20 used: 80 % and 95 % of what is left come back.
        power_projects=30 * (1 - 0.8 * 19.5 / 20),
        construction=20 * 12 * (1 - 0.95 * 19.5 / 20),
        shortfall=2 * 20 * QUARTER_SHORT,
    )


def test_14_workloads() -> None:
    # Secret work: 10 of 60 MW short all year. Training fits into Europe. The pulse takes inference to 100, on 90 MW.
    plan = costs(tutorial("14"), shortfall=10 * 40 * 1 + 10 * (10 + 15) * 0.25)
    # Margin is earned on 80 MW, in the pulse too: what is short is missing from the plain demand.
    rent = 190 * 3
    assert closing(plan)[0] == pytest.approx(5000 - rent + 80 * 10 * 0.25)
    assert closing(plan)[1] == pytest.approx(5000 - 2 * rent + 80 * 10 * 0.5 - 10 * 10 * 0.25)


def test_15_cash_floor() -> None:
    # 600 buy 200 MW-quarters of the 400.
    costs(tutorial("15"), cloud_rent=600, shortfall=200 * QUARTER_SHORT)


def test_15_soft_floor() -> None:
    # 200 more in the last quarter, at 5 % a year (the company's rate is 0) for a quarter of a year.
    costs(
        tutorial("15", "soft"),
        cloud_rent=800,
        shortfall=(400 - 800 / 3) * QUARTER_SHORT,
        soft_limits=200 * 0.05 / 4,
    )


def test_15_least_overdraft() -> None:
    # Rent of 225 a quarter takes cash to 775, 550, 325, 100: below the floor of 400 by 75, then by 300.
    plan = costs(tutorial("15", "least"), soft_limits=(75 + 300) * 0.05 / 4)
    assert closing(plan) == pytest.approx([775, 550, 325, 100])


def test_16_revolver() -> None:
    # 300 are missing in each of two quarters, then 300 are left over; interest is 3 % a quarter.
    one = 300.0
    two = one + one * 0.03 + 300
    three = two - (300 - two * 0.03)
    four = three - (300 - three * 0.03)
    spread = (0.12 - 0.10) / 4
    # The last balance also owes the half quarter that is left of its last period.
    weighted = one * f(0.10, 4.5) + two * f(0.10, 7.5) + three * f(0.10, 10.5) + four / 2 * f(0.10, 12)
    plan = costs(tutorial("16"), financing=spread * weighted)
    assert closing(plan) == pytest.approx([400, 400, 400, 400])


def test_16_amortising_loan() -> None:
    # Drawn in months 1.5 and 4.5, six months of grace, then 18 of repayment.
    one, drawn = 300.0, 309.0
    two = one + drawn
    three = two - one * 1.5 / 18
    four = three - one * 3 / 18 - drawn * 1.5 / 18
    inside = 0.005 * (
        one * f(0.10, 4.5) + two * f(0.10, 7.5) + three * f(0.10, 10.5) + four / 2 * f(0.10, 12)
    )
    after = 0.02 / 12 / 18 * (one * falling(0.10, 12, 25.5) + drawn * falling(0.10, 12, 28.5))
    plan = costs(tutorial("16", "loan"), financing=inside + after)
    assert closing(plan)[2] == pytest.approx(400 + 600 - 300 - 0.03 * two - one * 1.5 / 18)


def test_16_levered() -> None:
    # What the lender gives and gets, at the company's rate; the last 37.0881 with interest in month 13.5.
    two = 300 + 309
    three = two - (300 - two * 0.03)
    four = three - (300 - three * 0.03)
    money = {1.5: -300, 4.5: -309 + 9, 7.5: 300, 10.5: 300, 13.5: four * 1.03}
    costs(tutorial("16", "levered"), financing=sum(usd_m * f(0.10, x) for x, usd_m in money.items()))


def test_17_optional_round() -> None:
    # 480 of the 500 buy 160 MW-quarters that would be short.
    costs(tutorial("17"), cloud_rent=600 + 480, financing=20, shortfall=(400 - 360) * QUARTER_SHORT)


def test_17_round_nobody_needs() -> None:
    # With 1.2 in the bank the round would only cost its fee.
    costs(tutorial("17").tweak("money.opening.cash_usd_bn", 1.2), cloud_rent=1200)


def test_18_no_limit() -> None:
    costs(tutorial("18"), cloud_rent=100 * 12)


def test_18_share_of_a_vendor() -> None:
    costs(tutorial("18", "spread"), cloud_rent=60 * 12 * 1.0 + 40 * 12 * 1.2)


def test_18_milestone() -> None:
    costs(tutorial("18", "milestone"), cloud_rent=130 * 12)


def test_18_milestone_at_a_price() -> None:
    # USD 5 m a MW missed are less than the 12 that a MW costs.
    costs(tutorial("18", "wish"), cloud_rent=100 * 12, soft_limits=30 * 5)


def test_18_budget_with_past_spend() -> None:
    # 300 of the 1,200 were spent in 2026.
    costs(tutorial("18", "budget"), cloud_rent=900, shortfall=25 * 30)


def test_19_discount_by_line() -> None:
    costs(tutorial("19"), cloud_rent=100 * level(0.06, 0, 12), shortfall=50 * 30 / 2 * f(0.12, 9))


def test_19_given_factors() -> None:
    costs(tutorial("19", "factors"), cloud_rent=100 * (6 + 6 * 0.9), shortfall=50 * 30 / 2 * 0.9)


def test_20_beyond_the_report() -> None:
    # Demand climbs 12.5 MW a quarter; means over it are 6.25, 18.75, 31.25, 43.75, then 75 and 200 without contract.
    quarters = zip((6.25, 18.75, 31.25, 43.75), (1.5, 4.5, 7.5, 10.5), strict=True)
    plan = costs(
        tutorial("20"),
        cloud_rent=100 * level(0.10, 0, 24),
        shortfall=sum(mw * QUARTER_SHORT * f(0.10, x) for mw, x in quarters)
        + 75 * 30 * f(0.10, 18)
        + 200 * 30 * f(0.10, 30),
    )
    service = plan.frames["service"]
    assert list(service["period"]) == ["2027Q1", "2027Q2", "2027Q3", "2027Q4", "2028", "2029"]
    assert list(service["reported"]) == [True] * 4 + [False] * 2


def test_21_two_branches() -> None:
    # 50 MW are wanted in any case: early. The other 100 in half of all cases: late, 9 x 1/2 is less than 6.
    costs(tutorial("21"), cloud_rent=50 * 6 * 1.0 + 0.5 * 100 * 6 * 1.5)


FILES = sorted(TUTORIAL.glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_tutorial_is_short_and_sound(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 90
    assert text.startswith("# ")
    instance = planner.read(path)
    assert [finding for finding in planner.check(instance) if finding.severity == "error"] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_tutorial_and_case_is_summed_by_hand_and_listed(path: Path) -> None:
    number = path.stem[:2]
    own = "".join(file.read_text() for file in Path(__file__).parent.glob("test_*.py"))
    assert f'tutorial("{number}")' in own
    for case in planner.read(path).cases:
        assert f'tutorial("{number}", "{case}")' in own
    listed = (ROOT / "instances" / "tutorial" / "README.md").read_text()
    assert re.search(rf"`{re.escape(path.name)}`", listed)
