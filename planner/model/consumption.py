"""Commitments to spend: what is drawn stays on the ramp, and what is spent reaches its minimum and its total."""

from __future__ import annotations

from typing import Any

from planner.model.expressions import total
from planner.model.given import Given
from planner.model.registry import family


@family(over="contracts.consumption.ramp", unit="MW")
def drawn_on_the_ramp(m: Any, d: Given, offer: str, signing: str, n: str) -> Any:
    r"""All that is drawn of a commitment stays within what may be drawn.

    $$ \sum_k drawn_{o,k,s,n} \le share_{o,s,n}\, M_o\, signed_{o,s} $$

    with the mean MW of the ramp alone on the right where the contract is given.
    """
    row = d.contracts.consumption.ramp[offer, signing, n]
    return total(m, row.terms) >= row.least


@family(over="contracts.consumption.least", unit="USD m")
def spent_in_a_year(m: Any, d: Given, offer: str, signing: str, year: str, n: str) -> Any:
    r"""Use and top-up of a contract year reach its minimum; with carry-over, those of all years so far.

    $$ \sum_{v \preceq n} \sum_k use_{o,k,s,v,y}\, drawn_{o,k,s,v} + toppedup_{o,s,y} \ge least_{o,y}\, signed_{o,s} $$
    """
    row = d.contracts.consumption.least[offer, signing, year, n]
    return total(m, row.terms) >= row.least


@family(over="contracts.consumption.total", unit="USD m")
def spent_in_all(m: Any, d: Given, offer: str, signing: str, n: str) -> Any:
    r"""By the end of the term, or of the calendar, the elapsed part of the total is spent: by use and by top-ups.

    $$ \sum_{v \preceq n} \sum_k use_{o,k,s,v}\, drawn_{o,k,s,v} + \sum_y toppedup_{o,s,y}
       \ge elapsed_{o,s}\, S_o\, signed_{o,s} $$

    less what was spent before the first day where the contract is given.
    """
    row = d.contracts.consumption.total[offer, signing, n]
    return total(m, row.terms) >= row.least


@family(over="contracts.consumption.topped_up", unit="USD m")
def topped_up_where_signed(m: Any, d: Given, offer: str, signing: str, year: str, n: str) -> Any:
    r"""Only what was signed is topped up, a year by no more than its minimum and the total together.

    $$ toppedup_{o,s,y} \le (least_{o,y} + S_o)\, signed_{o,s} $$

    with the amount alone on the right where the contract is given.
    """
    consumption = d.contracts.consumption
    term, left_usd_m = consumption.spend[offer, signing]
    topped_up = m.topped_up_usd_m[offer, signing, year, n]
    row = consumption.least.get((offer, signing, year, n))
    if term is None:
        return topped_up <= (0.0 if row is None else row.least) + max(left_usd_m, 0.0)
    variable, index, usd_m = term
    least_usd_m = 0.0 if row is None else -row.terms[-1][2]
    return topped_up <= (least_usd_m + usd_m) * m.component(variable)[index]


@family(over="contracts.consumption.peaks", unit="MW")
def peak_of_drawn(m: Any, d: Given, offer: str, chip: str, signing: str, n: str) -> Any:
    r"""The most MW drawn so far are at least what is drawn.

    $$ peak_{o,k,s,n} \ge drawn_{o,k,s,n} $$
    """
    return m.peak_mw[offer, chip, signing, n] >= m.drawn_mw[offer, chip, signing, n]


@family(over="later_peaks", unit="MW")
def peak_never_falls(m: Any, d: Given, offer: str, chip: str, signing: str, n: str) -> Any:
    r"""Chips once drawn are not taken from the supply again.

    $$ peak_{o,k,s,n} \ge peak_{o,k,s,p(n)} $$
    """
    earlier, _ = d.contracts.consumption.peaks[offer, chip, signing, n]
    return m.peak_mw[offer, chip, signing, n] >= m.peak_mw[earlier]


@family(over="contracts.consumption.counted", unit="USD m")
def counted_of_paid(m: Any, d: Given, offer: str, signing: str, n: str) -> Any:
    r"""What counts as paid of a commitment grows by what is paid, at most.

    $$ counted_{o,s,n} \le counted_{o,s,p(n)} + \sum_x paid_{x,n}\, x $$
    """
    parent = d.tree.parent[n]
    known = (offer, signing, parent) in m.counted_usd_m
    held = m.counted_usd_m[offer, signing, parent] if known else 0.0
    return m.counted_usd_m[offer, signing, n] <= held + total(
        m, d.contracts.consumption.paid[offer, signing, n]
    )


@family(over="contracts.consumption.counted", unit="USD m")
def counted_of_total(m: Any, d: Given, offer: str, signing: str, n: str) -> Any:
    r"""No more than the total counts as paid.

    $$ counted_{o,s,n} \le S_o\, signed_{o,s} $$
    """
    term, usd_m = d.contracts.consumption.spend[offer, signing]
    return m.counted_usd_m[offer, signing, n] <= total(m, () if term is None else (term,)) + usd_m
