"""Solve the flagship and its cases, and ask around them; every table of the note is made here."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import planner
from benchmarks.note.digest import digest
from benchmarks.note.figures import case_figures, line_rows, vendor_rows, year_rows
from benchmarks.note.tables import ROOT, Row, keyed
from planner.compare import interval, interval_sentence
from planner.errors import InfeasibleError, NoPlan
from planner.explore import breakeven, floor_dates, lift, relaxation
from planner.instance.instance import Instance
from planner.level_cost import LevelCost
from planner.plan.plan import Plan

FLAGSHIP = ROOT / "instances" / "stargate.yaml"
JOINED = (("company_path", "lenders_agree"), ("shell_rent_195", "lenders_agree"))
"""Cases of the file that the note also solves together."""
AGAINST = {
    "company_path_equity": "company_path",
    "company_path_equity_cap_600": "company_path_equity",
    "company_path+lenders_agree": "company_path",
    "shell_rent_195+lenders_agree": "shell_rent_195",
}
"""Case: the case it is compared with, where that is not base."""
LIFTED = ("base", "company_path", "company_path_equity", "company_path_equity_cap_600")
FLOOR = (("base",), ("no_new_money",), ("company_path",), ("company_path", "no_new_money"))
YEARLY = ("base", "company_path")
BREAKEVEN_DAYS = (None, "2030Q1")


@dataclass(frozen=True)
class Asked:
    """How well each case is solved, and where plans are kept between runs."""

    gap: float
    time_limit: float
    plans: Path | None = None


def instances() -> dict[str, Instance]:
    """Return base, every case of the file and the joined ones, by name."""
    base = planner.read(FLAGSHIP)
    cases = {"base": base} | {case: planner.read(FLAGSHIP, cases=(case,)) for case in base.cases}
    return cases | {"+".join(joined): planner.read(FLAGSHIP, cases=joined) for joined in JOINED}


def measure(asked: Asked) -> dict[str, dict[str, Row]]:
    """Return all tables but the one kept by hand; says on stderr what it does."""
    began = time.monotonic()
    known = instances()
    solved = _solve_all(known, asked)
    plans = {case: one for case, one in solved.items() if isinstance(one, Plan)}
    rows = _case_rows(known, solved)
    tables = {
        "cases": keyed(rows),
        "years": keyed(row for case in YEARLY for row in year_rows(plans[case], case)),
        "vendors": keyed(vendor_rows(plans["base"])),
        "lines": keyed(line_rows(plans["base"])),
        **around(known),
    }
    seconds = time.monotonic() - began
    run = _run_row(known["base"], plans["base"], asked, seconds, rows)
    run |= _rents(tables["breakeven"]) | _offered(known["base"])
    return {"run": keyed([run]), **tables}


def around(known: Mapping[str, Instance]) -> dict[str, dict[str, Row]]:
    """Return the tables that need no plan: lifted resources, break-even, dates of the floor."""
    tell("lift, break-even, dates")
    lifts = [
        {"key": f"{case}.{row.resource}", "case": case} | asdict(row)
        for case in LIFTED
        for row in lift(known[case])
    ]
    for row in lifts:
        row |= {"change_usd_bn": row["change_usd_m"] / 1000.0}
    kept = ("key", "case", "resource", "sentence", "change_usd_bn")
    even = [
        {"key": ".".join((row.build, row.power, row.shell, "first" if day is None else "later"))}
        | asdict(row)
        for day in BREAKEVEN_DAYS
        for row in breakeven(known["base"], day)
    ]
    floor = []
    for cases in FLOOR:
        case = "+".join(cases)
        instance = known.get(case) or planner.read(FLAGSHIP, cases=cases)
        floor += [
            {"key": f"{case}.{row.served}", "case": case} | asdict(row)
            for row in floor_dates(instance)
            if row.rounds
        ]
    return {
        "levels": keyed(_level_rows(known["base"])),
        "lift": keyed({name: row[name] for name in kept} for row in lifts),
        "breakeven": keyed(even),
        "floor": keyed(floor),
    }


def _level_rows(instance: Instance) -> list[dict[str, Any]]:
    """The level cost of every offer and block with the chip that makes its work cheapest."""
    best: dict[str, LevelCost] = {}
    for row in planner.level_costs(instance):
        if row.kind == "chip" or row.usd_bn_per_reference_gw_year is None:
            continue
        other = best.get(row.id)
        if other is None or row.usd_bn_per_reference_gw_year < (other.usd_bn_per_reference_gw_year or 0.0):
            best[row.id] = row
    return [
        {"key": row.id} | {name: value for name, value in asdict(row).items() if name != "id"}
        for row in best.values()
    ]


def _offered(instance: Instance) -> dict[str, float]:
    """GW that can still be signed in all, and the share of it that names no site."""
    total = free = 0.0
    for vendor in instance.spec.vendors.values():
        for offer in vendor.offers.values():
            if offer.sign is None or offer.mw is None:
                continue
            most = [] if offer.mw.total is None else [offer.mw.total.constant]
            if offer.mw.max is not None:
                most.append(offer.mw.max.constant * offer.sign.at_most.constant)
            total += min(most)
            free += min(most) if offer.site is None else 0.0
    return {"offered_gw": total / 1000.0, "offered_without_site_share": free / total}


def _solve_all(known: Mapping[str, Instance], asked: Asked) -> dict[str, Plan | NoPlan]:
    """Solve every case from all plans known so far; then once more those that are not solved to the gap."""
    solved: dict[str, Plan | NoPlan] = {}
    kept = _kept(known, asked.plans)
    for case, instance in known.items():
        solved[case] = _solve(case, instance, asked, [*kept, *_plans(solved)])
        _keep(case, solved[case], asked.plans)
    for case, instance in known.items():
        one = solved[case]
        if isinstance(one, Plan) and one.record.stopped_by == "time_limit":
            again = _solve(case, instance, asked, _plans(solved))
            solved[case] = _closer(one, again)
            _keep(case, solved[case], asked.plans)
    return solved


def _plans(solved: Mapping[str, Plan | NoPlan]) -> list[Plan]:
    return [one for one in solved.values() if isinstance(one, Plan)]


def _solve(case: str, instance: Instance, asked: Asked, start: Sequence[Plan]) -> Plan | NoPlan:
    began = time.monotonic()
    found: Plan | NoPlan
    try:
        plan = planner.solve(instance, gap=asked.gap, time_limit=asked.time_limit, start=start)
        found = replace(plan, model=None)
    except NoPlan as error:
        found = error
    tell(f"{time.monotonic() - began:6.1f} s  {case}: {found!r}")
    return found


def _closer(one: Plan, again: Plan | NoPlan) -> Plan:
    """The cheaper plan with the better bound of both solves: both are true of the case."""
    if not isinstance(again, Plan):
        return one
    cheaper = min(one, again, key=lambda plan: plan.objective_usd_m)
    bounds = [plan.record.bound_usd_m for plan in (one, again) if plan.record.bound_usd_m is not None]
    if not bounds:
        return cheaper
    bound, cost = max(bounds), cheaper.objective_usd_m
    record = replace(
        cheaper.record,
        bound_usd_m=bound,
        gap=max(0.0, cost - bound) / abs(cost),
        gap_usd_m=max(0.0, cost - bound),
        seconds=one.record.seconds + again.record.seconds,
        stopped_by=again.record.stopped_by,
    )
    return replace(cheaper, record=record)


def _kept(known: Mapping[str, Instance], folder: Path | None) -> list[Plan]:
    """Plans of an earlier run."""
    if folder is None or not folder.exists():
        return []
    return [planner.load(folder / case) for case in known if (folder / case / "plan.json").exists()]


def _keep(case: str, one: Plan | NoPlan, folder: Path | None) -> None:
    if folder is not None and isinstance(one, Plan):
        place = folder / case
        place.mkdir(parents=True, exist_ok=True)
        one.save(place)


def _case_rows(known: Mapping[str, Instance], solved: Mapping[str, Plan | NoPlan]) -> list[dict[str, Any]]:
    """One row per case, the cells of a case without a plan empty."""
    rows: list[dict[str, Any]] = []
    for case, instance in known.items():
        one = solved[case]
        row = {"key": case, "digest": digest(instance), "against": AGAINST.get(case, "base")}
        if isinstance(one, Plan):
            rows.append(row | _solved_row(case, instance, one, solved))
        else:
            status = "infeasible" if isinstance(one, InfeasibleError) else "no_plan"
            said = {"status": status, "difference": "; ".join(one.explanation)}
            rows.append(row | dict.fromkeys(rows[0]) | row | said)
    return rows


def _solved_row(
    case: str, instance: Instance, one: Plan, solved: Mapping[str, Plan | NoPlan]
) -> dict[str, Any]:
    other = solved[AGAINST.get(case, "base")]
    low = high = change = None
    sentence = ""
    if case != "base" and isinstance(other, Plan):
        low, high = (usd_m / 1000.0 for usd_m in interval(other, one))
        sentence = interval_sentence(other, one)
        change = (one.objective_usd_m - other.objective_usd_m) / 1000.0
    bound = one.record.bound_usd_m
    verdict = planner.audit(one)
    if not verdict.ok:
        raise RuntimeError(f"the audit rejects the plan of {case}: {verdict}")
    return {
        "status": one.record.status,
        "cost_usd_bn": one.objective_usd_m / 1000.0,
        "bound_usd_bn": None if bound is None else bound / 1000.0,
        "gap": one.record.gap,
        "seconds": round(one.record.seconds, 1),
        "relaxation_usd_bn": relaxation(instance).cost_usd_m / 1000.0,
        "change_usd_bn": change,
        "low_usd_bn": low,
        "high_usd_bn": high,
        "difference": sentence,
        "audit_relative": verdict.cost_difference_relative,
        **case_figures(one),
    }


def _run_row(
    base: Instance, plan: Plan, asked: Asked, seconds: float, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    gaps = [row["gap"] for row in rows if row["gap"] is not None]
    return {
        "key": "note",
        "instance_hash": base.hash[:12],
        "gap_asked": asked.gap,
        "time_limit_s": asked.time_limit,
        "cases": len(rows),
        "cases_solved": len(gaps),
        "cases_within_gap": sum(gap <= asked.gap * (1 + 1e-9) for gap in gaps),
        "largest_gap": max(gaps),
        "largest_audit_relative": max(
            row["audit_relative"] for row in rows if row["audit_relative"] is not None
        ),
        "minutes": seconds / 60.0,
        "rate": base.spec.discount.rate.constant,
        "line_rate": base.spec.discount.by_line["construction"].constant,
        "rows": plan.record.size["rows"],
        "columns": plan.record.size["columns"],
        "integers": plan.record.size["integers"],
        "planner": plan.record.versions["planner"],
        "highs": plan.record.versions["highspy"],
    }


def _rents(rows: Mapping[str, Row]) -> dict[str, float]:
    """Least and most break-even rent of the blocks at sites that can be leased too, at the first date."""
    here = [row for key, row in rows.items() if row["same_site"] == "yes" and key.endswith(".first")]
    found: dict[str, float] = {}
    for rates in ("line", "company"):
        rents = [float(row[f"breakeven_rent_at_{rates}"]) for row in here]
        found |= {f"least_rent_{rates}": min(rents), f"most_rent_{rates}": max(rents)}
    return found


def tell(text: str) -> None:
    """Say on stderr how far the work is."""
    print(text, file=sys.stderr, flush=True)
