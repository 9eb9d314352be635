"""Drawing with SVG: escaped text, attributes only (no styles, no scripts), so that a page may forbid both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from planner.numbers import plain

Attribute = str | float | int


def escaped(text: str) -> str:
    """Text safe inside an element or a quoted attribute."""
    shown = plain(text)
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        shown = shown.replace(character, entity)
    return shown


def place(value: float) -> str:
    """A coordinate with one decimal."""
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"


def _attributes(attributes: dict[str, Attribute]) -> str:
    parts = []
    for key, value in attributes.items():
        text = place(value) if isinstance(value, float) else escaped(str(value))
        parts.append(f' {key.rstrip("_").replace("_", "-")}="{text}"')
    return "".join(parts)


def _shape_of(**places: float) -> dict[str, Attribute]:
    return {key: float(value) for key, value in places.items()}


@dataclass
class Drawing:
    """Marks in the order in which they are painted."""

    width: float
    height: float
    marks: list[str] = field(default_factory=list)

    def rect(
        self, x: float, y: float, width: float, height: float, title: str = "", **more: Attribute
    ) -> None:
        """A rectangle; `title` is shown when it is pointed at."""
        shape = _shape_of(x=x, y=y, width=max(width, 0.0), height=max(height, 0.0))
        self._shape("rect", shape | more, title)

    def line(self, x1: float, y1: float, x2: float, y2: float, **more: Attribute) -> None:
        """A straight line."""
        self._shape("line", _shape_of(x1=x1, y1=y1, x2=x2, y2=y2) | more)

    def path(self, d: str, title: str = "", **more: Attribute) -> None:
        """A path."""
        more["d"] = d
        self._shape("path", more, title)

    def circle(self, x: float, y: float, r: float, title: str = "", **more: Attribute) -> None:
        """A disc."""
        self._shape("circle", _shape_of(cx=x, cy=y, r=r) | more, title)

    def text(self, x: float, y: float, words: str, **more: Attribute) -> None:
        """A line of text."""
        self.marks.append(f"<text{_attributes(_shape_of(x=x, y=y) | more)}>{escaped(words)}</text>")

    def _shape(self, name: str, attributes: dict[str, Attribute], title: str = "") -> None:
        if title:
            lines = "\n".join(escaped(line) for line in title.split("\n"))
            self.marks.append(f"<{name}{_attributes(attributes)}><title>{lines}</title></{name}>")
        else:
            self.marks.append(f"<{name}{_attributes(attributes)}/>")

    def markup(self, label: str) -> str:
        """The whole picture; `label` is read aloud in its place."""
        box = f"0 0 {place(self.width)} {place(self.height)}"
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img" aria-label="{escaped(label)}">'
        return head + "".join(self.marks) + "</svg>"


def nice_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from at or below `low` to at or above `high`."""
    if not high > low:
        high = low + 1.0
    rough = (high - low) / about
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if size * factor >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [step * number for number in range(first, last + 1)]


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places near the wanted ones, in their order, at least `gap` apart and between the ends as far as they fit."""
    order = sorted(range(len(wanted)), key=lambda each: wanted[each])
    placed = [0.0] * len(wanted)
    floor = low
    for each in order:
        placed[each] = max(wanted[each], floor)
        floor = placed[each] + gap
    ceiling = high
    for each in reversed(order):
        placed[each] = min(placed[each], ceiling)
        ceiling = placed[each] - gap
    return placed


def stairs(
    edges: Sequence[tuple[float, float, float]], back: Sequence[tuple[float, float, float]] = ()
) -> str:
    """Path data of steps (x from, x to, y); with `back` the area between two stairs."""
    parts = []
    for number, (x1, x2, y) in enumerate(edges):
        parts.append(f"{'L' if number else 'M'}{place(x1)} {place(y)}H{place(x2)}")
    for x1, x2, y in reversed(back):
        parts.append(f"L{place(x2)} {place(y)}H{place(x1)}")
    return "".join(parts) + ("Z" if back else "")
