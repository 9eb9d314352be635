"""Chips for own and leased hosts: inventory, hosts, value at the end, and supply to date."""

from __future__ import annotations

from typing import Any

from planner.model.expressions import before, total
from planner.model.given import Given
from planner.model.registry import family


@family(over="placed", unit="MW")
def installed_end(m: Any, d: Given, chip: str, host: str, n: str) -> Any:
    r"""Chips installed on the last day were there on the last day before or arrived since, less what is sold.

    $$ installedend_{c,h,n} \le installedend_{c,h,p(n)} + \sum_{(q,u) \in A_{c,h,n}} ordered_{q,h,u}
       - \sum_{s \in S_{c,h,n}} sold_s $$
    """
    arrived = sum(m.ordered_mw[q, host, u] for q, u, _ in d.chips.arriving[chip, host, n])
    start = before(m.installed_end_mw, d, chip, host, n, first=d.chips.opening_mw[chip, host])
    sold = sum(m.sold_mw[key] for key, _ in d.chips.sold.leaving.get((chip, host, n), ()))
    return m.installed_end_mw[chip, host, n] <= start + arrived - sold


@family(over="retiring", unit="MW")
def installed_end_in_life(m: Any, d: Given, chip: str, host: str, n: str) -> Any:
    r"""Chips installed on the last day are in life; written where some reach the end of their life.

    $$ installedend_{c,h,n} \le \sum_{q,u} lifeend_{q,u,n}\, ordered_{q,h,u} + openinglifeend_{c,h,n} $$
    """
    in_life = sum(end * m.ordered_mw[q, host, u] for q, u, _, end in d.chips.in_life[chip, host, n])
    in_life -= sum(end * m.sold_mw[key] for key, _, end in d.chips.sold.out_of_life.get((chip, host, n), ()))
    return m.installed_end_mw[chip, host, n] <= in_life + d.chips.opening_in_life[chip, host, n][1]


@family(over="placed", unit="MW")
def installed(m: Any, d: Given, chip: str, host: str, n: str) -> Any:
    r"""Chips installed in a period were there before, or arrived and count from then on.

    $$ installed_{c,h,n} \le installedend_{c,h,p(n)} + \sum_{(q,u) \in A_{c,h,n}} left_{q,u,n}\, ordered_{q,h,u} $$
    """
    arrived = sum(left * m.ordered_mw[q, host, u] for q, u, left in d.chips.arriving[chip, host, n])
    start = before(m.installed_end_mw, d, chip, host, n, first=d.chips.opening_mw[chip, host])
    sold = sum(left * m.sold_mw[key] for key, left in d.chips.sold.leaving.get((chip, host, n), ()))
    return m.installed_mw[chip, host, n] <= start + arrived - sold


@family(over="retiring_within", unit="MW")
def installed_in_life(m: Any, d: Given, chip: str, host: str, n: str) -> Any:
    r"""Chips installed in a period are in life; written where some reach the end of their life.

    $$ installed_{c,h,n} \le \sum_{q,u} life_{q,u,n}\, ordered_{q,h,u} + openinglife_{c,h,n} $$
    """
    in_life = sum(mean * m.ordered_mw[q, host, u] for q, u, mean, _ in d.chips.in_life[chip, host, n])
    in_life -= sum(
        mean * m.sold_mw[key] for key, mean, _ in d.chips.sold.out_of_life.get((chip, host, n), ())
    )
    return m.installed_mw[chip, host, n] <= in_life + d.chips.opening_in_life[chip, host, n][0]


@family(over="placed", unit="MW")
def installed_all_period(m: Any, d: Given, chip: str, host: str, n: str) -> Any:
    r"""What stands on the last day stood all period, but for what arrived late in it.

    $$ installed_{c,h,n} \ge installedend_{c,h,n} - \sum_{(q,u) \in A_{c,h,n}} (1 - left_{q,u,n})\, ordered_{q,h,u} $$
    """
    arriving = d.chips.arriving[chip, host, n]
    late = sum((1.0 - left) * m.ordered_mw[q, host, u] for q, u, left in arriving)
    return m.installed_mw[chip, host, n] >= m.installed_end_mw[chip, host, n] - late


@family(over="host_nodes", unit="MW")
def host(m: Any, d: Given, host: str, n: str) -> Any:
    r"""Chips on a host stay within its capacity in the period.

    $$ \sum_c installed_{c,h,n} \le host_{h,n} $$

    where the host is own capacity built or a shell delivered.
    """
    return sum(m.installed_mw[chip, host, n] for chip in d.host_nodes[host, n]) <= m.room_mw[host, n]


@family(over="host_nodes", unit="MW")
def host_end(m: Any, d: Given, host: str, n: str) -> Any:
    r"""Chips on a host stay within its capacity on the last day: when a lease ends its host is empty.

    $$ \sum_c installedend_{c,h,n} \le hostend_{h,n} $$
    """
    return sum(m.installed_end_mw[chip, host, n] for chip in d.host_nodes[host, n]) <= m.room_end_mw[host, n]


@family(over="chips.valued", unit="MW")
def valued_of_ordered(m: Any, d: Given, terms: str, host: str, u: str, last: str) -> Any:
    r"""Chips credited at the end were ordered, and are not sold.

    $$ valued_{q,h,u,last} + \sum_{s} sold_{q,h,u,s} \le ordered_{q,h,u} $$
    """
    sold = sum(m.sold_mw[key] for key in d.chips.sold.of_order.get((terms, host, u, last), ()))
    return m.valued_mw[terms, host, u, last] + sold <= m.ordered_mw[terms, host, u]


@family(over="sold_out", unit="MW")
def sold_of_ordered(m: Any, d: Given, terms: str, host: str, u: str, last: str) -> Any:
    r"""Chips sold were ordered; written where none of the order can be credited at the end.

    $$ \sum_{s} sold_{q,h,u,s} \le ordered_{q,h,u} $$
    """
    return sum(m.sold_mw[key] for key in d.sold_out[terms, host, u, last]) <= m.ordered_mw[terms, host, u]


@family(over="valued_at", unit="MW")
def valued_in_place(m: Any, d: Given, chip: str, host: str, last: str) -> Any:
    r"""Chips credited at the end are in place then.

    $$ \sum_{q,u} valued_{q,h,u,last} + \sum_i openingvalued_{i,c,h,last} \le installedend_{c,h,last} $$
    """
    return total(m, d.valued_at[chip, host, last]) <= m.installed_end_mw[chip, host, last]


@family(over="chips.supplies", unit="MW")
def taken(m: Any, d: Given, supply: str, n: str, step: int) -> Any:
    r"""Supply taken by a date is what was taken before and still counts, and what first arrives since.

    $$ taken_{s,y} = f_s^{(y-y')/12}\, taken_{s,y'} + \sum_{arrivals} f_s^{(y-x)/12}\, MW_x $$
    """
    earlier = total(m, d.taken_before[supply, n, step])
    return m.taken_mw[supply, n, step] == earlier + total(m, d.chips.supply_arrivals[supply, n, step])


@family(
    over="chips.supplies", unit="MW", sentence="chips taken from supply {supply} by {n} stay within what it has given",
    price=lambda d, supply, n, step: d.unserved_usd_m_per_mw(n),
)  # fmt: skip
def supply(m: Any, d: Given, supply: str, n: str, step: int) -> Any:
    r"""Chips taken to date stay within what the supply has given by then; what was not taken stays available.

    $$ taken_{s,y} \le \int_0^y rate_s(x)\, f_s^{(y-x)/12}\, dx $$
    """
    return m.taken_mw[supply, n, step] <= d.chips.supply_cap_mw[supply, n, step]
