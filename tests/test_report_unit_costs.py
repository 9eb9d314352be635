"""What capacity in use costs, summed by hand; what is used or drawn period by period stands in the ledger."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import planner
from planner.explore.breakeven import breakeven
from planner.plan.plan import Plan
from planner.report.content import Table
from planner.report.make import make_report
from planner.report.over_time import Time
from planner.report.unit_costs import lease_or_build_table, use_table
from planner.report.wording import Names

TUTORIAL = Path(__file__).parent.parent / "instances" / "tutorial"


@cache
def solved(name: str, *tweaks: tuple[str, object]) -> Plan:
    instance = planner.read(TUTORIAL / name)
    for path, value in tweaks:
        instance = instance.tweak(path, value)
    return planner.solve(instance, gap=0.0)


def use(plan: Plan) -> Table:
    found = use_table(plan, Time.of(plan), Names(plan.instance.spec))
    assert found is not None
    return found


def table(plan: Plan, id_: str) -> Table:
    return next(each for each in make_report(plan, planner.audit(plan)).tables() if each.id == id_)


def test_a_cloud_costs_its_rent_over_what_serves() -> None:
    """100 MW for nine months at 1000 USD/kW-month; 70 accelerators in 140 kW are 500 in a MW, 12e6/500/8760 an hour."""
    plan = solved("01_cloud.yaml", ("chips.gb300.accelerators_per_system", 70))
    ((_, powered, used, share, usd_bn, an_hour),) = use(plan).rows
    assert (powered, used, share) == pytest.approx((75, 75, 1.0))  # MW-years: a small company
    assert usd_bn == pytest.approx(12.0)
    assert an_hour == pytest.approx(12e6 / 500.0 / 8760.0)


def test_rent_of_what_stands_idle_makes_the_used_part_dearer() -> None:
    """Demand of 50 MW and a contract of at least 100: half is used, each used MW costs twice."""
    plan = solved(
        "01_cloud.yaml", ("workloads.training.demand_gw", 0.05), ("vendors.oracle.offers.abilene.mw.min", 100)
    )
    ((_, _, _, share, usd_bn, an_hour),) = use(plan).rows
    assert (share, usd_bn) == pytest.approx((0.5, 24.0))
    assert an_hour is None  # nobody says how many accelerators a system has


def test_own_and_leased_sites_cost_their_lines_less_what_is_left() -> None:
    """A MW-year: rent 1.8, energy 0.8 x 1.25 x 8760 h x 50 USD = 0.438, operation 0.3, and chips of 27.5 USD m a MW,
    worth 0.8 - 0.75 x 1.5/5 = 0.575 of it after the year and a half in which they serve."""
    plan = solved("03_shell_and_chips.yaml", ("discount.rate", 0), ("discount.by_line", None))
    ((name, powered, used, _, usd_bn, _),) = use(plan).rows
    assert name == "Own and leased sites"
    assert (powered, used) == pytest.approx((150, 150))
    assert usd_bn == pytest.approx(1.8 + 0.438 + 0.3 + 27.5 * (1.0 - 0.575) / 1.5)


def test_the_cost_at_one_rate_is_that_of_the_same_plan() -> None:
    plan = solved("03_shell_and_chips.yaml")
    at_one = planner.solve(plan.instance.tweak("discount.by_line", None), gap=0.0, start=plan)
    memo = plan.memo.set_index("name")["usd_m"]
    assert memo["cost_at_one_rate"] == pytest.approx(
        at_one.objective_usd_m, rel=1e-6
    )  # nothing else can be chosen
    assert abs(memo["cost_at_one_rate"] / plan.objective_usd_m - 1.0) > 0.001
    assert "With 10.0 % for every line the same plan costs" in table(plan, "costs").note


def test_the_cost_of_the_time_after_the_report_is_shown_apart() -> None:
    """After 2027Q4 75 MW are not served in 2028 and 200 in 2029, at 30 USD m a MW-year; signed was before."""
    plan = solved("20_beyond_the_report.yaml")
    later = plan.costs.set_index("line")["later_usd_m"]
    assert later["shortfall"] == pytest.approx(75 * 30 * 1.1**-1.5 + 200 * 30 * 1.1**-2.5)
    assert later.drop("shortfall").abs().max() == 0.0
    assert "belongs to what is decided, or not served, after the reported time" in table(plan, "costs").note


def test_use_on_demand_stands_in_the_ledger() -> None:
    plan = solved("09_on_demand.yaml")
    ledger = table(plan, "decisions")
    uses = [row for row in ledger.rows if row[1] == "Use"]
    payments = plan.payments[plan.payments["variable"] == "on_demand_mw"]
    assert uses and len(payments)
    assert sum(float(row[-2] or 0.0) for row in uses) == pytest.approx(payments["paid_usd_m"].sum())
    assert max(float(row[4] or 0.0) for row in uses) == pytest.approx(payments["amount"].max())


def test_loans_drawn_stand_in_the_ledger() -> None:
    plan = solved("16_debt.yaml")
    draws = [row for row in table(plan, "decisions").rows if row[1] == "Draw"]
    assert {row[6] for row in draws} == {"USD m drawn"}
    assert sum(float(row[5] or 0.0) for row in draws) == pytest.approx(plan.debt["draw_usd_m"].sum())


def test_lease_or_build_shows_what_breakeven_finds() -> None:
    plan = planner.solve(planner.read(TUTORIAL.parent / "stargate.yaml"), gap=0.05, time_limit=600)
    found = lease_or_build_table(plan, Time.of(plan), Names(plan.instance.spec))
    assert found is not None
    rents = [row[found_column(found, "Break-even rent")] for row in found.rows]
    assert rents == [each.breakeven_rent_at_line for each in breakeven(plan.instance)]


def found_column(found: Table, label: str) -> int:
    return [column.label for column in found.columns].index(label)
