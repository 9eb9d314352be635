"""The figures of the report: each chart with the table behind it and one sentence that says what to see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from planner.numbers import gw, power, share, usd_bn
from planner.plan.plan import Plan
from planner.report import charts
from planner.report.capacity_tables import by_period_table, ladder_table, power_table
from planner.report.charts import Panel, Series
from planner.report.content import Column, Figure, Row, Table
from planner.report.money_tables import commitments_table, costs_table, flow_columns
from planner.report.over_time import Time, rows_of
from planner.report.palette import (
    BLUE,
    BRICK,
    GREY,
    LINE,
    NAVY,
    SAND,
    TEAL,
    TENURE,
    chip_colours,
    vendor_colours,
)
from planner.report.schedule import MOST_LANES, schedule
from planner.report.wording import TENURES, Names, words
from planner.report.works import Decision, date_of

MOST_SERIES = 11
FULL_SHARE = 0.98
"""Of the power of a site: above it the site counts as full."""


class Pictures:
    """Draws the figures of one plan; the same id has the same colour everywhere."""

    def __init__(self, plan: Plan, time: Time, names: Names, decisions: Sequence[Decision]) -> None:
        self._plan, self._time, self._names = plan, time, names
        self._decisions = [each for each in decisions if each.kind != "follow"]
        self._vendors = vendor_colours(plan.instance.spec)
        self._chips = chip_colours(plan.instance.spec)
        self._last = time.last_reported
        self._end = time.spans[self._last].label
        self._spans = time.spans[: self._last + 1]

    @property
    def _unit(self) -> str:
        return self._time.scale.unit

    def _scaled(self, mw: Iterable[float]) -> list[float]:
        """MW in the unit of the company."""
        return [self._time.scale.mw(value) for value in mw]

    def _cut(self, series: Iterable[Series]) -> list[Series]:
        """What charts show: the reported periods; the tables behind them have all."""
        return [replace(each, values=each.values[: self._last + 1]) for each in series]

    def ladder(self) -> Figure:
        """GW secured, powered and operating against demand."""
        frame = self._plan.frames["ladder"]
        rows = frame[frame["basis"] == "it"]
        held = {rung: self._time.expected(rows, f"{rung}_gw")[f"{rung}_gw"] for rung in
                ("secured", "powered", "operating", "demand")}  # fmt: skip
        drawn = {rung: [self._time.scale.gw(value) for value in values] for rung, values in held.items()}
        series = [
            Series("Secured", GREY, drawn["secured"]), Series("Powered", BLUE, drawn["powered"]),
            Series("Operating", NAVY, drawn["operating"]), Series("Demand", BRICK, drawn["demand"], dashed=True),
        ]  # fmt: skip
        title = "Capacity ladder against demand"
        svg = charts.lines(self._spans, self._cut(series), f"{self._unit} of IT load", title, between=(0, 1))
        sentence = (
            f"{gw(held['powered'][self._last])} powered and {gw(held['secured'][self._last])} secured at the end of "
            f"{self._end}. Demand is in {self._unit} of the reference fleet; newer chips do more work per {self._unit}."
        )
        table = ladder_table(self._plan, self._time, "it", "ladder-it", f"{title}, {self._unit} of IT load")
        return Figure("ladder", title, sentence, svg, table)

    def service(self) -> Figure:
        """Demand served by workload, and what is not."""
        frame = self._plan.frames["service"]
        served = self._time.expected(frame, "served_mw", "workload")
        colours = (NAVY, BLUE, TEAL, SAND, "#5b4a86", "#b9cf9c")
        series = [
            Series(self._names.workload(id_), colours[number % len(colours)], self._scaled(values))
            for number, (id_, values) in enumerate(served.items())
        ]
        short = self._time.expected(frame, "shortfall_mw")["shortfall_mw"]
        series.append(Series("Unserved", "#e8c4bd", self._scaled(short)))
        title = "Demand served by workload"
        svg = charts.stack(self._spans, self._cut(series), f"{self._unit} of the reference fleet", title)
        worst = max(range(self._last + 1), key=lambda place: short[place])
        sentence = "All demand is served." if short[worst] <= 1e-6 else (
            f"The largest gap is {power(short[worst])} in {self._time.spans[worst].label}."
        )  # fmt: skip
        members = {each.name: list(each.values) for each in series}
        table = by_period_table(
            "served",
            f"{title}, {self._unit} of the reference fleet",
            self._time,
            members,
            self._time.power_kind,
            "Demand",
        )
        return Figure("service", title, sentence, svg, table)

    def stacks(self) -> tuple[Figure, ...]:
        """Powered GW by tenure and by vendor, installed GW by chip."""
        frame = self._plan.frames["capacity"]
        if frame.empty:
            return ()
        sums = self._time.expected(frame, "powered_mw", "tenure")
        tenure = [
            Series(TENURES.get(id_, words(id_)), TENURE.get(id_, GREY), self._scaled(sums[id_]))
            for id_ in dict.fromkeys((*TENURE, *sums))
            if id_ in sums and max(sums[id_]) > 1e-9
        ]
        vendor = self._series(frame, "powered_mw", "vendor", self._vendors, self._names.vendor)
        chip = self._series(frame, "installed_mw", "chip", self._chips, self._names.chip)
        return (
            self._stack("tenure", "Powered capacity by tenure", "powered", tenure),
            self._stack("vendor", "Powered capacity by vendor", "powered", vendor),
            self._stack("chip", "Installed capacity by chip", "installed", chip),
        )

    def _series(
        self,
        frame: pd.DataFrame,
        amount: str,
        by: str,
        colours: Mapping[str, str],
        name: Callable[[str], str],
    ) -> list[Series]:
        sums = self._time.expected(frame, amount, by)
        order = [id_ for id_ in colours if id_ in sums and max(sums[id_]) > 1e-9]
        kept = sorted(order, key=lambda id_: -max(sums[id_]))[:MOST_SERIES]
        series = [Series(name(id_), colours[id_], self._scaled(sums[id_])) for id_ in order if id_ in kept]
        rest = [sums[id_] for id_ in order if id_ not in kept]
        if rest:
            series.append(
                Series(f"{len(rest)} others", GREY, self._scaled([sum(at) for at in zip(*rest, strict=True)]))
            )
        return series

    def _stack(self, id_: str, title: str, word: str, series: Sequence[Series]) -> Figure:
        svg = charts.stack(self._spans, self._cut(series), f"{self._unit} of IT load {word}, last day", title)
        whole = sum(each.values[self._last] for each in series)
        sentence = ""
        if whole > 0.0:
            most = max(series, key=lambda each: each.values[self._last])
            part = share(most.values[self._last] / whole)
            size = gw(whole) if self._unit == "GW" else power(whole)
            sentence = f"{most.name} has {part} of {size} at the end of {self._end}."
        members = {each.name: list(each.values) for each in series}
        table = by_period_table(
            f"by-{id_}",
            f"{title}, {self._unit} of IT load",
            self._time,
            members,
            self._time.power_kind,
            "Total",
        )
        return Figure(id_, title, sentence, svg, table)

    def cash(self) -> Figure:
        """Cash on the last days over the floor."""
        frame = self._plan.frames["cash"]
        paths = {
            leaf: [v / 1000.0 for v in p] for leaf, p in self._time.along(frame, "closing_usd_m").items()
        }
        floors = self._time.along(frame, "floor_usd_m")
        floor = [None if v != v else v / 1000.0 for v in next(iter(floors.values()))]
        title = "Cash over the floor"
        shown = len(self._spans)
        drawn = {leaf: path[:shown] for leaf, path in paths.items()}
        svg = charts.cash(self._spans, drawn, floor[:shown], title)
        members: dict[str, list[float | None]] = {}
        for leaf, path in paths.items():
            mark = f" ({leaf})" if leaf else ""
            members[f"Closing cash{mark}"] = list(path)
            members[f"Floor{mark}"] = [None if v != v else v / 1000.0 for v in floors[leaf]]
        table = by_period_table("cash-floor", f"{title}, USD bn, last day", self._time, members, "usd_bn")
        return Figure("cash", title, "Closing cash of each period; the floor is dashed.", svg, table)

    def spend(self) -> Figure:
        """What is paid by kind and calendar year."""
        cash = self._plan.frames["cash"]
        _, paying, _ = flow_columns(self._plan)
        years = self._time.years() if len(self._time.years()) > 2 else [
            (span.label, [place]) for place, span in enumerate(self._time.spans)
        ]  # fmt: skip
        sums: dict[str, list[float]] = {}
        for column in paying:
            values = self._time.expected(cash, column)[column]
            by_year = [-sum(values[place] for place in places) / 1000.0 for _, places in years]
            if any(abs(value) > 1e-9 for value in by_year):
                sums[column.removesuffix("_usd_m")] = by_year
        order = sorted(sums, key=lambda line: -sum(sums[line]))
        series = [Series(self._names.line(line), LINE.get(line, GREY), sums[line]) for line in order]
        title = "Spend by kind"
        faint = frozenset(
            n for n, (_, places) in enumerate(years) if not all(self._time.spans[p].reported for p in places)
        )
        shown = len(years) - len(faint)
        drawn = [replace(each, values=each.values[:shown]) for each in series]
        svg = charts.columns([name for name, _ in years[:shown]], drawn, "USD bn paid", title)
        rows = [
            (name, *[each.values[number] for each in series], sum(each.values[number] for each in series))
            for number, (name, _) in enumerate(years)
        ]
        total: Row = (
            "Total",
            *[sum(each.values) for each in series],
            sum(sum(each.values) for each in series),
        )
        columns = (
            Column("Year"),
            *[Column(each.name, "usd_bn") for each in series],
            Column("Total", "usd_bn"),
        )
        table = Table("spend", f"{title}, USD bn paid", columns, tuple(rows), total, faint=faint, folded=True)
        paid = sum(sum(each.values) for each in drawn)
        sentence = f"{usd_bn(paid * 1000.0)} are paid by the end of {self._end}, given contracts included."
        return Figure("spend", title, sentence, svg, table)

    def commitments(self) -> Figure:
        """What is still to be paid on each last day."""
        frame = self._plan.frames["commitments"]
        held = {kind: _bn(self._time.expected(frame, f"{kind}_usd_m")[f"{kind}_usd_m"]) for kind in
                ("contracts", "construction", "chips", "debt", "total")}  # fmt: skip
        series = [
            Series("Contracts", SAND, held["contracts"]), Series("Construction", NAVY, held["construction"]),
            Series("Chips", "#2f7d57", held["chips"]),
        ]  # fmt: skip
        over = (
            [Series("Debt principal", BRICK, held["debt"], dashed=True)] if max(held["debt"]) > 1e-6 else []
        )
        title = "Open commitments"
        shown = [each for each in series if max(each.values) > 1e-6] or series[:1]
        svg = charts.stack(
            self._spans,
            self._cut(shown),
            "USD bn still to be paid, last day",
            title,
            self._cut(over),
            whole=True,
        )
        most = max(range(self._last + 1), key=lambda place: held["total"][place])
        sentence = (
            f"Fixed payments still to be made peak at {usd_bn(held['total'][most] * 1000.0)} at the end of "
            f"{self._time.spans[most].label}."
        )
        table = commitments_table(self._plan, self._time, "commitments-chart")
        return Figure("commitments", title, sentence, svg, table)

    def costs(self) -> Figure:
        """Cost by line as bars."""
        table = replace(costs_table(self._plan, self._names), id="costs-behind")
        frame = self._plan.frames["costs"]
        rows = [
            (self._names.line(str(row.line)), float(row.total_usd_m) / 1000.0, LINE.get(str(row.line), GREY))
            for row in rows_of(frame)
            if abs(float(row.total_usd_m)) > 1e-9
        ]
        rows.sort(key=lambda row: -row[1])
        title = "Cost by line"
        svg = charts.bars(rows, "USD bn, present value", title)
        return Figure(
            "costs-chart", title, f"Adds up to {usd_bn(float(frame['total_usd_m'].sum()))}.", svg, table
        )

    def timeline(self) -> Figure:
        """Contracts, builds and orders on one time axis."""
        colours = self._vendors | self._chips
        names = {each.id: self._names.member(each.id) for each in self._decisions if each.kind != "round"}
        names |= {
            each.id: f"Order {self._names.member(each.id)}"
            for each in self._decisions
            if each.kind == "order"
        }
        title = "Timeline of decisions"
        svg = schedule(self._time, self._decisions, names, colours, title)
        sentence = (
            "One lane a contract or start: a dot where it is decided (dark: now), hollow until delivery, full while "
            "delivered, pale where it is kept beyond its term. Chip orders are discs by size."
        )
        if len(self._decisions) > MOST_LANES:
            sentence += f" The first {MOST_LANES} of {len(self._decisions)}; the table has all."
        columns = (Column("Decided", "tag"), Column("What"), Column("MW", "mw"), Column("Delivered from", "tag"),
                   Column("Full from", "tag"), Column("Until", "tag"), Column("Kept to", "tag"))  # fmt: skip
        rows = tuple(
            (each.date, f"{each.action} {each.what}", each.mw or each.facility_mw or None, date_of(each.delivered),
             date_of(each.full), date_of(each.until), date_of(each.kept[-1][1]) if each.kept else "")
            for each in self._decisions
        )  # fmt: skip
        faint = frozenset(number for number, each in enumerate(self._decisions) if not each.reported)
        table = Table("timeline-table", title, columns, rows, faint=faint, folded=True)
        return Figure("timeline", title, sentence, svg, table, wide=True)

    def power(self) -> Figure | None:
        """Power used against available at each site; None without sites."""
        table = power_table(self._plan, self._time, self._names)
        if table is None:
            return None
        frame = self._plan.frames["power"]
        held = {
            name: self._time.expected(frame, f"{name}_mw", "site") for name in ("grid", "projects", "used")
        }
        panels = [
            Panel(self._names.site(site), *(held[name][site][: self._last + 1] for name in held))
            for site in held["grid"]
            if max(held["used"][site]) > 1e-6 or max(held["projects"][site]) > 1e-6
        ]
        if not panels:
            return None
        title = "Site power used against available"
        svg = charts.sites(self._spans, panels, title)
        full = [panel.name for panel in panels if panel.used[-1] > FULL_SHARE * panel.available[-1] > 0.0]
        sentence = "MW at the meter, last day: used (filled), grid (dashed where there is on-site power), all (line)."
        if full:
            sentence += f" Full at the end of {self._end}: {'; '.join(full[:6])}."
        return Figure("power-chart", title, sentence, svg, table, wide=True)


def _bn(values: Iterable[float]) -> list[float]:
    return [value / 1000.0 for value in values]
