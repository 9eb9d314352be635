"""Frame of clauses used: what leaves, is renewed or expanded, when, and what that changes in payments."""

from __future__ import annotations

from typing import Any

import pandas as pd

from planner.data.types import Data, MwColumn
from planner.plan.decisions import date_text, period_of
from planner.plan.values import NOISE, Values

CLAUSES = {
    "exited_mw": "exit",
    "assigned_mw": "assign",
    "cancelled_mw": "cancel",
    "renewed_mw": "renew",
    "expanded_mw": "expand",
    "expansion_right_mw": "right",
}
"""Word of a clause by variable."""
COLUMNS = (
    "offer", "signing", "chip", "clause", "id", "node", "period", "decided", "from", "until", "mw", "nominal_usd_m",
    "given",
)  # fmt: skip


def clauses_frame(d: Data, v: Values) -> pd.DataFrame:
    """One row for each clause used; dates are those of the scenario whose terms hold at the node."""
    rows = []
    for column in d.contracts.columns:
        mw = v(column.var, *column.index)
        if column.var in CLAUSES and mw > NOISE:
            rows.append(_row(d, column, mw))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(d: Data, column: MwColumn, mw: float) -> dict[str, Any]:
    node, leaf = column.decided, d.tree.leaf[column.decided]
    period = period_of(d, node)
    since = until = period.start
    if leaf in column.delivery:
        delivery = column.delivery[leaf]
        since, until = (delivery.decided if column.sign < 0.0 else delivery.first), delivery.end
    offer, chip, signing = column.index[:3]
    return {
        "offer": offer,
        "signing": signing,
        "chip": chip,
        "clause": CLAUSES[column.var],
        "id": column.index[3] if len(column.index) == 5 else "",
        "node": node,
        "period": period.label,
        "decided": date_text(d, period.start),
        "from": date_text(d, since),
        "until": date_text(d, until),
        "mw": mw,
        "nominal_usd_m": mw * column.rent[leaf].paid.nominal,
        "given": column.running or signing not in d.tree.period,
    }
