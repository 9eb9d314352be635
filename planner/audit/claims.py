"""The plan's own tables against what was recomputed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from planner.audit.findings import Findings
from planner.audit.money import CASH_LINES
from planner.audit.results import Results

LADDER = ("secured_gw", "powered_gw", "installed_gw", "operating_gw", "on_demand_gw", "demand_gw")
NOT_A_FLOW = ("opening_usd_m", "closing_usd_m", "floor_usd_m", "headroom_usd_m", "overdraft_usd_m")
Row = dict[str, Any]


def compare_claims(results: Results, claimed: Mapping[str, Any], findings: Findings) -> float:
    """Compare every frame that is claimed; return the largest difference of closing cash, USD m."""
    for name, compare in (
        ("costs", _costs),
        ("ladder", _ladder),
        ("payments", _payments),
        ("debt", _debt),
        ("payables", _payables),
        ("commitments", _commitments),
        ("contracts", _contracts),
        ("limits", _limits),
    ):
        if name in claimed:
            compare(results, claimed[name], findings)
    return _cash(results, claimed["cash"], findings) if "cash" in claimed else 0.0


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """Rows as dicts."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _by(frame: pd.DataFrame, *keys: str) -> dict[tuple[str, ...], Row]:
    return {tuple(str(row[key]) for key in keys): row for row in rows_of(frame)}


def _value(rows: Mapping[tuple[str, ...], Row], key: tuple[str, ...], column: str) -> float:
    """A claimed number; a row that is not there is not a number, which no comparison accepts."""
    return float(rows[key][column]) if key in rows else math.nan


def _costs(results: Results, frame: pd.DataFrame, findings: Findings) -> None:
    theirs = _by(frame, "line")
    for mine in rows_of(results.costs):
        line = str(mine["line"])
        scale = max(abs(mine["paid_usd_m"]), abs(mine["at_end_usd_m"]))
        for column in ("paid_usd_m", "at_end_usd_m", "total_usd_m"):
            value = _value(theirs, (line,), column)
            findings.equal("claimed_costs", f"{line} {column}", "", value, mine[column], "USD m", scale)


def _cash(results: Results, frame: pd.DataFrame, findings: Findings) -> float:
    """Closing cash by node, what each line pays, and that each row of the statement adds up."""
    theirs = _by(frame, "node")
    paid = {key: float(row["paid_usd_m"]) for key, row in _by(results.payments, "node", "line").items()}
    for place in theirs:
        for line in CASH_LINES:
            value = _value(theirs, place, f"{line}_usd_m")
            findings.equal("claimed_cash", line, place[0], value, -paid.get((*place, line), 0.0), "USD m")
    largest = 0.0
    for mine in rows_of(results.cash):
        node = str(mine["node"])
        value = _value(theirs, (node,), "closing_usd_m")
        scale = max(abs(mine["opening_usd_m"]), abs(mine["payments_usd_m"]), abs(mine["operating_usd_m"]))
        findings.equal("claimed_cash", "closing", node, value, mine["closing_usd_m"], "USD m", scale)
        largest = max(largest, abs(value - mine["closing_usd_m"]))
    flows = [name for name in map(str, frame.columns) if name.endswith("_usd_m") and name not in NOT_A_FLOW]
    for row in theirs.values():
        total = float(row["opening_usd_m"]) + sum(float(row[name]) for name in flows)
        scale = max(abs(float(row[name])) for name in flows)
        closing = float(row["closing_usd_m"])
        findings.equal("cash_adds_up", "", str(row["node"]), total, closing, "USD m", scale)
    return largest


def _ladder(results: Results, frame: pd.DataFrame, findings: Findings) -> None:
    theirs = _by(frame, "node", "basis")
    for key, mine in _by(results.ladder, "node", "basis").items():
        for rung in LADDER:
            value, name = 1000.0 * _value(theirs, key, rung), f"{rung.removesuffix('_gw')} {key[1]}"
            findings.equal("claimed_ladder", name, key[0], value, 1000.0 * float(mine[rung]), "MW")


def _payments(results: Results, frame: pd.DataFrame, findings: Findings) -> None:
    """Sums by line and node; a missing row is nothing paid."""
    columns = ["paid_usd_m", "accrued_usd_m"]
    theirs = _by(frame.groupby(["line", "node"], as_index=False)[columns].sum(), "line", "node")
    ours = _by(results.payments, "line", "node")
    for key in sorted({*theirs, *ours}):
        for column in columns:
            mine, value = (float(rows[key][column]) if key in rows else 0.0 for rows in (ours, theirs))
            findings.equal("claimed_payments", f"{key[0]} {column}", key[1], value, mine, "USD m")


def _debt(results: Results, frame: pd.DataFrame, findings: Findings) -> None:
    theirs = _by(frame, "facility", "node")
    for key, mine in _by(results.debt, "facility", "node").items():
        scale = max(abs(float(mine[part])) for part in ("opening", "draw", "balance"))
        for name in ("interest", "fee", "repaid", "balance"):
            value = _value(theirs, key, f"{name}_usd_m")
            findings.equal(
                "claimed_debt", f"{key[0]} {name}", key[1], value, float(mine[name]), "USD m", scale
            )


def _payables(results: Results, frame: pd.DataFrame, findings: Findings) -> None:
    theirs = _by(frame, "vendor", "node")
    for key, mine in _by(results.payables, "vendor", "node").items():
        if key[0] in results.cap_usd_m:
            value = _value(theirs, key, "invoiced_usd_m")
            findings.equal("claimed_payables", key[0], key[1], value, float(mine["invoiced_usd_m"]), "USD m")


def _contracts(results: Results, frame: pd.DataFrame, findings: Findings) -> None:
    theirs = _by(frame, "offer", "signing", "chip")
    ours = _by(results.contracts, "offer", "signing", "chip")
    for key in sorted({*theirs, *ours}):
        for column, unit in (("mw", "MW"), ("nominal_usd_m", "USD m")):
            value, mine = (_value(rows, key, column) for rows in (theirs, ours))
            findings.equal("claimed_contracts", f"{key[0]} {key[2]} {column}", key[1], value, mine, unit)


def _limits(results: Results, frame: pd.DataFrame, findings: Findings) -> None:
    """Value and bound of every row of the table; it leaves out rows that no decision changes."""
    theirs = _by(frame, "limit", "member", "node", "sense")
    for key, row in theirs.items():
        mine, bound = results.limits.get((key[0], key[1], key[2], key[3]), (0.0, float(row["bound"])))
        unit = "USD m" if row["unit"] == "USD m" else "count" if row["unit"] == "signings" else "MW"
        scale = max(abs(mine), abs(bound))
        name = f"{key[0]} {key[1]}".strip()
        findings.equal("claimed_limits", f"{name} value", key[2], float(row["value"]), mine, unit, scale)
        findings.equal("claimed_limits", f"{name} bound", key[2], float(row["bound"]), bound, unit, scale)


def _commitments(results: Results, frame: pd.DataFrame, findings: Findings) -> None:
    theirs = _by(frame, "node")
    for key, mine in _by(results.commitments, "node").items():
        value = _value(theirs, key, "total_usd_m")
        findings.equal("claimed_commitments", "", key[0], value, float(mine["total_usd_m"]), "USD m")
