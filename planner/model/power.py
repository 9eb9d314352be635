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
    hosts = d.power.facility_per_it[site] * sum(m.host_mw[host, n] for host in d.power.energy_hosts[site])
    return m.charged_mw[site, n] >= hosts - sum(m.project_mw[j, n] for j in d.netted_projects[site])


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
