"""The limits of the instance, all in one form."""

from __future__ import annotations

from typing import Any

from planner.model.expressions import total
from planner.model.given import Given
from planner.model.registry import family


def _price(d: Given, limit: str, member: str, n: str) -> float:
    """1 per USD, else the value of a MW unserved for a year (an amount in USD m, MW, or signings)."""
    return 1.0 if "usd" in d.limit_unit[limit, member, n].lower() else d.unserved_year_usd_m_per_mw


def _limit(index: tuple[str, str, str]) -> str:
    return index[0]


@family(
    over="at_most",
    unit="unit of the limit",
    sentence="limit {limit} {member} from above in {n}",
    price=_price,
    names=_limit,
)
def at_most(m: Any, d: Given, limit: str, member: str, n: str) -> Any:
    r"""A measure stays below an amount, or below a share of the same measure without filter.

    $$ measure + given - broken \le amount \quad\text{or}\quad \sigma\,(total + given) $$

    with `broken` in soft limits only.
    """
    row = d.at_most[limit, member, n]
    return total(m, row.terms) + total(m, row.broken) <= row.bound


@family(
    over="at_least",
    unit="unit of the limit",
    sentence="limit {limit} {member} from below in {n}",
    price=_price,
    names=_limit,
)
def at_least(m: Any, d: Given, limit: str, member: str, n: str) -> Any:
    r"""A measure reaches an amount, or a share of the same measure without filter.

    $$ measure + given + broken \ge amount \quad\text{or}\quad \sigma\,(total + given) $$

    with `broken` in soft limits only.
    """
    row = d.at_least[limit, member, n]
    return total(m, row.terms) + total(m, row.broken) >= row.bound
