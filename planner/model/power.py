"""Site power on every date of a delivery, and energy."""

from __future__ import annotations

from typing import Any

from planner.model.expressions import total
from planner.model.given import Given
from planner.model.registry import family


@family(over="power.dates", unit="facility MW")
def site_load(m: Any, d: Given, site: str, n: str, step: int) -> Any:
    r"""Facility power that decisions draw at a site on a date: what is built, leased and kept there.

    $$ load_{s,y} = \rho_s \Big( \sum_{b \in B_s} built_b(y) + \sum_{o \in O_s} delivered_o(y) \Big) $$

    written as the change since the date before where that is shorter.
    """
    return m.site_load_mw[site, n, step] == total(m, d.site_load_terms[site, n, step])


@family(
    over="power.dates", unit="facility MW", sentence="power drawn at {site} in {n} stays within what is energised",
    price=lambda d, site, n, step: d.unserved_usd_m_per_mw(n) / d.power.facility_per_it[site],
)  # fmt: skip
def site_power(m: Any, d: Given, site: str, n: str, step: int) -> Any:
    r"""Facility power drawn at a site on a date stays within the grid connection and finished power units.

    $$ load_{s,y} + given_{s,y} \le grid_s(y) + \sum_{j \in J_s} project_j(y) $$
    """
    at = site, n, step
    grid = d.power.grid_facility_mw[at] + total(m, d.power.relief[at])
    return m.site_load_mw[at] + d.power.given_facility_mw[at] <= grid


@family(over="power.energy_nodes", unit="MWh")
def energy(m: Any, d: Given, site: str, n: str) -> Any:
    r"""Grid and own units give the energy that chips on own and leased hosts need, idle ones too.

    $$ grid_{s,n} + \sum_{j \in J_s} projectmwh_{j,n} = e_{s,n} \sum_{h \in H_s} \sum_c installed_{c,h,n} $$

    with $e$ = load factor x facility ratio x hours; what is curtailed needs none.
    """
    on = sum(m.installed_mw[key] for key in d.installed_at[site, n])
    off = sum(m.curtailed_mw[key] for key in d.curtailed_at[site, n])
    need = d.power.mwh_per_mw[site, n] * (on - off)
    return m.grid_mwh[site, n] + sum(m.project_mwh[j, n] for j in d.power.projects_at[site]) == need


@family(over="energy_projects", unit="MWh")
def project_energy(m: Any, d: Given, project: str, n: str) -> Any:
    r"""Power units give at most their finished power at their availability.

    $$ projectmwh_{j,n} \le h_n\, a_j\, project_{j,n} $$
    """
    return m.project_mwh[project, n] <= d.power.project_hours[project, n] * m.project_mw[project, n]


@family(over="charged_hosts", unit="facility MW")
def charged(m: Any, d: Given, site: str, n: str) -> Any:
    r"""Contracted power covers own and leased hosts, net of finished power units unless the contract is gross.

    $$ charged_{s,n} \ge \rho_s \sum_{h \in H_s} host_{h,n} - \sum_{j \in J_s} project_{j,n} $$
    """
    return m.charged_mw[site, n] >= _hosts_mw(m, d, site, n) - sum(
        m.project_mw[j, n] for j in d.netted_projects[site]
    )


@family(over="billed", unit="MWh")
def billed(m: Any, d: Given, site: str, n: str) -> Any:
    r"""All grid energy is billed.

    $$ billed_{s,n} \ge grid_{s,n} $$
    """
    return m.billed_mwh[site, n] >= m.grid_mwh[site, n]


@family(over="billed", unit="MWh")
def minimum_bill(m: Any, d: Given, site: str, n: str) -> Any:
    r"""At least a share of the contracted energy is billed.

    $$ billed_{s,n} \ge \beta_s\, h_n\, charged_{s,n} $$
    """
    return m.billed_mwh[site, n] >= d.power.minimum_bill[site] * d.power.hours[n] * m.charged_mw[site, n]


# What pays: prices below zero, where no more may count than there is


@family(over="charged_hosts_alone", unit="facility MW")
def charged_no_more(m: Any, d: Given, site: str, n: str) -> Any:
    r"""Where a MW charged is paid for, no more is charged than own and leased hosts.

    $$ charged_{s,n} \le \rho_s \sum_{h \in H_s} host_{h,n} $$
    """
    return m.charged_mw[site, n] <= _hosts_mw(m, d, site, n)


@family(over="charged_net", unit="facility MW")
def charged_no_more_net(m: Any, d: Given, site: str, n: str) -> Any:
    r"""Where a MW charged is paid for, no more is charged than hosts draw beyond finished power units.

    $$ charged_{s,n} \le \rho_s \sum_{h \in H_s} host_{h,n} - \sum_{j \in J_s} project_{j,n} + P_s\, none_{s,n} $$

    with $P$ all power units that may be started.
    """
    projects = d.netted_projects[site]
    most = sum(d.construction.unit_facility_mw[j] * d.construction.most_units[j] for j in projects)
    net = _hosts_mw(m, d, site, n) - sum(m.project_mw[j, n] for j in projects)
    return m.charged_mw[site, n] <= net + most * m.none_charged[site, n]


@family(over="charged_net", unit="facility MW")
def charged_where_net(m: Any, d: Given, site: str, n: str) -> Any:
    r"""Where power units carry all, nothing is charged.

    $$ charged_{s,n} \le H_s\, net_{s,n} $$

    with $H$ all that may be built and leased.
    """
    return m.charged_mw[site, n] <= d.most_hosts_mw[site] * m.net_charged[site, n]


@family(over="charged_net", unit="count")
def charged_one_way(m: Any, d: Given, site: str, n: str) -> Any:
    r"""Hosts draw more than power units carry, or they do not.

    $$ net_{s,n} + none_{s,n} \le 1 $$
    """
    return m.net_charged[site, n] + m.none_charged[site, n] <= 1


@family(over="paid_for_billed", unit="MWh")
def billed_no_more(m: Any, d: Given, site: str, n: str) -> Any:
    r"""Where energy is paid for and not bought, no more is billed than is used, unless the minimum is more.

    $$ billed_{s,n} \le grid_{s,n} + \beta_s\, h_n\, H_s\, least_{s,n} $$

    with $H$ all that may be built and leased.
    """
    most = d.power.minimum_bill[site] * d.power.hours[n] * d.most_hosts_mw[site]
    return m.billed_mwh[site, n] <= m.grid_mwh[site, n] + most * m.billed_by_least[site, n]


@family(over="paid_for_billed", unit="MWh")
def minimum_bill_no_more(m: Any, d: Given, site: str, n: str) -> Any:
    r"""Where energy is paid for and not bought, the minimum is billed, unless more is used.

    $$ billed_{s,n} \le \beta_s\, h_n\, charged_{s,n} + G_{s,n}\, use_{s,n} $$

    with $G$ the most energy that the grid can give.
    """
    least = d.power.minimum_bill[site] * d.power.hours[n] * m.charged_mw[site, n]
    return m.billed_mwh[site, n] <= least + d.most_grid_mwh[site, n] * m.billed_by_use[site, n]


@family(over="paid_for_billed", unit="count")
def billed_one_way(m: Any, d: Given, site: str, n: str) -> Any:
    r"""Use is billed, or the minimum.

    $$ use_{s,n} + least_{s,n} \le 1 $$
    """
    return m.billed_by_use[site, n] + m.billed_by_least[site, n] <= 1


def _hosts_mw(m: Any, d: Given, site: str, n: str) -> Any:
    """Facility MW of own and leased hosts."""
    return d.power.facility_per_it[site] * sum(m.host_mw[host, n] for host in d.power.energy_hosts[site])
