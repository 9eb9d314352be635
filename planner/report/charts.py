"""The charts over time: lines, stacks, cash over its floor, money by year, power by site, cost by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from planner import numbers
from planner.numbers import fixed, short
from planner.report.axes import (
    FULL,
    HALF,
    LABEL_GAP,
    LETTER,
    Label,
    TimeChart,
    hover_band,
    labels_width,
    tick_text,
    wrapped,
    year_axis,
)
from planner.report.over_time import Span
from planner.report.palette import BLUE, BRICK, FAINT, INK, NAVY, PALE, RULE, on
from planner.report.svg import Drawing, nice_ticks, place, stairs


@dataclass(frozen=True)
class Series:
    """Values by period under a name and a colour."""

    name: str
    colour: str
    values: Sequence[float]
    dashed: bool = False
    thin: bool = False


def amount(value: float, decimals: int = 1) -> str:
    """A number for a label."""
    return fixed(value, decimals)


def digits(high: float) -> int:
    """Decimals that tell the values of a chart apart: three digits of the highest."""
    return min(numbers.digits(high), 4)


def lines(
    spans: Sequence[Span], series: Sequence[Series], unit: str, title: str,
    between: tuple[int, int] | None = None,
) -> str:  # fmt: skip
    """Stairs by period, named at their last value; `between` shades the area between two of them."""
    high = max((max(each.values) for each in series), default=1.0)
    low = min((min(each.values) for each in series), default=0.0)
    names = [f"{amount(each.values[-1], digits(high))} {each.name}" for each in series]
    chart = TimeChart(spans, low, high, unit, labels=labels_width(names))
    if between is not None:
        upper, lower = (chart.edges(series[each].values) for each in between)
        chart.drawing.path(stairs(upper, lower), fill=PALE, fill_opacity="0.45")
    for each in series:
        chart.drawing.path(
            stairs(chart.edges(each.values)), fill="none", stroke=each.colour,
            stroke_width=1.2 if each.thin else 2.2, stroke_dasharray="5 3" if each.dashed else "none",
        )  # fmt: skip
    chart.hover(hover_words(spans, series))
    chart.labels(
        [Label(chart.y(each.values[-1]), name, each.colour) for each, name in zip(series, names, strict=True)]
    )
    return chart.drawing.markup(title)


def stack(
    spans: Sequence[Span], series: Sequence[Series], unit: str, title: str,
    over: Sequence[Series] = (), whole: bool = False, wide: bool = False,
) -> str:  # fmt: skip
    """Bars by period, one on another in the order given."""
    totals = [sum(each.values[place_] for each in series) for place_ in range(len(spans))]
    high = max([*totals, *(max(each.values) for each in over), 0.0])
    decimals = 0 if whole and high >= 10.0 else digits(high)
    names = [f"{amount(each.values[-1], decimals)} {each.name}" for each in (*series, *over)]
    height = max(290.0, 60.0 + LABEL_GAP * sum(len(wrapped(name)) for name in names))
    chart = TimeChart(spans, 0.0, high, unit, FULL if wide else HALF, height, labels_width(names))
    base = [0.0] * len(spans)
    labels: list[Label] = []
    for each in series:
        top = [low + value for low, value in zip(base, each.values, strict=True)]
        for span, low, upper in zip(spans, base, top, strict=True):
            if upper - low > 1e-9:
                x1, x2 = chart.x(span.start), chart.x(span.end)
                gap = 1.0 if x2 - x1 > 5.0 else 0.0
                chart.drawing.rect(
                    x1, chart.y(upper), x2 - x1 - gap, chart.y(low) - chart.y(upper), fill=each.colour,
                    stroke="#ffffff", stroke_width=0.5,
                )  # fmt: skip
        value = each.values[-1]
        there = value > 1e-9 and top[-1] - base[-1] > 1e-9
        y = chart.y((base[-1] + top[-1]) / 2) if there else None
        labels.append(Label(y, f"{amount(value, decimals)} {each.name}", each.colour))
        base = top
    for each in over:
        look = {"stroke_dasharray": "5 3"} if each.dashed else {}
        chart.drawing.path(
            stairs(chart.edges(each.values)), fill="none", stroke=each.colour, stroke_width=2.2, **look
        )
        words = f"{amount(each.values[-1], decimals)} {each.name}"
        labels.append(Label(chart.y(each.values[-1]), words, each.colour))
    chart.hover(hover_words(spans, [*reversed(series), *over]))
    chart.labels(labels)
    return chart.drawing.markup(title)


def hover_words(spans: Sequence[Span], series: Sequence[Series]) -> list[str]:
    """For each period its name and the values that are not zero."""
    return [
        "\n".join(
            [span.label]
            + [
                f"{short(each.name, 40)}: {amount(each.values[number], 2)}"
                for each in series
                if abs(each.values[number]) > 1e-9
            ]
        )
        for number, span in enumerate(spans)
    ]


def cash(
    spans: Sequence[Span], paths: Mapping[str, Sequence[float]], floor: Sequence[float | None], title: str
) -> str:
    """Cash on the last days (one line a scenario) over its floor, the lowest reported point named; USD bn."""
    known = [value for value in floor if value is not None]
    every = [value for path in paths.values() for value in path]
    least, most = min([*every, *known, 0.0]), max([*every, *known, 0.0])
    names = [leaf or "Cash" for leaf in paths][:12]
    chart = TimeChart(spans, least, most, "USD bn", labels=max(96.0, labels_width(names) - 54.0))
    ends = [chart.x(span.end) for span in spans]
    if known:
        edges = [
            (chart.x(span.start), chart.x(span.end), chart.y(value))
            for span, value in zip(spans, floor, strict=True)
            if value is not None
        ]
        chart.drawing.path(stairs(edges), fill="none", stroke=BRICK, stroke_width=1.6, stroke_dasharray="5 3")
    for path in paths.values():
        points = [f"{place(x)} {place(chart.y(value))}" for x, value in zip(ends, path, strict=True)]
        if len(paths) == 1:
            base = place(chart.y(max(chart.ticks[0], 0.0)))
            area = f"M{place(ends[0])} {base}L{'L'.join(points)}L{place(ends[-1])} {base}Z"
            chart.drawing.path(area, fill=PALE, fill_opacity="0.4")
        width = 2.2 if len(paths) == 1 else 1.3
        chart.drawing.path(f"M{'L'.join(points)}", fill="none", stroke=NAVY, stroke_width=width)
    _lowest(chart, spans, paths)
    series = [Series(leaf or "Cash", NAVY, path) for leaf, path in paths.items()]
    chart.hover(hover_words(spans, series[:12]))
    labels = [Label(chart.y(path[-1]), leaf or "Cash", NAVY) for leaf, path in paths.items()][:12]
    if known:
        labels.append(Label(chart.y(known[-1]), "Floor", BRICK))
    chart.labels(labels)
    return chart.drawing.markup(title)


def _lowest(chart: TimeChart, spans: Sequence[Span], paths: Mapping[str, Sequence[float]]) -> None:
    reported = [
        (path[number], number)
        for path in paths.values()
        for number, span in enumerate(spans)
        if span.reported
    ]
    if not reported:
        return
    value, number = min(reported)
    x, y = chart.x(spans[number].end), chart.y(value)
    chart.drawing.circle(x, y, 3.6, fill="#ffffff", stroke=NAVY, stroke_width=2)
    middle = (chart.left + chart.right) / 2
    beside = y + 15 if y + 17 < chart.bottom else y - 12
    anchor = "end" if x > middle else "start"
    chart.drawing.text(
        x, beside, f"lowest {amount(value)}, {spans[number].label}", text_anchor=anchor, fill=INK,
        font_weight=600, class_="halo",
    )  # fmt: skip


def columns(names: Sequence[str], series: Sequence[Series], unit: str, title: str) -> str:
    """Stacked columns with their totals on top: one a year."""
    totals = [sum(each.values[number] for each in series) for number in range(len(names))]
    drawing = Drawing(HALF, 290.0)
    ticks = nice_ticks(0.0, max([*totals, 0.0]))
    left, right, top, bottom = 44.0, HALF - labels_width([each.name for each in series]), 26.0, 266.0
    step = (right - left) / max(len(names), 1)

    def y(value: float) -> float:
        return bottom - value / ticks[-1] * (bottom - top)

    drawing.text(0, 11, unit, fill=FAINT)
    for tick in ticks:
        drawing.line(left, y(tick), right, y(tick), stroke=RULE, stroke_width=1)
        drawing.text(left - 6, y(tick) + 4, tick_text(tick, ticks), text_anchor="end", fill=FAINT)
    for number, name in enumerate(names):
        x, base = left + step * (number + 0.12), 0.0
        for each in series:
            value = each.values[number]
            if value > 1e-9:
                drawing.rect(
                    x, y(base + value), step * 0.76, y(base) - y(base + value),
                    f"{name}\n{each.name}: {amount(value, 2)}", fill=each.colour, stroke="#ffffff", stroke_width=0.5,
                )  # fmt: skip
                base += value
        middle = x + step * 0.38
        drawing.text(middle, y(base) - 4, amount(totals[number], 0 if max(totals) >= 100 else 1),
                     text_anchor="middle", fill=INK)  # fmt: skip
        drawing.text(middle, bottom + 16, _fitting(name, step), text_anchor="middle", fill=FAINT)
    spot = top + 8
    for each in reversed(series):
        drawing.rect(right + 12, spot - 4, 8, 8, fill=each.colour)
        for line in wrapped(each.name):
            drawing.text(right + 24, spot + 4, line, fill=INK)
            spot += 15
    return drawing.markup(title)


def _fitting(name: str, room: float) -> str:
    """A part of a year is `2026Q3+` where its whole name does not fit."""
    if len(name) * LETTER <= room:
        return name
    first, part, _ = name.partition("–")
    return short(f"{first}+" if part else name, max(int(room / LETTER), 2))


@dataclass(frozen=True)
class Panel:
    """Power at a site by period, MW at the meter."""

    name: str
    grid: Sequence[float]
    projects: Sequence[float]
    used: Sequence[float]

    @property
    def available(self) -> list[float]:
        """Grid and own generation together."""
        return [grid + made for grid, made in zip(self.grid, self.projects, strict=True)]


def sites(spans: Sequence[Span], panels: Sequence[Panel], title: str) -> str:
    """A panel a site: power used against grid and own generation, facility MW; every panel has its own scale."""
    across, wide, high, gap = 3, 346.0, 150.0, 31.0
    rows = -(-len(panels) // across)
    drawing = Drawing(FULL, rows * high + 8)
    for number, panel in enumerate(panels):
        left, top = (number % across) * (wide + gap), (number // across) * high + 6
        _site(drawing, left, top, wide, high - 14, spans, panel)
    return drawing.markup(title)


def _site(
    drawing: Drawing, left: float, top: float, wide: float, high: float, spans: Sequence[Span], panel: Panel
) -> None:
    ticks = nice_ticks(0.0, max([*panel.available, *panel.used, 1.0]), 2)
    first, last = spans[0].start, spans[-1].end
    base, ceiling, start = top + high - 18, top + 22, left + 40

    def x(year: float) -> float:
        return start + (year - first) / (last - first) * (left + wide - start)

    def y(value: float) -> float:
        return base - value / ticks[-1] * (base - ceiling)

    def edges(values: Sequence[float]) -> list[tuple[float, float, float]]:
        return [(x(s.start), x(s.end), y(v)) for s, v in zip(spans, values, strict=True)]

    drawing.text(left, top + 11, short(panel.name, 60), fill=INK, font_weight=600)
    for tick in ticks:
        drawing.line(start, y(tick), left + wide, y(tick), stroke=RULE, stroke_width=1)
        drawing.text(start - 5, y(tick) + 4, tick_text(tick, ticks), text_anchor="end", fill=FAINT)
    drawing.path(stairs(edges(panel.used), edges([0.0] * len(spans))), fill=BLUE, fill_opacity="0.75")
    if any(panel.projects):
        grid = stairs(edges(panel.grid))
        drawing.path(grid, fill="none", stroke=FAINT, stroke_width=1.2, stroke_dasharray="2 2")
    drawing.path(stairs(edges(panel.available)), fill="none", stroke=INK, stroke_width=1.6)
    year_axis(drawing, spans, x, base)
    for span, used, grid_mw, made in zip(spans, panel.used, panel.grid, panel.projects, strict=True):
        words = f"{panel.name}, {span.label}\nused {fixed(used, 0)} MW\ngrid {fixed(grid_mw, 0)} MW"
        words += f"\non site {fixed(made, 0)} MW" if made else ""
        hover_band(drawing, x(span.start), x(span.end), ceiling, base, words)


def bars(rows: Sequence[tuple[str, float, str]], unit: str, title: str) -> str:
    """Horizontal bars, largest first as given: name, value, colour; negative values go to the left."""
    high = 22.0 * len(rows) + 34.0
    drawing = Drawing(HALF, high)
    least, most = min([0.0, *(row[1] for row in rows)]), max([0.0, *(row[1] for row in rows)])
    left = max(168.0, min(300.0, 12.0 + LETTER * max((len(row[0]) for row in rows), default=0)))
    right = HALF - 64.0
    scale = (right - left) / ((most - least) or 1.0)
    zero = left - least * scale
    drawing.text(0, 11, unit, fill=FAINT)
    for number, (name, value, colour) in enumerate(rows):
        y = 24.0 + number * 22.0
        x = zero + min(value, 0.0) * scale
        drawing.text(left - 8, y + 12, short(name, 60), text_anchor="end", fill=INK)
        drawing.rect(x, y, max(abs(value) * scale, 0.5), 16, f"{name}: {amount(value, 2)}", fill=colour)
        inside = abs(value) * scale > 60
        if inside:
            end = x + abs(value) * scale - 6
            drawing.text(end, y + 12, amount(value), text_anchor="end", fill=on(colour), font_weight=600)
        else:
            drawing.text(zero + max(value, 0.0) * scale + 5, y + 12, amount(value), fill=INK)
    drawing.line(zero, 20, zero, high - 8, stroke=FAINT, stroke_width=1)
    return drawing.markup(title)
