"""The limits of the instance, all in one form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.model.expressions import total
from planner.model.given import Given
from planner.model.registry import family


def _price(d: Given, limit: str, member: str, n: str) -> float:
    """1 per USD, else the value of a MW unserved for a year (an amount in USD m, MW, or signings)."""
    return 1.0 if "usd" in d.limit_unit[limit, member, n].lower() else d.unserved_year_usd_m_per_mw


@dataclass(frozen=True)
class _LimitWords:
    """A row of a limit is named, measured and said by its limit."""

    over: str

    def rule_id(self, d: Given, index: Any) -> str:
        """Id of the limit."""
        return str(index[0])

    def unit(self, d: Given, index: Any) -> str:
        """Unit of the limit's measure."""
        return d.limit_unit[index]

    def sentence(self, d: Given, index: Any) -> str:
        """The limit with its member, date and bound."""
        limit, member, n = index
        name = f"{limit} ({member})" if member else limit
        return f"limit {name} in {n}: {getattr(d, self.over)[index].says}"


@family(
    over="at_most",
    unit="unit of the limit",
    sentence="limit {limit} of {member} in {n} from above",
    price=_price,
    words=_LimitWords("at_most"),
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
    sentence="limit {limit} of {member} in {n} from below",
    price=_price,
    words=_LimitWords("at_least"),
)
def at_least(m: Any, d: Given, limit: str, member: str, n: str) -> Any:
    r"""A measure reaches an amount, or a share of the same measure without filter.

    $$ measure + given + broken \ge amount \quad\text{or}\quad \sigma\,(total + given) $$

    with `broken` in soft limits only.
    """
    row = d.at_least[limit, member, n]
    return total(m, row.terms) + total(m, row.broken) >= row.bound
