"""The small problem: own blocks and leases at sites with a power cap, a demand path, and a price on what is unserved.

Time is counted in quarters. A block of an option is paid once when it is ordered and every quarter while it is on
line; a block ordered in quarter q is on line from q + lead for `life` quarters. At most `most` blocks of an option are
ordered in one quarter. All MW of a site together stay within its cap. Money and GW are USD bn and GW; what lies after
the last quarter counts nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FOREVER = 1000


@dataclass(frozen=True)
class Option:
    """A way to get blocks of `block_gw` at one site."""

    name: str
    site: int
    kind: str
    block_gw: float
    lead: int
    life: int
    once_usd_bn: float
    """For a block, when it is ordered."""
    quarter_usd_bn: float
    """For a block, each quarter on line."""
    most: int


@dataclass(frozen=True)
class Problem:
    """One instance of the problem."""

    quarters: int
    sites: int
    options: tuple[Option, ...]
    demand_gw: tuple[float, ...]
    factor: tuple[float, ...]
    site_gw: float
    unserved_usd_bn: float
    """For a GW-quarter."""

    def vintages(self) -> list[tuple[Option, int, int, float]]:
        """Return (option, first quarter on line, first quarter after, discounted cost of a block)."""
        found = []
        for option in self.options:
            for first in range(option.lead, self.quarters):
                after = min(self.quarters, first + option.life)
                running = sum(self.factor[first:after])
                cost = option.once_usd_bn * self.factor[first - option.lead] + option.quarter_usd_bn * running
                found.append((option, first, after, cost))
        return found


def make(quarters: int, sites: int, seed: int = 1) -> Problem:
    """Return a problem; the seed moves leads and prices by up to 10 %."""
    draw = np.random.default_rng(seed)
    options: list[Option] = []
    for site in range(sites):
        lead = int(draw.integers(4, 8))
        build = 11.0 * 0.25 * float(draw.uniform(0.9, 1.1))
        short = 0.55 * 0.1 * float(draw.uniform(0.9, 1.1))
        long = 0.45 * 0.2 * float(draw.uniform(0.9, 1.1))
        options += [
            Option(f"block_{site}", site, "block", 0.25, lead, FOREVER, build, 0.05 * 0.25, 8),
            Option(f"short_{site}", site, "lease", 0.1, 2, 12, 0.02, short, 10),
            Option(f"long_{site}", site, "lease", 0.2, 3, 20, 0.05, long, 6),
        ]
    time = np.arange(quarters)
    demand = np.round(0.6 + 5.0 / (1.0 + np.exp(-(time - quarters * 0.55) / 3.0)), 3)
    return Problem(
        quarters=quarters,
        sites=sites,
        options=tuple(options),
        demand_gw=tuple(demand.tolist()),
        factor=tuple((1.10 ** (-time / 4.0)).tolist()),
        site_gw=1.8,
        unserved_usd_bn=4.0,
    )


@dataclass(frozen=True)
class Result:
    """What one system made of the problem: seconds to build and to solve, cost and bound in USD bn, size."""

    system: str
    build_seconds: float
    solve_seconds: float
    cost_usd_bn: float | None
    bound_usd_bn: float | None
    columns: int
    rows: int

    @property
    def gap(self) -> float | None:
        """Return the proven gap as a share of the cost."""
        if self.cost_usd_bn is None or self.bound_usd_bn is None:
            return None
        return max(0.0, self.cost_usd_bn - self.bound_usd_bn) / abs(self.cost_usd_bn)
