"""Numbers that look like another unit: by what is usual in their field, by their like, and by what they add up to."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from planner.instance.check.report import Report
from planner.instance.check.usual import RENTS, USUAL, Range, figure, looks_like
from planner.instance.document import Node
from planner.instance.parse import ParseError, parse_quantity
from planner.instance.schema import Spec
from planner.instance.validate import start_of
from planner.instance.walk import Shape, child, spec_shape

SPIKE = 100.0
"""A point so many times both its neighbours is another unit."""
LIKE = 8.0
"""A rent so many times the middle of its like is another unit."""
FREE_TEXT = ("claims", "scenarios")


@dataclass(frozen=True)
class Entry:
    """A number of the file: its path, its field, its unit, its values, and whether its record says that it is meant."""

    path: str
    field: str
    unit: str
    values: tuple[float, ...]
    plausible: bool

    @property
    def most(self) -> float:
        """The value farthest from zero."""
        return max((abs(value) for value in self.values), default=0.0)


def entries(report: Report) -> list[Entry]:
    """All numbers of the instance that stand in a unit."""
    tree = report.instance.tree
    return list(_entries(tree, (), spec_shape(), "", start_of(tree)))


def _entries(node: Node, path: tuple[str, ...], shape: Shape, name: str, start: object) -> Iterator[Entry]:
    if shape.number is not None:
        kind = shape.number.kind
        try:
            quantity = parse_quantity(node.plain, kind, start)  # type: ignore[arg-type]
        except ParseError:
            return
        values = tuple(v for _, v in quantity.points) if quantity.points else (quantity.constant,)
        plain = node.plain
        meant = isinstance(plain, dict) and plain.get("plausible") is True
        yield Entry(".".join(path), name, kind.unit, values, meant)
        return
    if shape.kind not in ("part", "map", "list"):
        return
    members = node.value.items() if isinstance(node.value, dict) else enumerate(node.value or ())
    for key, below in members:
        inner = child(shape, key)
        if inner is not None and not (not path and key in FREE_TEXT):
            yield from _entries(
                below, (*path, str(key)), inner, str(key) if shape.kind == "part" else name, start
            )


def scale_findings(report: Report, numbers: list[Entry]) -> None:
    """Warn of numbers that are out by 12, 100 or 1,000: alone, within their path, and beside their like."""
    found = [entry for entry in numbers if not entry.plausible]
    for entry in found:
        within = usual_range(report.spec, entry)
        if within is not None:
            _usual(report, entry, within)
        _spike(report, entry)
    for like in _alike(report.spec, found):
        _beside(report, like)


def usual_range(spec: Spec, entry: Entry) -> Range | None:
    """What is usual where a number stands; None where that hangs on the size of the company."""
    if entry.path.startswith("limits.") and entry.field in ("max_mw", "min_mw"):
        return USUAL["min_mw"]
    rent = rent_kind(spec, entry)
    if rent is not None:
        low, high = RENTS[rent]
        return (low / 3.0, high) if ".sublet." in entry.path else (low, high)
    return USUAL.get(entry.field)


def rent_kind(spec: Spec, entry: Entry) -> str | None:
    """Kind of the offer whose price a number is; None where it is none."""
    parts = entry.path.split(".")
    if entry.unit != "USD/kW-month" or parts[0] != "vendors":
        return None
    return spec.vendors[parts[1]].offers[parts[3]].kind


def _usual(report: Report, entry: Entry, within: Range) -> None:
    low, high = within
    odd = [value for value in entry.values if value and not low <= abs(value) <= high]
    if odd:
        worst = max(odd, key=lambda value: abs(math.log(abs(value) / math.sqrt(low * high))))
        say(report, entry, worst, f"usual are {figure(low)} to {figure(high)}", within)


def say(report: Report, entry: Entry, value: float, why: str, within: Range) -> None:
    """Warn of a number that looks like another unit."""
    report.warn(
        "unit",
        entry.path,
        f"{value:g} {entry.unit} looks wrong: {why}",
        looks_like(value, entry.unit, within),
    )


def _spike(report: Report, entry: Entry) -> None:
    """One point of a path is out of line with both its neighbours."""
    if len(entry.values) < 3 or entry.unit in ("share", "rate", "factor", "count"):
        return
    sizes = [abs(value) for value in entry.values]
    for before, (here, after) in zip(sizes, pairwise(sizes[1:]), strict=False):
        if min(before, here, after) <= 0.0:
            continue
        if here > SPIKE * max(before, after) or here < min(before, after) / SPIKE:
            middle = math.sqrt(before * after)
            say(
                report,
                entry,
                here,
                f"the points beside it are {before:g} and {after:g}",
                (middle / 5, middle * 5),
            )
            return


def _alike(spec: Spec, found: list[Entry]) -> Iterator[list[Entry]]:
    """Groups of numbers that should be of one size: rents by kind of offer, the rest by field."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in found:
        kind = rent_kind(spec, entry)
        if ".sublet." in entry.path or not entry.most:
            continue
        if kind is not None:
            groups.setdefault(("rent", kind), []).append(entry)
        elif entry.field in BESIDE:
            groups.setdefault(("field", entry.field), []).append(entry)
    yield from groups.values()


BESIDE = (
    "energy_usd_per_mwh", "capex_usd_m_per_mw", "capex_usd_per_kw", "operating_usd_m_per_mw_year",
    "demand_charge_usd_per_kw_month", "capacity_charge_usd_per_mw_day",
)  # fmt: skip
"""Fields whose numbers are of one size within a company."""


def _beside(report: Report, like: list[Entry]) -> None:
    """One number is out of line with the others of its kind."""
    places = {entry.path.rsplit(".", 2)[0] if "price_by_chip" in entry.path else entry.path for entry in like}
    if len(places) < 2:
        return
    sizes = [_typical(entry) for entry in like]
    for position, entry in enumerate(like):
        others = [size for number, size in enumerate(sizes) if number != position]
        middle, size = median(others), sizes[position]
        if size > LIKE * middle or size < middle / LIKE:
            why = f"the middle of the others of its kind is {middle:g}"
            say(report, entry, size, why, (middle / 4.0, middle * 4.0))


def _typical(entry: Entry) -> float:
    return median(abs(value) for value in entry.values if value)
