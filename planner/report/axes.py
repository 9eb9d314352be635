"""A chart over the periods of a plan: axes with units, what is not reported set back, labels beside the marks."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from planner.report.over_time import Span
from planner.report.palette import BEYOND, FAINT, INK, RULE
from planner.report.svg import Drawing, nice_ticks, place, spread

HALF = 540.0
FULL = 1100.0
TOP = 24.0
BOTTOM = 24.0
LEFT = 44.0
LABELS = 150.0
LABEL_GAP = 13.0
LETTER = 6.9
"""Width of a letter of a label in wide system fonts."""
LABEL_LETTERS = 25
"""Labels with more letters go on in a second line."""


@dataclass(frozen=True)
class Label:
    """Words at the right edge beside the mark that they name."""

    y: float | None
    """Where the mark ends; None: it is not there at the end."""
    words: str
    colour: str
    """Empty for the further lines of a label."""


def _lines_of(label: Label) -> list[Label]:
    first, *rest = wrapped(label.words)
    return [Label(label.y, first, label.colour), *(Label(label.y, words, "") for words in rest)]


def wrapped(words: str, letters: int = LABEL_LETTERS) -> list[str]:
    """A name in lines of so many letters, broken between words where there are any."""
    return textwrap.wrap(words, letters) or [""]


def labels_width(names: Sequence[str]) -> float:
    """Room at the right edge for the longest line of the names."""
    longest = max((len(line) for name in names for line in wrapped(name)), default=0)
    return max(LABELS, 28.0 + longest * LETTER)


class TimeChart:
    """A drawing with a time axis and a value axis."""

    def __init__(
        self, spans: Sequence[Span], low: float, high: float, unit: str,
        width: float = HALF, height: float = 290.0, labels: float = LABELS,
    ) -> None:  # fmt: skip
        self.spans = spans
        self.drawing = Drawing(width, height)
        self.ticks = nice_ticks(min(low, 0.0), max(high, 0.0))
        self.left, self.right = LEFT, width - labels
        self.top, self.bottom = TOP, height - BOTTOM
        self._from, self._to = spans[0].start, spans[-1].end
        self._background(unit)

    def x(self, year: float) -> float:
        """Horizontal place of a moment."""
        return self.left + (year - self._from) / (self._to - self._from) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Vertical place of a value."""
        low, high = self.ticks[0], self.ticks[-1]
        return self.bottom - (value - low) / (high - low) * (self.bottom - self.top)

    def edges(self, values: Sequence[float]) -> list[tuple[float, float, float]]:
        """Steps of a value a period."""
        return [(self.x(s.start), self.x(s.end), self.y(v)) for s, v in zip(self.spans, values, strict=True)]

    def _background(self, unit: str) -> None:
        shade_beyond(self.drawing, self.spans, self.x, self.top, self.bottom)
        self.drawing.text(0, 11, unit, class_="unit", fill=FAINT)
        for tick in self.ticks:
            y = self.y(tick)
            zero = abs(tick) < 1e-9
            self.drawing.line(self.left, y, self.right, y, stroke=FAINT if zero else RULE, stroke_width=1)
            self.drawing.text(
                self.left - 6, y + 4, tick_text(tick, self.ticks), text_anchor="end", fill=FAINT
            )
        year_axis(self.drawing, self.spans, self.x, self.bottom)

    def hover(self, words: Sequence[str]) -> None:
        """A band over each period that shows its values when it is pointed at."""
        for span, text in zip(self.spans, words, strict=True):
            hover_band(self.drawing, self.x(span.start), self.x(span.end), self.top, self.bottom, text)

    def labels(self, labels: Sequence[Label]) -> None:
        """Names at the right edge, pushed apart where they would touch, with a hair to their mark."""
        present = [line for label in labels if label.y is not None for line in _lines_of(label)]
        absent = [line for label in labels if label.y is None for line in _lines_of(label)]
        room = self.bottom - LABEL_GAP * len(absent)
        # Lines of one label stay together where two labels want the same place.
        wanted = [(label.y or 0.0) + number * 1e-6 for number, label in enumerate(present)]
        ys = spread(wanted, LABEL_GAP, self.top + 2, room)
        for label, y in zip(present, ys, strict=True):
            assert label.y is not None
            if not label.colour:
                self._label(label, y, INK)
                continue
            d = f"M{place(self.right + 1)} {place(label.y)}L{place(self.right + 9)} {place(y)}"
            self.drawing.path(d, stroke=RULE, fill="none")
            self._label(label, y, INK)
        for number, label in enumerate(absent):
            self._label(label, self.bottom - LABEL_GAP * (len(absent) - 1 - number), FAINT)

    def _label(self, label: Label, y: float, colour: str) -> None:
        if label.colour:
            self.drawing.rect(self.right + 11, y - 4, 8, 8, fill=label.colour)
        self.drawing.text(self.right + 23, y + 4, label.words, fill=colour)


def hover_band(drawing: Drawing, left: float, right: float, top: float, bottom: float, words: str) -> None:
    """An unseen rectangle that shows words when it is pointed at."""
    drawing.rect(
        left, top, right - left, bottom - top, words, class_="hover", fill="#000000", fill_opacity="0"
    )


def shade_beyond(
    drawing: Drawing, spans: Sequence[Span], x: Callable[[float], float], top: float, bottom: float
) -> None:
    """Set back the periods that are modelled but not reported."""
    beyond = [span for span in spans if not span.reported]
    if beyond:
        left, right = x(beyond[0].start), x(beyond[-1].end)
        drawing.rect(left, top, right - left, bottom - top, "modelled, not reported", fill=BEYOND)
        drawing.line(left, top - 4, left, bottom, stroke=FAINT, stroke_width=1, stroke_dasharray="2 2")


def year_axis(drawing: Drawing, spans: Sequence[Span], x: Callable[[float], float], y: float) -> None:
    """Names of the years (of the periods, where there are few) under the axis."""
    if len(spans) <= 8:
        widest = max(len(span.label) for span in spans) * LETTER
        step = 1
        while widest > step * (x(spans[-1].end) - x(spans[0].start)) / len(spans) and step < len(spans):
            step += 1
        for span in spans[::step]:
            drawing.text(
                (x(span.start) + x(span.end)) / 2, y + 16, span.label, text_anchor="middle", fill=FAINT
            )
        return
    first, last = spans[0].start, spans[-1].end
    for year in range(int(first), int(last - 1e-6) + 1):
        left, right = x(max(year, first)), x(min(year + 1, last))
        if year > first:
            drawing.line(left, y, left, y + 5, stroke=FAINT, stroke_width=1)
        words = str(year) if right - left >= 30 else f"’{year % 100:02d}"
        if right - left >= 17:
            drawing.text((left + right) / 2, y + 16, words, text_anchor="middle", fill=FAINT)


def tick_text(tick: float, ticks: Sequence[float]) -> str:
    """A tick with the digits that tell it from its neighbours."""
    step = ticks[1] - ticks[0]
    decimals = 0 if step >= 1.0 else 1 if step >= 0.1 else 2 if step >= 0.01 else 4
    if step == 2.5:
        decimals = 1
    text = f"{tick:,.{decimals}f}"
    return text.replace("-", "−") if tick < 0 else text
