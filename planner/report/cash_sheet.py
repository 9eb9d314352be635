"""The cash statement of the workbook in formulas: opening is the closing before, lines sum the sheets behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from planner.data.demand import demands_of, margin_usd_m_per_mw, mean_demand_mw
from planner.data.scenarios import make_context
from planner.numbers import plain
from planner.plan.plan import Plan
from planner.report.money_tables import BLOCKS, TRACED, flow_columns, flow_name
from planner.report.over_time import rows_of

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

MARGIN_SHEET = "margin"
HEAD_ROW, FIRST_ROW = 2, 3
DEBT = {
    "draws_usd_m": ("", "draw_usd_m"), "repayment_usd_m": ("-", "repaid_usd_m"),
    "interest_usd_m": ("-", "interest_usd_m"), "fees_usd_m": ("-", "fee_usd_m"),
}  # fmt: skip
"""Column of the cash frame: sign and column of the debt frame that it sums."""
NEAR_USD_M = 1e-6


def column_letters(place: int) -> str:
    """`A` for 0, `AA` for 26."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def margin_frame(plan: Plan) -> pd.DataFrame:
    """GW asked for (the pulse aside) and unserved by demand and node, with the margin of a GW-year."""
    context = make_context(plan.instance)
    service = plan.frames["service"]
    short = {
        (str(row.workload), str(row.demand_region), str(row.node)): float(row.shortfall_mw)
        for row in rows_of(service)
    }
    rows = []
    for node, position in context.tree.period.items():
        scenario, years = context.at(node), context.period(node).years
        for demand in demands_of(scenario.spec):
            margin = margin_usd_m_per_mw(scenario, demand.workload, position) / years
            asked = mean_demand_mw(scenario, demand, position, with_pulse=False) / 1000.0
            region = demand.id.partition(".")[2]
            unserved = short.get((demand.workload, region, node), 0.0) / 1000.0
            rows.append((node, demand.workload, region, years, asked, unserved, margin))
    columns = [
        "node",
        "workload",
        "demand_region",
        "years",
        "asked_gw",
        "unserved_gw",
        "margin_usd_bn_per_gw_year",
    ]
    frame = pd.DataFrame(rows, columns=columns)
    each = frame["years"] * frame["margin_usd_bn_per_gw_year"] * 1000.0
    return frame.assign(
        margin_usd_m=frame["asked_gw"] * each, lost_margin_usd_m=0.0 - frame["unserved_gw"] * each
    )


def margin_formulas(frame: pd.DataFrame) -> dict[str, list[str]]:
    """Formulas of the two amounts, GW x years x margin, row by row under the heading."""
    at = {name: column_letters(place) for place, name in enumerate(frame.columns)}
    found: dict[str, list[str]] = {"margin_usd_m": [], "lost_margin_usd_m": []}
    for row in range(2, len(frame) + 2):
        each = f"{at['years']}{row}*{at['margin_usd_bn_per_gw_year']}{row}*1000"
        found["margin_usd_m"].append(f"={at['asked_gw']}{row}*{each}")
        found["lost_margin_usd_m"].append(f"=-{at['unserved_gw']}{row}*{each}")
    return found


@dataclass(frozen=True)
class Looks:
    """Formats of the sheet."""

    title: Any
    head: Any
    faint: Any
    bold: Any
    money: Any
    strong: Any


class CashSheet:
    """Writes the statement, one column a node."""

    def __init__(self, sheet: Worksheet, plan: Plan, margin: pd.DataFrame, looks: Looks) -> None:
        self._sheet, self._plan, self._margin, self._looks = sheet, plan, margin, looks
        self._cash = plan.frames["cash"]
        self._nodes = [str(node) for node in self._cash["node"]]
        self._letters = [column_letters(place) for place in range(1, len(self._nodes) + 1)]
        self._row = FIRST_ROW

    def write(self) -> None:
        """The whole sheet: opening, flows with subtotals, closing, a check that is zero, the floor."""
        looks, cash = self._looks, self._cash
        self._head()
        self._row += 1  # the opening row is written when the closing row is known
        sums = []
        for name, members in zip(BLOCKS, flow_columns(self._plan), strict=True):
            start = self._row
            for member in members:
                self._line(member, name == TRACED)
            sums.append(self._row)
            formulas = [f"=SUM({at}{start + 1}:{at}{self._row})" for at in self._letters]
            self._formulas(name, formulas, cash[members].sum(axis=1).tolist(), looks.strong)
        closing, end = cash["closing_usd_m"].tolist(), self._row
        opening = FIRST_ROW + 1
        formulas = [f"={at}{opening}+" + "+".join(f"{at}{each + 1}" for each in sums) for at in self._letters]
        self._formulas("Closing cash", formulas, closing, looks.strong)
        self._opening(end)
        self._numbers("Closing cash of the plan", closing)
        formulas = [f"=ROUND({at}{end + 1}-{at}{end + 2},3)" for at in self._letters]
        self._formulas("Check", formulas, [0.0] * len(self._nodes), looks.strong)
        self._numbers("Floor", cash["floor_usd_m"].tolist())
        if cash["floor_usd_m"].notna().all():
            formulas = [f"={at}{end + 1}-{at}{self._row}" for at in self._letters]
            self._formulas("Room over the floor", formulas, cash["headroom_usd_m"].tolist(), looks.money)

    def _head(self) -> None:
        sheet, looks = self._sheet, self._looks
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, len(self._nodes), 12)
        sheet.write_string(0, 0, "Cash statement, USD m; outflows negative", looks.title)
        words = "Opening is the closing before; lines sum the sheets payments, margin and debt; the check row is zero."
        sheet.write_string(1, 0, words, looks.faint)
        sheet.write_string(HEAD_ROW, 0, "USD m", looks.head)
        for place, node in enumerate(self._nodes, 1):
            sheet.write_string(HEAD_ROW, place, plain(node), looks.head)
        sheet.freeze_panes(FIRST_ROW, 1)

    def _opening(self, closing_row: int) -> None:
        """The first node's is given; any other's is the closing of its parent."""
        periods = self._plan.frames["periods"]
        parent = dict(zip(periods["node"], periods["parent"], strict=True))
        place_of = dict(zip(self._nodes, self._letters, strict=True))
        self._sheet.write_string(FIRST_ROW, 0, "Opening cash", self._looks.bold)
        for place, (node, value) in enumerate(zip(self._nodes, self._cash["opening_usd_m"], strict=True), 1):
            before = str(parent.get(node) or "")
            if before in place_of:
                formula = f"={place_of[before]}{closing_row + 1}"
                self._sheet.write_formula(FIRST_ROW, place, formula, self._looks.strong, float(value))
            else:
                self._sheet.write_number(FIRST_ROW, place, float(value), self._looks.strong)

    def _line(self, member: str, traced: bool) -> None:
        """One row: a sum over the sheet behind it where there is one, else the numbers."""
        values, name = self._cash[member].tolist(), flow_name(member)
        if traced:
            payments = list(self._plan.frames["payments"].columns)
            extra = [("line", member.removesuffix("_usd_m"))]
            formulas = self._sums("payments", payments, "-", "paid_usd_m", extra)
        elif member in DEBT and len(self._plan.frames["debt"]):
            sign, column = DEBT[member]
            formulas = self._sums("debt", list(self._plan.frames["debt"].columns), sign, column)
        elif member in ("margin_usd_m", "lost_margin_usd_m") and self._margin_ties(member, values):
            formulas = self._sums(MARGIN_SHEET, list(self._margin.columns), "", member)
        else:
            self._numbers(name, values)
            return
        self._formulas(name, formulas, values, self._looks.money)

    def _margin_ties(self, member: str, values: Sequence[float]) -> bool:
        """Whether the sheet holds all of it: what a pulse borrows and nobody serves is in no row of service."""
        sums = self._margin.groupby("node")[member].sum()
        return all(
            abs(float(sums.get(node, 0.0)) - value) <= NEAR_USD_M * max(1.0, abs(value))
            for node, value in zip(self._nodes, values, strict=True)
        )

    def _sums(
        self,
        sheet: str,
        columns: Sequence[str],
        sign: str,
        amount: str,
        extra: Sequence[tuple[str, str]] = (),
    ) -> list[str]:
        def whole(name: str) -> str:
            letters = column_letters(columns.index(name))
            return f"{sheet}!${letters}:${letters}"

        conditions = "".join(f'{whole(name)},"{value}",' for name, value in extra)
        return [f"={sign}SUMIFS({whole(amount)},{conditions}{whole('node')},{at}$3)" for at in self._letters]

    def _numbers(self, name: str, values: Sequence[float]) -> None:
        self._sheet.write_string(self._row, 0, name)
        for place, value in enumerate(values, 1):
            if value == value:
                self._sheet.write_number(self._row, place, float(value), self._looks.money)
        self._row += 1

    def _formulas(self, name: str, formulas: Sequence[str], values: Sequence[float], form: Any) -> None:
        self._sheet.write_string(self._row, 0, name, self._looks.bold if form is self._looks.strong else None)
        for place, (formula, value) in enumerate(zip(formulas, values, strict=True), 1):
            self._sheet.write_formula(self._row, place, formula, form, float(value))
        self._row += 1
