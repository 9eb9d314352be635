"""The timeline of decisions: a lane for each contract and build, from signature to the end of its term."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from planner.numbers import power, short
from planner.report.axes import FULL, LETTER, shade_beyond, year_axis
from planner.report.over_time import Time, decimal_year
from planner.report.palette import FAINT, INK, RULE, on
from planner.report.svg import Drawing
from planner.report.works import Decision, date_of

Axis = Callable[[float], float]
LANE = 11.0
GROUP_GAP = 9.0
MOST_LANES = 150


def lanes_of(decisions: Sequence[Decision]) -> dict[tuple[str, str], list[Decision]]:
    """{(group, offer or build): decisions}, in the order in which they are drawn; sites, rounds without a lane."""
    groups: dict[tuple[str, str], list[Decision]] = {}
    shown = [each for each in decisions if each.kind in ("contract", "build", "project", "order")]
    for each in sorted(shown, key=lambda each: (each.kind == "order", each.group == "own", each.group)):
        groups.setdefault((each.group, each.id), []).append(each)
    return groups


def schedule(
    time: Time,
    decisions: Sequence[Decision],
    names: Mapping[str, str],
    colours: Mapping[str, str],
    title: str,
) -> str:
    """Hollow from signature or start to delivery, full while delivered, pale while kept beyond the term."""
    groups = lanes_of(decisions[:MOST_LANES])
    lanes = sum(_lanes(rows) for rows in groups.values())
    height = 30.0 + lanes * LANE + len(groups) * GROUP_GAP + 26.0
    drawing = Drawing(FULL, height)
    first, last = time.spans[0].start, time.spans[-1].end
    left = max(222.0, 12.0 + LETTER * max((len(names[id_]) for _, id_ in groups), default=0))

    def x(year: float) -> float:
        return left + (min(max(year, first), last) - first) / (last - first) * (FULL - left - 12.0)

    shade_beyond(drawing, time.spans, x, 16.0, height - 24.0)
    for year in range(int(first) + 1, int(last) + 1):
        drawing.line(x(year), 16.0, x(year), height - 24.0, stroke=RULE, stroke_width=1)
    now = time.spans[min(1, len(time.spans) - 1)].end
    drawing.line(x(now), 10.0, x(now), height - 24.0, stroke=INK, stroke_width=1, stroke_dasharray="1 2")
    drawing.text(x(now) + 4, 12.0, "can wait", fill=FAINT)
    drawing.text(x(now) - 4, 12.0, "now", text_anchor="end", fill=INK, font_weight=600)
    year_axis(drawing, time.spans, x, height - 24.0)
    y = 24.0
    for (group, id_), rows in groups.items():
        drawing.text(0, y + 9, short(names[id_], 60), fill=INK)
        drawing.line(0, y - GROUP_GAP / 2, FULL - 12.0, y - GROUP_GAP / 2, stroke=RULE, stroke_width=0.5)
        if rows[0].kind == "order":
            _orders(drawing, x, y, rows, colours)
            y += LANE + GROUP_GAP
            continue
        for row in rows:
            _lane(drawing, x, y, row, colours.get(group, FAINT), last)
            y += LANE
        y += GROUP_GAP
    return drawing.markup(title)


def _lanes(rows: Sequence[Decision]) -> int:
    return 1 if rows[0].kind == "order" else len(rows)


def _lane(drawing: Drawing, x: Axis, y: float, row: Decision, colour: str, last: float) -> None:
    signed = decimal_year(row.date)
    size = power(row.mw or row.facility_mw)
    words = f"{row.action} {row.what}, {size}\n{row.date}"
    words += f", delivered from {date_of(row.delivered)} to {date_of(row.until)}"
    high, top = LANE - 3.0, y + 1.0
    if x(row.delivered) > x(signed):
        drawing.rect(x(signed), top + 1.5, x(row.delivered) - x(signed), high - 3.0, words, fill="#ffffff",
                     stroke=colour, stroke_width=1)  # fmt: skip
    drawing.rect(x(row.delivered), top, max(x(row.until) - x(row.delivered), 0.0), high, words, fill=colour)
    for start, end in row.kept:
        begin = max(start, row.until)
        if end > begin:
            drawing.rect(x(begin), top, x(end) - x(begin), high, f"{words}\nkept beyond its term", fill=colour,
                         fill_opacity="0.4")  # fmt: skip
    if signed > 0:
        drawing.circle(x(signed), top + high / 2, 2.8, words, fill=INK if row.now else colour)
    room = x(row.until) - x(row.delivered)
    if room > 60.0:
        drawing.text(x(row.delivered) + 4, top + high - 1, size, fill=on(colour), class_="small")
    elif row.delivered < last:
        drawing.text(x(row.until) + 4, top + high - 1, size, fill=FAINT, class_="small")


def _orders(
    drawing: Drawing, x: Axis, y: float, rows: Sequence[Decision], colours: Mapping[str, str]
) -> None:
    by_date: dict[str, list[Decision]] = {}
    for row in rows:
        by_date.setdefault(row.date, []).append(row)
    most = max(sum(row.mw for row in at) for at in by_date.values())
    for date, at in by_date.items():
        mw = sum(row.mw for row in at)
        radius = 2.0 + 4.0 * (mw / most) ** 0.5
        words = f"{date}: order {mw:,.0f} MW\n" + "\n".join(f"{row.what} {row.mw:,.0f} MW" for row in at)
        drawing.circle(x(decimal_year(date)), y + 5.0, radius, words, fill=colours.get(rows[0].chip, FAINT),
                       stroke="#ffffff", stroke_width=0.8)  # fmt: skip
