"""The answer in five lines, and what to sign and start now against what can wait."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from planner.errors import STOPPED
from planner.numbers import count, gw, power, share, usd_bn
from planner.plan.plan import Plan
from planner.report.content import AnswerLine, Column, Row, Table
from planner.report.ledger import NOW_PERIODS
from planner.report.over_time import Time, least
from planner.report.proof_table import stands_on
from planner.report.wording import Names
from planner.report.works import Decision, date_of

MILESTONES_GW = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 50.0)
RUNNING = ("given_cloud_rent", "given_shell_rent")


def answer(plan: Plan, time: Time, decisions: Sequence[Decision], names: Names) -> tuple[AnswerLine, ...]:
    """Cost; capacity with dates; now against later; cash and runway; how sure it is."""
    return (
        cost_line(plan),
        capacity_line(plan, time),
        now_line(time, decisions, names),
        cash_line(plan, time),
        proof_line(plan),
    )


def cost_line(plan: Plan) -> AnswerLine:
    """What is paid for everything decided; the worth of unserved demand, which nobody pays, stands beside it."""
    costs = plan.frames["costs"]
    total, not_paid = float(costs["total_usd_m"].sum()), plan.valued_usd_m
    back = -float(costs["at_end_usd_m"].clip(upper=0.0).sum())
    words = "Present value of what the decisions pay"
    if back > 0.5:
        words += f", less {usd_bn(back)} owned at the end of the calendar"
    words += "."
    if not_paid > 0.5:
        broken = float(costs.loc[costs["line"] == "soft_limits", "total_usd_m"].sum())
        worth = "unserved demand" + (" and of broken soft limits" if broken > 0.5 else "")
        words += (
            f" Beside it {usd_bn(not_paid)} is the worth of {worth}, lost margin included, which nobody pays;"
        )
        words += f" the plan makes the sum of both, {usd_bn(total)}, as small as possible."
    memo = plan.frames["memo"]
    running = float(memo.loc[memo["name"].isin(RUNNING), "usd_m"].sum())
    if running > 0.5:
        words += f" The rent of running contracts, {usd_bn(running)}, is not in it: no decision changes it."
    return AnswerLine("Cost", f"{usd_bn(total - not_paid)}{' paid' if not_paid > 0.5 else ''}", words)


def capacity_line(plan: Plan, time: Time) -> AnswerLine:
    """Powered GW at the end of the reported time and when milestones are passed."""
    ladder = plan.frames["ladder"]
    powered = time.expected(ladder[ladder["basis"] == "it"], "powered_gw")["powered_gw"]
    meter = time.expected(ladder[ladder["basis"] == "facility"], "powered_gw")["powered_gw"]
    last, spans = time.last_reported, time.spans
    words = f"IT load powered at the end of {spans[last].label} ({gw(meter[last])} at the meter), "
    words += f"from {gw(powered[0])} at the end of {spans[0].label}."
    passed = [
        f"{level:g} GW in {spans[place].label}"
        for level in MILESTONES_GW
        if powered[0] < level <= powered[last]
        for place in [next(number for number, value in enumerate(powered) if value >= level - 1e-9)]
    ]
    if passed:
        words += f" It passes {', '.join(passed[-3:])}."
    return AnswerLine("Capacity", gw(powered[last]), words + " " + _service_words(plan, time))


def _service_words(plan: Plan, time: Time) -> str:
    service = plan.frames["service"]
    last = time.last_reported
    demand = time.expected(service, "demand_mw")["demand_mw"][: last + 1]
    short = time.expected(service, "shortfall_mw")["shortfall_mw"][: last + 1]
    years = [span.end - span.start for span in time.spans]
    total = sum(mw * year for mw, year in zip(demand, years, strict=False))
    missing = sum(mw * year for mw, year in zip(short, years, strict=False))
    if total <= 0.0:
        return ""
    if missing <= 1e-6 * total:
        return "All demand is served."
    worst = max(range(len(short)), key=lambda each: short[each])
    return (
        f"It serves {share(1.0 - missing / total)} of demand; the largest gap is {power(short[worst])} of the "
        f"reference fleet in {time.spans[worst].label}."
    )


def now_line(time: Time, decisions: Sequence[Decision], names: Names) -> AnswerLine:
    """What to sign and start in the first periods, with MW and dollars, and what can wait until when."""
    made = [each for each in decisions if each.taken]
    now = [each for each in made if each.now]
    later = [each for each in made if not each.now and each.reported]
    until = time.spans[min(NOW_PERIODS, len(time.spans)) - 1].label
    nominal = _expected(now, "nominal_usd_m", time)
    words, apart = f"Nothing has to be signed or started by the end of {until}.", "Nothing else is planned."
    if now:
        due = usd_bn(_expected(now, "now_usd_m", time))
        words = f"By the end of {until}: {_list_of(now, time)}. "
        words += f"This obliges to {usd_bn(nominal)}, {due} of it due by then."
    if later:
        amount = usd_bn(_expected(later, "nominal_usd_m", time))
        first = min(each.date for each in later)
        apart = f"Can wait, the first until {first}: {_list_of(later, time)}; in all {amount}."
    return AnswerLine("Sign and start now", usd_bn(nominal) if now else "nothing", words, apart)


def _expected(decisions: Sequence[Decision], column: str, time: Time) -> float:
    """Sum of a column, weighted by the probability of the node in which it is decided."""
    return sum(float(getattr(each, column)) * time.probability.get(each.node, 1.0) for each in decisions)


def _list_of(decisions: Sequence[Decision], time: Time) -> str:
    parts = []
    signed = [each for each in decisions if each.kind == "contract"]
    if signed:
        contracts = len({(each.id, each.node) for each in signed})
        parts.append(f"sign {count(contracts, 'contract')} for {power(_expected(signed, 'mw', time))}")
    kept = [each for each in decisions if each.kind == "keep"]
    if kept:
        many = count(len({(each.id, each.node) for each in kept}), "contract")
        parts.append(f"keep {many} beyond the term ({power(_expected(kept, 'mw', time))})")
    for kind, word in (("build", "own block"), ("project", "power unit")):
        rows = [each for each in decisions if each.kind == kind]
        if rows:
            size = _expected(rows, "mw", time) + _expected(rows, "facility_mw", time)
            meter = " at the meter" if kind == "project" else ""
            number = round(_expected(rows, "count", time))
            parts.append(f"start {count(number, word)} ({power(size)}{meter})")
    ordered = [each for each in decisions if each.kind == "order"]
    if ordered:
        parts.append(f"order chips for {power(_expected(ordered, 'mw', time))}")
    used = {each.what for each in decisions if each.kind == "use"}
    if used:
        parts.append(f"use {', '.join(sorted(used))} without a contract")
    drawn = [each for each in decisions if each.kind == "draw"]
    if drawn:
        parts.append(f"draw {usd_bn(_expected(drawn, 'price', time))} of loans")
    rounds = [each for each in decisions if each.kind == "round"]
    if rounds:
        parts.append(f"take {count(len(rounds), 'equity round')}")
    return ", ".join(parts)


def cash_line(plan: Plan, time: Time) -> AnswerLine:
    """The lowest cash, its headroom, and how long cash lasts without new money."""
    cash = plan.frames["cash"]
    reported = cash[cash["reported"]] if cash["reported"].any() else cash
    low = least(reported, "closing_usd_m")
    scenario = str(low.node).partition("/")[2]
    words = f"Lowest cash, at the end of {low.period}" + (f" in scenario {scenario}" if scenario else "")
    if low.floor_usd_m == low.floor_usd_m:
        tight = least(reported, "headroom_usd_m")
        room = float(tight.headroom_usd_m)
        if room < -0.5:
            words += f"; it is {usd_bn(-room)} below the floor in {tight.period}."
        else:
            where = "" if tight.period == low.period else f" in {tight.period}"
            floor = usd_bn(float(tight.floor_usd_m))
            if room < 0.5:
                words += f"; it stands on its floor of {floor}{where}."
            else:
                words += f"; least room over the floor of {floor}: {usd_bn(room)}{where}."
    else:
        words += "; no floor is set."
    return AnswerLine("Cash", usd_bn(float(low.closing_usd_m)), f"{words} {runway(plan, time)}")


def runway(plan: Plan, time: Time) -> str:
    """How long cash stays above the floor (above zero without one) if no round and no loan came any more."""
    dry = without_new_money(plan, time)
    first = [place for place, row in enumerate(zip(*dry.values(), strict=True)) if min(row) < -0.5]
    new = _new_money(plan.frames["cash"])
    if not (new.abs() > 0.5).any():
        return "No new money is planned."
    spans = time.spans
    if not first:
        return f"Without the new money the plan would still last to the end of {spans[-1].label}."
    total = float((new * plan.frames["cash"]["probability"])[plan.frames["cash"]["reported"]].sum())
    return (
        f"Runway without new money: to the end of {spans[first[0] - 1].label}."
        if first[0]
        else f"Without new money ({usd_bn(total)} planned) it would not last through {spans[0].label}."
    )


def _new_money(cash: pd.DataFrame) -> pd.Series[float]:
    """Rounds, and loans less their service."""
    rounds = cash["rounds_usd_m"] + cash["optional_rounds_usd_m"]
    return rounds + cash[["draws_usd_m", "repayment_usd_m", "interest_usd_m", "fees_usd_m"]].sum(axis=1)


def without_new_money(plan: Plan, time: Time) -> dict[str, list[float]]:
    """{leaf: room over the floor by period, USD m} if rounds and loans to come are left out and all else stays."""
    cash = plan.frames["cash"]
    base = cash["headroom_usd_m"].where(cash["floor_usd_m"].notna(), cash["closing_usd_m"])
    frame = cash.assign(base=base, new=_new_money(cash))
    rooms, news = time.along(frame, "base"), time.along(frame, "new")
    out = {}
    for leaf, room in rooms.items():
        to_date, path = 0.0, []
        for value, new in zip(room, news[leaf], strict=True):
            to_date += new
            path.append(value - to_date)
        out[leaf] = path
    return out


def proof_line(plan: Plan) -> AnswerLine:
    """How far the plan can be from the best possible one."""
    record = plan.record
    if record.gap is None or record.gap_usd_m is None:
        return AnswerLine(
            "Proof", "no bound", f"Status {record.status}: nothing is proven about better plans."
        )
    asked, source = float(record.options["gap"]), stands_on(plan)
    words = f"No plan for these data can be more than {usd_bn(record.gap_usd_m)} cheaper"
    if record.gap <= 1e-9:
        words = "No plan for these data is cheaper"
    if record.gap <= asked + 1e-12:
        told = f"asked: {share(asked)}; {source}" if source else f"asked: {share(asked)}"
        words += f" ({told}); status {record.status}."
    else:
        words += f" ({source})" if source else ""
        words += f"; {share(asked)} was asked: {STOPPED[record.stopped_by]}."
    return AnswerLine("Proof", f"within {share(record.gap)}" if record.gap > 1e-9 else "exact", words)


DECISION_COLUMNS = (
    Column("Date", "tag"), Column("Decision", "tag"), Column("What"), Column("Chip"), Column("MW", "mw"),
    Column("Price", "price"), Column("Unit", "tag"), Column("Delivered", "tag"), Column("To", "tag"),
)  # fmt: skip
BASIS = "MW of IT load; power units at the meter."


def decisions_table(
    id_: str, title: str, decisions: Sequence[Decision], time: Time, names: Names, note: str = BASIS,
    folded: bool = False,
) -> Table:  # fmt: skip
    """Decisions with date, size, price, delivery and payments; what is paid and owed adds up."""
    until, last = (
        time.spans[min(NOW_PERIODS, len(time.spans)) - 1].label,
        time.spans[time.last_reported].label,
    )
    columns = [
        *DECISION_COLUMNS, Column(f"Paid by {until}, USD m", "usd_m"), Column(f"Paid by {last}, USD m", "usd_m"),
        Column("Obliges to, USD m", "usd_m"),
    ]  # fmt: skip
    rows = [
        (*_cells(each, names), date_of(each.until), each.now_usd_m, each.paid_usd_m, each.nominal_usd_m)
        for each in decisions
    ]
    total: Row | None = None
    if time.branching:  # what is decided in one scenario or another does not add up
        columns.append(Column("Scenario", "tag"))
        rows = [(*row, _scenario(each, time)) for row, each in zip(rows, decisions, strict=True)]
    elif rows:
        amounts = ("now_usd_m", "paid_usd_m", "nominal_usd_m")
        sums = [sum(getattr(each, name) for each in decisions) for name in amounts]
        total = ("Total", *[None] * (len(DECISION_COLUMNS) - 1), *sums)
    faint = frozenset(number for number, each in enumerate(decisions) if not each.reported)
    return Table(
        id_, title, tuple(columns), tuple(rows), total, note, faint, folded=folded, landscape=True, cards=True
    )


def _scenario(row: Decision, time: Time) -> str:
    """The scenario in which it is decided, with its probability; `all` before the scenarios part."""
    probability = time.probability.get(row.node, 1.0)
    return f"{row.node.partition('/')[2]} ({share(probability)})" if probability < 1.0 - 1e-9 else "all"


def summary_table(
    id_: str, title: str, decisions: Sequence[Decision], time: Time, names: Names, note: str = "",
    total_label: str = "Total",
) -> Table:  # fmt: skip
    """The same for the summary: no payments by date."""
    columns: tuple[Column, ...] = (*DECISION_COLUMNS[:-1], Column("Obliges to, USD m", "usd_m"))
    rows: tuple[Row, ...] = tuple((*_cells(each, names), each.nominal_usd_m) for each in decisions)
    if time.branching:
        columns = (*columns, Column("Scenario", "tag"))
        rows = tuple((*row, _scenario(each, time)) for row, each in zip(rows, decisions, strict=True))
    total: Row | None = None
    if len(rows) > 1 and not time.branching:
        total = (total_label, *[None] * (len(columns) - 2), sum(each.nominal_usd_m for each in decisions))
    return Table(id_, title, columns, rows, total, note, cards=True)


def _cells(row: Decision, names: Names) -> Row:
    return (
        row.date, f"{row.action} ({row.count:g})" if row.count else row.action, row.what,
        "" if row.kind == "order" else names.chip(row.chip), row.mw or row.facility_mw or None, row.price,
        row.price_unit, date_of(row.delivered),
    )  # fmt: skip
