"""The table of `--cases all`: a row a case, with its costs as intervals, what lies beside them, and units."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.compare import beside_usd_m, compare
from planner.errors import InfeasibleError, NoPlan
from planner.numbers import Scale, fixed, readable, share
from planner.report.over_time import size_mw

if TYPE_CHECKING:
    from planner.finish import Run
    from planner.plan.plan import Plan

CASE_COLUMNS = (
    "case", "status", "cost_usd_bn", "bound_usd_bn", "gap", "beside_usd_bn", "total_usd_bn", "powered_gw",
    "shortfall_gw_years", "least_cash_usd_bn", "least_change_usd_bn", "most_change_usd_bn", "inputs", "difference",
    "audit", "run",
)  # fmt: skip
"""Keys of a row; units end the names, `gap` is a share."""
INPUTS_SHOWN = 50


def failed_row(case: str, error: NoPlan) -> dict[str, Any]:
    """The row of a case without a plan: why, and the whole explanation."""
    row: dict[str, Any] = dict.fromkeys(CASE_COLUMNS)
    status = "infeasible" if isinstance(error, InfeasibleError) else "no_plan"
    told = {
        "difference": error.explanation[0] if error.explanation else error.message,
        "run": Path(error.where or "").name,
        "explanation": list(error.explanation),
    }
    return row | {"case": case, "status": status} | told


def case_row(case: str, done: Run, base: Run | None) -> dict[str, Any]:
    """The row of a solved case, set against the base."""
    plan, record, cash = done.plan, done.plan.record, done.plan.frames["cash"]
    apart = beside_usd_m(plan)
    row: dict[str, Any] = {
        "case": case,
        "status": record.status,
        "cost_usd_bn": record.objective_usd_m / 1000.0,
        "bound_usd_bn": None if record.bound_usd_m is None else record.bound_usd_m / 1000.0,
        "gap": record.gap,
        "beside_usd_bn": apart / 1000.0,
        "total_usd_bn": (record.objective_usd_m + apart) / 1000.0,
        "powered_gw": _powered_gw(plan),
        "shortfall_gw_years": _shortfall_gw_years(plan),
        "least_cash_usd_bn": float(cash[cash["reported"]]["closing_usd_m"].min()) / 1000.0,
        "least_change_usd_bn": None,
        "most_change_usd_bn": None,
        "inputs": None,
        "difference": "",
        "audit": "ok" if done.verdict.ok else "rejected",
        "run": done.folder.name,
    }
    if base is not None:
        found = compare(base.plan, plan)
        low, high = (None if not math.isfinite(each) else each / 1000.0 for each in found.total_interval)
        changed = [
            f"{one.path}: {one.a} -> {one.b}"
            for one in found.inputs.head(INPUTS_SHOWN).itertuples(index=False)
        ]
        row |= {
            "least_change_usd_bn": low,
            "most_change_usd_bn": high,
            "inputs": len(found.inputs),
            "difference": "; ".join([found.sentence, *found.cautions]),
            "inputs_that_differ": changed,
        }
    return row | {"size_gw": size_mw(plan) / 1000.0}


def _powered_gw(plan: Plan) -> float:
    ladder = plan.frames["ladder"]
    reported = ladder[(ladder["basis"] == "it") & ladder["reported"]]
    if reported.empty:
        return 0.0
    last = reported[reported["period"] == reported["period"].iloc[-1]]
    return float((last["powered_gw"] * last["probability"]).sum())


def _shortfall_gw_years(plan: Plan) -> float:
    """Expected GW-years of the reference fleet that are not served in the reported periods."""
    periods, service = plan.frames["periods"], plan.frames["service"]
    years = dict(zip(periods["node"], periods["years"], strict=True))
    short = service[service["reported"]]
    return float((short["shortfall_mw"] * short["probability"] * short["node"].map(years)).sum()) / 1000.0


def case_text(rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """Headings with units and cells for people; power in MW or GW by the size of the largest company."""
    scale = Scale.of(max((float(row.get("size_gw") or 0.0) for row in rows), default=0.0) * 1000.0)
    heads = [
        "case", "status", "cost, USD bn", "bound, USD bn", "gap, %", "beside, USD bn", "in all, USD bn",
        f"powered, {scale.unit}", f"unserved, {scale.unit}-years", "least cash, USD bn", "inputs that differ",
        "against base", "audit", "run",
    ]  # fmt: skip
    return heads, [_cells(row, scale) for row in rows]


def _cells(row: Mapping[str, Any], scale: Scale) -> list[str]:
    def number(key: str) -> str:
        return "-" if row[key] is None else readable(float(row[key]))

    def power(key: str) -> str:
        return "-" if row[key] is None else readable(scale.gw(float(row[key])))

    gap = "-" if row["gap"] is None else share(float(row["gap"])).removesuffix(" %")
    return [
        str(row["case"]), str(row["status"]), number("cost_usd_bn"), number("bound_usd_bn"), gap,
        number("beside_usd_bn"), number("total_usd_bn"), power("powered_gw"), power("shortfall_gw_years"),
        number("least_cash_usd_bn"), "-" if row["inputs"] is None else fixed(float(row["inputs"]), 0),
        str(row["difference"] or "-"), str(row["audit"] or "-"), str(row["run"] or "-"),
    ]  # fmt: skip


def case_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as csv, numbers in full."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.DictWriter(text, CASE_COLUMNS, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
