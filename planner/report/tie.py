"""The ledger of decisions against the cash statement: line by line they must be the same money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from planner.plan.plan import Plan
from planner.report.content import Column, Row, Table
from planner.report.ledger import Flows
from planner.report.money_tables import BLOCKS, flow_columns, flow_name
from planner.report.over_time import Time
from planner.report.works import Decision

CENT_USD_M = 1e-8
NOTE = (
    "Rows of the two tables above by line of the cash statement, with its sign: outflows are negative. What is given "
    "and what is decided make the statement to the cent, in every period."
)


def tie_table(plan: Plan, time: Time, decisions: Sequence[Decision], flows: Flows) -> Table:
    """Flows of the reported periods by line: of decisions, given, together, and the cash statement; expected values."""
    held: dict[tuple[bool, str], float] = defaultdict(float)
    for row in decisions:
        for flow in flows.of(row.keys):
            if time.spans[time.position[flow.node]].reported:
                held[row.given, flow.column] += flow.usd_m * time.probability[flow.node]
    cash, last = plan.frames["cash"], time.last_reported
    rows: list[Row] = [
        ("Opening cash", None, None, None, time.expected(cash, "opening_usd_m")["opening_usd_m"][0], None)
    ]
    strong = {0}
    every = [0.0] * 3
    for name, columns in zip(BLOCKS, flow_columns(plan), strict=True):
        sums = [0.0] * 3
        for column in columns:
            stated = sum(time.expected(cash, column)[column][: last + 1])
            amounts = [held[False, column], held[True, column], stated]
            sums = [total + amount for total, amount in zip(sums, amounts, strict=True)]
            if any(amounts):
                rows.append(_row(flow_name(column), *amounts))
        strong.add(len(rows))
        rows.append(_row(name, *sums))
        every = [total + amount for total, amount in zip(every, sums, strict=True)]
    closing = time.expected(cash, "closing_usd_m")["closing_usd_m"][last]
    strong |= {len(rows), len(rows) + 1}
    rows += [_row("All flows", *every), ("Closing cash", None, None, None, closing, None)]
    heads = ("Decisions", "Given", "Together", "Cash statement", "Difference")
    columns_ = (Column("USD m", "tag"), *[Column(head, "usd_m") for head in heads])
    title = f"Ledger and cash statement to the end of {time.spans[last].label}, USD m"
    return Table("tie", title, columns_, tuple(rows), None, NOTE, strong=frozenset(strong))


def _row(name: str, decided: float, given: float, stated: float) -> Row:
    both = decided + given
    apart = both - stated
    return (
        name,
        decided,
        given,
        both,
        stated,
        apart if abs(apart) > CENT_USD_M * max(1.0, abs(stated)) else 0.0,
    )
