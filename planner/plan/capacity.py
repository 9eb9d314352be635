"""Frames of capacity: by host and offer, the ladder, site power, service."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import pandas as pd

from planner.data.columns import secured_columns
from planner.data.delivery import CHIPLESS
from planner.data.types import Data, Pool
from planner.instance.schema import Spec
from planner.plan.decisions import date_text, period_of
from planner.plan.values import Values

TENURE = {"own": "own", "shell": "shell", "cloud": "cloud", "consumption": "cloud", "on_demand": "cloud"}


def time_columns(d: Data, node: str) -> dict[str, Any]:
    """Node, period, whether it is reported, and its probability: the first columns of frames over time."""
    period = period_of(d, node)
    return {
        "node": node,
        "period": period.label,
        "reported": period.reported,
        "probability": d.tree.probability[node],
    }


def periods_frame(d: Data) -> pd.DataFrame:
    """One row per node: its period, dates, length in years, parent and probability."""
    rows = []
    for node in d.tree.nodes:
        period = period_of(d, node)
        rows.append(
            time_columns(d, node)
            | {
                "parent": d.tree.parent[node] or "",
                "leaf": d.tree.leaf[node],
                "start": date_text(d, period.start),
                "last_day": date_text(d, period.last_day),
                "years": period.years,
            }
        )
    return pd.DataFrame(rows)


def serving_by_pool(d: Data, v: Values) -> dict[tuple[Pool, str], float]:
    """MW that serve, by pool and node."""
    serving: dict[tuple[Pool, str], float] = defaultdict(float)
    for workload, pool in d.service.serves:
        for node in d.tree.nodes:
            serving[pool, node] += v("served_mw", workload, *pool, node)
    return serving


def pool_members(d: Data, v: Values, pool: Pool, node: str) -> dict[tuple[str, str], float]:
    """(host or offer, chip): MW that could serve in a pool at a node."""
    members = {}
    for chip, host in d.service.pool_installed.get(pool, ()):
        members[host, chip] = v("installed_mw", chip, host, node) - v("curtailed_mw", chip, host, node)
    for offer, chip in d.service.pool_offers.get(pool, ()):
        if offer in d.contracts.consumption.chips:
            used = drawn_mw(d, v, offer, chip, node)
        elif offer in d.contracts.on_demand:
            used = v("on_demand_mw", offer, chip, node)
        elif offer in d.contracts.take_or_pay:
            used = v("used_mw", offer, chip, node)
        else:
            used = v("delivered_mw", offer, chip, node)
        on = used - v("curtailed_mw", chip, offer, node) - v("sublet_mw", offer, chip, node)
        members[offer, chip] = on * d.contracts.availability[offer]
    return members


def drawn_mw(d: Data, v: Values, offer: str, chip: str, node: str) -> float:
    """MW of a chip drawn of the commitments to spend of an offer, mean of the period."""
    keys = (key for key in d.contracts.consumption.drawn if (key[0], key[1], key[3]) == (offer, chip, node))
    return sum(v("drawn_mw", *key) for key in keys)


def serving_by_member(d: Data, v: Values) -> dict[tuple[str, str, str], float]:
    """(host or offer, chip, node): MW serving, a pool's use split pro rata."""
    out: dict[tuple[str, str, str], float] = defaultdict(float)
    for (pool, node), serving in serving_by_pool(d, v).items():
        members = pool_members(d, v, pool, node)
        total = sum(members.values())
        if total > 0:
            for (member, chip), mw in members.items():
                out[member, chip, node] += serving * mw / total
    return out


def capacity_frame(d: Data, spec: Spec, v: Values) -> pd.DataFrame:
    """One row per host or offer, chip and node with capacity; MW of IT load unless the column says facility.

    Of a commitment to spend the row with chip `none` holds what may be drawn, the rows with a chip what is drawn.
    `powered_mw` is delivered on the last day, `mean_mw` over the period; for own and leased hosts the row with chip
    `none` holds the host's own MW and the rows with a chip what is installed in it.
    """
    rows: list[dict[str, Any]] = []
    serving = serving_by_member(d, v)
    c = d.contracts
    for node in d.tree.nodes:
        for build in d.construction.builds:
            rows.append(
                _row(d, spec, node, build, "none", v("built_end_mw", build, node), v("built_mw", build, node))
            )
        for offer in c.offers:
            for chip in c.chips_of[offer]:
                end, mean = v("delivered_end_mw", offer, chip, node), v("delivered_mw", offer, chip, node)
                row = _row(d, spec, node, offer, chip, end, mean)
                if c.kind[offer] not in CHIPLESS:
                    row |= {"installed_mw": end, "serving_mw": serving[offer, chip, node]}
                rows.append(row)
        for offer, chips in c.consumption.chips.items():
            for chip in chips:
                drawn = {"installed_mw": drawn_mw(d, v, offer, chip, node)}
                drawn["serving_mw"] = serving[offer, chip, node]
                rows.append(_row(d, spec, node, offer, chip, 0.0, 0.0) | drawn)
        for offer in c.on_demand:
            for chip in c.chips_of[offer]:
                used = v("on_demand_mw", offer, chip, node)
                rows.append(
                    _row(d, spec, node, offer, chip, 0.0, used) | {"serving_mw": serving[offer, chip, node]}
                )
        for chip, host in d.chips.pairs:
            installed = v("installed_end_mw", chip, host, node)
            row = _row(d, spec, node, host, chip, 0.0, 0.0)
            rows.append(row | {"installed_mw": installed, "serving_mw": serving[host, chip, node]})
    frame = pd.DataFrame(rows)
    if frame.empty:
        return frame
    amounts = ["powered_mw", "mean_mw", "installed_mw", "serving_mw"]
    return frame[(frame[amounts].abs() > 1e-9).any(axis=1)].reset_index(drop=True)


def _row(d: Data, spec: Spec, node: str, member: str, chip: str, end: float, mean: float) -> dict[str, Any]:
    c = d.contracts
    kind = c.kind[member]
    vendor = "own" if kind == "own" else c.vendor[member]
    group = "own" if kind == "own" else spec.vendors[vendor].group or vendor
    return time_columns(d, node) | {
        "id": member,
        "site": c.site[member] or "",
        "region": c.region[member],
        "vendor": vendor,
        "group": group,
        "kind": kind,
        "tenure": TENURE[kind],
        "chip": chip,
        "maker": spec.chips[chip].maker if chip in spec.chips else "",
        "powered_mw": end,
        "mean_mw": mean,
        "installed_mw": 0.0,
        "serving_mw": 0.0,
        "facility_mw": end * c.facility_per_it[member],
    }


def secured_mw(d: Data, v: Values, node: str) -> dict[str, float]:
    """MW secured on the last day by build or offer: signed, kept, started, whether delivered or not."""
    out: dict[str, float] = defaultdict(float)
    for build, start in d.construction.starts:
        if (build, start, node) in d.construction.secured:
            out[build] += d.construction.block_mw[build] * v("blocks", build, start)
    for build, start, left in d.exits.sales:
        if (build, start, node) in d.construction.secured and left in d.tree.path[node]:
            out[build] -= d.construction.block_mw[build] * v("sold_blocks", build, start, left)
    for build in d.construction.builds:
        out[build] += d.construction.given_secured_mw[build, node]
    for offer, sign_node in d.contracts.signings:
        if (offer, sign_node, node) in d.contracts.secured:
            for chip in d.contracts.signed_chips[offer, sign_node]:
                out[offer] += v("signed_mw", offer, chip, sign_node)
    for column, mw in secured_columns(d.contracts.columns, node):
        out[column.offer] += mw * v(column.var, *column.index)
    for (offer, _chip, given_node), mw in d.contracts.given_secured_mw.items():
        if given_node == node:
            out[offer] += mw
    return out


def ladder_frame(d: Data, v: Values, capacity: pd.DataFrame) -> pd.DataFrame:
    """GW secured, powered, installed, operating by node and basis; demand in GW of the reference fleet."""
    rows = []
    ratio = d.contracts.facility_per_it
    by_member = capacity.groupby(["node", "id"], sort=False) if not capacity.empty else None
    shifted = shifted_mw(d, v)
    sums = by_member[["powered_mw", "installed_mw", "serving_mw"]].sum() if by_member is not None else None
    for node in d.tree.nodes:
        secured = secured_mw(d, v, node)
        for basis in ("it", "facility"):
            total = dict.fromkeys(("secured", "powered", "installed", "operating", "on_demand"), 0.0)
            total["secured"] = sum(
                mw * (ratio[m] if basis == "facility" else 1.0) for m, mw in secured.items()
            )
            if sums is not None and node in sums.index.get_level_values(0):
                for member, row in sums.loc[node].iterrows():
                    weight = ratio[str(member)] if basis == "facility" else 1.0
                    if d.contracts.kind[str(member)] == "on_demand":
                        total["on_demand"] += weight * row["serving_mw"]
                        continue
                    total["powered"] += weight * row["powered_mw"]
                    total["installed"] += weight * row["installed_mw"]
                    total["operating"] += weight * min(row["serving_mw"], row["installed_mw"])
            demand = sum(d.service.demand_mw[w, node] + shifted[w, node] for w in d.service.workloads)
            rows.append(
                time_columns(d, node)
                | {"basis": basis}
                | {f"{rung}_gw": mw / 1000.0 for rung, mw in total.items()}
                | {
                    "under_construction_gw": (total["secured"] - total["powered"]) / 1000.0,
                    "demand_gw": demand / 1000.0,
                }
            )
    return pd.DataFrame(rows)


def power_frame(d: Data, v: Values) -> pd.DataFrame:
    """Facility MW at each site on the last day, and energy of own and leased hosts over the period."""
    rows = []
    p = d.power
    last: dict[tuple[str, str], tuple[str, str, int]] = {}
    for site, node, step in p.dates:
        last[site, node] = (site, node, step)
    energy = set(p.energy_nodes)
    for site in p.sites:
        for node in d.tree.nodes:
            if (site, node) not in last:
                continue
            key = last[site, node]
            used = p.given_facility_mw[key] + v.sum(p.load[key])
            projects = v.sum(term for term in p.relief[key] if term[0] == "units")
            extra = v.sum(term for term in p.relief[key] if term[0] != "units")
            contracted, left = _contracted(d, v, key, used)
            grid_mwh = v("grid_mwh", site, node)
            made = sum(v("project_mwh", project, node) for project in p.projects_at.get(site, ()))
            rows.append(
                time_columns(d, node)
                | {
                    "site": site,
                    "grid_mw": p.grid_facility_mw[key],
                    "projects_mw": projects,
                    "curtailable_mw": extra,
                    "contracted_mw": contracted,
                    "used_mw": used,
                    "headroom_mw": min(p.grid_facility_mw[key] + projects + extra - used, left),
                    "energy_mwh": grid_mwh + made if (site, node) in energy else 0.0,
                    "grid_mwh": grid_mwh,
                    "project_mwh": made,
                }
            )
    return pd.DataFrame(rows)


def shifted_mw(d: Data, v: Values) -> dict[tuple[str, str], float]:
    """MW of the reference fleet moved to a demand at a node, less what is moved away: pulses, and what they borrow."""
    shift = d.service.shift
    out = {(demand, node): 0.0 for demand in d.service.workloads for node in d.tree.nodes}
    for demand, node in shift.pulses:
        out[demand, node] += v("pulse_work_mw", demand, node) / d.service.reference_work[demand, node]
    for key in shift.loans:
        out[key[1], key[2]] -= v("borrowed_mw", *key)
    for key in shift.returns:
        out[key[1], key[2]] += v("returned_mw", *key)
    return out


SERVING_COLUMNS = (
    "node", "period", "reported", "probability", "workload", "demand_region", "chip", "region", "control", "mw",
    "work_mw",
)  # fmt: skip


def _contracted(d: Data, v: Values, key: tuple[str, str, int], used: float) -> tuple[float, float]:
    """Facility MW in force with a utility on a date, and what they leave with own generation; without one no limit."""
    if key not in d.utility.in_force:
        return math.nan, math.inf
    terms, running = d.utility.in_force[key], d.utility.running_mw[key]
    in_force = running + v.sum(term for term in terms if term[0] != "units")
    return in_force, running + v.sum(terms) - used


def service_frames(d: Data, v: Values) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Demand, served and short by workload and its region (reference MW), and what serves it by pool (MW and work)."""
    s = d.service
    totals, serving = [], []
    shifted = shifted_mw(d, v)
    for demand in s.workloads:
        for node in d.tree.nodes:
            asked, short = s.demand_mw[demand, node] + shifted[demand, node], v("shortfall_mw", demand, node)
            totals.append(
                time_columns(d, node)
                | {
                    "workload": s.workload_of[demand],
                    "demand_region": s.demand_region[demand],
                    "demand_mw": asked,
                    "served_mw": asked - short,
                    "shortfall_mw": short,
                    "served_share": 1.0 - short / asked if asked else 1.0,
                    "shifted_mw": shifted[demand, node],
                }
            )
    for demand, pool in s.serves:
        for node in d.tree.nodes:
            mw = v("served_mw", demand, *pool, node)
            if mw > 1e-9:
                serving.append(
                    time_columns(d, node)
                    | {"workload": s.workload_of[demand], "demand_region": s.demand_region[demand]}
                    | {"chip": pool[0], "region": pool[1], "control": pool[2], "mw": mw}
                    | {"work_mw": mw * s.work[demand, pool, node]}
                )
    return pd.DataFrame(totals), pd.DataFrame(serving, columns=list(SERVING_COLUMNS))
