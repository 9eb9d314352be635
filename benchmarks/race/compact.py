"""The problem in its most compact form: one integer a vintage, one row for demand and a site each quarter."""

from __future__ import annotations

import time

import highspy

from benchmarks.race.problem import Problem, Result


def solve(problem: Problem, gap: float, time_limit: float) -> Result:
    """Return what HiGHS makes of the compact form."""
    began = time.perf_counter()
    solver = highspy.Highs()
    for name, value in (
        ("output_flag", False),
        ("mip_rel_gap", gap),
        ("time_limit", time_limit),
        ("threads", 1),
    ):
        solver.setOptionValue(name, value)
    blocks = [
        (option, first, after, solver.addIntegral(lb=0, ub=option.most, obj=cost))
        for option, first, after, cost in problem.vintages()
    ]
    for quarter, demand in enumerate(problem.demand_gw):
        unserved = solver.addVariable(lb=0, obj=problem.unserved_usd_bn * problem.factor[quarter])
        there = [one for one in blocks if one[1] <= quarter < one[2]]
        solver.addConstr(sum((option.block_gw * x for option, _, _, x in there), unserved) >= demand)
        for site in range(problem.sites):
            here = [option.block_gw * x for option, _, _, x in there if option.site == site]
            if here:
                solver.addConstr(sum(here[1:], here[0]) <= problem.site_gw)
    built = time.perf_counter()
    solver.run()
    found = solver.getInfo()
    return Result(
        system="compact form, highspy",
        build_seconds=built - began,
        solve_seconds=time.perf_counter() - built,
        cost_usd_bn=found.objective_function_value,
        bound_usd_bn=found.mip_dual_bound,
        columns=solver.getNumCol(),
        rows=solver.getNumRow(),
    )
