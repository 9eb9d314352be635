"""Blocks built with a partner, summed by hand: 25 % of the cost, 30 % of the MW, the power of whole blocks."""

from __future__ import annotations

import pytest
from hand import amounts, costs, f, level, outcome_of, same, solved, tutorial, tweaked

import planner
from planner.data.prepare import prepare

HALL = "sites.abu_dhabi.build.campus"
SIX_QUARTERS = (7.5, 10.5, 13.5, 16.5, 19.5, 22.5)


def test_64_stake() -> None:
    # Two blocks: a third finds no power. 60 MW of them are ours from month 6.
    block = 0.25 * 1200
    paid = 0.25 * 50 + 2 * block * (0.5 + 0.5 * f(0.07, 6))
    at_delivery = 2 * block * (0.5 * 1.07**0.5 + 0.5)
    left = at_delivery * (1 - 1.07**-18.5) / (1 - 1.07**-20) * 0.95
    a_year = 2 * (0.25 * 100 * 0.2 + 30 * 0.1)
    served = sum(f(0.10, middle) for middle in SIX_QUARTERS)
    plan = costs(
        tutorial("64"),
        construction=paid - left * f(0.07, 24),
        own_operating=a_year / 12 * level(0.07, 6, 24),
        energy=60 * 0.8 * 1.25 * 8760 / 4 * 50 / 1e6 * served,
        shortfall=7.5 * (100 * (f(0.10, 1.5) + f(0.10, 4.5)) + 40 * served),
    )
    assert amounts(plan, "blocks") == {"abu_dhabi.campus|2027Q1": 2}
    ladder = plan.frames["ladder"].query("basis == 'it'").set_index("node")
    assert same(ladder.loc["2027Q1", "secured_gw"], 0.06) and same(ladder.loc["2027Q3", "powered_gw"], 0.06)
    assert same(plan.frames["power"].set_index("node").loc["2028Q4", "used_mw"], 250)


def test_what_is_ours_on_the_first_day_draws_the_power_of_its_block() -> None:
    opening = [{"build": "abu_dhabi.campus", "mw": 30, "delivered": "2026Q1"}]
    changed = tweaked(tutorial("64"), {"money.opening.construction": opening})
    plan = solved(changed)
    # With the block that stands only one more finds power.
    assert amounts(plan, "blocks") == {"abu_dhabi.campus|2027Q1": 1}
    assert same(plan.frames["power"].set_index("node").loc["2028Q4", "used_mw"], 250)
    own = plan.frames["payments"].query("variable == 'given' and line == 'own_operating'")
    assert same(own["paid_usd_m"].sum(), 2 * (0.25 * 100 * 0.2 + 30 * 0.1))


def test_a_stake_of_all_is_none() -> None:
    whole = tweaked(tutorial("64"), {f"{HALL}.stake": None})
    ours = tweaked(tutorial("64"), {f"{HALL}.stake": {"share": 1, "capacity_share": None}})
    ours = tweaked(ours, {f"{HALL}.stake.fee_usd_m_per_mw_year": None})
    assert same(solved(whole).objective_usd_m, solved(ours).objective_usd_m)


def test_sizes_crews_and_costs_of_a_start_are_those_of_whole_blocks() -> None:
    changed = tweaked(
        tutorial("64"),
        {
            f"{HALL}.max_start_mw": 100,
            f"{HALL}.min_start_mw": 100,
            f"{HALL}.fixed_cost_per_start_usd_m": 8,
            f"{HALL}.option": {"fee_usd_m_per_mw": 0.1},
            "crews": {"builders": {"builds": ["abu_dhabi.campus"], "max_mw_under_construction": 100}},
        },
    )
    plan = solved(changed)
    assert amounts(plan, "blocks") == {"abu_dhabi.campus|2027Q1": 1, "abu_dhabi.campus|2027Q3": 1}
    paid = (
        plan.frames["payments"].query("variable in ('additions', 'rights')").groupby("variable")["paid_usd_m"]
    )
    assert same(paid.sum()["additions"], 2 * 8 * 0.25)
    assert same(paid.sum()["rights"], 2 * 100 * 0.1 * 0.25)


def test_slips_are_found() -> None:
    with pytest.raises(planner.InstanceError) as caught:
        tweaked(tutorial("64"), {f"{HALL}.stake.share": 0})
    assert [each.code for each in caught.value.findings] == ["impossible"]


@pytest.mark.parametrize("share", [0.01, 0.5])
def test_nothing_is_gained_by_a_stake_that_nobody_needs(share: float) -> None:
    changed = tweaked(
        tutorial("64"),
        {
            f"{HALL}.stake": {"share": share, "capacity_share": 1},
            f"{HALL}.recovery_share": 1,
            "workloads.training.unserved_usd_bn_per_gw_year": 0,
        },
    )
    outcome = outcome_of(changed)
    assert outcome.objective == pytest.approx(0, abs=1e-6)
    assert not any(outcome.by_component["blocks"].values())


def test_a_stake_adds_nothing_to_the_model() -> None:
    with_stake, without = prepare(tutorial("64")), prepare(tweaked(tutorial("64"), {f"{HALL}.stake": None}))
    assert set(with_stake.cost) == set(without.cost)
    assert len(with_stake.ledger) == len(without.ledger)
