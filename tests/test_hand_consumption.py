"""Commitments to spend, summed by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hand import amounts, closing, costs, f, level, same, solved, tutorial, tweaked

OFFER = "vendors.aws.offers.trainium"
MONTH_SHORT = 2.5


def trainium(**terms: Any) -> Any:
    return tweaked(tutorial("51"), {f"{OFFER}.{name}": value for name, value in terms.items()})


def spent(plan: Any) -> float:
    """USD m accrued."""
    return float(plan.frames["payments"]["accrued_usd_m"].sum())


def test_51_topped_up_to_the_yearly_minimum() -> None:
    # 100 MW for six months, 120 for six: 1,320. Then 50 MW at 0.9: 540, topped up to 1,000.
    costs(tutorial("51"), cloud_rent=100 * 6 + 120 * 6 + 1000, shortfall=20 * 6 * MONTH_SHORT)


def test_51_carry_over() -> None:
    # 320 more than the first minimum count for the second year: what is left is the total.
    costs(tutorial("51", "carry"), cloud_rent=2200, shortfall=20 * 6 * MONTH_SHORT)


def test_a_top_up_is_paid_on_the_last_day_of_its_year() -> None:
    # Use falls to 50 MW in both years; 400 and 460 are missing, 940 in all to the total of 2,400.
    dear = trainium(spend_usd_bn=2.4, yearly_minimum_usd_bn=1).tweak("workloads.training.demand_gw", 0.05)
    dear = dear.tweak("discount.rate", "10%")
    used = 50 * (level(0.1, 0, 12) + 0.9 * level(0.1, 12, 24))
    plan = costs(
        dear, cloud_rent=used + 400 * f(0.1, 12 - 1 / 30) + (2400 - 600 - 540 - 400) * f(0.1, 24 - 1 / 30)
    )
    assert amounts(plan, "topped_up_usd_m") == {
        "aws.trainium|2027Q1|1|2027Q4": pytest.approx(400),
        "aws.trainium|2027Q1|2|2028Q4": pytest.approx(860),
    }


def test_no_top_up_where_more_is_used_than_the_total() -> None:
    # 120 MW in both years (100 at first): 2,616 for a total of 2,200.
    more = trainium().tweak("workloads.training.demand_gw", 0.12)
    plan = costs(more, cloud_rent=100 * 6 + 120 * 6 + 120 * 12 * 0.9, shortfall=20 * 6 * MONTH_SHORT)
    assert amounts(plan, "topped_up_usd_m") == {}
    assert list(plan.frames["commitments"]["total_usd_m"])[-2:] == pytest.approx([0, 0])


def test_the_end_of_the_calendar_asks_for_the_elapsed_part() -> None:
    # A term of four years of which two pass: 21 of 45 ramped months of 4.8.
    half = trainium(spend_usd_bn=4.8, term_months=48, yearly_minimum_usd_bn=None)
    used = 100 * 6 + 120 * 6 + 50 * 12 * 0.9
    assert used < 4800 * 21 / 45
    costs(half, cloud_rent=4800 * 21 / 45, shortfall=20 * 6 * MONTH_SHORT)
    # Delivered in month 6: the second year is cut after six months, with half of its minimum of 1.5.
    late = trainium(delivery_months=6, term_months=48, spend_usd_bn=6, yearly_minimum_usd_bn=1.5)
    late = late.tweak("workloads.training.demand_gw", 0.05).tweak(
        "workloads.training.unserved_usd_bn_per_gw_year", 60
    )
    first = 50 * (6 + 6 * 0.9)
    costs(late, cloud_rent=1500 + 750, shortfall=50 * 6 * 2 * MONTH_SHORT)
    assert first < 1500


def test_ramp_and_chip_inside_a_period() -> None:
    # 100 MW may be drawn from month 1.5, 200 from month 4.5; on each date in proportion to that.
    ramp = trainium(delivery_months=1.5, ramp={"0": 0.5, "3": 1}, yearly_minimum_usd_bn=None, spend_usd_bn=0)
    ramp = tweaked(
        ramp,
        {
            "workloads.training.demand_gw": 0.2,
            f"{OFFER}.price_usd_per_kw_month": {"2027-01": 1000, "2027-05-16": 1200},
            "calendar.end": "2027Q2",
        },
    )
    # First quarter: 50 MW (mean). Second: a mean of 150, a third of its MW-months before the price rises.
    costs(ramp, cloud_rent=150 + 100 * 1.5 + 200 * 1.5 * 1.2, shortfall=(150 * 3 + 50 * 3) * MONTH_SHORT)


def test_drawn_by_chip_within_supply() -> None:
    # The better chip exists from the third quarter; its supply is 40 MW a year, and 30 then stay in use.
    two = tweaked(
        trainium(chips=["trn", "new"], yearly_minimum_usd_bn=None, spend_usd_bn=0),
        {
            f"{OFFER}.price_usd_per_kw_month": None,
            f"{OFFER}.price_by_chip_usd_per_kw_month": {"trn": 1000, "new": 1000},
            "chips.new": {
                "maker": "amazon", "from": "2027Q3", "kw_per_system": 140, "work": {"training": 2}, "life_years": 5,
                "resale_by_age_years": {"0": 0},
            },
            "supply": {"new": {"chips": ["new"], "mw_per_year": 40}},
            "workloads.training.demand_gw": {"2027Q1": 0.08, "2027Q3": 0.05, "2027Q4": 0.08, "interpolate": "step"},
            "calendar.end": "2027Q4",
        },
    )  # fmt: skip
    plan = costs(two, cloud_rent=80 * 6 + (20 + 10) * 3 + (30 + 20) * 3)
    assert amounts(plan, "drawn_mw")["aws.trainium|new|2027Q1|2027Q3"] == pytest.approx(20)
    assert amounts(plan, "drawn_mw")["aws.trainium|new|2027Q1|2027Q4"] == pytest.approx(30)


def given(**terms: Any) -> Any:
    """The commitment as one that runs since July 2026: 300 spent of 1,500 in 24 months."""
    running = {
        "c": {"date": "2026-07", "mw": 100, "delivered": {"2026-07": 0.5, "2027Q2": 1}, "drawn_usd_bn": 0.3}
    }
    changes = {"sign": None, "mw": None, "delivery_months": None, "spend_usd_bn": 1.5, "signed": running}
    return trainium(**{**changes, **terms})


def test_given_commitment() -> None:
    # 50 MW, then 100 from month 3; demand of 120 in the first year. The contract year ends in month 6: half of its 1.2.
    # Used 150 + 300 of 600; then 600 + 600 x 0.9 = 270 more until the term ends in month 18; 1,200 are still due.
    plan = costs(
        given(yearly_minimum_usd_bn=1.2),
        cloud_rent=600 + 1200,
        shortfall=(70 * 3 + 20 * 9 + 50 * 6) * MONTH_SHORT,
    )
    assert amounts(plan, "topped_up_usd_m")["aws.trainium|c|1|2027Q2"] == pytest.approx(150)
    contracts = plan.frames["contracts"]
    assert list(contracts["nominal_usd_m"]) == [1200] and bool(contracts["given"][0])


def test_a_commitment_goes_on_after_its_term() -> None:
    # The term ends in month 18: after it 50 MW at 700 and no total.
    costs(
        given(yearly_minimum_usd_bn=None, at_end="continues", continuation_usd_per_kw_month=700),
        cloud_rent=max(50 * 3 + 100 * 9 + 50 * 6 * 0.9, 1200) + 50 * 6 * 0.7,
        shortfall=(70 * 3 + 20 * 9) * MONTH_SHORT,
    )


def test_a_commitment_that_nobody_needs_is_not_signed() -> None:
    # Serving 10 MW for two years is worth 600; the total of 2.2 is more, whatever is topped up when.
    idle = trainium().tweak("workloads.training.demand_gw", 0.01)
    plan = costs(idle, shortfall=10 * 24 * MONTH_SHORT)
    assert amounts(plan, "signed") == {}


def test_open_commitments_are_limited() -> None:
    # 2.2 less what is paid by the end of the first year; a limit of 0.7 there asks for 1,500 of use or top-up.
    bound = trainium().tweak(
        "limits.open", {"measure": "open_commitments", "at": "2027Q4", "max_usd_bn": 0.7}
    )
    plan = costs(bound, cloud_rent=1500 + 1000, shortfall=20 * 6 * MONTH_SHORT)
    limits = plan.frames["limits"]
    assert list(limits["value"]) == [pytest.approx(700)]


def test_draws_with_delay_and_cap() -> None:
    # Paid three months later; 0.25 may be owed, so 50 of the 300 (less a day) are paid early.
    late = trainium(yearly_minimum_usd_bn=None, spend_usd_bn=0, payment_delay_months=3)
    late = tweaked(
        late,
        {
            "vendors.aws.payables_cap_usd_bn": 0.25,
            "workloads.training.demand_gw": 0.1,
            "calendar.end": "2027Q4",
        },
    )
    plan = costs(late, cloud_rent=1200)
    assert same(closing(plan)[0], 10_000 - (100 * (3 - 1 / 30) - 250))


def test_secured_powered_and_installed() -> None:
    plan = costs(trainium(delivery_months=3, yearly_minimum_usd_bn=None, spend_usd_bn=0),
                 cloud_rent=100 * 6 + 120 * 3 + 50 * 12 * 0.9,
                 shortfall=(120 * 3 + 20 * 6) * MONTH_SHORT)  # fmt: skip
    ladder = plan.frames["ladder"]
    ladder = ladder[ladder["basis"] == "it"]
    for rung, by_hand in {
        "secured_gw": [0.2] * 8,
        "powered_gw": [0, 0.1, 0.1, 0.2, 0.2, 0.2, 0.2, 0.2],
        "installed_gw": [0, 0.1, 0.1, 0.12, 0.05, 0.05, 0.05, 0.05],
    }.items():
        assert list(ladder[rung]) == pytest.approx(by_hand), rung


def test_two_identical_branches_cost_the_path() -> None:
    branches = {"a": {"probability": 0.5}, "b": {"probability": 0.5}}
    tree = trainium().tweak("scenarios", {"f": {"known": "2027Q4", "branches": branches}})
    plan = solved(tree)
    assert same(plan.objective_usd_m, 2620)


def test_a_slip_moves_contract_years() -> None:
    # In half of all cases it comes three months later, known when it is late.
    late = {"set": {f"{OFFER}.delivery_months": 6}, "probability": 0.5}
    tree = trainium(delivery_months=3, sign={"from": "2027Q1", "to": "2027Q1", "at_most": 1})
    tree = tweaked(
        tree,
        {
            "scenarios": {"f": {"known": "2027Q2", "branches": {"a": {"probability": 0.5}, "b": late}}},
            "calendar.end": "2029Q1",
        },
    )
    parts = []
    for delivery in (3, 6):
        one = trainium(delivery_months=delivery).tweak("calendar.end", "2029Q1")
        parts.append(solved(one).objective_usd_m)
    assert same(solved(tree).objective_usd_m, sum(parts) / 2)
