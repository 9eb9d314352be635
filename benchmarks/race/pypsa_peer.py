"""The problem in PyPSA: a generator a vintage, extendable in modules; a link from each site caps its power."""

from __future__ import annotations

import logging
import time
import warnings

from benchmarks.race.problem import FOREVER, Problem, Result


def solve(problem: Problem, gap: float, time_limit: float) -> Result:
    """Return what PyPSA makes of it. Raises ImportError where it is not installed."""
    import pandas as pd
    import pypsa

    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    began = time.perf_counter()
    net = pypsa.Network()
    periods = list(range(1, problem.quarters + 1))
    day = [pd.Timestamp("2026-01-01")]
    net.set_snapshots(pd.MultiIndex.from_product([periods, day], names=["period", "timestep"]))
    net.investment_periods = periods
    net.investment_period_weightings["objective"] = list(problem.factor)
    net.investment_period_weightings["years"] = 1
    sites = [f"site_{site}" for site in range(problem.sites)]
    net.add("Carrier", ["capacity", "unserved"])
    net.add("Bus", ["fleet", *sites], carrier="capacity")
    net.add("Link", [f"power_{site}" for site in sites], bus0=sites, bus1="fleet", p_nom=problem.site_gw)
    net.add("Load", "demand", bus="fleet", p_set=pd.Series(problem.demand_gw, index=net.snapshots))
    net.add("Generator", "unserved", bus="fleet", p_nom=1e3, marginal_cost=problem.unserved_usd_bn)
    rows = [
        {
            "name": f"{option.name}@{first}",
            "bus": sites[option.site],
            "p_nom_mod": option.block_gw,
            "p_nom_max": option.block_gw * option.most,
            "build_year": first + 1,
            "lifetime": min(option.life, FOREVER),
            # PyPSA charges capital cost in every period of life, weighted by the factors.
            "capital_cost": cost / sum(problem.factor[first:after]) / option.block_gw,
        }
        for option, first, after, cost in problem.vintages()
    ]
    frame = pd.DataFrame(rows).set_index("name")
    net.add(
        "Generator",
        frame.index,
        p_nom_extendable=True,
        carrier="capacity",
        **{c: frame[c] for c in frame.columns},
    )
    model = net.optimize.create_model(multi_investment_periods=True)
    built = time.perf_counter()
    options = {"output_flag": False, "mip_rel_gap": gap, "time_limit": time_limit, "threads": 1}
    net.optimize.solve_model(solver_name="highs", io_api="direct", **options)
    solved = time.perf_counter()
    found = model.solver_model.getInfo() if getattr(model, "solver_model", None) is not None else None
    return Result(
        system=f"PyPSA {pypsa.__version__}",
        build_seconds=built - began,
        solve_seconds=solved - built,
        cost_usd_bn=float(net.objective) + float(getattr(net, "objective_constant", 0.0) or 0.0),
        bound_usd_bn=None if found is None else float(found.mip_dual_bound),
        columns=model.nvars,
        rows=model.ncons,
    )
