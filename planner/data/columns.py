"""Columns of MW under contract: what a clause adds to an offer's capacity or takes from it, with what that pays.

The seam for clauses: a file per clause yields `MwColumn`s (see planner.data.types), made here; delivered and secured
MW, site power, supply, hosts, limits, payments and commitments sum over them without knowing the clause.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.data.context import Context
from planner.data.delivery import Delivery
from planner.data.types import Index, MwColumn, Var
from planner.tree import Node


def make_column(
    context: Context, var: Var, index: Index, delivery: Mapping[str, Delivery], sign: float = 1.0, **rest: Any
) -> MwColumn:
    """A column whose shares by node follow from its delivery in each scenario below its node."""
    decided, what = index[-1], f"{var} of {index[0]}"
    mean, end, held = (
        {
            node: sign * value
            for node, value in context.stitch(
                decided, {id_: [state(d, p) for p in context.periods] for id_, d in delivery.items()}, what
            ).items()
        }
        for state in (
            Delivery.mean_share,
            Delivery.end_share,
            lambda d, p: 1.0 if d.secured_at(p.last_day) else 0.0,
        )
    )
    return MwColumn(var, index, mean, end, held, delivery, sign, **rest)


def secured_columns(columns: tuple[MwColumn, ...], node: Node) -> list[tuple[MwColumn, float]]:
    """(column, MW per unit) that count as secured on the last day of a node."""
    return [(column, column.secured[node]) for column in columns if node in column.secured]
