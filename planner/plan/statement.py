"""Frames of money: payments, the cash statement, debt, payables, costs and memo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from planner.data.money import (
    demand_margin_usd_m,
    firm_rounds,
    opening_debt_service,
    opening_payables,
    operating_cash_usd_m,
)
from planner.data.payments import booked
from planner.data.prepare import prepare
from planner.data.scenarios import make_context
from planner.data.types import Data, Index
from planner.plan.capacity import time_columns
from planner.plan.decisions import period_of
from planner.plan.leases import lease_saving_usd_m
from planner.plan.values import NOISE, Values

if TYPE_CHECKING:
    from planner.instance.instance import Instance

PAYMENT_COLUMNS = (
    "variable", "index", "line", "vendor", "node", "period", "reported", "amount", "paid_usd_m", "accrued_usd_m",
)  # fmt: skip


def payments_frame(d: Data, v: Values) -> pd.DataFrame:
    """What each decision (and each given contract) pays and accrues by line, vendor and node, USD m."""
    sums: dict[tuple[str, str, str, str, str], list[float]] = {}
    for entry in (*d.ledger, *d.given_ledger):
        amount = 1.0 if entry.var == "given" else v(entry.var, *entry.index)
        paid, accrued = entry.paid_usd_m * amount, entry.accrued_usd_m * amount
        if abs(amount) > NOISE and max(abs(paid), abs(accrued)) > NOISE:
            key = (entry.var, "|".join(map(str, entry.index)), entry.line, entry.vendor, entry.node)
            row = sums.setdefault(key, [amount, 0.0, 0.0])
            row[1] += paid
            row[2] += accrued
    rows = []
    for (*cause, node), numbers in sums.items():
        time = time_columns(d, node)
        rows.append((*cause, node, time["period"], time["reported"], *numbers))
    return pd.DataFrame(rows, columns=list(PAYMENT_COLUMNS))


def debt_frame(d: Data, v: Values) -> pd.DataFrame:
    """Balance, draws, interest, fees and repayment by facility and node, USD m."""
    rows = []
    m = d.money
    for facility, terms in m.facilities.items():
        for node in d.tree.nodes:
            parent = d.tree.parent[node]
            opening = v("balance_usd_m", facility, parent) if parent is not None else 0.0
            draw, balance = v("draw_usd_m", facility, node), v("balance_usd_m", facility, node)
            rows.append(
                time_columns(d, node)
                | {
                    "facility": facility,
                    "opening_usd_m": opening,
                    "draw_usd_m": draw,
                    "repaid_usd_m": opening + draw - balance,
                    "interest_usd_m": m.interest_rate[facility, node] * opening,
                    "fee_usd_m": terms.draw_fee_share * draw
                    + m.commitment_fee[facility, node] * (m.mean_limit_usd_m[facility, node] - opening),
                    "balance_usd_m": balance,
                    "limit_usd_m": m.limit_usd_m[facility, node],
                }
            )
    columns = [
        "node", "period", "reported", "probability", "facility", "opening_usd_m", "draw_usd_m", "repaid_usd_m",
        "interest_usd_m", "fee_usd_m", "balance_usd_m", "limit_usd_m",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def cash_frame(instance: Instance, d: Data, v: Values, debt: pd.DataFrame) -> pd.DataFrame:
    """The cash statement by node, USD m; outflows negative; opening + all columns = closing.

    Payments are by line, decisions and given contracts together, what is newly paid early included. `margin` is that
    of the whole demand, `lost_margin` what is not served of it, `rounds` the firm ones.
    """
    rows = []
    m = d.money
    fixed = _fixed_flows(instance, d)
    by_node = debt.groupby("node")[["draw_usd_m", "repaid_usd_m", "interest_usd_m", "fee_usd_m"]].sum()
    for node in d.tree.nodes:
        parent = d.tree.parent[node]
        opening = m.opening_cash_usd_m if parent is None else v("cash_usd_m", parent)
        lost = sum(
            d.service.margin_usd_m_per_mw[w, node] * v("shortfall_mw", w, node) for w in d.service.workloads
        ) + sum(
            margin * v("borrowed_mw", *key)
            for key, margin in d.service.shift.lost_margin_usd_m_per_mw.items()
            if key[2] == node
        )
        row = time_columns(d, node) | {
            "opening_usd_m": opening,
            "yield_usd_m": m.cash_yield[node] * opening,
            "operating_usd_m": fixed["operating"][node],
            "margin_usd_m": fixed["margin"][node],
            "lost_margin_usd_m": -lost,
            "rounds_usd_m": fixed["rounds"][node],
            "optional_rounds_usd_m": sum(
                m.round_usd_m.get((*taken, node), 0.0) * v("took", *taken) for taken in m.rounds
            ),
        }
        for line in PAYING_LINES:
            paid = v("paid_usd_m", line, node) + d.given_paid_usd_m.get((line, node), 0.0)
            row[f"{line}_usd_m"] = -paid
        row["opening_payables_usd_m"] = -fixed["opening_payables"][node]
        row["opening_debt_usd_m"] = -fixed["opening_debt"][node]
        flows = by_node.loc[node] if node in by_node.index else dict.fromkeys(by_node.columns, 0.0)
        row |= {
            "draws_usd_m": flows["draw_usd_m"],
            "interest_usd_m": -flows["interest_usd_m"],
            "fees_usd_m": -flows["fee_usd_m"],
            "repayment_usd_m": -flows["repaid_usd_m"],
            "closing_usd_m": v("cash_usd_m", node),
            "floor_usd_m": m.floor_usd_m.get(node, float("nan")),
            "overdraft_usd_m": v("overdraft_usd_m", node),
        }
        row["headroom_usd_m"] = row["closing_usd_m"] - row["floor_usd_m"]
        rows.append(row)
    return pd.DataFrame(rows)


def _fixed_flows(instance: Instance, d: Data) -> dict[str, dict[str, float]]:
    """Cash that no decision changes, by kind and node, USD m; given contracts are in the lines."""
    context = make_context(instance)
    flows: dict[str, dict[str, float]] = {}
    for node in d.tree.nodes:
        scenario, position = context.at(node), d.tree.period[node]
        principal, interest = opening_debt_service(scenario)
        for kind, usd_m in (
            ("operating", operating_cash_usd_m(scenario, position)),
            ("margin", demand_margin_usd_m(scenario, position)),
            ("rounds", booked(firm_rounds(scenario), scenario)[position]),
            ("opening_payables", booked(opening_payables(scenario), scenario)[position]),
            ("opening_debt", booked(principal.plus(interest), scenario)[position]),
        ):
            flows.setdefault(kind, {})[node] = usd_m
    return flows


PAYING_LINES = (
    "construction", "power_projects", "shell_rent", "cloud_rent", "chips", "own_operating", "energy", "resale",
    "financing",
)  # fmt: skip
"""Lines with payments in the cash statement; interest, fees and repayment of facilities stand apart."""


def payables_frame(d: Data, v: Values) -> pd.DataFrame:
    """Owed to each vendor with a cap on the last day, what was paid early, and the cap, USD m."""
    rows = []
    for vendor, caps in d.money.payables_cap_usd_m.items():
        for node in d.tree.nodes:
            owed = d.money.owed_given_usd_m[vendor, node] + v.sum(d.money.owed[vendor, node])
            rows.append(
                time_columns(d, node)
                | {
                    "vendor": vendor,
                    "invoiced_usd_m": owed,
                    "paid_early_usd_m": v("paid_early_usd_m", vendor, node),
                    "owed_usd_m": owed - v("paid_early_usd_m", vendor, node),
                    "cap_usd_m": caps[node],
                }
            )
    columns = ["node", "period", "reported", "probability", "vendor", "invoiced_usd_m", "paid_early_usd_m",
               "owed_usd_m", "cap_usd_m"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def costs_frame(d: Data, v: Values) -> pd.DataFrame:
    """Expected present value by line, USD m: paid up to the end, balance at the end; totals add up to the objective.

    `later_usd_m` is the part of the total that comes of decisions (and demand not served) after the reported time.
    """
    paid: dict[str, float] = {}
    at_end: dict[str, float] = {}
    later: dict[str, float] = {}
    for (variable, index), by_line in d.cost.items():
        amount = v(variable, *index)
        if amount:
            for line, (before, after) in by_line.items():
                paid[line] = paid.get(line, 0.0) + before * amount
                at_end[line] = at_end.get(line, 0.0) + after * amount
                if _is_later(d, variable, index):
                    later[line] = later.get(line, 0.0) + (before + after) * amount
    rows = [
        {
            "line": line,
            "paid_usd_m": paid.get(line, 0.0),
            "at_end_usd_m": at_end.get(line, 0.0),
            "total_usd_m": paid.get(line, 0.0) + at_end.get(line, 0.0),
            "later_usd_m": later.get(line, 0.0),
        }
        for line in COST_LINES
    ]
    return pd.DataFrame(rows)


def _cost_at_one_rate(instance: Instance, v: Values) -> float:
    """Cost of the same decisions with the company rate for every line, USD m."""
    one = instance.tweak("discount.by_line", None)
    return sum(
        sum(before + after for before, after in by_line.values()) * v(variable, *index)
        for (variable, index), by_line in prepare(one).cost.items()
    )


def _is_later(d: Data, variable: str, index: Index) -> bool:
    """Whether a decision is made after the reported time; chips valued at the end belong to their order."""
    nodes = [part for part in index if part in d.tree.period]
    if not nodes:
        return False
    return not period_of(d, nodes[0] if variable == "valued_mw" else nodes[-1]).reported


COST_LINES = (
    "construction", "power_projects", "shell_rent", "cloud_rent", "chips", "own_operating", "energy", "resale",
    "set_up", "financing", "shortfall", "soft_limits",
)  # fmt: skip


def limits_frame(d: Data, v: Values) -> pd.DataFrame:
    """Each row of each limit: its value, its bound, the headroom, in the limit's unit."""
    rows = []
    for row in d.limits:
        value = row.given + v.sum(row.terms)
        bound = row.amount
        if row.share is not None:
            bound = row.share * (row.total_given + v.sum(row.total_terms))
        rows.append(
            time_columns(d, row.node)
            | {
                "limit": row.limit,
                "member": row.member,
                "sense": row.sense,
                "value": value,
                "bound": bound,
                "headroom": bound - value if row.sense == "max" else value - bound,
                "unit": row.unit,
                "soft": row.soft_usd_m is not None,
                "broken": v("broken", row.limit, row.member, row.node),
            }
        )
    columns = ["node", "period", "reported", "probability", "limit", "member", "sense", "value", "bound",
               "headroom", "unit", "soft", "broken"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def memo_frame(instance: Instance, d: Data, v: Values, costs: pd.DataFrame) -> pd.DataFrame:
    """Present values beside the cost, USD m, by name.

    What no decision changes (`given_...`), `supplier_credit` (what paying contracts later than their service is worth,
    inside the rent lines already), `lease_saving` (price of leased chips at delivery less their whole rent) and,
    where debt is levered, `gain_from_leverage` (the financing line turned round). Where lines have rates of their own,
    `cost_at_one_rate`: the cost of the same plan at the company rate.
    """
    memo = dict(d.memo_usd_m)
    memo["supplier_credit"] = sum(
        usd_m * v(var, *index) for (var, index), usd_m in d.supplier_credit_usd_m.items()
    )
    saving = lease_saving_usd_m(instance, d, v)
    if saving is not None:
        memo["lease_saving"] = saving
    if instance.spec.discount.by_line:
        memo["cost_at_one_rate"] = _cost_at_one_rate(instance, v)
    if instance.spec.money.debt_in_cost == "levered":
        memo["gain_from_leverage"] = -float(costs.loc[costs["line"] == "financing", "total_usd_m"].sum())
    return pd.DataFrame([{"name": name, "usd_m": value} for name, value in memo.items()])
