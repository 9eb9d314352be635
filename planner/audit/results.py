"""What the walks add up to: cost by line, cash, ladder, payments, expected over the scenarios."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, get_args

import pandas as pd

from planner.audit.contract import Contract
from planner.audit.demand import all_demands, asked, shifted_mw
from planner.audit.limits import commitments
from planner.instance.schema.calendar import Line
from planner.tree import Node

if TYPE_CHECKING:
    from planner.audit.audit import Walk


@dataclass(frozen=True)
class Results:
    """Recomputed frames; one row per line, or per node and what is named."""

    cost_usd_m: float
    costs: pd.DataFrame
    cash: pd.DataFrame
    ladder: pd.DataFrame
    payments: pd.DataFrame
    debt: pd.DataFrame
    payables: pd.DataFrame
    commitments: pd.DataFrame
    contracts: pd.DataFrame
    limits: dict[tuple[str, str, Node, str], tuple[float, float]]
    """(limit, member, node, min or max): value and bound."""
    cap_usd_m: dict[str, float]
    """Vendors with a cap on what is owed to them."""
    nodes: tuple[Node, ...]


def results_of(walks: Sequence[Walk]) -> Results:
    """Results of all scenarios; each node once, with the terms of the scenario that judges it."""
    costs = _costs(walks)
    spec = walks[0].scene.spec
    return Results(
        cost_usd_m=float(costs["total_usd_m"].sum()),
        costs=costs,
        cash=pd.DataFrame(
            [_cash_row(row) for walk in walks for row in walk.cash if row.node in walk.scene.owned]
        ),
        ladder=pd.DataFrame(
            [{**row, "demand_gw": _demand(walk, str(row["node"]))} for walk in walks for row in walk.ladder]
        ),
        payments=_payments(walks),
        debt=pd.DataFrame(
            [asdict(row) for walk in walks for row in walk.debt.rows if row.node in walk.scene.owned],
            columns=["facility", "node", "opening", "draw", "interest", "fee", "repaid", "balance"],
        ),
        payables=pd.DataFrame(
            [
                (vendor, node, owed)
                for walk in walks
                for (vendor, node), owed in walk.owed.items()
                if node in walk.scene.owned
            ],
            columns=["vendor", "node", "invoiced_usd_m"],
        ),
        commitments=_commitments(walks),
        contracts=_contracts(walks),
        limits={key: reading for walk in walks for key, reading in walk.scene.account.readings.items()},
        cap_usd_m={
            id_: vendor.payables_cap_usd_bn.constant * 1000.0
            for id_, vendor in spec.vendors.items()
            if vendor.payables_cap_usd_bn is not None
        },
        nodes=tuple(node for walk in walks for node, _ in walk.scene.steps()),
    )


def _costs(walks: Sequence[Walk]) -> pd.DataFrame:
    sums: dict[str, list[float]] = {line: [0.0, 0.0] for line in get_args(Line)}
    for walk in walks:
        for line, (paid, at_end) in walk.scene.account.cost.items():
            sums[line][0] += walk.scene.probability * paid
            sums[line][1] += walk.scene.probability * at_end
    rows = [(line, paid, at_end, paid + at_end) for line, (paid, at_end) in sums.items()]
    return pd.DataFrame(rows, columns=["line", "paid_usd_m", "at_end_usd_m", "total_usd_m"])


def _cash_row(row: object) -> dict[str, float | str]:
    values = asdict(row)  # type: ignore[call-overload]
    return {name if name == "node" else f"{name}_usd_m": value for name, value in values.items()}


def _demand(walk: Walk, node: Node) -> float:
    """GW of the reference fleet to be served in a period, after what is shifted."""
    scene, period = walk.scene, walk.scene.period(node)
    return (
        sum(
            asked(scene, each, period, pulse=True, work=False) + shifted_mw(scene, each, node)
            for each in all_demands(scene.spec)
        )
        / 1000.0
    )


def _payments(walks: Sequence[Walk]) -> pd.DataFrame:
    rows: dict[tuple[str, Node], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for walk in walks:
        for column, sums in enumerate((walk.paid, walk.accrued)):
            for line, amounts in sums.items():
                for node, usd_m in zip(walk.scene.path, amounts, strict=True):
                    if node in walk.scene.owned:
                        rows[line, node][column] += usd_m
    return pd.DataFrame(
        [(line, node, paid, accrued) for (line, node), (paid, accrued) in rows.items()],
        columns=["line", "node", "paid_usd_m", "accrued_usd_m"],
    )


def _contracts(walks: Sequence[Walk]) -> pd.DataFrame:
    """What is signed and given, with its payments from the first day on."""
    rows = [
        (
            each.offer,
            each.signing,
            each.chip,
            each.mw,
            _nominal(walk, each),
        )
        for place, walk in enumerate(walks)
        for each in walk.world.contracts.signed
        if (place == 0 if each.given else each.signing in walk.scene.owned)
    ]
    return pd.DataFrame(rows, columns=["offer", "signing", "chip", "mw", "nominal_usd_m"])


def _nominal(walk: Walk, contract: Contract) -> float:
    """Fixed payments; of a commitment to spend what is still to be spent on the first day."""
    for each in walk.world.spending:
        if each.contract is contract:
            return each.total_usd_m
    return sum(f.within() for f in (*contract.prepayment, *contract.invoices))


def _commitments(walks: Sequence[Walk]) -> pd.DataFrame:
    """Open commitments on last days, USD m."""
    rows = []
    for walk in walks:
        for node, period in walk.scene.steps():
            total = sum(part.value for part in commitments(walk.scene, walk.world, period.last_day))
            rows.append((node, total))
    return pd.DataFrame(rows, columns=["node", "total_usd_m"])
