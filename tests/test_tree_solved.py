"""Trees, solved: branches that do not differ change nothing, two leaves by hand, and what knowing is worth."""

from __future__ import annotations

from typing import Any

import pytest
from generate import instance_of, random_plain
from hand import amounts, closing, costs, lines_of, outcome_of, same, solved, tutorial

PATHS = [
    ("01", ()), ("02", ()), ("03", ()), ("04", ()), ("06", ()), ("07", ()), ("08", ()), ("10", ()), ("11", ()),
    ("12", ()), ("13", ()), ("14", ()), ("15", ()), ("15", ("least",)), ("16", ()), ("16", ("loan",)), ("17", ()),
    ("18", ("wish",)), ("18", ("budget",)), ("19", ("factors",)), ("20", ()),
]  # fmt: skip


def branched(instance: Any, known: str, **branches: tuple[float, dict[str, Any]]) -> Any:
    """The instance with one uncertain factor: a probability and overrides for each branch."""
    factor = {name: {"probability": p, "set": overrides} for name, (p, overrides) in branches.items()}
    return instance.tweak("scenarios", {"luck": {"known": known, "branches": factor}})


@pytest.mark.parametrize(("number", "cases"), PATHS, ids=lambda value: "_".join(value) or "base")
def test_two_branches_that_do_not_differ_are_the_path(number: str, cases: tuple[str, ...]) -> None:
    path = tutorial(number, *cases)
    tree = branched(path, "2027Q3", heads=(0.3, {}), tails=(0.7, {}))
    one, two = solved(path), solved(tree)
    assert same(two.objective_usd_m, one.objective_usd_m)
    for line, usd_m in lines_of(one).items():
        assert same(lines_of(two)[line], usd_m), line
    for variable in ("signed_mw", "ordered_mw", "blocks", "units"):
        both = amounts(two, variable)
        for index, amount in amounts(one, variable).items():
            rest, _, node = index.rpartition("|")
            shared = both.get(index)
            found = (
                [shared] if shared is not None else [both[f"{rest}|{node}/{b}"] for b in ("heads", "tails")]
            )
            assert found == pytest.approx([amount] * len(found)), index


def test_three_levels_that_do_not_differ_are_the_path() -> None:
    path = tutorial("04")
    same_twice = {"known": "2027Q3", "branches": {"a": {"probability": 0.5}, "b": {"probability": 0.5}}}
    tree = path.tweak("scenarios", {"first": same_twice, "second": {**same_twice, "known": "2028Q2"}})
    plan = solved(tree)
    assert same(plan.objective_usd_m, solved(path).objective_usd_m)
    assert len(plan.frames["periods"]) == 2 + 3 * 2 + 3 * 4


def test_half_of_the_bet_is_signed_early() -> None:
    # Low 50 and high 150 MW for half a year: 50 early for 6 each, 100 late for 9 each in half of all cases.
    plan = costs(tutorial("21"), cloud_rent=50 * 6 + 0.5 * 100 * 9)
    assert amounts(plan, "signed_mw") == {
        "oracle.early|gb300|2027Q1": pytest.approx(50),
        "oracle.late|gb300|2027Q3/high": pytest.approx(100),
    }


def test_a_likely_boom_is_signed_early() -> None:
    # With 0.7 for the boom waiting would cost 0.7 x 9 = 6.3 a MW, more than 6.
    low = {"demand_gw": {"2027Q1": 0, "2027Q3": 0.05, "interpolate": "step"}}
    high = {"demand_gw": {"2027Q1": 0, "2027Q3": 0.15, "interpolate": "step"}}
    plain = tutorial("21").tweak("scenarios", None)
    sets = [{"workloads": {"training": each}} for each in (low, high)]
    costs(branched(plain, "2027Q3", low=(0.3, sets[0]), high=(0.7, sets[1])), cloud_rent=150 * 6)
    costs(branched(plain, "2027Q3", low=(0.4, sets[0]), high=(0.6, sets[1])), cloud_rent=300 + 0.6 * 900)
    # Known on the first day, each branch signs early for itself.
    costs(
        branched(plain, "2027Q1", low=(0.3, sets[0]), high=(0.7, sets[1])), cloud_rent=0.3 * 300 + 0.7 * 900
    )


def test_a_slip_that_shows_after_signing() -> None:
    # Half of the time the early contract comes three months late: half its term lies after the calendar, a quarter
    # is short (7.5 a MW; a late contract for it would cost 9).
    plain = tutorial("21").tweak("scenarios", None)
    slip = {"vendors": {"oracle": {"offers": {"early": {"delivery_months": 9}}}}}
    costs(
        branched(plain, "2027Q3", on_time=(0.5, {}), slip=(0.5, slip)),
        cloud_rent=0.5 * 100 * 6 + 0.5 * 100 * 3,
        shortfall=0.5 * 100 * 7.5,
    )


def test_a_price_that_shows_later() -> None:
    # Late capacity costs 0.5 or 1.5: waiting costs (3 + 9) / 2 = 6.0 a MW, less than 6.3 for signing early at 1.05.
    plain = tutorial("21").tweak("scenarios", None)
    plain = plain.tweak("vendors.oracle.offers.early.price_usd_per_kw_month", 1050)
    cheap = {"vendors": {"oracle": {"offers": {"late": {"price_usd_per_kw_month": 500}}}}}
    costs(branched(plain, "2027Q3", cheap=(0.5, cheap), dear=(0.5, {})), cloud_rent=100 * (0.5 * 3 + 0.5 * 9))


def test_the_floor_holds_in_every_branch() -> None:
    # Cash of 500 and a floor of 0: each branch can pay 50 early MW and so many late ones as 200 buy.
    poor = tutorial("21").tweak("money.opening.cash_usd_bn", 0.5).tweak("money.floor_usd_bn", 0)
    # Beyond the 50 MW that serve both branches a USD spent early costs 1 and saves 15 / 6 in half of all cases: 0.25
    # gained. Kept for a late contract it costs 1/2 and saves 15 / 9 / 2: 0.33 gained.
    late = 200 / 9
    costs(poor, cloud_rent=300 + 0.5 * 200, shortfall=0.5 * (100 - late) * 15)


def fixed_early(plain: Any, mw: float) -> dict[tuple[str, Any], float]:
    """The early signing held at an amount."""
    return {("signed_mw", ("oracle.early", "gb300", "2027Q1")): mw}


def test_knowing_and_ignoring_what_is_uncertain() -> None:
    tree = tutorial("21")
    plain = tree.tweak("scenarios", None)

    def demand(gw: float) -> Any:
        return plain.tweak("workloads.training.demand_gw", {"2027Q1": 0, "2027Q3": gw, "interpolate": "step"})

    wait_and_see = 0.5 * solved(demand(0.05)).objective_usd_m + 0.5 * solved(demand(0.15)).objective_usd_m
    mean = solved(demand(0.1))
    early = amounts(mean, "signed_mw")["oracle.early|gb300|2027Q1"]
    expected_value_plan = outcome_of(tree, fixed_early(tree, early)).objective
    assert wait_and_see == pytest.approx(0.5 * 300 + 0.5 * 900)
    assert solved(tree).objective_usd_m == pytest.approx(750)
    # The plan for the mean signs 100: too many for the low branch, 50 too few for the high one.
    assert expected_value_plan == pytest.approx(600 + 0.5 * 50 * 9)


def test_cash_of_a_branch_is_its_own() -> None:
    plan = solved(tutorial("21"))
    cash = plan.frames["cash"].set_index("node")["closing_usd_m"]
    assert cash["2027Q2"] == pytest.approx(10_000)
    assert cash["2027Q4/low"] == pytest.approx(10_000 - 300)
    assert cash["2027Q4/high"] == pytest.approx(10_000 - 300 - 900)
    assert len(closing(plan)) == 6


def stated(seed: int, scale: float) -> dict[str, Any]:
    """Demand of a random instance: as it is in the first year, scaled at the end of the second."""
    demand = random_plain(seed)["workloads"]["training"]["demand_gw"]
    low, high = demand["2027Q1"], demand["2029Q1"]
    return {"2027Q1": low, "2028Q1": low, "2028-01-02": scale * high, "interpolate": "step"}


@pytest.mark.parametrize("seed", range(4))
def test_wait_and_see_costs_least_and_ignoring_costs_most(seed: int) -> None:
    # Demand of the second year is 60 or 140 % of what is expected, known when it begins.
    def path(scale: float) -> Any:
        plain = random_plain(seed)
        plain["workloads"]["training"]["demand_gw"] = stated(seed, scale)
        return plain

    branches = {
        name: {"probability": 0.5, "set": {"workloads": {"training": {"demand_gw": stated(seed, scale)}}}}
        for name, scale in (("low", 0.6), ("high", 1.4))
    }
    tree = instance_of({**path(1.0), "scenarios": {"demand": {"known": "2028Q1", "branches": branches}}})
    stochastic = outcome_of(tree, gap=1e-6)
    alone = [outcome_of(instance_of(path(scale)), gap=1e-6) for scale in (0.6, 1.4)]
    wait_and_see = sum(0.5 * each.bound for each in alone)
    mean = outcome_of(instance_of(path(1.0)), gap=1e-6)
    held = {
        (variable, index): amount
        for variable, column in mean.by_component.items()
        if variable in ("signed", "signed_mw", "blocks", "opened", "units", "ordered_mw")
        for index, amount in column.items()
        if index[-1].startswith("2027")
    }
    assert held
    expected_value_plan = outcome_of(tree, held, gap=1e-6)
    room = 1e-6 * stochastic.objective
    assert wait_and_see <= stochastic.objective + room
    assert stochastic.bound <= expected_value_plan.objective + room
