"""Sites secured before blocks, rights to start, costs of a start, crews, empty shells, and blocks that leave."""

from __future__ import annotations

from typing import Any

from planner.model.expressions import total
from planner.model.given import Given
from planner.model.registry import family


def _block_value(d: Given, build: str, *index: str) -> float:
    return d.construction.block_mw[build] * d.unserved_year_usd_m_per_mw


def _mw_value(d: Given, *index: str) -> float:
    return d.unserved_year_usd_m_per_mw


@family(over="stages.additions", unit="blocks")
def blocks_of_addition(m: Any, d: Given, build: str, u: str) -> Any:
    r"""Blocks are started only in a period that pays the fixed cost of a start.

    $$ blocks_{b,u} \le K_{b,u}\, addition_{b,u} $$
    """
    return m.blocks[build, u] <= d.construction.most_starts[build, u] * m.additions[build, u]


@family(over="additions_that_pay", unit="blocks")
def addition_with_blocks(m: Any, d: Given, build: str, u: str) -> Any:
    r"""Where a start is paid for, it has a block.

    $$ addition_{b,u} \le blocks_{b,u} $$
    """
    return m.additions[build, u] <= m.blocks[build, u]


@family(over="stages.least_blocks", unit="blocks")
def least_addition(m: Any, d: Given, build: str, u: str) -> Any:
    r"""What is started in a period has a least size.

    $$ blocks_{b,u} \ge k_{b,u}\, addition_{b,u} $$
    """
    return m.blocks[build, u] >= d.stages.least_blocks[build, u] * m.additions[build, u]


@family(
    over="held_nodes", unit="MW", price=_mw_value,
    sentence="at most so many blocks stand at {build} at the end of {n}",
)  # fmt: skip
def most_held(m: Any, d: Given, build: str, n: str) -> Any:
    r"""Blocks of decisions standing on the last day stay within the number that may be held.

    $$ builtend_{b,n} - givenend_{b,n} \le B_b\, H_b $$
    """
    most = d.construction.block_mw[build] * d.stages.most_held[build]
    return m.built_end_mw[build, n] <= most + d.construction.given_end_mw[build, n]


# Site and power


@family(over="secured_to", unit="count")
def secured_once(m: Any, d: Given, site: str, last: str) -> Any:
    r"""A site is secured at most once.

    $$ \sum_{u \preceq last} secured_{s,u} \le 1 $$
    """
    return sum(m.secured_site[site, u] for u in d.secured_to[site, last]) <= 1


@family(over="site_ends", unit="count")
def held_until_begun(m: Any, d: Given, site: str, n: str) -> Any:
    r"""A site that is held is built on or released, once.

    $$ \sum_{v \preceq n} (begun_{s,v} + released_{s,v}) \le \sum_{u \preceq n} secured_{s,u} $$
    """
    secured, begun, released = d.site_ends[site, n]
    ended = sum(m.begun_site[site, v] for v in begun) + sum(m.released_site[site, v] for v in released)
    return ended <= sum(m.secured_site[site, u] for u in secured)


@family(over="stages.ready", unit="count")
def begun_when_ready(m: Any, d: Given, site: str, n: str) -> Any:
    r"""Building begins at a site that is secured and permitted.

    $$ begun_{s,n} \le \sum_{u : start_u + lead + permit \le start_n} secured_{s,u} $$
    """
    return m.begun_site[site, n] <= sum(m.secured_site[site, u] for u in d.stages.ready[site, n])


@family(over="stages.ready", unit="count")
def begun_with_blocks(m: Any, d: Given, site: str, n: str) -> Any:
    r"""Building begins with the start of a block: nothing else ends what holding and giving up cost.

    $$ begun_{s,n} \le \sum_b blocks_{b,n} $$

    with additions instead of blocks where these may be parts.
    """
    return m.begun_site[site, n] <= sum(m.variable[key] for key in d.starting_at[site, n])


@family(over="stages.gated", unit="blocks")
def blocks_after_securing(m: Any, d: Given, build: str, u: str) -> Any:
    r"""Blocks start where building has begun, then or before.

    $$ blocks_{b,u} \le K_{b,u} \sum_{v \preceq u} begun_{s,v} $$
    """
    begun = sum(m.begun_site[key] for key in d.begun_until[build, u])
    return m.blocks[build, u] <= d.construction.most_starts[build, u] * begun


# Rights to start later


@family(over="stages.usable", unit="blocks")
def rights_used(m: Any, d: Given, build: str, n: str) -> Any:
    r"""Every block started has used a right, and no right is used twice or after it lapsed.

    $$ \sum_{v \preceq n} (blocks_{b,v} + lapsed_{b,v}) \le \sum_{u : start_u + from \le start_n} rights_{b,u} $$
    """
    used = sum(m.blocks[build, v] for v in d.started_until[build, n])
    lapsed = sum(m.lapsed[build, v] for v in d.lapsed_until[build, n])
    return used + lapsed <= sum(m.rights[build, u] for u in d.stages.usable[build, n])


@family(over="stages.lapsing", unit="blocks")
def rights_lapse(m: Any, d: Given, build: str, n: str) -> Any:
    r"""Rights that are over have been used or lapse; the first bought is the first used.

    $$ \sum_{v \preceq n} (blocks_{b,v} + lapsed_{b,v}) \ge \sum_{u : start_u + within < start_n} rights_{b,u} $$
    """
    before = (v for v in d.started_until[build, n] if v != n)
    used = sum(m.blocks[build, v] for v in before)
    lapsed = sum(m.lapsed[build, v] for v in d.lapsed_until[build, n])
    return used + lapsed >= sum(m.rights[build, u] for u in d.stages.lapsing[build, n])


# Crews and empty shells


@family(
    over="stages.crew", unit="MW", price=_mw_value,
    sentence="at most so many MW are under construction by {crew} in {n}",
)  # fmt: skip
def crew_of_builds(m: Any, d: Given, crew: str, n: str) -> Any:
    r"""MW under construction in all builds of a crew stay within what it can do.

    $$ \sum_{b \in B_w} B_b \sum_{u : start_u \le start_n < start_u + lead} blocks_{b,u} \le C_{w,n} $$
    """
    return total(m, d.stages.crew[crew, n]) <= d.stages.crew_most_mw[crew, n]


@family(over="empty_nodes", unit="MW")
def empty_shell(m: Any, d: Given, build: str, n: str) -> Any:
    r"""Own MW without chips are empty, in the mean of the period.

    $$ empty_{b,n} = built_{b,n} - \sum_c installed_{c,b,n} $$
    """
    chips = d.host_nodes.get((build, n), ())
    return m.empty_mw[build, n] == m.built_mw[build, n] - sum(
        m.installed_mw[chip, build, n] for chip in chips
    )


# Blocks that leave


@family(over="sold_to", unit="blocks")
def sold_of_started(m: Any, d: Given, build: str, u: str, last: str) -> Any:
    r"""Only blocks that were started leave, each once.

    $$ \sum_{v \preceq last} sold_{b,u,v} \le blocks_{b,u} $$
    """
    return sum(m.sold_blocks[build, u, v] for v in d.sold_to[build, u, last]) <= m.blocks[build, u]


@family(
    over="exits.most", unit="blocks", price=_block_value,
    sentence="at most so many blocks leave {build} in {n}",
)  # fmt: skip
def most_sold(m: Any, d: Given, build: str, n: str) -> Any:
    r"""Blocks that leave in a period stay within their number.

    $$ \sum_u sold_{b,u,n} \le S_b $$
    """
    return sum(m.sold_blocks[build, u, n] for u in d.leaving[build, n]) <= d.exits.most[build, n]
