"""The frame of decisions: every nonzero value that a person or the audit needs; all else follows from it."""

from __future__ import annotations

import pandas as pd

from planner.data.types import Data
from planner.plan.values import NOISE, Values
from planner.timeline import Period

KINDS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "blocks": ("start_block", ("id", "node"), "blocks"),
    "opened": ("open_site", ("id", "node"), "count"),
    "units": ("start_unit", ("id", "node"), "units"),
    "additions": ("start_block", ("id", "node"), "count"),
    "secured_site": ("secure_site", ("id", "node"), "count"),
    "begun_site": ("begin_site", ("id", "node"), "count"),
    "released_site": ("release_site", ("id", "node"), "count"),
    "rights": ("buy_rights", ("id", "node"), "blocks"),
    "lapsed": ("let_lapse", ("id", "node"), "blocks"),
    "sold_blocks": ("exit_block", ("id", "signing", "node"), "blocks"),
    "empty_mw": ("leave_empty", ("id", "node"), "MW"),
    "signed": ("sign", ("id", "node"), "signings"),
    "signed_mw": ("sign", ("id", "chip", "node"), "MW"),
    "signed_blocks": ("sign", ("id", "chip", "node"), "blocks"),
    "kept_mw": ("keep", ("id", "chip", "signing", "node"), "MW"),
    "exited_mw": ("exit", ("id", "chip", "signing", "clause", "node"), "MW"),
    "assigned_mw": ("assign", ("id", "chip", "signing", "clause", "node"), "MW"),
    "cancelled_mw": ("cancel", ("id", "chip", "signing", "node"), "MW"),
    "renewed_mw": ("renew", ("id", "chip", "signing", "clause", "node"), "MW"),
    "expanded_mw": ("expand", ("id", "chip", "signing", "node"), "MW"),
    "expansion_right_mw": ("expand", ("id", "chip", "node"), "MW"),
    "used_mw": ("use", ("id", "chip", "node"), "MW"),
    "extra_mw": ("use", ("id", "chip", "node"), "MW"),
    "on_demand_mw": ("use", ("id", "chip", "node"), "MW"),
    "sublet_mw": ("sublet", ("id", "chip", "node"), "MW"),
    "lets": ("sublet", ("id", "chip", "node"), "count"),
    "tier": ("sign", ("id", "tier", "node"), "count"),
    "tier_mw": ("sign", ("id", "chip", "tier", "node"), "MW"),
    "drawn_mw": ("use", ("id", "chip", "signing", "node"), "MW"),
    "topped_up_usd_m": ("top_up", ("id", "signing", "year", "node"), "USD m"),
    "ordered_mw": ("order", ("id", "host", "node"), "MW"),
    "sold_mw": ("sell", ("id", "host", "signing", "months", "node"), "MW"),
    "installed_mw": ("install", ("chip", "host", "node"), "MW"),
    "installed_end_mw": ("install", ("chip", "host", "node"), "MW"),
    "valued_mw": ("value", ("id", "host", "signing", "node"), "MW"),
    "opening_valued_mw": ("value", ("signing", "chip", "host", "node"), "MW"),
    "grid_mwh": ("energy", ("id", "node"), "MWh"),
    "billed_mwh": ("energy", ("id", "node"), "MWh"),
    "project_mwh": ("energy", ("id", "node"), "MWh"),
    "charged_mw": ("energy", ("id", "node"), "facility MW"),
    "took_curtailable": ("take_curtailable", ("id", "node"), "count"),
    "curtailed_mw": ("curtail", ("chip", "host", "node"), "MW"),
    "discounted_mwh": ("energy", ("id", "node"), "MWh"),
    "contracted_mw": ("contract_power", ("id", "node"), "facility MW"),
    "contracted_blocks": ("contract_power", ("id", "node"), "blocks"),
    "dropped_mw": ("drop_power", ("id", "signing", "node"), "facility MW"),
    "served_mw": ("serve", ("id", "chip", "region", "control", "node"), "MW"),
    "shortfall_mw": ("shed", ("id", "node"), "MW"),
    "source": ("serve", ("id", "place", "node"), "count"),
    "pulse_work_mw": ("shift", ("id", "node"), "MW of work"),
    "borrowed_mw": ("shift", ("id", "lender", "node"), "MW"),
    "returned_mw": ("shift", ("id", "lender", "node"), "MW"),
    "took": ("take_round", ("id",), "count"),
    "draw_usd_m": ("draw", ("id", "node"), "USD m"),
    "draw_line_usd_m": ("draw", ("id", "line", "node"), "USD m"),
    "repaid_usd_m": ("repay", ("id", "node"), "USD m"),
    "paid_early_usd_m": ("pay_early", ("id", "node"), "USD m"),
    "overdraft_usd_m": ("overdraw", ("node",), "USD m"),
    "broken": ("break_limit", ("id", "member", "node"), "unit of the limit"),
}
"""Variable: (decision, meaning of each part of its index, unit)."""

COLUMNS = (
    "decision", "variable", "index", "id", "chip", "host", "signing", "node", "period", "date", "reported", "amount",
    "unit",
)  # fmt: skip


def decisions_frame(d: Data, values: Values) -> pd.DataFrame:
    """Rows of nonzero decisions in the order of variables and dates; columns as `COLUMNS`."""
    rows = []
    for variable, (decision, parts, unit) in KINDS.items():
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
