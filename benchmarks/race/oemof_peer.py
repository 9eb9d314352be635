"""The problem in oemof-solph: a source a vintage with an investment; whole blocks added to its Pyomo model by hand."""

from __future__ import annotations

import time
import warnings
from typing import Any

from benchmarks.race.problem import Problem, Result


def solve(problem: Problem, gap: float, time_limit: float) -> Result:
    """Return what oemof-solph makes of it. Raises ImportError where it is not installed."""
    import pyomo.environ as pyo
    from oemof import solph

    warnings.filterwarnings("ignore")
    began = time.perf_counter()
    system = _system(problem, solph)
    model = solph.Model(system)
    invested = {
        str(ends[0].label): ends
        for ends in model.flows
        if getattr(model.flows[ends], "investment", None) is not None
    }
    block_gw = {f"{option.name}@{first}": option.block_gw for option, first, _, _ in problem.vintages()}
    model.whole_blocks = pyo.Var(list(block_gw), domain=pyo.NonNegativeIntegers)

    def rule(m: Any, name: str) -> Any:
        source, target = invested[name]
        return m.InvestmentFlowBlock.invest[source, target, 0] == block_gw[name] * m.whole_blocks[name]

    model.blocks = pyo.Constraint(list(block_gw), rule=rule)
    built = time.perf_counter()
    for suffix in ("dual", "rc"):  # integers have no duals, and the solver refuses to import them
        if model.component(suffix) is not None:
            model.del_component(suffix)
        elif hasattr(model, suffix):
            delattr(model, suffix)
    solver = pyo.SolverFactory("appsi_highs")
    solver.options = {"mip_rel_gap": gap, "time_limit": time_limit, "threads": 1}
    answer = solver.solve(model, load_solutions=False)
    return Result(
        system=f"oemof-solph {solph.__version__} + integers",
        build_seconds=built - began,
        solve_seconds=time.perf_counter() - built,
        cost_usd_bn=float(answer.problem.upper_bound),
        bound_usd_bn=float(answer.problem.lower_bound),
        columns=model.nvariables(),
        rows=model.nconstraints(),
    )


def _system(problem: Problem, solph: Any) -> Any:
    import pandas as pd

    index = pd.date_range("2026-01-01", periods=problem.quarters + 1, freq="h")
    system = solph.EnergySystem(timeindex=index, infer_last_interval=False)
    fleet = solph.buses.Bus(label="fleet")
    sites = [solph.buses.Bus(label=f"site_{site}") for site in range(problem.sites)]
    system.add(fleet, *sites)
    flow, most = solph.flows.Flow, max(problem.demand_gw)
    for site in sites:
        capped = flow(nominal_capacity=problem.site_gw)
        system.add(
            solph.components.Converter(
                label=f"power_{site.label}", inputs={site: flow()}, outputs={fleet: capped}
            )
        )
    wanted = flow(fix=[gw / most for gw in problem.demand_gw], nominal_capacity=most)
    unserved = flow(variable_costs=[problem.unserved_usd_bn * factor for factor in problem.factor])
    system.add(solph.components.Sink(label="demand", inputs={fleet: wanted}))
    system.add(solph.components.Source(label="unserved", outputs={fleet: unserved}))
    for option, first, after, cost in problem.vintages():
        there = [1.0 if first <= quarter < after else 0.0 for quarter in range(problem.quarters)]
        invest = solph.Investment(ep_costs=cost / option.block_gw, maximum=option.block_gw * option.most)
        supply = flow(nominal_capacity=invest, maximum=there)
        system.add(
            solph.components.Source(label=f"{option.name}@{first}", outputs={sites[option.site]: supply})
        )
    return system
