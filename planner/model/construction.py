"""Own construction in blocks, and power units."""

from __future__ import annotations

from typing import Any

from planner.model.expressions import before
from planner.model.given import Given
from planner.model.registry import family


def _block_value(d: Given, build: str, *index: str) -> float:
    return d.construction.block_mw[build] * d.unserved_year_usd_m_per_mw


def _unit_value(d: Given, project: str, *index: str) -> float:
    return d.construction.unit_facility_mw[project] * d.unserved_year_usd_m_per_mw


@family(over="opened", unit="blocks")
def blocks_after_opening(m: Any, d: Given, build: str, u: str) -> Any:
    r"""Blocks are started only at a site that is opened, then or before.

    $$ blocks_{b,u} \le K_{b,u} \sum_{v \preceq u} opened_{b,v} $$

    with $K$ the most blocks that may start in the period.
    """
    most = d.construction.most_starts[build, u]
    return m.blocks[build, u] <= most * sum(m.opened[build, v] for v in d.opened_until[build, u])


@family(over="opened_to", unit="openings")
def opened_once(m: Any, d: Given, build: str, last: str) -> Any:
    r"""A site is opened at most once.

    $$ \sum_{u \preceq last} opened_{b,u} \le 1 $$
    """
    return sum(m.opened[build, u] for u in d.opened_to[build, last]) <= 1


@family(over="openings_that_pay", unit="blocks")
def opened_with_blocks(m: Any, d: Given, build: str, u: str) -> Any:
    r"""Where opening a site is paid for, it is opened with a start.

    $$ opened_{b,u} \le blocks_{b,u} $$

    with additions instead of blocks where these may be parts.
    """
    return m.opened[build, u] <= m.variable[d.what_starts(build, u)]


@family(
    over="starts_to",
    unit="blocks",
    price=_block_value,
    sentence="at most so many blocks are started at {build}",
)
def most_blocks(m: Any, d: Given, build: str, last: str) -> Any:
    r"""Blocks started stay within the number that the build option has.

    $$ \sum_{u \preceq last} blocks_{b,u} \le N_b $$
    """
    return sum(m.blocks[build, u] for u in d.starts_to[build, last]) <= d.construction.most_blocks[build]


@family(
    over="crew", unit="blocks", price=_block_value,
    sentence="at most so many blocks are under construction at {build} in {n}",
)  # fmt: skip
def crew_limit(m: Any, d: Given, build: str, n: str) -> Any:
    r"""Blocks under construction stay within what the crews can do.

    $$ \sum_{u : start_u \le start_n < start_u + lead} blocks_{b,u} \le C_b $$
    """
    _, most = d.construction.crew[build, n]
    return sum(m.blocks[build, u] for u in d.crew[build, n]) <= most


@family(over="build_nodes", unit="MW")
def built(m: Any, d: Given, build: str, n: str) -> Any:
    r"""Own capacity in a period is what stood on the last day before, and what comes and goes within it.

    $$ built_{b,n} = builtend_{b,p(n)} + B_b \sum_u (share_{b,u,n} - endshare_{b,u,p(n)})\, blocks_{b,u}
       + given_{b,n} - givenend_{b,p(n)} $$

    less the same of blocks that left (`sold_blocks`), from their exit on.
    """
    given = d.construction.given_mw[build, n] - before(d.construction.given_end_mw, d, build, n)
    come = sum(mw * m.blocks[build, u] for u, mw in d.block_changes.mean[build, n])
    gone = sum(mw * m.sold_blocks[build, u, v] for u, v, mw in d.exit_changes["mean"][build, n])
    return m.built_mw[build, n] == before(m.built_end_mw, d, build, n) + come - gone + given


@family(over="build_nodes", unit="MW")
def built_end(m: Any, d: Given, build: str, n: str) -> Any:
    r"""Own capacity on the last day is what stood on the last day before, and what came and went since.

    $$ builtend_{b,n} = builtend_{b,p(n)} + B_b \sum_u (endshare_{b,u,n} - endshare_{b,u,p(n)})\, blocks_{b,u}
       + givenend_{b,n} - givenend_{b,p(n)} $$

    less the same of blocks that left (`sold_blocks`), from their exit on.
    """
    given = d.construction.given_end_mw[build, n] - before(d.construction.given_end_mw, d, build, n)
    come = sum(mw * m.blocks[build, u] for u, mw in d.block_changes.end[build, n])
    gone = sum(mw * m.sold_blocks[build, u, v] for u, v, mw in d.exit_changes["end"][build, n])
    return m.built_end_mw[build, n] == before(m.built_end_mw, d, build, n) + come - gone + given


@family(
    over="units_to",
    unit="units",
    price=_unit_value,
    sentence="at most so many units of {project} are started",
)
def most_units(m: Any, d: Given, project: str, last: str) -> Any:
    r"""Power units started stay within the number that the project has.

    $$ \sum_{u \preceq last} units_{j,u} \le N_j $$
    """
    return sum(m.units[project, u] for u in d.units_to[project, last]) <= d.construction.most_units[project]


@family(over="project_nodes", unit="facility MW")
def project(m: Any, d: Given, project: str, n: str) -> Any:
    r"""Power of finished units in a period, from the last day before.

    $$ project_{j,n} = projectend_{j,p(n)} + U_j \sum_u (share_{j,u,n} - endshare_{j,u,p(n)})\, units_{j,u} $$
    """
    come = sum(mw * m.units[project, u] for u, mw in d.unit_changes.mean[project, n])
    return m.project_mw[project, n] == before(m.project_end_mw, d, project, n) + come


@family(over="project_nodes", unit="facility MW")
def project_end(m: Any, d: Given, project: str, n: str) -> Any:
    r"""Power of finished units on the last day, from the last day before.

    $$ projectend_{j,n} = projectend_{j,p(n)} + U_j \sum_u (endshare_{j,u,n} - endshare_{j,u,p(n)})\, units_{j,u} $$
    """
    come = sum(mw * m.units[project, u] for u, mw in d.unit_changes.end[project, n])
    return m.project_end_mw[project, n] == before(m.project_end_mw, d, project, n) + come
