"""The problem as an ordinary instance of the planner.

Discount factors by period replace rates; what comes after the last quarter counts nothing, so the calendar goes on at a
factor of zero until every lease has ended. A block's cost each quarter is its operating cost, a lease's payment once is
a prepayment of its rent. Own blocks take a chip that costs nothing.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

import planner
from benchmarks.race.problem import Option, Problem, Result
from planner.instance.instance import Instance

START = 2026
MONTHS = 3
TAIL_YEARS = 6
"""Longer than any lease."""


def solve(problem: Problem, gap: float, time_limit: float) -> Result:
    """Return what the planner makes of its instance; building is all that is not solving: read, check, prepare, ..."""
    import planner.data.prepare
    import planner.model
    import planner.plan.make
    import planner.solve.solve  # the peers' clocks start after their imports too

    began = time.perf_counter()
    plan = planner.solve(read(problem), gap=gap, time_limit=time_limit)
    record = plan.record
    return Result(
        system="planner",
        build_seconds=time.perf_counter() - began - record.seconds,
        solve_seconds=record.seconds,
        cost_usd_bn=record.objective_usd_m / 1000.0,
        bound_usd_bn=None if record.bound_usd_m is None else record.bound_usd_m / 1000.0,
        columns=record.size["columns"],
        rows=record.size["rows"],
    )


def read(problem: Problem) -> Instance:
    """Return the problem as an instance."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "race.json"
        path.write_text(json.dumps(instance_of(problem)), encoding="utf-8")
        return planner.read(path)


def instance_of(problem: Problem) -> dict[str, Any]:
    """Return the content of the instance file."""
    last = _quarter(problem.quarters - 1)
    return {
        "schema_version": 1,
        "name": f"Race, {problem.quarters} quarters, {problem.sites} sites",
        "calendar": {
            "start": _quarter(0),
            "report_to": last,
            "end": str(_years_whole(problem) + TAIL_YEARS - 1),
            "step": "quarter",
            "coarsen": {"after": last, "step": "year"},
        },
        "discount": {"rate": 0.1, "factors": [*problem.factor, *[0.0] * TAIL_YEARS]},
        "regions": {"here": {"facility_per_it": 1.0}},
        "sites": {f"site_{site}": _site(problem, site) for site in range(problem.sites)},
        "workloads": {
            "demand": {
                "demand_gw": {
                    **{_quarter(q): gw for q, gw in enumerate(problem.demand_gw)},
                    "interpolate": "step",
                },
                "unserved_usd_bn_per_gw_year": problem.unserved_usd_bn * 12 / MONTHS,
            }
        },
        "vendors": {"landlord": {"offers": _leases(problem)}},
        "makers": {"nobody": "Nobody"},
        "chips": {"free": _free_chip()},
        "money": {"opening": {"cash_usd_bn": 10_000}, "operating_cash_usd_bn_per_year": 0},
    }


def _years_whole(problem: Problem) -> int:
    """First year of the tail; the quarters fill whole years."""
    if problem.quarters % 4:
        raise ValueError("the calendar goes on in years: take a number of quarters that fills whole ones")
    return START + problem.quarters // 4


def _quarter(number: int) -> str:
    return f"{START + number // 4}Q{number % 4 + 1}"


def _site(problem: Problem, site: int) -> dict[str, Any]:
    return {
        "region": "here",
        "facility_power_mw": problem.site_gw * 1000,
        "facility_per_it": 1.0,
        "energy_usd_per_mwh": 0,
        "load_factor": 1.0,
        "build": {
            option.name: _block(problem, option)
            for option in problem.options
            if option.site == site and option.kind == "block"
        },
    }


def _block(problem: Problem, option: Option) -> dict[str, Any]:
    mw = option.block_gw * 1000
    return {
        "block_mw": mw,
        "max_blocks": option.most * problem.quarters,
        "max_starts_per_period": option.most,
        "start": {"to": _quarter(problem.quarters - 1 - option.lead)},
        "lead_months": MONTHS * option.lead,
        "capex_usd_m_per_mw": option.once_usd_bn * 1000 / mw,
        "payments": {"0": 1},
        "operating_usd_m_per_mw_year": option.quarter_usd_bn * 1000 / mw * 12 / MONTHS,
        "life_years": 60,
        "recovery_share": 0,
    }


def _leases(problem: Problem) -> dict[str, Any]:
    return {option.name: _lease(problem, option) for option in problem.options if option.kind == "lease"}


def _lease(problem: Problem, option: Option) -> dict[str, Any]:
    """Rent over the term = paid once + paid each quarter; what is paid once is prepaid and taken off each invoice."""
    kw = option.block_gw * 1e6
    rent_usd_bn = option.once_usd_bn + option.quarter_usd_bn * option.life
    return {
        "kind": "cloud",
        "site": f"site_{option.site}",
        "chips": ["free"],
        "sign": {"to": _quarter(problem.quarters - 1 - option.lead), "at_most": problem.quarters},
        "mw": {"block": option.block_gw * 1000, "max": option.block_gw * 1000 * option.most},
        "delivery_months": MONTHS * option.lead,
        "term_months": MONTHS * option.life,
        "price_usd_per_kw_month": rent_usd_bn * 1e9 / kw / (MONTHS * option.life),
        "prepayment_share": option.once_usd_bn / rent_usd_bn,
    }


def _free_chip() -> dict[str, Any]:
    return {
        "maker": "nobody",
        "from": "2020Q1",
        "kw_per_system": 100,
        "work": {"demand": 1.0},
        "life_years": 60,
        "resale_by_age_years": {"0": 0},
        "terms": {"gift": {"price_usd_m_per_mw": 0, "lead_months": 0, "payments": {"0": 1}}},
    }
