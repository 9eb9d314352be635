"""Pyomo models for the tests of the solve stage, in the form in which the build stage hands them over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo


@dataclass(frozen=True)
class TestFamily:
    """One family of rules with what the solve stage reads of it."""

    __test__ = False

    name: str
    unit: str = "MW"
    relaxable: bool = True
    price: Callable[[Any], float] = lambda index: 1.0
    violation_of: str = "each"
    rule_of: Callable[[Any], str] | None = None

    def violation_price(self, index: Any) -> float:
        return self.price(index)

    def unit_at(self, index: Any) -> str:
        return self.unit

    def sentence_at(self, index: Any) -> str:
        return f"{self.name} at {index}"

    def rule_id(self, index: Any) -> str:
        return self.name if self.rule_of is None else self.rule_of(index)


def with_families(m: pyo.ConcreteModel, **families: TestFamily) -> pyo.ConcreteModel:
    """Give every constraint component its family; those not named are plain and relaxable."""
    found = {c.local_name: TestFamily(c.local_name) for c in m.component_objects(pyo.Constraint)}
    m.families = found | families
    return m


def planning_model(
    periods: int = 24, sites: int = 9, offers: int = 15, chips: int = 11, tranches: int = 1, seed: int = 1
) -> pyo.ConcreteModel:
    """A made-up build-or-lease plan with the shape of the flagship: signings, blocks, chips, service, cash."""
    rng = np.random.default_rng(seed)
    m = pyo.ConcreteModel()
    T, S, V, K, W = range(periods), range(sites), range(offers), range(chips), range(3)
    starts = [(s, t) for s in S for t in T if t < periods - 5]
    lead = {o: int(rng.integers(2, 4)) for o in V}
    firsts = [(o, t) for o in V for t in T if t + lead[o] < periods]
    low, high = rng.integers(50, 150, offers).astype(float), rng.integers(200, 600, offers).astype(float)
    rent = rng.uniform(1.2, 2.2, offers)
    build = rng.uniform(9.0, 13.0, sites)
    chip_cost = {(k, t): float(22.0 + 3 * k - 0.2 * t) for k in K for t in T}
    work = {k: 1.0 + 0.25 * k for k in K}
    demand = {(w, t): float(60.0 * (t + 1) * rng.uniform(0.8, 1.2)) for w in W for t in T}
    factor = {t: 1.03**-t for t in T}

    m.signed = pyo.Var(firsts, domain=pyo.NonNegativeIntegers, bounds=(0, tranches))
    m.signed_mw = pyo.Var(firsts, bounds=lambda m, o, t: (0, tranches * high[o]))
    m.blocks = pyo.Var(starts, domain=pyo.NonNegativeIntegers, bounds=(0, 4))
    m.opened = pyo.Var([(s,) for s in S], domain=pyo.Binary)
    m.delivered_mw = pyo.Var([(o, t) for o in V for t in T], bounds=(0, None))
    m.built_mw = pyo.Var([(s, t) for s in S for t in T], bounds=(0, None))
    m.ordered_mw = pyo.Var([(k, s, t) for k in K for s in S for t in T if t < periods - 1], bounds=(0, None))
    m.installed_mw = pyo.Var([(k, s, t) for k in K for s in S for t in T], bounds=(0, None))
    m.served = pyo.Var([(w, k, t) for w in W for k in K for t in T], bounds=(0, None))
    m.shortfall = pyo.Var([(w, t) for w in W for t in T], bounds=lambda m, w, t: (0, demand[w, t]))
    m.cash = pyo.Var([(t,) for t in T])
    m.draw = pyo.Var([(t,) for t in T], bounds=(0, 4000.0))

    m.least_signed = pyo.Constraint(firsts, rule=lambda m, o, t: m.signed_mw[o, t] >= low[o] * m.signed[o, t])
    m.most_signed = pyo.Constraint(firsts, rule=lambda m, o, t: m.signed_mw[o, t] <= high[o] * m.signed[o, t])
    m.most_signings = pyo.Constraint(
        [(o,) for o in V],
        rule=lambda m, o: sum(m.signed[o, t] for t in T if (o, t) in m.signed) <= 2 * tranches,
    )
    m.delivery = pyo.Constraint(
        [(o, t) for o in V for t in T],
        rule=lambda m, o, t: (
            m.delivered_mw[o, t]
            == (m.delivered_mw[o, t - 1] if t else 0) + (m.signed_mw[o, t - lead[o]] if t >= lead[o] else 0)
        ),
    )
    m.opening = pyo.Constraint(starts, rule=lambda m, s, t: m.blocks[s, t] <= 4 * m.opened[s])
    m.most_blocks = pyo.Constraint(
        [(s,) for s in S], rule=lambda m, s: sum(m.blocks[s, t] for t in T if (s, t) in m.blocks) <= 8
    )
    m.construction = pyo.Constraint(
        [(s, t) for s in S for t in T],
        rule=lambda m, s, t: (
            m.built_mw[s, t]
            == (m.built_mw[s, t - 1] if t else 0) + (100.0 * m.blocks[s, t - 5] if t >= 5 else 0)
        ),
    )
    hosts = {s: [o for o in V if o % sites == s] for s in S}
    m.hosting = pyo.Constraint(
        [(s, t) for s in S for t in T],
        rule=lambda m, s, t: (
            sum(m.installed_mw[k, s, t] for k in K)
            <= m.built_mw[s, t] + sum(m.delivered_mw[o, t] for o in hosts[s])
        ),
    )
    m.chips_in_place = pyo.Constraint(
        [(k, s, t) for k in K for s in S for t in T],
        rule=lambda m, k, s, t: (
            m.installed_mw[k, s, t] <= (m.installed_mw[k, s, t - 1] + m.ordered_mw[k, s, t - 1] if t else 0.0)
        ),
    )
    m.supply = pyo.Constraint(
        [(k, t) for k in K for t in T if t < periods - 1],
        rule=lambda m, k, t: sum(m.ordered_mw[k, s, u] for s in S for u in T if u <= t) <= 60.0 * (t + 1),
    )
    m.pooling = pyo.Constraint(
        [(k, t) for k in K for t in T],
        rule=lambda m, k, t: (
            sum(m.served[w, k, t] for w in W) <= 0.95 * sum(m.installed_mw[k, s, t] for s in S)
        ),
    )
    m.demand = pyo.Constraint(
        [(w, t) for w in W for t in T],
        rule=lambda m, w, t: sum(work[k] * m.served[w, k, t] for k in K) + m.shortfall[w, t] == demand[w, t],
    )

    def paid(m: Any, t: int) -> Any:
        return (
            sum(rent[o] / 4 * m.delivered_mw[o, t] for o in V)
            + sum(build[s] * 100.0 * m.blocks[s, t] for s in S if (s, t) in m.blocks)
            + sum(chip_cost[k, t] * m.ordered_mw[k, s, t] for k in K for s in S if (k, s, t) in m.ordered_mw)
        )

    m.cash_row = pyo.Constraint(
        [(t,) for t in T],
        rule=lambda m, t: (
            m.cash[t] == (m.cash[t - 1] if t else 8000.0) + 2500.0 + 150 * t + m.draw[t] - paid(m, t)
        ),
    )
    m.floor = pyo.Constraint([(t,) for t in T], rule=lambda m, t: m.cash[t] >= 500.0)
    m.objective = pyo.Objective(
        expr=sum(factor[t] * paid(m, t) for t in T)
        + sum(factor[t] * 8.0 * m.shortfall[w, t] for w in W for t in T)
        + sum(0.1 * m.draw[t] for t in T)
        + sum(300.0 * m.opened[s] for s in S)
        + 1000.0
    )
    return with_families(
        m,
        delivery=TestFamily("delivery", relaxable=False),
        construction=TestFamily("construction", relaxable=False),
        chips_in_place=TestFamily("chips_in_place", relaxable=False),
        cash_row=TestFamily("cash_row", unit="USD m", relaxable=False),
        floor=TestFamily("floor", unit="USD m", violation_of="largest"),
    )
