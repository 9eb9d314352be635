"""The five lines of the answer and what stands before them, against sums made by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from report_reading import Page, solved

import planner
from planner.report.answer import runway, without_new_money
from planner.report.content import AnswerLine, Report
from planner.report.html import to_html
from planner.report.make import make_report
from planner.report.markdown import to_markdown
from planner.report.over_time import Time


def report_of(name: str, case: str = "") -> Report:
    return make_report(*solved(name, case))


def line(report: Report, label: str) -> AnswerLine:
    (found,) = [each for each in report.answer if each.label == label]
    return found


def test_the_answer_of_one_cloud_contract() -> None:
    # 100 MW from the second quarter on at USD 1,000 per kW and month: 300 m a quarter, 900 m in the calendar, 6,000 m
    # over the term. The first quarter's 0.025 GW-years go unserved at 30 bn each: 750 m. 900 + 750 = 1,650.
    report = report_of("tutorial/01_cloud.yaml")
    assert [each.label for each in report.answer] == [
        "Cost",
        "Capacity",
        "Sign and start now",
        "Cash",
        "Proof",
    ]
    cost, capacity, now, cash, proof = report.answer
    assert cost.figure == "USD 900 m paid"
    assert (
        "USD 750 m is the worth of unserved demand, lost margin included, which nobody pays" in cost.sentence
    )
    assert "the sum of both, USD 1.65 bn, as small as possible" in cost.sentence
    assert capacity.figure == "100 MW"
    assert "the end of 2027Q4 (130 MW at the meter)" in capacity.sentence
    assert (
        "serves 75.0 % of demand; the largest gap is 100 MW of the reference fleet in 2027Q1"
        in capacity.sentence
    )
    assert now.figure == "USD 6.0 bn"
    assert now.sentence == (
        "By the end of 2027Q2: sign 1 contract for 100 MW. This obliges to USD 6.0 bn, USD 300 m of it due by then."
    )
    assert now.apart == "Nothing else is planned."
    assert cash.figure == "USD 4.1 bn"
    assert "at the end of 2027Q4; no floor is set. No new money is planned." in cash.sentence
    assert proof.figure == "exact"


def test_what_can_wait_is_weighted_by_its_probability() -> None:
    # 50 MW are signed at once for two quarters of 150 m; 100 MW in one of two equally likely outcomes for 900 m.
    report = report_of("tutorial/21_scenarios.yaml")
    now = line(report, "Sign and start now")
    assert now.figure == "USD 300 m"
    assert now.apart == "Can wait, the first until 2027-07-01: sign 1 contract for 50 MW; in all USD 450 m."
    assert "2 scenarios, expected values" in report.subtitle
    page = Page(to_html(report))
    assert [row[-1] for row in page.tables["decisions"].rows] == ["all", "high (50.0 %)"]
    assert page.tables["decisions"].foot == []
    # Expected spend of a quarter: 150 + 0.5 x 450 = 375 m; the ladder expects 50 + 0.5 x 100 = 100 MW.
    assert [row[-1] for row in page.tables["spend"].rows] == ["–", "–", "0.375", "0.375"]
    assert page.tables["ladder-it"].column("Powered") == [0.0, 0.0, 100.0, 100.0]
    assert page.tables["statement-periods-0-high"].row("Closing cash") == [10000.0, 10000.0, 9400.0, 8800.0]
    assert page.tables["statement-periods-0-low"].row("Closing cash") == [10000.0, 10000.0, 9850.0, 9700.0]
    assert "in scenario high" in line(report, "Cash").sentence


def test_runway_takes_rounds_and_loans_out() -> None:
    plan, _ = solved("tutorial/01_cloud.yaml")
    cash = plan.frames["cash"].assign(
        closing_usd_m=[900.0, 800.0, 700.0, 600.0],
        floor_usd_m=[100.0] * 4,
        headroom_usd_m=[800.0, 700.0, 600.0, 500.0],
        rounds_usd_m=[500.0, 0.0, 0.0, 0.0],
        draws_usd_m=[0.0, 0.0, 150.0, 0.0],
        interest_usd_m=[0.0, 0.0, 0.0, -10.0],
    )
    changed = replace(plan, frames={**plan.frames, "cash": cash})
    time = Time.of(changed)
    # Room 800, 700, 600, 500 less 500, 500, 650, 640 of new money to date.
    assert without_new_money(changed, time) == {"": [300.0, 200.0, -50.0, -140.0]}
    assert runway(changed, time) == "Runway without new money: to the end of 2027Q2."
    none = replace(plan, frames={**plan.frames, "cash": cash.assign(rounds_usd_m=900.0)})
    assert runway(none, Time.of(none)).startswith("Without new money (USD 3.74 bn planned) it would not last")


def test_a_rejected_audit_is_loud_and_first() -> None:
    plan, verdict = solved("tutorial/01_cloud.yaml")
    columns = ["rule", "id", "node", "amount", "unit", "scaled", "note"]
    broken = pd.DataFrame(
        [["cash_adds_up", "", "2027Q3", 12.5, "USD m", 0.01, "1 is not 2"]], columns=columns
    )
    rejected = replace(
        verdict,
        ok=False,
        violations=broken,
        largest_violation=0.01,
        where="cash_adds_up at 2027Q3 by 12.5 USD m",
    )
    report = make_report(plan, rejected)
    assert report.notices[0].tone == "bad"
    text = to_html(report)
    assert 'class="notice bad" role="alert"' in text
    assert text.index("THE AUDIT REJECTS THIS PLAN") < text.index("<dl")
    assert to_markdown(report).index("THE AUDIT REJECTS THIS PLAN") < 300
    page = Page(text)
    assert ["Audit", "REJECTED"] in page.tables["record"].rows
    assert page.tables["violations"].rows[0][:3] == ["cash_adds_up", "", "2027Q3"]


def test_an_agreeing_audit_is_quiet() -> None:
    report = report_of("tutorial/01_cloud.yaml")
    assert [notice.tone for notice in report.notices] == ["good"]


def test_own_rules_are_marked_not_audited(tmp_path: Path) -> None:
    plan, verdict = solved("tutorial/01_cloud.yaml")
    rule = {"name": "oracle_share", "source": "def oracle_share(m, d, t): ..."}
    ruled = replace(plan, record=replace(plan.record, user_rules=(rule,), rules_off=("liquidity_floor",)))
    page = Page(to_html(make_report(ruled, verdict)))
    assert any("Not audited: “oracle_share”" in text for text in page.texts)
    assert any("Rules switched off: liquidity_floor" in text for text in page.texts)
    assert page.tables["user-rules"].rows == [["oracle_share", rule["source"], "not audited"]]


def test_a_plan_stopped_early_says_what_it_may_miss() -> None:
    plan, verdict = solved("tutorial/01_cloud.yaml")
    stopped = replace(
        plan.record,
        status="interrupted",
        stopped_by="interrupt",
        gap=0.2,
        gap_usd_m=3300.0,
        options={"gap": 0.005},
    )
    report = make_report(replace(plan, record=stopped), verdict)
    assert any("Interrupted: a better plan may save up to USD 3.3 bn." in n.title for n in report.notices)
    proof = line(report, "Proof")
    assert proof.figure == "within 20.0 %"
    assert proof.sentence.endswith("0.5 % was asked: interrupted.")


def test_a_broken_floor_is_said_first() -> None:
    plan, verdict = solved("tutorial/15_cash_floor.yaml")
    cash = plan.frames["cash"]
    low = cash.assign(headroom_usd_m=[5.0, -250.0, -1200.0, 0.0], floor_usd_m=100.0)
    report = make_report(replace(plan, frames={**plan.frames, "cash": low}), verdict)
    assert report.notices[0].title == "Cash falls below its floor, first in 2027Q2, by up to USD 1.2 bn."
    assert "it is USD 1.2 bn below the floor in 2027Q3" in line(report, "Cash").sentence


def test_the_case_and_its_changes_are_shown() -> None:
    instance = planner.read(Path("instances/tutorial/01_cloud.yaml")).tweak(
        "vendors.oracle.offers.abilene.price_usd_per_kw_month", scale=1.1
    )
    plan, verdict = solved("tutorial/01_cloud.yaml")
    page = Page(to_html(make_report(replace(plan, instance=instance), verdict)))
    (row,) = page.tables["changes"].rows
    assert row[0] == "vendors.oracle.offers.abilene.price_usd_per_kw_month"
    assert row[1:3] == ["1,000", "1,100"]


@pytest.mark.parametrize(
    "name",
    ["02_own_block", "03_shell_and_chips", "10_given_contract", "13_site_power", "16_debt", "18_limits"],
)
def test_every_kind_of_instance_has_a_whole_report(name: str) -> None:
    report = report_of(f"tutorial/{name}.yaml")
    page = Page(to_html(report))
    assert len(page.ids) == len(set(page.ids))
    assert {table.id for table in report.tables() if table.rows} == set(page.tables)
    assert to_markdown(report).count("\n# ") == 0
