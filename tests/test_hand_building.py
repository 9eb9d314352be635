"""Stages of building, summed by hand: sizes, exits, securing, rights, crews, empty shells; no clause lends or earns.

Months count from the first day. A MW short for a quarter costs USD 7.5 m.
"""

from __future__ import annotations

import pytest
from hand import amounts, costs, f, level, same, tutorial

SHORT = 30 * 0.25
"""USD m of a MW that is short for a quarter."""


def test_81_sizes() -> None:
    # 50 MW at first, all the rest in the second quarter: MW stand 50, 100, 100, 100 at USD 1 m a quarter. One start
    # more saves 10 MW for one or two quarters (10 or 20), one less costs 50 for one: either is dearer than 25.
    plan = costs(tutorial("81"), construction=2 * 100 + 30 + 25, own_operating=50 + 3 * 100)
    assert amounts(plan, "blocks") == pytest.approx({"milam.hall|2027Q1": 0.5, "milam.hall|2027Q2": 0.5})
    assert set(amounts(plan, "additions")) == {"milam.hall|2027Q1", "milam.hall|2027Q2"}


def test_81_a_least_size() -> None:
    # 60 MW leave room for nothing but 40: all at once.
    costs(tutorial("81", "not_small"), construction=2 * 100 + 30, own_operating=4 * 100)


def test_81_a_largest_size() -> None:
    # 40, 40, then 20 for both later quarters: one addition of 10 would cost 25 and save 10.
    costs(
        tutorial("81", "not_large"),
        construction=2 * 100 + 30 + 25 + 25,
        own_operating=40 + 80 + 100 + 100,
        shortfall=10 * SHORT,
    )


SHORT_82 = 100 * SHORT * f(0.10, 1.5)
RUN_82 = 100 * 0.4 / 12 * level(0.07, 3, 12)


def test_82_sold_at_a_share_of_the_price() -> None:
    # 300 each at the start; in month 12 the other 200 is due, and 30 % of 500 comes in.
    plan = costs(
        tutorial("82"),
        construction=2 * (300 + 200 * f(0.07, 12)),
        resale=-2 * 150 * f(0.07, 12),
        own_operating=RUN_82,
        shortfall=SHORT_82,
    )
    assert amounts(plan, "sold_blocks") == {"milam.hall|2027Q1|2028Q1": 2}
    cash = plan.frames["cash"].set_index("period")
    assert same(cash.loc["2028Q1", "construction_usd_m"], -400)
    assert same(cash.loc["2028Q1", "resale_usd_m"], 300)
    assert float(plan.frames["ladder"]["secured_gw"].iloc[-1]) == 0


def test_82_sold_at_a_share_of_the_discounted_price() -> None:
    # 300 with a year's interest and 200 due that day: 30 % of their present value.
    costs(
        tutorial("82", "discounted"),
        construction=2 * (300 + 200 * f(0.07, 12)),
        resale=-2 * 0.3 * (300 + 200 * f(0.07, 12)),
        own_operating=RUN_82,
        shortfall=SHORT_82,
    )


def test_82_sold_by_age() -> None:
    # Nine months old: 0.5 - 0.4 x 0.75 = 20 %.
    costs(
        tutorial("82", "by_age"),
        construction=2 * (300 + 200 * f(0.07, 12)),
        resale=-2 * 100 * f(0.07, 12),
        own_operating=RUN_82,
        shortfall=SHORT_82,
    )


def test_82_one_at_a_time() -> None:
    # The other one goes a quarter later, on the day its last payment is due anyway.
    costs(
        tutorial("82", "one_at_a_time"),
        construction=2 * 300 + 200 * f(0.07, 12) + 200 * f(0.07, 15),
        resale=-150 * (f(0.07, 12) + f(0.07, 15)),
        own_operating=RUN_82 + 50 * 0.4 / 12 * level(0.07, 12, 15),
        shortfall=SHORT_82,
    )


def test_82_at_a_listed_date() -> None:
    costs(
        tutorial("82", "listed_dates"),
        construction=2 * (300 + 200 * f(0.07, 15)),
        resale=-2 * 150 * f(0.07, 15),
        own_operating=100 * 0.4 / 12 * level(0.07, 3, 15),
        shortfall=SHORT_82,
    )


def test_83_cancelled_where_demand_stays_away() -> None:
    # Of 1,000: 200 at the start, then 800 where demand comes; else 100 in month 6 instead of the 300 due that day.
    plan = costs(tutorial("83"), construction=200 + 0.5 * 800 + 0.5 * 100)
    assert amounts(plan, "sold_blocks") == {"milam.hall|2027Q1|2027Q3/stays_away": 1}
    left = plan.frames["commitments"].set_index("node")["construction_usd_m"]
    assert (
        same(left["2027Q2"], 800) and same(left["2027Q4/comes"], 500) and same(left["2027Q4/stays_away"], 0)
    )


def test_84_secured_then_built_or_given_up() -> None:
    # Secured in month 3, permitted in month 9: half a year of holding; then a block of 1,000, or 10 to give it up.
    plan = costs(tutorial("84"), construction=40 + 12 * 0.5 + 0.6 * 1000 + 0.4 * 10)
    assert set(amounts(plan, "secured_site")) == {"milam|2027Q2"}
    assert set(amounts(plan, "begun_site")) == {"milam|2027Q4/comes"}
    assert set(amounts(plan, "released_site")) == {"milam|2027Q4/stays_away"}


def test_84_a_permit_that_may_come_late() -> None:
    # Nine months to wait, perhaps: a quarter of holding more is cheaper than 100 MW short for a quarter.
    plan = costs(tutorial("84", "late_permit"), construction=40 + 12 * 0.75 + 0.6 * 1000 + 0.4 * 10)
    assert set(amounts(plan, "secured_site")) == {"milam|2027Q1"}


def test_84_holding_to_the_end_is_given_up_there() -> None:
    # Without a cost of holding nothing is gained by giving up early: it is owed on the last day.
    free = tutorial("84").tweak("sites.milam.secure.carry_usd_m_per_year", None)
    plan = costs(free, construction=40 + 0.6 * 1000 + 0.4 * 10)
    line = plan.frames["costs"].set_index("line").loc["construction"]
    assert same(line["at_end_usd_m"], 0.4 * 10)


def test_85_rights_that_lapse() -> None:
    # The first for month 6 is bought at once, 10; the second, for month 15, when it costs 25: an early start of the
    # second block with a right of 10 would run for half a year more, 25.
    plan = costs(
        tutorial("85"), construction=10 + 25 + 2 * 200, own_operating=50 * 18 / 12 + 50 * 9 / 12
    )  # fmt: skip
    assert sum(amounts(plan, "rights").values()) == 2


def test_85_rights_without_end() -> None:
    plan = costs(tutorial("85", "no_end"), construction=2 * 10 + 2 * 200, own_operating=75 + 37.5)
    assert amounts(plan, "rights") == {"milam.hall|2027Q1": 2}


def test_86_one_crew() -> None:
    # The cheaper first; the other half a year later.
    costs(tutorial("86"), construction=900 + 1000, shortfall=(200 * 2 + 100 * 2) * SHORT)


def test_86_two_crews_later() -> None:
    costs(tutorial("86", "two_crews"), construction=900 + 1000, shortfall=(200 * 2 + 100) * SHORT)


def test_87_an_empty_shell() -> None:
    # 100 MW stand empty in the second quarter, 40 later: more chips cost 1 a MW, standing empty 0.25.
    plan = costs(
        tutorial("87"),
        construction=100,
        chips=60,
        own_operating=100 * 0.1 + 40 * 0.1 + 40 * 0.15,
        shortfall=60 * 2 * SHORT,
    )
    assert amounts(plan, "empty_mw") == pytest.approx(
        {"milam.hall|2027Q2": 100, "milam.hall|2027Q3": 40, "milam.hall|2027Q4": 40}
    )
