"""The frame of decisions: every nonzero value that a person or the audit needs; all else follows from it."""

from __future__ import annotations

import pandas as pd

from planner.data.types import Data
from planner.plan.columns import DECISIONS
from planner.plan.values import NOISE, Values
from planner.timeline import Period

PARTS: dict[str, tuple[str, ...]] = {
    "blocks": ("id", "node"),
    "opened": ("id", "node"),
    "units": ("id", "node"),
    "additions": ("id", "node"),
    "secured_site": ("id", "node"),
    "begun_site": ("id", "node"),
    "released_site": ("id", "node"),
    "rights": ("id", "node"),
    "lapsed": ("id", "node"),
    "sold_blocks": ("id", "signing", "node"),
    "empty_mw": ("id", "node"),
    "signed": ("id", "node"),
    "signed_mw": ("id", "chip", "node"),
    "signed_blocks": ("id", "chip", "node"),
    "kept_mw": ("id", "chip", "signing", "node"),
    "exited_mw": ("id", "chip", "signing", "clause", "node"),
    "assigned_mw": ("id", "chip", "signing", "clause", "node"),
    "cancelled_mw": ("id", "chip", "signing", "node"),
    "renewed_mw": ("id", "chip", "signing", "clause", "node"),
    "expanded_mw": ("id", "chip", "signing", "node"),
    "expansion_right_mw": ("id", "chip", "node"),
    "used_mw": ("id", "chip", "node"),
    "extra_mw": ("id", "chip", "node"),
    "on_demand_mw": ("id", "chip", "node"),
    "sublet_mw": ("id", "chip", "node"),
    "lets": ("id", "chip", "node"),
    "tier": ("id", "tier", "node"),
    "tier_mw": ("id", "chip", "tier", "node"),
    "drawn_mw": ("id", "chip", "signing", "node"),
    "topped_up_usd_m": ("id", "signing", "year", "node"),
    "ordered_mw": ("id", "host", "node"),
    "sold_mw": ("id", "host", "signing", "months", "node"),
    "installed_mw": ("chip", "host", "node"),
    "installed_end_mw": ("chip", "host", "node"),
    "valued_mw": ("id", "host", "signing", "node"),
    "opening_valued_mw": ("signing", "chip", "host", "node"),
    "grid_mwh": ("id", "node"),
    "billed_mwh": ("id", "node"),
    "project_mwh": ("id", "node"),
    "charged_mw": ("id", "node"),
    "took_curtailable": ("id", "node"),
    "curtailed_mw": ("chip", "host", "node"),
    "discounted_mwh": ("id", "node"),
    "contracted_mw": ("id", "node"),
    "contracted_blocks": ("id", "node"),
    "dropped_mw": ("id", "signing", "node"),
    "served_mw": ("id", "chip", "region", "control", "node"),
    "shortfall_mw": ("id", "node"),
    "source": ("id", "place", "node"),
    "pulse_work_mw": ("id", "node"),
    "borrowed_mw": ("id", "lender", "node"),
    "returned_mw": ("id", "lender", "node"),
    "took": ("id", "node"),
    "draw_usd_m": ("id", "node"),
    "draw_line_usd_m": ("id", "line", "node"),
    "repaid_usd_m": ("id", "node"),
    "paid_early_usd_m": ("id", "node"),
    "overdraft_usd_m": ("node",),
    "broken": ("id", "member", "node"),
}
"""Variable: meaning of each part of its index."""

COLUMNS = (
    "decision", "variable", "index", "id", "chip", "host", "signing", "node", "period", "date", "reported", "amount",
    "unit",
)  # fmt: skip


def decisions_frame(d: Data, values: Values) -> pd.DataFrame:
    """Rows of nonzero decisions in the order of variables and dates; columns as `COLUMNS`."""
    rows = []
    for variable, parts in PARTS.items():
        decision, unit = DECISIONS[variable]
        for index, amount in values.by_variable.get(variable, {}).items():
            if abs(amount) <= NOISE:
                continue
            named = dict(zip(parts, index, strict=True))
            period = period_of(d, named["node"]) if "node" in named else None
            rows.append(
                (
                    decision,
                    variable,
                    "|".join(index),
                    named.get("id", ""),
                    named.get("chip", ""),
                    named.get("host", ""),
                    named.get("signing", ""),
                    named.get("node", ""),
                    period.label if period else "",
                    date_text(d, period.start) if period else "",
                    period.reported if period else True,
                    amount,
                    unit,
                )
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def period_of(d: Data, node: str) -> Period:
    """The period of a node."""
    return d.timeline.periods[d.tree.period[node]]


def date_text(d: Data, x: float) -> str:
    """A moment as an ISO date, days counted as thirtieths of a month."""
    months = (
        d.timeline.origin.year * 12 + d.timeline.origin.month - 1 + (d.timeline.origin.day - 1) / 30.0 + x
    )
    whole = int(months + 1e-9)
    year, month = divmod(whole, 12)
    day = round((months - whole) * 30.0) + 1
    return f"{year:04d}-{month + 1:02d}-{min(max(day, 1), 28 if month == 1 else 30):02d}"
