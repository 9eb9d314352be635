"""The plan's own tables against what was recomputed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from planner.audit.claimed.capacity import capacity, ladder
from planner.audit.claimed.contracts import clauses, contracts
from planner.audit.claimed.costs import costs
from planner.audit.claimed.how import HOW
from planner.audit.claimed.limits import limits
from planner.audit.claimed.memo import memo
from planner.audit.claimed.money import cash, commitments, debt, payables
from planner.audit.claimed.payments import payments
from planner.audit.claimed.power import power
from planner.audit.claimed.table import Comparison, Table
from planner.audit.claimed.times import Nodes, decisions, periods
from planner.audit.claimed.work import service, serving
from planner.audit.findings import Findings

NOT_A_FLOW = ("opening_usd_m", "closing_usd_m", "floor_usd_m", "headroom_usd_m", "overdraft_usd_m")
TABLES: dict[str, Callable[[Nodes], Table]] = {
    "periods": periods,
    "payments": payments,
    "ladder": ladder,
    "capacity": capacity,
    "power": power,
    "service": service,
    "serving": serving,
    "contracts": contracts,
    "clauses": clauses,
    "commitments": commitments,
    "cash": cash,
    "debt": debt,
    "payables": payables,
    "costs": costs,
    "limits": limits,
    "memo": memo,
}
"""How each table is recomputed; that of the decisions needs itself."""


def compare_claims(
    nodes: Nodes,
    claimed: Mapping[str, Any],
    known: Mapping[str, Table],
    findings: Findings,
    *,
    whole: bool = False,
) -> float:
    """Compare every frame that is claimed; return the largest difference of closing cash, USD m.

    `known` are tables that are recomputed already.
    `whole`: every frame and every column must be there; otherwise only the keys of a frame must.
    """
    for name, how in HOW.items():
        if name not in claimed:
            if whole:
                findings.refuse("claimed_tables", name, "", 1.0, "count", "this table is missing")
            continue
        frame = claimed[name]
        if name == "decisions":
            named = {"variable", "index"} <= set(frame.columns)
            table = decisions(nodes, frame) if named else Table()
        else:
            table = known[name] if name in known else TABLES[name](nodes)
        Comparison(name, how, findings, nodes.walks[0].scene.timeline).compare(frame, table, whole=whole)
    return _cash(nodes, claimed["cash"], findings) if "cash" in claimed else 0.0


def _cash(nodes: Nodes, frame: pd.DataFrame, findings: Findings) -> float:
    """Each row of the statement adds up; the largest difference of closing cash."""
    amounts = [name for name in map(str, frame.columns) if name.endswith("_usd_m")]
    if not {"node", "opening_usd_m", "closing_usd_m"} <= set(frame.columns) or not frame.columns.is_unique:
        return math.inf
    flows = [name for name in amounts if name not in NOT_A_FLOW]
    numbers = frame.assign(**{name: pd.to_numeric(frame[name], errors="coerce") for name in amounts})
    largest = 0.0
    ours = {node: walk.cash[walk.scene.position[node]].closing for node, walk in nodes.owner.items()}
    for row in numbers.to_dict("records"):
        total = row["opening_usd_m"] + sum(row[name] for name in flows)
        scale = max((abs(row[name]) for name in flows), default=0.0)
        node, closing = str(row["node"]), row["closing_usd_m"]
        findings.equal("cash_adds_up", "", node, total, closing, "USD m", scale)
        if node in ours:
            largest = max(largest, abs(closing - ours[node]))
    return largest
