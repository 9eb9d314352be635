"""Numbers tie: what the page, its Markdown twin and the workbook show is what the tables of the plan hold."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest
from report_reading import Page, Read, Sheet, markdown_tables, number, place, sheets, solved

import planner
from planner.plan.plan import Plan
from planner.report.html import to_html
from planner.report.make import make_report
from planner.report.markdown import to_markdown
from planner.report.workbook import to_workbook

HALF_A_DIGIT = 0.5000001
"""Of USD m or MW, written without decimals."""


@pytest.fixture(scope="module")
def plan() -> Plan:
    return solved("stargate.yaml")[0]


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(to_html(make_report(*solved("stargate.yaml"))))


@pytest.fixture(scope="module")
def book() -> dict[str, Sheet]:
    plan, verdict = solved("stargate.yaml")
    return sheets(to_workbook(make_report(plan, verdict), plan))


def test_cost_adds_up_to_the_objective(plan: Plan, page: Page) -> None:
    shown, frame = page.tables["costs"], plan.frames["costs"]
    assert number(shown.foot[-1]) == pytest.approx(plan.objective_usd_m, abs=HALF_A_DIGIT)
    for column, name in (("Paid in the calendar", "paid_usd_m"), ("Cost", "total_usd_m")):
        assert sum(shown.column(column)) == pytest.approx(frame[name].sum(), abs=len(frame) * HALF_A_DIGIT)


def test_the_statement_by_period_shows_every_cell_of_the_cash_frame(plan: Plan, page: Page) -> None:
    # Twelve periods a table, so that none runs over a page; a row without a flow in them is left out.
    parts, cash = [page.tables[f"statement-periods-{start}"] for start in (0, 12)], plan.frames["cash"]
    assert [head for part in parts for head in part.head[1:]] == list(cash["period"])
    for name, column in (
        ("Cloud rent", "cloud_rent_usd_m"), ("Chips", "chips_usd_m"), ("Firm equity rounds", "rounds_usd_m"),
        ("Closing cash", "closing_usd_m"), ("Room over the floor", "headroom_usd_m"),
    ):  # fmt: skip
        found = []
        for part in parts:
            there = any(row[0] == name for row in part.rows)
            found += part.row(name) if there else [0.0] * len(part.head[1:])
        assert found == pytest.approx(list(cash[column]), abs=HALF_A_DIGIT), name


@pytest.mark.parametrize("table", ["statement-years", "statement-periods-0"])
def test_a_statement_adds_up_from_opening_to_closing(page: Page, table: str) -> None:
    shown = page.tables[table]
    names = ("Opening cash", "From operations", "For compute", "Financing and old invoices")
    sums = [sum(column) for column in zip(*(shown.row(name) for name in names), strict=True)]
    assert shown.row("Closing cash") == pytest.approx(sums, abs=5 * HALF_A_DIGIT)
    starts = [row[0] for row in shown.rows]
    lines = shown.rows[starts.index("From operations") + 1 : starts.index("For compute")]
    assert len(lines) >= 5
    by_line = [sum(number(row[column]) for row in lines) for column in range(1, len(shown.head))]
    assert shown.row("For compute") == pytest.approx(by_line, abs=(len(lines) + 1) * HALF_A_DIGIT)


def test_a_year_is_the_sum_of_its_periods(plan: Plan, page: Page) -> None:
    shown, cash = page.tables["statement-years"], plan.frames["cash"]
    by_year = cash.groupby(cash["period"].str[:4])["cloud_rent_usd_m"].sum()
    assert [head[:4] for head in shown.head[1:]] == list(by_year.index)
    assert shown.row("Cloud rent") == pytest.approx(list(by_year), abs=HALF_A_DIGIT)


def test_decisions_tie_to_contracts_and_payments(plan: Plan, page: Page) -> None:
    shown, contracts = page.tables["decisions"], plan.frames["contracts"]
    signed = [row for row in shown.rows if row[1] == "Sign"]
    new = contracts[~contracts["given"]]
    assert len(signed) == len(new)
    mw, obliges = shown.head.index("MW"), shown.head.index("Obliges to, USD m")
    assert sum(number(row[mw]) for row in signed) == pytest.approx(new["mw"].sum(), abs=len(new))
    owed = sum(number(row[obliges]) for row in signed)
    assert owed == pytest.approx(new["nominal_usd_m"].sum(), abs=len(new))
    # Nothing is borrowed here: beside payments there are the margin lost and the yield on cash.
    payments, cash = plan.frames["payments"], plan.frames["cash"]
    paid = payments[(payments["variable"] != "given") & payments["reported"]]["paid_usd_m"].sum()
    earned = cash.loc[cash["reported"], ["lost_margin_usd_m", "yield_usd_m"]].to_numpy().sum()
    assert number(shown.foot[-2]) == pytest.approx(paid - earned, abs=HALF_A_DIGIT)


def test_now_and_later_are_all_reported_decisions(plan: Plan, page: Page) -> None:
    now, later, every = page.tables["now"], page.tables["later"], page.tables["decisions"]
    first_two = set(plan.frames["periods"]["start"].iloc[:2])
    assert {row[0] for row in now.rows} <= first_two
    assert not {row[0] for row in later.rows} & first_two
    assert len(now.rows) == sum(row[0] in first_two for row in every.rows)
    obliges = every.head.index("Obliges to, USD m")
    total = sum(number(row[obliges]) for row in every.rows if row[0] in first_two)
    assert number(now.foot[-1]) == pytest.approx(total, abs=len(now.rows))


def test_ladders_and_stacks_tie_to_the_ladder_frame(plan: Plan, page: Page) -> None:
    ladder = plan.frames["ladder"]
    for basis, table in (("it", "ladder-it"), ("facility", "ladder-facility")):
        rows = ladder[ladder["basis"] == basis]
        for column, name in (
            ("Secured", "secured_gw"),
            ("Powered", "powered_gw"),
            ("Operating", "operating_gw"),
        ):
            assert page.tables[table].column(column) == pytest.approx(list(rows[name]), abs=0.0051)
    powered = list(ladder.loc[ladder["basis"] == "it", "powered_gw"])
    installed = list(ladder.loc[ladder["basis"] == "it", "installed_gw"])
    for table, whole in (("by-vendor", powered), ("by-tenure", powered), ("by-chip", installed)):
        shown = page.tables[table]
        assert shown.column("Total") == pytest.approx(whole, abs=0.0051)
        parts = [sum(number(cell) for cell in row[1:-1]) for row in shown.rows]
        assert parts == pytest.approx(whole, abs=0.0051 * len(shown.head))


def test_concentration_ties_to_the_ladder(plan: Plan, page: Page) -> None:
    ladder = plan.frames["ladder"]
    at_end = ladder[(ladder["basis"] == "it") & ladder["period"].isin([f"{y}Q4" for y in range(2026, 2032)])]
    for table in ("concentration-vendor", "concentration-region"):
        shown = page.tables[table]
        assert [number(cell) for cell in shown.foot[1:-1]] == pytest.approx(
            list(at_end["powered_gw"] * 1000.0), abs=HALF_A_DIGIT
        )
        assert sum(shown.column(shown.head[-1])) == pytest.approx(100.0, abs=0.5)


def test_commitments_and_spend_tie(plan: Plan, page: Page) -> None:
    commitments = plan.frames["commitments"]
    shown = page.tables["commitments"].column("Open commitments")
    assert shown == pytest.approx(list(commitments["total_usd_m"]), abs=HALF_A_DIGIT)
    paid = plan.frames["payments"]["paid_usd_m"].sum() / 1000.0
    assert number(page.tables["spend"].foot[-1]) == pytest.approx(paid, abs=0.0501)


def test_periods_that_are_not_reported_are_set_back(plan: Plan, page: Page) -> None:
    ladder = page.tables["ladder-it"]
    assert [ladder.rows[each][0] for each in ladder.faint] == ["2032", "2033"]
    late = [row for row in page.tables["decisions"].rows if row[0] >= "2032"]
    assert len(page.tables["decisions"].faint) == len(late)


def test_markdown_says_what_the_page_says(page: Page) -> None:
    report = make_report(*solved("stargate.yaml"))
    twins = markdown_tables(to_markdown(report))
    compared = 0
    for table in report.tables():
        if table.rows:
            shown, twin = page.tables[table.id], twins[table.title]
            rows = shown.rows + ([shown.foot] if shown.foot else [])
            assert twin.head == shown.head, table.id
            assert [[plain_spaces(cell) for cell in row] for row in twin.rows] == [
                [plain_spaces(cell) for cell in row] for row in rows
            ], table.id
            compared += 1
    assert compared > 25


def plain_spaces(text: str) -> str:
    return " ".join(text.split())


def test_the_workbook_holds_every_frame(plan: Plan, book: dict[str, Sheet]) -> None:
    for name, frame in plan.frames.items():
        sheet = book[name]
        assert sheet.row(0) == list(frame.columns)
        for place_, column in enumerate(frame.columns):
            if column.endswith(("_usd_m", "_mw", "_gw", "_mwh")):
                held = [sheet.values.get((row, place_), 0.0) for row in range(1, len(frame) + 1)]
                assert held == pytest.approx(list(frame[column].fillna(0.0)), rel=1e-12, abs=1e-12), column


def test_formulas_of_the_cash_statement_give_the_values_beside_them(
    plan: Plan, book: dict[str, Sheet]
) -> None:
    check_formulas(plan, book)


@pytest.mark.parametrize("name", ["14_workloads", "16_debt", "21_scenarios", "44_pulse_borrow"])
def test_formulas_of_small_statements(name: str) -> None:
    plan, verdict = solved(f"tutorial/{name}.yaml")
    check_formulas(plan, sheets(to_workbook(make_report(plan, verdict), plan)))


def check_formulas(plan: Plan, book: dict[str, Sheet]) -> None:
    sheet, known = book["Cash statement"], dict[tuple[int, str], float]()
    found = {at: formula(book, sheet, text, known) for at, text in sheet.formulas.items()}
    assert len(found) > 10 * len(plan.frames["cash"])
    for at, value in found.items():
        assert sheet.values[at] == pytest.approx(value, abs=1e-6), sheet.formulas[at]
    names = {sheet.values[row, 0]: row for row, column in sheet.values if column == 0}
    closing = [found[names["Closing cash"], place_] for place_ in range(1, len(plan.frames["cash"]) + 1)]
    assert closing == pytest.approx(list(plan.frames["cash"]["closing_usd_m"]), abs=1e-5)
    assert all(found[names["Check"], place_] == 0.0 for place_ in range(1, len(closing) + 1))
    # Opening is the closing of the node before: of all but the first it is a formula.
    opening = [(names["Opening cash"], place_) in found for place_ in range(1, len(closing) + 1)]
    assert opening == [bool(parent) for parent in plan.frames["periods"]["parent"]]
    margin = book["margin"]
    for at, text in margin.formulas.items():
        assert margin.values[at] == pytest.approx(formula(book, margin, text, known), abs=1e-9), text


def formula(book: dict[str, Sheet], sheet: Sheet, text: str, known: dict[tuple[int, str], float]) -> float:
    """Evaluate the kinds of formulas that the workbook uses; each once."""
    key = (id(sheet), text)
    if key not in known:
        known[key] = evaluated(book, sheet, text, known)
    return known[key]


def evaluated(book: dict[str, Sheet], sheet: Sheet, text: str, known: dict[tuple[int, str], float]) -> float:
    def value(name: str) -> float:
        if re.fullmatch(r"[\d.]+", name):
            return float(name)
        at = place(name)
        if at in sheet.formulas:
            return formula(book, sheet, sheet.formulas[at], known)
        return float(sheet.values.get(at, 0.0))

    if found := re.fullmatch(r"SUM\(([A-Z]+)(\d+):\1(\d+)\)", text):
        return sum(value(f"{found[1]}{row}") for row in range(int(found[2]), int(found[3]) + 1))
    if found := re.fullmatch(r"ROUND\((\w+)-(\w+),3\)", text):
        return round(value(found[1]) - value(found[2]), 3)
    if found := re.fullmatch(r"(-?)SUMIFS\((\w+)!\$(\w+):\$\3,(.*)\)", text):
        other, amount = book[found[2]], place(f"{found[3]}1")[1]
        wanted: dict[int, Any] = {}
        for column, asked in re.findall(r"\w+!\$(\w+):\$\1,(\"\w+\"|\w+\$3)", found[4]):
            told = asked.strip('"') if asked[0] == '"' else sheet.values[place(asked.replace("$", ""))]
            wanted[place(f"{column}1")[1]] = told
        total = 0.0
        for row in range(1, 1 + max(at for at, _ in other.values)):
            if all(other.values.get((row, column)) == told for column, told in wanted.items()):
                held = other.formulas.get((row, amount))
                own = float(other.values.get((row, amount), 0.0))
                total += own if held is None else formula(book, other, held, known)
        return -total if found[1] else total
    if "*" in text:
        sign = -1.0 if text.startswith("-") else 1.0
        return sign * math.prod(value(name) for name in text.removeprefix("-").split("*"))
    if found := re.fullmatch(r"(\w+)-(\w+)", text):
        return value(found[1]) - value(found[2])
    return sum(value(name) for name in text.split("+"))


def test_the_same_plan_gives_the_same_bytes() -> None:
    plan, verdict = solved("tutorial/02_own_block.yaml")
    first, second = (make_report(plan, verdict) for _ in range(2))
    assert to_html(first) == to_html(second)
    assert to_markdown(first) == to_markdown(second)
    assert to_workbook(first, plan) == to_workbook(second, plan)


def test_the_reader_of_tables_sees_a_wrong_total() -> None:
    page = Page(
        '<table id="t"><thead><tr><th>A</th></tr></thead><tbody><tr><td>−1,5</td></tr></tbody></table>'
    )
    assert page.tables["t"] == Read(["A"], [["−1,5"]])
    assert page.tables["t"].column("A") == [-15.0]


def test_the_files_of_a_report(tmp_path: Path) -> None:
    plan, verdict = solved("tutorial/01_cloud.yaml")
    files = planner.write_report(plan, verdict, tmp_path)
    assert [file.name for file in files] == ["report.html", "report.md", "report.xlsx"]
    assert all(file.stat().st_size > 1000 for file in files)
