"""Cash by kind, debt, what is owed to vendors, and what stays to be paid."""

from __future__ import annotations

import math
from collections.abc import Callable

from planner.audit.claimed.table import Row, Table
from planner.audit.claimed.times import Nodes
from planner.audit.limits import commitments as open_commitments
from planner.audit.money import CASH_LINES
from planner.audit.walk import Walk
from planner.tree import Node

KIND = {
    "construction": "construction_usd_m", "power_projects": "construction_usd_m", "chips": "chips_usd_m",
}  # fmt: skip
"""Column of an open commitment by its line; all others are contracts."""


def cash(nodes: Nodes) -> Table:
    """The cash statement: opening, every flow, closing, and what is left above the floor."""
    return _by_node(nodes, _cash)


def _by_node(nodes: Nodes, make: Callable[[Walk, Node, int], Row]) -> Table:
    table = Table()
    for node, walk, time in nodes.steps():
        table.add(time | make(walk, node, walk.scene.position[node]))
    return table


def _cash(walk: Walk, node: Node, place: int) -> Row:
    scene, row, money = walk.scene, walk.cash[place], walk.scene.spec.money
    debt = [each for each in walk.debt.rows if each.node == node]
    floor = math.nan
    if money.floor_usd_bn is not None:
        floor = scene.series(money.floor_usd_bn).at(scene.timeline.periods[place].last_day) * 1000.0
    return {
        "opening_usd_m": row.opening,
        "yield_usd_m": row.interest_earned,
        "operating_usd_m": row.operating.fixed,
        "margin_usd_m": row.operating.margin,
        "lost_margin_usd_m": row.operating.lost,
        "rounds_usd_m": row.operating.firm_rounds,
        "optional_rounds_usd_m": row.operating.optional_rounds,
        **{f"{line}_usd_m": -walk.paid[line][place] if line in walk.paid else 0.0 for line in CASH_LINES},
        "opening_payables_usd_m": -row.opening_payables,
        "opening_debt_usd_m": -walk.debt.opening_service[place],
        "draws_usd_m": row.draws,
        "interest_usd_m": -sum(each.interest for each in debt),
        "fees_usd_m": -sum(each.fee for each in debt),
        "repayment_usd_m": -sum(each.repaid for each in debt),
        "closing_usd_m": row.closing,
        "floor_usd_m": floor,
        "overdraft_usd_m": scene.amount("overdraft_usd_m", node),
        "headroom_usd_m": row.closing - floor,
    }


def debt(nodes: Nodes) -> Table:
    """A row for each facility and node."""
    table = Table()
    for facility, terms in nodes.walks[0].scene.spec.money.debt.items():
        for node, walk, time in nodes.steps():
            row = next(each for each in walk.debt.rows if (each.facility, each.node) == (facility, node))
            here = walk.scene.spec.money.debt.get(facility, terms)
            limit = walk.scene.series(here.limit_usd_bn).at(nodes.period(node).last_day) * 1000.0
            table.add(
                time
                | {
                    "facility": facility,
                    "opening_usd_m": row.opening,
                    "draw_usd_m": row.draw,
                    "repaid_usd_m": row.repaid,
                    "interest_usd_m": row.interest,
                    "fee_usd_m": row.fee,
                    "balance_usd_m": row.balance,
                    "limit_usd_m": limit,
                }
            )
    return table


def payables(nodes: Nodes) -> Table:
    """A row for each vendor with a cap and node."""
    table = Table()
    for vendor, terms in nodes.walks[0].scene.spec.vendors.items():
        if terms.payables_cap_usd_bn is None:
            continue
        for node, walk, time in nodes.steps():
            owed, early = walk.owed[vendor, node], walk.scene.amount("paid_early_usd_m", vendor, node)
            table.add(
                time
                | {
                    "vendor": vendor,
                    "invoiced_usd_m": owed,
                    "paid_early_usd_m": early,
                    "owed_usd_m": owed - early,
                    "cap_usd_m": terms.payables_cap_usd_bn.constant * 1000.0,
                }
            )
    return table


def commitments(nodes: Nodes) -> Table:
    """Nominal fixed payments after last days, by kind; debt principal apart."""
    return _by_node(nodes, _commitments)


def _commitments(walk: Walk, node: Node, place: int) -> Row:
    sums = dict.fromkeys(("contracts_usd_m", "construction_usd_m", "chips_usd_m"), 0.0)
    for part in open_commitments(walk.scene, walk.world, walk.scene.timeline.periods[place].last_day):
        sums[KIND.get(part.line, "contracts_usd_m")] += part.value
    owed = sum(each.balance for each in walk.debt.rows if each.node == node)
    return {**sums, "total_usd_m": sum(sums.values()), "debt_usd_m": owed}
