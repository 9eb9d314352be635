"""Curtailable load, grid upgrades, and contracts with utilities."""

from __future__ import annotations

from typing import Any

from planner.model.expressions import total
from planner.model.given import Given
from planner.model.registry import family


def _taken(m: Any, d: Given, site: str, n: str) -> Any:
    """1 where curtailable load has been taken."""
    return sum(m.took_curtailable[site, v] for v in d.taken_until[site, n])


@family(over="takes_to", unit="count")
def taken_once(m: Any, d: Given, site: str, last: str) -> Any:
    r"""Curtailable load is taken at most once.

    $$ \sum_{u \preceq last} took_{s,u} \le 1 $$
    """
    return sum(m.took_curtailable[site, u] for u in d.takes_to[site, last]) <= 1


@family(over="utility.curtailed", unit="MW")
def curtailed_of_operated(m: Any, d: Given, chip: str, place: str, n: str) -> Any:
    r"""No more is curtailed than the share of what stands.

    $$ curtailed_{c,h,n} \le \lambda_{s,n}\, operated_{c,h,n} $$
    """
    lost = d.utility.lost[d.site_of_place[place], n]
    return m.curtailed_mw[chip, place, n] <= lost * m.standing_mw[chip, place, n]


@family(over="utility.curtailed", unit="MW")
def curtailed_when_taken(m: Any, d: Given, chip: str, place: str, n: str) -> Any:
    r"""Nothing is curtailed unless curtailable load was taken.

    $$ curtailed_{c,h,n} \le \lambda_{s,n}\, M_{s,n} \sum_{u \preceq n} took_{s,u} $$

    with $M$ the MW that power allows at the site.
    """
    site = d.site_of_place[place]
    most = d.utility.lost[site, n] * d.utility.most_it_mw[site, n]
    return m.curtailed_mw[chip, place, n] <= most * _taken(m, d, site, n)


@family(over="utility.curtailed", unit="MW")
def curtailed_in_full(m: Any, d: Given, chip: str, place: str, n: str) -> Any:
    r"""Where curtailable load was taken, the whole share of what stands is curtailed.

    $$ curtailed_{c,h,n} \ge \lambda_{s,n} \Big( operated_{c,h,n} - M_{s,n} \big(1 - \sum_{u \preceq n} took_{s,u}\big)
       \Big) $$
    """
    site = d.site_of_place[place]
    lost, most = d.utility.lost[site, n], d.utility.most_it_mw[site, n]
    least = m.standing_mw[chip, place, n] - most * (1 - _taken(m, d, site, n))
    return m.curtailed_mw[chip, place, n] >= lost * least


@family(over="utility.discounted", unit="MWh")
def discounted_of_grid(m: Any, d: Given, site: str, n: str) -> Any:
    r"""The discount is on grid energy.

    $$ discounted_{s,n} \le grid_{s,n} $$
    """
    return m.discounted_mwh[site, n] <= m.grid_mwh[site, n]


@family(over="utility.discounted", unit="MWh")
def discounted_when_taken(m: Any, d: Given, site: str, n: str) -> Any:
    r"""There is no discount unless curtailable load was taken.

    $$ discounted_{s,n} \le G_{s,n} \sum_{u \preceq n} took_{s,u} $$

    with $G$ the most energy that the grid can give.
    """
    return m.discounted_mwh[site, n] <= d.most_grid_mwh[site, n] * _taken(m, d, site, n)


@family(over="discounted_at_a_loss", unit="MWh")
def discounted_in_full(m: Any, d: Given, site: str, n: str) -> Any:
    r"""Where grid energy is paid for and not bought, the discount is on all of it: it pays less.

    $$ discounted_{s,n} \ge grid_{s,n} - G_{s,n} \big(1 - \sum_{u \preceq n} took_{s,u}\big) $$
    """
    most = d.most_grid_mwh[site, n]
    return m.discounted_mwh[site, n] >= m.grid_mwh[site, n] - most * (1 - _taken(m, d, site, n))


@family(over="utility.grid", unit="MWh")
def grid_energy(m: Any, d: Given, site: str, n: str) -> Any:
    r"""The grid gives what its connection, its upgrades and curtailable load allow.

    $$ grid_{s,n} \le h_n \Big( meangrid_{s,n} + extra_{s,n} \sum_{u \preceq n} took_{s,u} + \sum_j project_{j,n}
       \Big) $$
    """
    upgrades = sum(m.project_mw[j, n] for j in d.utility.upgrades_at[site])
    mw = d.power.mean_grid_mw[site, n] + d.utility.extra_mean_mw[site, n] * _taken(m, d, site, n) + upgrades
    return m.grid_mwh[site, n] <= d.power.hours[n] * mw


# Contracts


@family(over="contracted_in_blocks", unit="facility MW")
def contract_in_blocks(m: Any, d: Given, site: str, u: str) -> Any:
    r"""Contracted power comes in whole blocks.

    $$ contracted_{s,u} = B_s\, contractedblocks_{s,u} $$
    """
    return m.contracted_mw[site, u] == d.utility.contract_block_mw[site] * m.contracted_blocks[site, u]


@family(
    over="contracted_to", unit="facility MW", sentence="at most so much power is contracted at {site}",
    price=lambda d, site, last: d.unserved_year_usd_m_per_mw / d.power.facility_per_it[site],
)  # fmt: skip
def most_contracted(m: Any, d: Given, site: str, last: str) -> Any:
    r"""Contracted power stays within what the utility offers in all.

    $$ \sum_{u \preceq last} contracted_{s,u} \le N_s $$
    """
    contracted = sum(m.contracted_mw[site, u] for u in d.contracted_to[site, last])
    return contracted <= d.utility.contract_most_mw[site]


@family(over="dropped_to", unit="facility MW")
def dropped_of_contracted(m: Any, d: Given, site: str, u: str, last: str) -> Any:
    r"""Only power that was contracted is dropped, once.

    $$ \sum_{v \preceq last} dropped_{s,u,v} \le contracted_{s,u} $$
    """
    return sum(m.dropped_mw[site, u, v] for v in d.dropped_to[site, u, last]) <= m.contracted_mw[site, u]


@family(
    over="utility.in_force", unit="facility MW", sentence="power drawn at {site} in {n} stays within its contract",
    price=lambda d, site, n, step: d.unserved_usd_m_per_mw(n) / d.power.facility_per_it[site],
)  # fmt: skip
def contract_power(m: Any, d: Given, site: str, n: str, step: int) -> Any:
    r"""Facility power drawn at a site on a date stays within contracted power in force and own generation.

    $$ load_{s,y} + given_{s,y} \le running_{s,y} + \sum_u share_{s,u}(y) \Big( contracted_{s,u} -
       \sum_{v \preceq n} dropped_{s,u,v} \Big) + \sum_j project_j(y) $$
    """
    at = site, n, step
    return m.site_load_mw[at] + d.power.given_facility_mw[at] <= d.utility.running_mw[at] + total(
        m, d.utility.in_force[at]
    )


@family(over="charged_contracts", unit="facility MW")
def charged_by_contract(m: Any, d: Given, site: str, n: str) -> Any:
    r"""With a contract, what is contracted and in force is charged, built or not.

    $$ charged_{s,n} \ge running_{s,n} + \sum_u share_{s,u,n} \Big( contracted_{s,u} - \sum_{v \preceq n}
       dropped_{s,u,v} \Big) $$
    """
    in_force = total(m, d.utility.mean_in_force[site, n])
    return m.charged_mw[site, n] >= d.utility.mean_running_mw[site, n] + in_force


@family(over="charged_contracts_alone", unit="facility MW")
def charged_by_contract_alone(m: Any, d: Given, site: str, n: str) -> Any:
    r"""Where a MW charged is paid for, no more is charged than is contracted and in force.

    $$ charged_{s,n} \le running_{s,n} + \sum_u share_{s,u,n} \Big( contracted_{s,u} - \sum_{v \preceq n}
       dropped_{s,u,v} \Big) $$
    """
    in_force = total(m, d.utility.mean_in_force[site, n])
    return m.charged_mw[site, n] <= d.utility.mean_running_mw[site, n] + in_force
