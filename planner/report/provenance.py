"""Where the numbers come from: what the case changed, claims beside the plan, the assumptions ledger, sources."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from planner.instance.instance import Number
from planner.instance.parse import ParseError, parse_when
from planner.instance.quantity import Quantity
from planner.numbers import change, digits, fixed, general, short
from planner.plan.plan import Plan
from planner.report.alike import partly, unlike
from planner.report.content import Cell, Column, Row, Table
from planner.report.figures import figure
from planner.report.over_time import Time

STALE_MONTHS = 12
FIRST_LOOK = 25
ASKED = {"no source": "without a source", "override": "set by hand", "old": "old"}
LEDGER_COLUMNS = (
    Column("Look", "tag"), Column("Path"), Column("Value"), Column("Unit", "tag"), Column("Low"), Column("High"),
    Column("Plan USD bn", "usd_bn"), Column("Source"), Column("As of", "tag"), Column("Confidence", "tag"),
    Column("Note"),
)  # fmt: skip


def changes_table(plan: Plan) -> Table | None:
    """What cases, `--set` and tweaks changed; None for the file as it is."""
    rows = tuple(
        (change.path, brief(change.old), brief(change.new), change.by) for change in plan.instance.changes
    )
    if not rows:
        return None
    columns = (Column("Path"), Column("Before"), Column("After"), Column("By"))
    return Table("changes", "What the case changed", columns, rows)


def brief(value: Any) -> str:
    """A plain value of the file on one line; long ones are cut."""
    if isinstance(value, str):
        return short(value, 160)
    if value is None:
        return "(not there)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return general(float(value))
    if isinstance(value, dict) and "value" in value:
        known = [brief(value[key]) for key in ("low", "high") if key in value]
        return brief(value["value"]) + (f" ({' to '.join(known)})" if known else "")
    return short(json.dumps(value, ensure_ascii=False), 160)


def claims_table(plan: Plan, time: Time) -> Table | None:
    """The register of public claims with the figure of the plan beside those that name one; None without claims."""
    rows: list[Row] = []
    claims = plan.instance.spec.claims
    for claim in sorted(claims.values(), key=lambda each: each.compare is None):
        unit = claim.unit or ""
        stated = "" if claim.value is None else f"{_stated(claim.value, unit)} {unit}".strip()
        beside, note = "", ""
        if claim.compare:
            found = figure(plan, time, claim.compare)
            value = found.value if isinstance(found.value, str) else _rounded(found.value)
            beside = f"{value} {found.unit}".strip()
            note = found.note
            reason = unlike(claim.says, unit, claim.compare, found.unit, found.note)
            if reason:
                beside, note = "", reason
            elif partly(claim.says, claim.compare):
                note = f"{note}, {partly(claim.says, claim.compare)}"
        rows.append(
            (
                claim.says,
                stated,
                beside,
                note,
                claim.status,
                claim.as_of or "",
                claim.source or "",
                claim.note or "",
            )
        )
    if not rows:
        return None
    heads = ("Claim", "Stated", "This plan", "Of the plan", "Status", "As of", "Source", "Note")
    columns = tuple(
        Column(head, "tag" if head in ("As of", "Status", "This plan") else "text") for head in heads
    )
    note = (
        "Public figures, never picked silently. The plan stands beside a claim that names one of its figures, where "
        "unit, basis and date are the same."
    )
    return Table("claims", "Claims beside the plan", columns, tuple(rows), None, note, cards=True)


def _stated(value: float, unit: str) -> str:
    return f"{value:g}" if unit == "year" else general(value)


def _rounded(value: float | None) -> str:
    return "" if value is None else fixed(value, max(1, min(digits(value), 3)))


class Ledger:
    """Every number of the instance with its source, those that deserve a look first."""

    def __init__(self, plan: Plan, time: Time) -> None:
        self._plan = plan
        self._first_day = date.fromisoformat(time.spans[0].first_day)
        self._money = money_by_id(plan)
        self._cost = float(plan.frames["costs"]["total_usd_m"].sum())
        self.numbers = tuple(n for n in plan.instance.numbers() if not n.path.startswith("claims."))

    def tables(self) -> tuple[Table, ...]:
        """A first look, the whole ledger, and the sources that it cites."""
        ranked = sorted(
            self.numbers, key=lambda number: (self._rank(number), -self._stake(number), number.path)
        )
        rows = [self._row(number) for number in ranked]
        note = (
            "Numbers without a source or set by hand come first, then those that are old (a year before the first "
            "day), then the rest; inside each, those on which most of the plan's money hangs. Plan USD bn is what the "
            "plan pays under the part of the instance in which the number stands, or the whole cost."
        )
        first = self._first_look(ranked, note)
        whole = Table("assumptions", f"All {len(rows):,} numbers of the instance", LEDGER_COLUMNS, tuple(rows),
                      folded=True, landscape=True, cards=True)  # fmt: skip
        sources = self._sources()
        return (first, whole, *([sources] if sources is not None else []))

    def _first_look(self, ranked: Sequence[Number], note: str) -> Table:
        """The first of the ranked numbers; the points of one curve make one row."""
        rows: dict[str, Row] = {}
        for number in ranked:
            path, _, key = number.path.rpartition(".")
            curve = key.replace(".", "").isdigit()
            place = path if curve else number.path
            row = self._row(number)
            if curve:
                row = (row[0], path, f"{key}: {row[2]}", *row[3:])
            if place in rows and curve:
                row = (*rows[place][:2], f"{rows[place][2]}; {row[2]}", *row[3:])
            elif len(rows) == FIRST_LOOK:
                break
            rows[place] = row
        title = f"The {len(rows)} to look at first"
        return Table(
            "assumptions-first",
            title,
            LEDGER_COLUMNS,
            tuple(rows.values()),
            None,
            note,
            landscape=True,
            cards=True,
        )

    def summary(self) -> str:
        """How many numbers there are and how well they are founded."""
        looks: dict[str, int] = defaultdict(int)
        confidence: dict[str, int] = defaultdict(int)
        for number in self.numbers:
            looks[self._look(number)] += 1
            confidence[number.quantity.provenance.confidence or "not rated"] += 1
        parts = [f"{many:,} {word}" for word, many in sorted(confidence.items())]
        asked = [f"{many:,} {ASKED[word]}" for word, many in sorted(looks.items()) if word]
        doubts = f"Of them {', '.join(asked)}" if asked else "All have a source"
        return f"{len(self.numbers):,} numbers, by confidence: {', '.join(parts)}. {doubts}."

    def _source(self, number: Number) -> str:
        """The number's own source, or that of the part in which it stands."""
        if number.quantity.provenance.source:
            return number.quantity.provenance.source
        steps = tuple(number.path.split("."))
        for length in range(len(steps) - 1, 1, -1):
            node = self._plan.instance.tree.at((*steps[:length], "source"))
            if node is not None and isinstance(node.value, str):
                return node.value
        return ""

    def _look(self, number: Number) -> str:
        source = self._source(number)
        if not source:
            return "no source"
        if source == "override":
            return "override"
        return "old" if self._old(number.quantity) else ""

    def _rank(self, number: Number) -> int:
        return ("no source", "override", "old", "").index(self._look(number))

    def _old(self, quantity: Quantity) -> bool:
        stated = quantity.provenance.as_of
        if not stated:
            return False
        try:
            after = parse_when(stated).after
        except ParseError:
            return False
        months = (self._first_day.year - after.year) * 12 + self._first_day.month - after.month
        return months > STALE_MONTHS

    def _stake(self, number: Number) -> float:
        steps = number.path.split(".")
        if steps[-1] == "accelerators_per_system":
            return 0.0  # shown only: no plan depends on it
        for keys in _owners(steps):
            if keys in self._money:
                return self._money[keys]
        return 0.0 if steps[0] in ("vendors", "sites", "chips", "limits", "supply") else abs(self._cost)

    def _row(self, number: Number) -> Row:
        held = number.quantity.provenance
        low = general(held.low) if held.low is not None else ""
        high = general(held.high) if held.high is not None else ""
        factor = " ×" if number.quantity.is_path else ""
        cells: tuple[Cell, ...] = (
            self._look(number), number.path, value_text(number.quantity), number.quantity.unit,
            low + (factor if low else ""), high + (factor if high else ""), self._stake(number) / 1000.0,
            self._source(number), held.as_of or "", held.confidence or "", held.note or "",
        )  # fmt: skip
        return cells

    def _sources(self) -> Table | None:
        cited: dict[str, int] = defaultdict(int)
        for number in self.numbers:
            for id_ in self._source(number).split(","):
                if id_.strip():
                    cited[id_.strip()] += 1
        known = self._plan.instance.spec.sources
        rows = tuple(
            (id_, known.get(id_, "(not in the register)"), many) for id_, many in sorted(cited.items())
        )
        if not rows:
            return None
        columns = (Column("Id"), Column("Citation"), Column("Numbers", "count"))
        return Table("sources", "Sources cited", columns, rows, folded=True)


def _owners(steps: list[str]) -> list[str]:
    """Ids of the part in which a path stands, the most special first."""
    if steps[0] == "vendors" and len(steps) > 3 and steps[2] == "offers":
        return [f"{steps[1]}.{steps[3]}"]
    if steps[0] == "vendors":
        return [f"vendor {steps[1]}"]
    if steps[0] == "sites" and len(steps) > 3 and steps[2] in ("build", "power_projects"):
        return [f"{steps[1]}.{steps[3]}"]
    if steps[0] == "sites":
        return [f"site {steps[1]}"]
    if steps[0] == "chips" and len(steps) > 3 and steps[2] == "terms":
        return [f"{steps[1]}.{steps[3]}"]
    return [f"chip {steps[1]}"] if steps[0] == "chips" else []


def money_by_id(plan: Plan) -> dict[str, float]:
    """USD m paid in the calendar by offer, build, terms, vendor, site and chip."""
    sums: dict[str, float] = defaultdict(float)
    frame = plan.frames["payments"]
    sites = {id_: f"site {offer.site}" for id_, offer in _offers(plan) if offer.site}
    chips = plan.instance.spec.chips
    for index, vendor, paid in zip(frame["index"], frame["vendor"], frame["paid_usd_m"], strict=True):
        parts = str(index).split("|")
        keys = {
            parts[0],
            *(f"chip {part.partition('.')[0]}" for part in parts if part.partition(".")[0] in chips),
        }
        if vendor:
            keys.add(f"vendor {vendor}")
        keys.add(sites.get(parts[0], f"site {parts[0].partition('.')[0]}"))
        for key in keys:
            sums[key] += paid
    return dict(sums)


def _offers(plan: Plan) -> list[tuple[str, Any]]:
    vendors = plan.instance.spec.vendors
    return [(f"{v}.{o}", offer) for v, vendor in vendors.items() for o, offer in vendor.offers.items()]


def value_text(quantity: Quantity) -> str:
    """The value, or the first and last point of a path in time."""
    if quantity.value is not None:
        return general(quantity.value)
    first, last = quantity.points[0], quantity.points[-1]
    if quantity.per_year is not None:
        return f"{general(first[1])} from {first[0]:%Y-%m}, {change(quantity.per_year * 100.0, 1)} % a year"
    if len(quantity.points) == 1:
        return f"{general(first[1])} from {first[0]:%Y-%m}"
    points = "; ".join(f"{day:%Y-%m} {general(value)}" for day, value in quantity.points)
    if len(quantity.points) <= 6:
        return f"{points} ({quantity.interpolate})"
    return (
        f"{first[0]:%Y-%m} {general(first[1])} … {last[0]:%Y-%m} {general(last[1])} "
        f"({len(quantity.points)} points, {quantity.interpolate})"
    )
