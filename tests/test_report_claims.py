"""Figures that claims name, the assumptions ledger, and where its numbers stand in the plan's money."""

from __future__ import annotations

from pathlib import Path

import pytest
from report_reading import Page, solved

import planner
from planner.instance.quantity import Quantity
from planner.report import figures
from planner.report.figures import figure
from planner.report.html import to_html
from planner.report.make import make_report
from planner.report.over_time import Time, decimal_year
from planner.report.provenance import Ledger, money_by_id, value_text


@pytest.mark.parametrize(
    ("name", "value", "unit"),
    [
        # One contract of 100 MW from 2027Q2 at 300 m a quarter, 6,000 m in all; cash 5,000 on the first day.
        ("secured_gw@2027Q1", 0.1, "GW"),
        ("secured_facility_gw@2027Q1", 0.13, "GW"),
        ("powered_gw@2027Q1", 0.0, "GW"),
        ("powered_gw@2027-04-15", 0.1, "GW"),
        ("operating_gw@2027", 0.1, "GW"),
        ("vendor_gw.oracle@2027Q4", 0.1, "GW"),
        ("chip_gw.gb300@2027Q4", 0.1, "GW"),
        ("own_gw@2027Q4", 0.0, "GW"),
        ("demand_gw@2027Q1", 0.1, "GW"),
        ("shortfall_gw@2027Q1", 0.1, "GW"),
        ("accrued_spend_usd_bn@2027", 0.9, "USD bn"),
        ("paid_spend_usd_bn@2027Q2..2027Q3", 0.6, "USD bn"),
        ("vendor_spend_usd_bn.oracle@2027Q2", 0.3, "USD bn"),
        ("vendor_spend_usd_bn.nobody@2027Q2", 0.0, "USD bn"),
        ("line_spend_usd_bn.cloud_rent@2027Q1..2027Q2", 0.3, "USD bn"),
        ("burn_usd_bn@2027Q1..2027Q4", 0.9, "USD bn"),
        ("cash_usd_bn@2027Q2", 4.7, "USD bn"),
        ("commitments_usd_bn@2027Q1", 6.0, "USD bn"),
        ("lowest_cash_usd_bn", 4.1, "USD bn"),
        ("cost_usd_bn", 1.65, "USD bn"),
        ("first_below_floor", "never", ""),
    ],
)
def test_a_figure_of_the_plan(name: str, value: float | str, unit: str) -> None:
    plan, _ = solved("tutorial/01_cloud.yaml")
    found = figure(plan, Time.of(plan), name)
    assert found.value == (value if isinstance(value, str) else pytest.approx(value, abs=1e-9)), found.note
    assert found.unit == unit


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("nonsense_gw@2027", "no figure 'nonsense_gw'"),
        ("secured_gw", "the figure needs a date"),
        ("secured_gw@2040", "2040 is not in the calendar"),
        ("secured_gw@soon", "'soon' is not a date"),
        ("accrued_spend_usd_bn@2040..2041", "2040..2041 is not in the calendar"),
        ("lowest_headroom_usd_bn", "the instance sets no floor"),
        ("", "no figure ''"),
    ],
)
def test_a_figure_that_is_not_there_says_why(name: str, note: str) -> None:
    plan, _ = solved("tutorial/01_cloud.yaml")
    found = figure(plan, Time.of(plan), name)
    assert found.value is None
    assert found.note == note


def test_burn_takes_new_money_out() -> None:
    # The bank lends 1,282 m and takes 282 m back: what is burnt is interest and rent less operating cash.
    plan, _ = solved("tutorial/16_debt.yaml")
    cash = plan.frames["cash"]
    burnt = cash["opening_usd_m"].iloc[0] - cash["closing_usd_m"].iloc[-1] + cash["draws_usd_m"].sum()
    burnt += cash["repayment_usd_m"].sum()
    found = figure(plan, Time.of(plan), "burn_usd_bn@2027")
    assert found.value == pytest.approx(burnt / 1000.0)


def test_every_claim_of_the_flagship_names_a_figure_that_exists() -> None:
    plan, verdict = solved("stargate.yaml")
    time = Time.of(plan)
    named = [claim.compare for claim in plan.instance.spec.claims.values() if claim.compare]
    assert len(named) > 10
    assert [name for name in named if figure(plan, time, name).value is None] == []
    shown = Page(to_html(make_report(plan, verdict))).tables["claims"]
    assert len(shown.rows) == len(plan.instance.spec.claims)
    assert all(row[2] or row[3].startswith("not comparable: ") for row in shown.rows[: len(named)])
    apart = {row[0]: row[3] for row in shown.rows[: len(named)] if not row[2]}
    assert list(apart.values()) == [
        "not comparable: the claim is of 2025, the figure of 2026Q3",
        "not comparable: the claim is in year, the figure in USD bn",
    ]


def test_past_spend_counts_where_the_dates_reach_back() -> None:
    plan, _ = solved("stargate.yaml")
    past = plan.instance.spec.money.opening.past_spend
    assert past
    found = figure(plan, Time.of(plan), "accrued_spend_usd_bn@2026..2030")
    later = figure(plan, Time.of(plan), "accrued_spend_usd_bn@2026Q3..2030")
    since = sum(each.usd_bn.constant for each in past if each.from_.text >= "2026")
    assert isinstance(found.value, float) and isinstance(later.value, float)
    assert found.value - later.value == pytest.approx(since)


def test_the_ledger_has_every_number_with_its_source_unsourced_first() -> None:
    plan, _ = solved("stargate.yaml")
    ledger = Ledger(plan, Time.of(plan))
    first, whole, sources = ledger.tables()
    numbers = [n for n in plan.instance.numbers() if not n.path.startswith("claims.")]
    assert {row[1] for row in whole.rows} == {number.path for number in numbers}
    looks = [row[0] for row in whole.rows]
    order = ["no source", "override", "old", ""]
    assert looks == sorted(looks, key=order.index)
    within = [row[6] for row in whole.rows if row[0] == ""]
    assert within == sorted(within, reverse=True)
    assert len(first.rows) <= 25
    held = {row[1]: row for row in whole.rows}
    rate = held["discount.rate"]
    assert rate[2:6] == ("0.12", "rate", "0.1", "0.15")
    assert rate[7] == "FN33"
    cited = {str(row[0]): row[1] for row in sources.rows}
    assert cited["FN33"] == plan.instance.spec.sources["FN33"]
    assert "(not in the register)" not in cited.values()


def test_an_override_is_marked() -> None:
    path = Path("instances/stargate.yaml")
    instance = planner.read(path, sets=("money.floor_usd_bn=12",))
    plan, _ = solved("stargate.yaml")
    from dataclasses import replace

    ledger = Ledger(replace(plan, instance=instance), Time.of(plan))
    rows = {row[1]: row for row in ledger.tables()[1].rows}
    assert rows["money.floor_usd_bn"][0] == "override"
    assert rows["money.floor_usd_bn"][2] == "12"


def test_money_by_id_is_what_the_part_pays() -> None:
    plan, _ = solved("tutorial/01_cloud.yaml")
    assert money_by_id(plan)["oracle.abilene"] == pytest.approx(900.0)
    assert money_by_id(plan)["vendor oracle"] == pytest.approx(900.0)
    assert money_by_id(plan)["chip gb300"] == pytest.approx(900.0)


def test_paths_in_time_are_written_short() -> None:
    from datetime import date

    few = Quantity("GW", None, ((date(2027, 1, 1), 1.0), (date(2028, 1, 1), 2.5)), "linear")
    assert value_text(few) == "2027-01 1; 2028-01 2.5 (linear)"
    many = Quantity("GW", None, tuple((date(2027 + n, 1, 1), float(n)) for n in range(8)), "step")
    assert value_text(many) == "2027-01 0 … 2034-01 7 (8 points, step)"
    growth = Quantity("USD m/MW", None, ((date(2026, 7, 1), 16.5),), per_year=-0.06)
    assert value_text(growth) == "16.5 from 2026-07, −6.0 % a year"


def test_dates_are_decimal_years_of_equal_months() -> None:
    assert decimal_year("2027-01-01") == 2027.0
    assert decimal_year("2027-04-01") == pytest.approx(2027.25)
    assert decimal_year("2027-06-30") == pytest.approx(2027.5 - 1 / 360)


def test_the_vocabulary_is_documented() -> None:
    table = (figures.__doc__ or "").partition("| figure")[2].strip()
    assert table in Path("docs/report.md").read_text(encoding="utf-8")
    known = {
        *figures.SPEND,
        *figures.LAST_DAY,
        *figures.MEMBERS,
        "burn_usd_bn",
        "lowest_cash_usd_bn",
        "first_below_floor",
    }
    assert not [name for name in known if f"`{name}" not in table]
