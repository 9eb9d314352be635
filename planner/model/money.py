"""Payments by line, cash and its floor, debt, and what is owed to vendors."""

from __future__ import annotations

from typing import Any

from planner.model.expressions import before, total
from planner.model.given import Given
from planner.model.registry import family


def _per_usd(d: Given, *index: Any) -> float:
    return 1.0


@family(over="line_nodes", unit="USD m")
def payments(m: Any, d: Given, line: str, n: str) -> Any:
    r"""What decisions pay in a line is the sum of their entries in the ledger, and what is newly paid early.

    $$ paid_{l,n} = \sum_x ledger_{x,l,n}\, x + \sum_v (early_{v,n} - early_{v,p(n)}) $$

    written as the change since the node before, times the ratio of lengths, where that is shorter.
    """
    return m.paid_usd_m[line, n] == total(m, d.paid_terms[line, n])


@family(over="nodes", unit="USD m")
def cash(m: Any, d: Given, n: str) -> Any:
    r"""Cash on the last day is that of the last day before with its yield, and all that comes in less what goes out.

    $$ cash_n = (1+i_n)\, cash_{p(n)} + fixed_n - \sum_w margin_{w,n} (short_{w,n} + lent_{w,n})
       + \sum_{r,u} amount_{r,u,n}\, took_{r,u} + \sum_f (debt_{f,n} - debt_{f,p(n)}) - \sum_f service_{f,n}
       - \sum_l paid_{l,n} $$

    where draws less repayments are the change of the debt, lent is what a pulse borrows and nobody serves later, and
    fixed holds all that no decision changes.
    """
    opening = before(m.cash_usd_m, d, n, first=d.money.opening_cash_usd_m)
    lost = sum(d.service.margin_usd_m_per_mw[w, n] * m.shortfall_mw[w, n] for w in d.service.workloads)
    lost += sum(margin * m.borrowed_mw[key] for key, margin in d.lost_loans_at[n])
    rounds = sum(usd_m * m.took[one] for one, usd_m in d.rounds_at[n])
    debt = sum(_debt_cash(m, d, facility, n) for facility in d.money.facilities)
    paid = sum(m.paid_usd_m[line, n] for line in d.paid_lines)
    fixed = d.money.fixed_cash_usd_m[n]
    return m.cash_usd_m[n] == (1.0 + d.money.cash_yield[n]) * opening + fixed - lost + rounds + debt - paid


def _debt_cash(m: Any, d: Given, facility: str, n: str) -> Any:
    """Draws less repayments (the change of the balance), interest on the opening balance and fees."""
    opening, at = before(m.balance_usd_m, d, facility, n), (facility, n)
    undrawn = d.money.commitment_fee[at] * (d.money.mean_limit_usd_m[at] - opening)
    fees = d.money.facilities[facility].draw_fee_share * sum(
        m.draw_usd_m[facility, u] for u in d.drawn_at[at]
    )
    return m.balance_usd_m[at] - opening - d.money.interest_rate[at] * opening - undrawn - fees


@family(
    over="floor_nodes", unit="USD m", sentence="cash at the end of {n} stays above the floor",
    price=_per_usd, violation_of="largest",
)  # fmt: skip
def liquidity_floor(m: Any, d: Given, n: str) -> Any:
    r"""Cash on the last day stays above the floor, but for an overdraft where one is allowed.

    $$ cash_n + overdraft_n \ge floor_n $$
    """
    return m.cash_usd_m[n] + sum(m.overdraft_usd_m[u] for u in d.overdrawn_at[n]) >= d.money.floor_usd_m[n]


@family(over="unbounded_overdrafts", unit="USD m")
def largest_overdraft(m: Any, d: Given, n: str) -> Any:
    r"""No overdraft is larger than the largest, where the instance states none.

    $$ overdraft_n \le largest $$
    """
    return m.overdraft_usd_m[n] <= m.largest_overdraft_usd_m["plan"]


@family(over="amortising_nodes", unit="USD m")
def debt(m: Any, d: Given, facility: str, n: str) -> Any:
    r"""Debt is that of the node before, and draws less the repayment of each draw by its own schedule.

    $$ debt_{f,n} = debt_{f,p(n)} + draw_{f,n} - \sum_u repaid_{f,u,n}\, draw_{f,u} $$
    """
    drawn = sum(m.draw_usd_m[facility, u] for u in d.drawn_at[facility, n])
    repaid = sum(share * m.draw_usd_m[facility, u] for u, share in d.repaid_of[facility, n])
    return m.balance_usd_m[facility, n] == before(m.balance_usd_m, d, facility, n) + drawn - repaid


@family(over="revolver_nodes", unit="USD m")
def revolver(m: Any, d: Given, facility: str, n: str) -> Any:
    r"""Debt of a revolver is that of the node before, and draws less free repayments.

    $$ debt_{f,n} = debt_{f,p(n)} + draw_{f,n} - repaid_{f,n} $$
    """
    drawn = sum(m.draw_usd_m[facility, u] for u in d.drawn_at[facility, n])
    opening = before(m.balance_usd_m, d, facility, n)
    return m.balance_usd_m[facility, n] == opening + drawn - m.repaid_usd_m[facility, n]


@family(
    over="facility_nodes",
    unit="USD m",
    sentence="debt of {facility} at the end of {n} stays within its limit",
    price=_per_usd,
)
def debt_limit(m: Any, d: Given, facility: str, n: str) -> Any:
    r"""Debt on the last day stays within the limit of the lender.

    $$ debt_{f,n} \le limit_{f,n} $$
    """
    return m.balance_usd_m[facility, n] <= d.money.limit_usd_m[facility, n]


@family(over="lines_drawn", unit="USD m")
def draw_by_line(m: Any, d: Given, facility: str, n: str) -> Any:
    r"""A draw on eligible spend is a sum over its lines.

    $$ draw_{f,n} = \sum_{l \in L_f} drawline_{f,l,n} $$
    """
    lines = sum(m.draw_line_usd_m[facility, line, n] for line in d.lines_drawn[facility, n])
    return m.draw_usd_m[facility, n] == lines


@family(over="money.draw_lines", unit="USD m")
def draw_of_spend(m: Any, d: Given, facility: str, line: str, n: str) -> Any:
    r"""A draw on a line stays within the lender's share of what the line pays in the period, given payments included.

    $$ drawline_{f,l,n} \le \sigma_f\, (paid_{l,n} + givenpaid_{l,n} - deposits_{l,n}) $$
    """
    paid = m.paid_usd_m[line, n] + d.given_paid[line, n] - total(m, d.deposits[line, n])
    return m.draw_line_usd_m[facility, line, n] <= d.money.facilities[facility].share * paid


@family(over="lenders_together", unit="USD m")
def draws_of_spend(m: Any, d: Given, line: str, n: str) -> Any:
    r"""All lenders on one line together stay within the largest share.

    $$ \sum_f drawline_{f,l,n} \le \max_f \sigma_f\, (paid_{l,n} + givenpaid_{l,n} - deposits_{l,n}) $$
    """
    drawn = sum(m.draw_line_usd_m[facility, line, n] for facility in d.lenders_together[line, n])
    paid = m.paid_usd_m[line, n] + d.given_paid[line, n] - total(m, d.deposits[line, n])
    return drawn <= d.money.line_share[line, n] * paid


@family(over="payables", unit="USD m")
def owed(m: Any, d: Given, vendor: str, n: str) -> Any:
    r"""Invoices of decisions that a vendor waits for on the last day.

    $$ owed_{v,n} = \sum_x unpaid_{x,v,n}\, x $$

    written as the change since the node before where that is shorter.
    """
    return m.owed_usd_m[vendor, n] == total(m, d.owed_terms[vendor, n])


@family(over="payables", unit="USD m")
def early_of_owed(m: Any, d: Given, vendor: str, n: str) -> Any:
    r"""Only what is owed is paid early.

    $$ early_{v,n} \le owed_{v,n} + givenowed_{v,n} $$
    """
    return m.paid_early_usd_m[vendor, n] <= m.owed_usd_m[vendor, n] + d.money.owed_given_usd_m[vendor, n]


@family(
    over="payables",
    unit="USD m",
    sentence="at most so much is owed to {vendor} at the end of {n}",
    price=_per_usd,
)
def payables_cap(m: Any, d: Given, vendor: str, n: str) -> Any:
    r"""What is owed to a vendor beyond the cap is paid early.

    $$ owed_{v,n} + givenowed_{v,n} - early_{v,n} \le cap_{v,n} $$
    """
    owed = m.owed_usd_m[vendor, n] + d.money.owed_given_usd_m[vendor, n]
    return owed - m.paid_early_usd_m[vendor, n] <= d.money.payables_cap_usd_m[vendor][n]


def opening_cash_rows(m: Any) -> dict[tuple[str, Any], tuple[tuple[str, Any], float]]:
    """{row of cash: (its cash, what a dollar more of opening cash adds to it)}: the rows of the first nodes."""
    d = m.families["cash"].d
    roots = [n for n, parent in d.tree.parent.items() if parent is None]
    return {("cash", n): (("cash_usd_m", n), 1.0 + d.money.cash_yield[n]) for n in roots}
