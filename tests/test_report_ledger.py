"""The ledger of decisions and what is given add up to the cash statement: by line, by period, and in all."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from hand import ROOT, TUTORIAL, tutorial
from report_reading import Page

import planner
from planner.plan.plan import Plan
from planner.report.html import to_html
from planner.report.ledger import Flow
from planner.report.make import make_report
from planner.report.money_tables import flow_columns
from planner.report.over_time import Time
from planner.report.wording import Names
from planner.report.works import Decision, Works

CENT_USD_M = 1e-8
FILES = sorted(TUTORIAL.glob("*.yaml"))


def ledger(plan: Plan) -> tuple[Time, tuple[Decision, ...], dict[tuple[str, str], float]]:
    """Return the rows and the sum of their flows by column and node; every flow belongs to one row."""
    time = Time.of(plan)
    works = Works(plan, time, Names(plan.instance.spec))
    rows = works.all()
    sums: dict[tuple[str, str], float] = defaultdict(float)
    seen: set[Flow] = set()
    for row in rows:
        for flow in works.flows.of(row.keys):
            sums[flow.column, flow.node] += flow.usd_m
        assert not seen & set(row.keys), f"twice: {row.action} {row.what}"
        seen |= set(row.keys)
    return time, rows, sums


def ties(plan: Plan) -> list[str]:
    """Compare the ledger with the cash statement of a plan to the cent and return the rows that it shows."""
    time, rows, sums = ledger(plan)
    cash = plan.frames["cash"]
    columns = [column for block in flow_columns(plan) for column in block]
    for column in columns:
        for node, usd_m in zip(cash["node"], cash[column], strict=True):
            found = sums.pop((column, node), 0.0)
            assert found == pytest.approx(usd_m, abs=CENT_USD_M, rel=1e-12), (column, node)
    assert not {key: usd_m for key, usd_m in sums.items() if usd_m}, "flows that the statement does not have"
    reported = [place for place, span in enumerate(time.spans) if span.reported]
    stated = sum(sum(time.expected(cash, column)[column][place] for place in reported) for column in columns)
    shown = sum(row.paid_usd_m * time.probability.get(row.node, 1.0) for row in rows)
    assert -shown == pytest.approx(stated, abs=1e-6, rel=1e-12)
    opening, closing = (
        time.expected(cash, f"{name}_usd_m")[f"{name}_usd_m"] for name in ("opening", "closing")
    )
    assert opening[0] - shown == pytest.approx(closing[reported[-1]], abs=1e-5, rel=1e-9)
    return [f"{row.action}: {row.what}" for row in rows]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_ledger_of_every_tutorial_is_its_cash_statement(path: Path) -> None:
    ties(planner.solve(planner.read(path), gap=0.05))


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_ledger_of_every_case_of_a_tutorial_is_its_cash_statement(path: Path) -> None:
    for case in planner.read(path).cases:
        ties(planner.solve(planner.read(path, cases=(case,)), gap=0.05))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["stargate.yaml", "stargate_clauses.yaml"])
def test_the_ledger_of_a_flagship_is_its_cash_statement(name: str) -> None:
    plan = planner.solve(planner.read(ROOT / "instances" / name), gap=0.05)
    rows = ties(plan)
    assert any(row.startswith("Use commitment: Amazon") for row in rows)
    assert any(row.startswith("Pay early: ") for row in rows)
    assert any(row.startswith("Energy: ") for row in rows)


def test_the_table_that_ties_shows_no_difference() -> None:
    plan = planner.solve(tutorial("16"), gap=0.0)
    shown = Page(to_html(make_report(plan, planner.audit(plan)))).tables["tie"]
    assert shown.head == ["USD m", "Decisions", "Given", "Together", "Cash statement", "Difference"]
    assert all(row[5] in ("–", "") for row in shown.rows)
    # The one contract runs already: 1,200 of rent, all of it given.
    rent = next(row for row in shown.rows if row[0] == "Cloud rent")
    by_hand = "−1,200"
    assert rent[1:5] == ["–", by_hand, by_hand, by_hand]


def test_a_loan_is_received_and_its_service_is_paid() -> None:
    # 1,282 m is drawn and 282 m repaid: the rows say so with opposite signs.
    plan = planner.solve(tutorial("16"), gap=0.0)
    _, rows, _ = ledger(plan)
    debt = plan.frames["debt"]
    drawn = sum(row.paid_usd_m for row in rows if row.action == "Draw")
    (service,) = [row for row in rows if row.action == "Repay, interest and fees"]
    assert drawn == pytest.approx(-debt["draw_usd_m"].sum())
    paid = debt[["repaid_usd_m", "interest_usd_m", "fee_usd_m"]].to_numpy().sum()
    assert service.paid_usd_m == pytest.approx(paid)
