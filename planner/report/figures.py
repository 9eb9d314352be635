"""The vocabulary of `compare:` in a claim: a figure of the plan, by name and date, that is printed beside it.

A name is `FIGURE`, `FIGURE@DATE` (the last day of what the date names) or `FIGURE@FROM..TO` (both included).

| figure | frame and column | date |
|---|---|---|
| `RUNG_gw`, `RUNG_facility_gw` | ladder; RUNG: secured, powered, installed, operating, ... | @date |
| `demand_gw`, `served_gw`, `shortfall_gw` | ladder, service: GW of the reference fleet | @date |
| `own_gw` | capacity: powered IT load of own build | @date |
| `vendor_gw.ID`, `site_gw.ID`, `region_gw.ID`, `tenure_gw.ID` | capacity: powered IT load | @date |
| `chip_gw.ID`, `maker_gw.ID` | capacity: installed IT load | @date |
| `accrued_spend_usd_bn`, `paid_spend_usd_bn` | payments, and past spend of the opening | @from..to |
| `vendor_spend_usd_bn.ID`, `line_spend_usd_bn.ID` | payments, accrued | @from..to |
| `burn_usd_bn` | cash: opening less closing, new equity and net borrowing taken out | @from..to |
| `cash_usd_bn`, `headroom_usd_bn`, `floor_usd_bn` | cash, last day | @date |
| `debt_usd_bn`, `commitments_usd_bn` | commitments, last day | @date |
| `payables_usd_bn` | payables: owed to vendors with a cap, last day | @date |
| `cost_usd_bn` | costs | |
| `lowest_cash_usd_bn`, `lowest_headroom_usd_bn` | cash, least of the reported periods | |
| `first_below_floor` | cash: first reported period below the floor | |
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from planner.instance.parse import ParseError, parse_when
from planner.instance.quantity import When
from planner.numbers import fixed, usd_bn
from planner.plan.plan import Plan
from planner.report.over_time import Time, decimal_year, least

RUNGS = ("secured", "powered", "installed", "operating", "under_construction", "on_demand")
MEMBERS = {
    "vendor_gw": ("vendor", "powered_mw"), "site_gw": ("site", "powered_mw"), "region_gw": ("region", "powered_mw"),
    "tenure_gw": ("tenure", "powered_mw"), "chip_gw": ("chip", "installed_mw"), "maker_gw": ("maker", "installed_mw"),
}  # fmt: skip
LAST_DAY = {
    "cash_usd_bn": ("cash", "closing_usd_m"), "headroom_usd_bn": ("cash", "headroom_usd_m"),
    "floor_usd_bn": ("cash", "floor_usd_m"), "debt_usd_bn": ("commitments", "debt_usd_m"),
    "commitments_usd_bn": ("commitments", "total_usd_m"), "payables_usd_bn": ("payables", "owed_usd_m"),
}  # fmt: skip
SPEND = {
    "accrued_spend_usd_bn": ("accrued_usd_m", ""), "paid_spend_usd_bn": ("paid_usd_m", ""),
    "vendor_spend_usd_bn": ("accrued_usd_m", "vendor"), "line_spend_usd_bn": ("accrued_usd_m", "line"),
}  # fmt: skip


@dataclass(frozen=True)
class PlanFigure:
    """A figure of the plan, or why there is none."""

    value: float | str | None
    unit: str
    note: str = ""


class Unknown(ValueError):
    """A name or date that the vocabulary or the calendar does not have."""


def figure(plan: Plan, time: Time, name: str) -> PlanFigure:
    """The figure that a claim names; a note instead of a value where there is none."""
    stated, _, when = name.partition("@")
    what, _, member = stated.strip().partition(".")
    try:
        return _find(plan, time, what, member, when.strip())
    except Unknown as unknown:
        return PlanFigure(None, "", str(unknown))


def _find(plan: Plan, time: Time, what: str, member: str, when: str) -> PlanFigure:
    alone = _WITHOUT_DATE.get(what)
    if alone is not None:
        return alone(plan, time)
    if what in SPEND:
        return _spend(plan, time, what, member, when)
    if what == "burn_usd_bn":
        return _burn(plan, time, when)
    place = _place(time, when) if _has_date(what) else None
    if place is None:
        raise Unknown(f"no figure {what!r}")
    label = f"end of {time.spans[place].label}"
    if what in LAST_DAY:
        frame, column = LAST_DAY[what]
        value = time.expected(plan.frames[frame], column)[column][place]
        return PlanFigure(value / 1000.0, "USD bn", label)
    if what in ("demand_gw", "served_gw", "shortfall_gw"):
        column = what.replace("_gw", "_mw")
        value = time.expected(plan.frames["service"], column)[column][place]
        return PlanFigure(value / 1000.0, "GW", f"mean of {time.spans[place].label}, reference fleet")
    if what in MEMBERS or what == "own_gw":
        by, amount = MEMBERS.get(what, ("vendor", "powered_mw"))
        sums = time.expected(plan.frames["capacity"], amount, by)
        wanted = member or "own"
        return PlanFigure(sums[wanted][place] / 1000.0 if wanted in sums else 0.0, "GW", f"IT load, {label}")
    return _rung(plan, time, what, place, label)


def _has_date(what: str) -> bool:
    rungs = {f"{rung}{basis}_gw" for rung in RUNGS for basis in ("", "_it", "_facility")}
    return (
        what in LAST_DAY
        or what in MEMBERS
        or what in rungs | {"demand_gw", "served_gw", "shortfall_gw", "own_gw"}
    )


def _rung(plan: Plan, time: Time, what: str, place: int, label: str) -> PlanFigure:
    basis = "facility" if what.endswith("_facility_gw") else "it"
    rung = what.removesuffix("_gw").removesuffix(f"_{basis}")
    ladder = plan.frames["ladder"]
    value = time.expected(ladder[ladder["basis"] == basis], f"{rung}_gw")[f"{rung}_gw"][place]
    words = "at the meter" if basis == "facility" else "IT load"
    return PlanFigure(value, "GW", f"{words}, {label}")


def _when(text: str) -> When:
    try:
        return parse_when(text)
    except ParseError:
        raise Unknown(f"{text!r} is not a date") from None


def _place(time: Time, text: str) -> int:
    if not text:
        raise Unknown("the figure needs a date")
    place = time.ending(_when(text).after)
    if place is None:
        raise Unknown(f"{text} is not in the calendar")
    return place


def _window(time: Time, text: str) -> tuple[When, When, list[int], str]:
    start, _, end = text.partition("..")
    first, last = _when(start), _when(end or start)
    low, high = decimal_year(first.first.isoformat()) - 1e-6, decimal_year(last.after.isoformat()) + 1e-6
    places = [p for p, span in enumerate(time.spans) if span.start >= low and span.end <= high]
    if not places:
        raise Unknown(f"{text} is not in the calendar")
    spans = time.spans
    note = f"{spans[places[0]].label} to {spans[places[-1]].label}"
    return first, last, places, note


def _spend(plan: Plan, time: Time, what: str, member: str, when: str) -> PlanFigure:
    column, by = SPEND[what]
    first, _, places, note = _window(time, when)
    frame = plan.frames["payments"]
    if by:
        frame = frame[frame[by] == member]
    values = time.expected(frame, column)[column]
    total = sum(values[place] for place in places)
    past = 0.0
    if places[0] == 0:
        for spent in plan.instance.spec.money.opening.past_spend:
            known = not by or (spent.line == member if by == "line" else spent.vendor == member)
            if known and first.first <= spent.from_.first:
                past += spent.usd_bn.constant
    if past:
        note += f", and USD {fixed(past, 1)} bn spent before"
    return PlanFigure(total / 1000.0 + past, "USD bn", note)


def _burn(plan: Plan, time: Time, when: str) -> PlanFigure:
    *_, places, note = _window(time, when)
    cash = plan.frames["cash"]
    new = cash["rounds_usd_m"] + cash["optional_rounds_usd_m"] + cash["draws_usd_m"] + cash["repayment_usd_m"]
    burnt = cash["opening_usd_m"] - cash["closing_usd_m"] + new
    values = time.expected(cash.assign(burnt=burnt), "burnt")["burnt"]
    return PlanFigure(sum(values[place] for place in places) / 1000.0, "USD bn", note)


def _lowest(column: str) -> Callable[[Plan, Time], PlanFigure]:
    def lowest(plan: Plan, time: Time) -> PlanFigure:
        cash = _reported(plan.frames["cash"])
        if cash.empty or cash[column].isna().all():
            raise Unknown("the instance sets no floor")
        row = least(cash, column)
        return PlanFigure(float(getattr(row, column)) / 1000.0, "USD bn", f"end of {row.period}")

    return lowest


def _first_below(plan: Plan, time: Time) -> PlanFigure:
    cash = _reported(plan.frames["cash"])
    below = cash[cash["headroom_usd_m"] < -0.5]
    if below.empty:
        return PlanFigure("never", "", "in the reported periods")
    return PlanFigure(
        str(below["period"].iloc[0]), "", f"{usd_bn(-float(below['headroom_usd_m'].iloc[0]))} below"
    )


def _cost(plan: Plan, time: Time) -> PlanFigure:
    return PlanFigure(float(plan.frames["costs"]["total_usd_m"].sum()) / 1000.0, "USD bn", "present value")


def _reported(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["reported"]]


_WITHOUT_DATE: dict[str, Callable[[Plan, Time], PlanFigure]] = {
    "cost_usd_bn": _cost,
    "lowest_cash_usd_bn": _lowest("closing_usd_m"),
    "lowest_headroom_usd_bn": _lowest("headroom_usd_m"),
    "first_below_floor": _first_below,
}
