"""Signings, their range, what they deliver, what is kept after the term, and use below or beyond take-or-pay."""

from __future__ import annotations

from typing import Any

from planner.model.expressions import before, total
from planner.model.given import Given
from planner.model.registry import family


def _largest_value(d: Given, offer: str, last: str) -> float:
    """Value of one more signing: of its largest MW."""
    return (
        max(d.contracts.max_mw[offer, u] for u in d.signings_to[offer, last]) * d.unserved_year_usd_m_per_mw
    )


@family(over="contracts.signings", unit="MW")
def least_signed(m: Any, d: Given, offer: str, u: str) -> Any:
    r"""A signing has at least its smallest MW.

    $$ \sum_k signedmw_{o,k,u} \ge L_{o,u}\, signed_{o,u} $$
    """
    mw = sum(m.signed_mw[offer, chip, u] for chip in d.contracts.signed_chips[offer, u])
    return mw >= d.contracts.min_mw[offer, u] * m.signed[offer, u]


@family(over="contracts.signings", unit="MW")
def most_signed(m: Any, d: Given, offer: str, u: str) -> Any:
    r"""MW are signed only with a signing, at most its largest MW.

    $$ \sum_k signedmw_{o,k,u} \le U_{o,u}\, signed_{o,u} $$
    """
    mw = sum(m.signed_mw[offer, chip, u] for chip in d.contracts.signed_chips[offer, u])
    return mw <= d.contracts.max_mw[offer, u] * m.signed[offer, u]


@family(over="signed_in_blocks", unit="MW")
def signed_in_whole_blocks(m: Any, d: Given, offer: str, chip: str, u: str) -> Any:
    r"""An offer sold in blocks is signed in whole blocks.

    $$ signedmw_{o,k,u} = B_o\, signedblocks_{o,k,u} $$
    """
    return m.signed_mw[offer, chip, u] == d.contracts.block_mw[offer] * m.signed_blocks[offer, chip, u]


@family(
    over="signings_to",
    unit="signings",
    price=_largest_value,
    sentence="{offer} is signed at most so many times",
)
def most_signings(m: Any, d: Given, offer: str, last: str) -> Any:
    r"""Signings of an offer stay within its tranches.

    $$ \sum_{u \preceq last} signed_{o,u} \le N_o $$
    """
    return sum(m.signed[offer, u] for u in d.signings_to[offer, last]) <= d.contracts.most_signings[offer]


@family(
    over="signed_total_to", unit="MW", sentence="{offer} is signed for at most so many MW in all",
    price=lambda d, offer, last: d.unserved_year_usd_m_per_mw,
)  # fmt: skip
def most_signed_in_all(m: Any, d: Given, offer: str, last: str) -> Any:
    r"""All signings of an offer together stay within its total.

    $$ \sum_{u \preceq last} \sum_k signedmw_{o,k,u} \le T_o $$
    """
    return sum(m.signed_mw[key] for key in d.signed_total_to[offer, last]) <= d.contracts.most_total_mw[offer]


@family(over="kept_first", unit="MW")
def kept_of_signed(m: Any, d: Given, offer: str, chip: str, signing: str, n: str) -> Any:
    r"""What is kept first after the term is at most what was signed.

    $$ kept_{o,k,u,n} \le signedmw_{o,k,u} $$
    """
    return m.kept_mw[offer, chip, signing, n] <= m.signed_mw[offer, chip, signing]


@family(over="kept_later", unit="MW")
def kept_never_rises(m: Any, d: Given, offer: str, chip: str, signing: str, n: str) -> Any:
    r"""What is kept is never more than before.

    $$ kept_{o,k,u,n} \le kept_{o,k,u,p(n)} $$
    """
    earlier = d.contracts.kept_before[offer, chip, signing, n]
    return m.kept_mw[offer, chip, signing, n] <= m.kept_mw[offer, chip, signing, earlier]


@family(over="delivered", unit="MW")
def delivered(m: Any, d: Given, offer: str, chip: str, n: str) -> Any:
    r"""Contracted capacity in a period is that of the last day before, and what comes and goes within it.

    $$ delivered_{o,k,n} = deliveredend_{o,k,p(n)}
       + \sum_u (share_{o,u,n} - endshare_{o,u,p(n)})\, signedmw_{o,k,u}
       + \sum_x (share_{x,n} - endshare_{x,p(n)})\, x + given_{o,k,n} - givenend_{o,k,p(n)} $$

    where x are the columns of clauses: MW kept, and what others add or take away.
    """
    at, known = d.contracts, (offer, chip, n)
    signed = sum(mw * m.signed_mw[offer, chip, u] for u, mw in d.signed_changes.mean[(offer, chip), n])
    clauses = total(m, d.column_changes["mean"][known])
    given = at.given_mw[known] - before(at.given_end_mw, d, *known)
    return m.delivered_mw[known] == before(m.delivered_end_mw, d, *known) + signed + clauses + given


@family(over="delivered", unit="MW")
def delivered_end(m: Any, d: Given, offer: str, chip: str, n: str) -> Any:
    r"""Contracted capacity on the last day is that of the last day before, and what came and went since.

    $$ deliveredend_{o,k,n} = deliveredend_{o,k,p(n)}
       + \sum_u (endshare_{o,u,n} - endshare_{o,u,p(n)})\, signedmw_{o,k,u}
       + \sum_x (endshare_{x,n} - endshare_{x,p(n)})\, x + givenend_{o,k,n} - givenend_{o,k,p(n)} $$
    """
    at, known = d.contracts, (offer, chip, n)
    signed = sum(mw * m.signed_mw[offer, chip, u] for u, mw in d.signed_changes.end[(offer, chip), n])
    clauses = total(m, d.column_changes["end"][known])
    given = at.given_end_mw[known] - before(at.given_end_mw, d, *known)
    return m.delivered_end_mw[known] == before(m.delivered_end_mw, d, *known) + signed + clauses + given


@family(over="used", unit="MW")
def used_of_delivered(m: Any, d: Given, offer: str, chip: str, n: str) -> Any:
    r"""Use stays within what is delivered, where less than all of it must be paid.

    $$ used_{o,k,n} \le delivered_{o,k,n} $$
    """
    return m.used_mw[offer, chip, n] <= m.delivered_mw[offer, chip, n]


@family(over="used", unit="MW")
def extra_use(m: Any, d: Given, offer: str, chip: str, n: str) -> Any:
    r"""Use beyond the share that is paid anyway is extra, in the fixed term and of MW kept after it.

    $$ extra_{o,k,n} \ge used_{o,k,n} - \theta_o\, delivered_{o,k,n} $$
    """
    paid = d.contracts.take_or_pay[offer] * m.delivered_mw[offer, chip, n]
    return m.extra_mw[offer, chip, n] >= m.used_mw[offer, chip, n] - paid


@family(
    over="on_demand_nodes", unit="MW", sentence="{offer} gives at most so many MW on demand in {n}",
    price=lambda d, offer, n: d.unserved_usd_m_per_mw(n),
)  # fmt: skip
def most_on_demand(m: Any, d: Given, offer: str, n: str) -> Any:
    r"""Use on demand stays within what the vendor has, all chips together.

    $$ \sum_k ondemand_{o,k,n} \le M_{o,n} $$
    """
    used = sum(m.on_demand_mw[offer, chip, n] for chip in d.contracts.chips_of[offer])
    return used <= d.contracts.on_demand_most_mw[offer, n]
