"""What the walks add up to, as the verdict shows it: cash in a few sums, and tables as frames."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from planner.audit.claimed.table import Table
from planner.audit.claimed.times import Nodes
from planner.audit.money import CashRow


def frame_of(table: Table, columns: Sequence[str]) -> pd.DataFrame:
    """Rows of a recomputed table."""
    rows = [*table.rows, *table.may]
    return pd.DataFrame([{name: row[name] for name in columns} for row in rows], columns=list(columns))


def cash_frame(nodes: Nodes) -> pd.DataFrame:
    """Cash of every node in a few sums, USD m; payments are positive here."""
    return pd.DataFrame([_cash_row(walk.cash[walk.scene.position[node]]) for node, walk, _ in nodes.steps()])


def _cash_row(row: CashRow) -> dict[str, float | str]:
    return {
        "node": row.node,
        "opening_usd_m": row.opening,
        "interest_earned_usd_m": row.interest_earned,
        "operating_usd_m": row.operating.total,
        "payments_usd_m": row.payments,
        "draws_usd_m": row.draws,
        "debt_service_usd_m": row.debt_service,
        "closing_usd_m": row.closing,
    }
