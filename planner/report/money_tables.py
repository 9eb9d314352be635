"""Tables for finance: cash statement, debt, payables, commitments, costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from planner.numbers import share, usd_bn
from planner.plan.plan import Plan
from planner.report.content import Column, Row, Table
from planner.report.over_time import Time, rows_of
from planner.report.wording import LINES, STATEMENT, Names, words

OPERATING = ("operating_usd_m", "margin_usd_m", "lost_margin_usd_m", "yield_usd_m")
FINANCING = (
    "opening_payables_usd_m", "opening_debt_usd_m", "rounds_usd_m", "optional_rounds_usd_m", "draws_usd_m",
    "interest_usd_m", "fees_usd_m", "repayment_usd_m",
)  # fmt: skip
STATES = ("opening_usd_m", "closing_usd_m", "floor_usd_m", "headroom_usd_m", "overdraft_usd_m")
FLOOR = {
    "floor_usd_m": "Floor",
    "headroom_usd_m": "Room over the floor",
    "overdraft_usd_m": "Overdraft allowed",
}
View = Mapping[str, Any]
"""A column of a statement: values by column of the cash frame."""
TRACED = "For compute"
BLOCKS = ("From operations", TRACED, "Financing and old invoices")
"""Parts of the statement between opening and closing cash, as `flow_columns` gives them."""
COLUMNS_A_TABLE = 12
MOST_STATEMENTS = 8
"""Scenarios beyond these are in the workbook and the saved tables only."""


def flow_columns(plan: Plan) -> tuple[list[str], list[str], list[str]]:
    """Columns of the cash frame that add up from opening to closing: operating, payments by line, financing."""
    columns = [str(each) for each in plan.frames["cash"].columns]
    flows = [each for each in columns if each.endswith("_usd_m") and each not in STATES]
    paying = [each for each in flows if each not in OPERATING and each not in FINANCING]
    return [c for c in OPERATING if c in flows], paying, [c for c in FINANCING if c in flows]


def flow_name(column: str) -> str:
    """Name of a row of the statement."""
    if column in STATEMENT:
        return STATEMENT[column]
    line = column.removesuffix("_usd_m")
    return LINES[line] if line in LINES else words(line)


def statements(plan: Plan, time: Time) -> tuple[Table, ...]:
    """The cash statement by calendar year, then by period."""
    tables = []
    years = time.years()
    if len(years) < len(time.spans):
        tables.append(_statement_by_year(plan, time))
    if len(time.leaves) <= MOST_STATEMENTS:
        for leaf, path in time.leaves.items():
            tables.extend(_statements_of_leaf(plan, time, leaf, path))
    return tuple(tables)


def _statement_by_year(plan: Plan, time: Time) -> Table:
    """Flows summed, opening of the first and closing of the last period; expected values over scenarios."""
    cash = plan.frames["cash"]
    columns = [str(column) for column in cash.columns if str(column).endswith("_usd_m")]
    by_period = {column: time.expected(cash, column)[column] for column in columns}
    without_floor = bool(cash["floor_usd_m"].isna().any())
    views: list[View] = []
    for _, places in time.years():
        view: dict[str, float | None] = {}
        for column, values in by_period.items():
            if column == "opening_usd_m":
                view[column] = values[places[0]]
            elif column in STATES:
                view[column] = None if without_floor and column in FLOOR else values[places[-1]]
            else:
                view[column] = sum(values[place] for place in places)
        views.append(view)
    heads = [
        Column(name, "usd_m", faint=not all(time.spans[place].reported for place in places))
        for name, places in time.years()
    ]
    note = "Outflows are negative." + (" Expected values over the scenarios." if time.branching else "")
    return _statement(plan, "statement-years", "Cash statement by calendar year, USD m", heads, views, note)


def _statements_of_leaf(plan: Plan, time: Time, leaf: str, path: Sequence[str]) -> list[Table]:
    cash = plan.frames["cash"]
    by_node: dict[str, View] = {
        str(node): {str(column): cash.at[place, column] for column in cash.columns}
        for place, node in cash["node"].items()
    }
    tables: list[Table] = []
    for start in range(0, len(path), COLUMNS_A_TABLE):
        nodes = path[start : start + COLUMNS_A_TABLE]
        spans = [time.spans[time.position[node]] for node in nodes]
        heads = [Column(span.label, "usd_m", faint=not span.reported) for span in spans]
        part = f", {spans[0].label} to {spans[-1].label}" if len(path) > COLUMNS_A_TABLE else ""
        title = f"Cash statement by period, USD m{part}" + (f", scenario {leaf}" if leaf else "")
        id_ = f"statement-periods-{start}" + (f"-{leaf}" if leaf else "")
        views = [by_node[node] for node in nodes]
        tables.append(_statement(plan, id_, title, heads, views, "Outflows are negative."))
    return tables


def _statement(
    plan: Plan, id_: str, title: str, heads: Sequence[Column], views: Sequence[View], note: str
) -> Table:
    """One column a view; a row that is zero in every column is left out."""
    rows: list[Row] = [("Opening cash", *[view["opening_usd_m"] for view in views])]
    strong = {0}

    def block(columns: Sequence[str], name: str) -> None:
        sums = [0.0] * len(views)
        for column in columns:
            values = [float(view[column] or 0.0) for view in views]
            sums = [total + value for total, value in zip(sums, values, strict=True)]
            if any(abs(value) > 1e-9 for value in values):
                rows.append((flow_name(column), *values))
        strong.add(len(rows))
        rows.append((name, *sums))

    for name, columns in zip(BLOCKS, flow_columns(plan), strict=True):
        block(columns, name)
    strong.add(len(rows))
    rows.append(("Closing cash", *[view["closing_usd_m"] for view in views]))
    for column, name in FLOOR.items():
        values = [view[column] for view in views]
        if any(value is not None and value == value and abs(value) > 1e-9 for value in values):
            rows.append((name, *values))
    every = (Column("USD m", "tag"), *heads)
    wide = len(every) > 10
    return Table(id_, title, every, tuple(rows), None, note, strong=frozenset(strong), landscape=wide)


ONE_RATE = "cost_at_one_rate"
MEMO = {"given_supplier_credit": "Gain from paying running contracts later than their service"}
MEMO_NOTE = "For orientation: no decision changes these, so they are not in the cost."
WITHIN = {
    "supplier_credit": "Gain from paying contracts later than their service",
    "gain_from_leverage": "Gain from leverage: debt cheaper than the discount rate",
    "lease_saving": "Saved by leasing chips: their price less the rent",
}
WITHIN_NOTE = "In the cost already: without them it would be higher by as much."


def costs_table(plan: Plan, names: Names) -> Table:
    """Present value by line; the total is the cost of the plan."""
    frame = plan.frames["costs"]
    columns = ("paid_usd_m", "at_end_usd_m", "total_usd_m")
    rows = [
        (names.line(str(row.line)), float(row.paid_usd_m), float(row.at_end_usd_m), float(row.total_usd_m))
        for row in rows_of(frame)
        if any(abs(getattr(row, column)) > 1e-9 for column in columns)
    ]
    total: Row = ("Cost of the plan", *[float(frame[column].sum()) for column in columns])
    note = "Expected present value on the first day. Owned at the end is a credit, owed at the end a cost."
    later = float(frame["later_usd_m"].sum())
    if abs(later) > 0.5:
        note += f" {usd_bn(later)} of it belongs to what is decided, or not served, after the reported time."
    memo = plan.frames["memo"]
    if ONE_RATE in set(memo["name"]):
        usd_m = float(memo.loc[memo["name"] == ONE_RATE, "usd_m"].sum())
        rate = share(plan.instance.spec.discount.rate.constant)
        note += f" With {rate} for every line the same plan costs {usd_bn(usd_m)}."
    return Table(
        "costs", "Cost by line, USD m",
        (Column("Line"), Column("Paid in the calendar", "usd_m"), Column("Owned (−), owed at its end", "usd_m"),
         Column("Cost", "usd_m")), tuple(rows), total, note, half=True,
    )  # fmt: skip


def memo_tables(plan: Plan) -> tuple[Table, ...]:
    """Present values beside the cost, and what of the cost comes from the time of payment, debt and leases."""
    memo = [(str(row.name), float(row.usd_m)) for row in rows_of(plan.frames["memo"])]
    given = tuple(
        (MEMO.get(name, words(name)), usd_m) for name, usd_m in memo if name not in (*WITHIN, ONE_RATE)
    )
    within = tuple((WITHIN[name], usd_m) for name, usd_m in memo if name in WITHIN and abs(usd_m) > 1e-9)
    columns = (Column("Present value of"), Column("USD m", "usd_m"))
    beside = Table("memo", "Beside the cost, USD m", columns, given, None, MEMO_NOTE, half=True)
    if not within:
        return (beside,)
    return beside, Table("within", "Within the cost, USD m", columns, within, None, WITHIN_NOTE, half=True)


def debt_table(plan: Plan, names: Names, time: Time) -> Table | None:
    """Debt by facility and period; None without facilities."""
    frame = plan.frames["debt"]
    if frame.empty:
        return None
    amounts = ("opening", "draw", "repaid", "interest", "fee", "balance", "limit")
    rows: list[Row] = []
    faint: set[int] = set()
    for row in rows_of(frame):
        if max(abs(getattr(row, f"{name}_usd_m")) for name in amounts[:-1]) > 1e-9:
            if not row.reported:
                faint.add(len(rows))
            cells: Row = (names.facility(str(row.facility)), _period(row, time))
            rows.append((*cells, *[float(getattr(row, f"{name}_usd_m")) for name in amounts]))
    columns = [Column("Facility"), Column("Period")]
    heads = ("Opening", "Drawn", "Repaid", "Interest", "Fees", "Balance", "Limit")
    columns += [Column(name, "usd_m") for name in heads]
    sums = [float(frame[f"{name}_usd_m"].sum()) for name in ("draw", "repaid", "interest", "fee")]
    total: Row = ("Total", None, None, *sums, None, None)
    note = "Periods without a balance or a flow are left out."
    return Table(
        "debt",
        "Debt, USD m",
        tuple(columns),
        tuple(rows),
        None if time.branching else total,
        note,
        frozenset(faint),
    )


def _period(row: object, time: Time) -> str:
    return str(getattr(row, "node" if time.branching else "period"))


def payables_table(plan: Plan, names: Names, time: Time) -> Table | None:
    """What is owed to vendors with a cap; None where there is none."""
    frame = plan.frames["payables"]
    if frame.empty:
        return None
    rows = tuple(
        (names.vendor(str(row.vendor)), _period(row, time), float(row.invoiced_usd_m), float(row.paid_early_usd_m),
         float(row.owed_usd_m), float(row.cap_usd_m))
        for row in rows_of(frame)
    )  # fmt: skip
    faint = frozenset(number for number, flag in enumerate(frame["reported"]) if not flag)
    heads = ("Invoiced, not due", "Of it paid early", "Owed", "Cap")
    columns = (Column("Vendor"), Column("Period"), *[Column(name, "usd_m") for name in heads])
    return Table(
        "payables", "Owed to vendors on the last day, USD m", columns, rows, faint=faint, folded=True
    )


def commitments_table(plan: Plan, time: Time, id_: str = "commitments") -> Table:
    """Nominal fixed payments still to be made, by period."""
    frame = plan.frames["commitments"]
    rows = tuple(
        (_period(row, time), float(row.contracts_usd_m), float(row.construction_usd_m), float(row.chips_usd_m),
         float(row.total_usd_m), float(row.debt_usd_m))
        for row in rows_of(frame)
    )  # fmt: skip
    faint = frozenset(number for number, flag in enumerate(frame["reported"]) if not flag)
    heads = ("Contracts", "Construction", "Chips", "Open commitments", "Debt principal")
    columns = (Column("Last day of"), *[Column(name, "usd_m") for name in heads])
    return Table(id_, "Open commitments, USD m", columns, rows, faint=faint)
