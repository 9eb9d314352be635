"""The picture of a plan for a page that shows images, such as the README: four charts of its report in one SVG.

`python -m planner.report.cover RUN_DIR docs/plan.svg` draws it anew.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from planner.plan.plan import Plan
from planner.report.axes import HALF
from planner.report.content import Figure
from planner.report.over_time import Time
from planner.report.palette import INK
from planner.report.pictures import Pictures
from planner.report.svg import escaped
from planner.report.wording import Names
from planner.report.works import Works

HEIGHT, GAP, TITLE = 290, 30, 24
FONT = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif"


def cover(plan: Plan) -> str:
    """Ladder, cash, vendors and chips side by side, on white, legible without a style sheet."""
    time, names = Time.of(plan), Names(plan.instance.spec)
    pictures = Pictures(plan, time, names, Works(plan, time, names).all())
    stacks = {figure.id: figure for figure in pictures.stacks()}
    figures = (
        pictures.ladder(),
        pictures.cash(),
        *(stacks[id_] for id_ in ("vendor", "chip") if id_ in stacks),
    )
    width, cell = 2 * int(HALF) + 3 * GAP, HEIGHT + TITLE + GAP
    height = GAP + (len(figures) + 1) // 2 * cell
    label = escaped(f"{plan.instance.name} / {plan.instance.case}")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="{FONT}" font-size="11.5" '
        f'role="img" aria-label="{label}">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for number, figure in enumerate(figures):
        parts.append(_placed(figure, GAP + number % 2 * (int(HALF) + GAP), GAP + number // 2 * cell))
    return "".join([*parts, "</svg>\n"])


def _placed(figure: Figure, x: int, y: int) -> str:
    """A chart under its title; what only a pointer shows is left out."""
    drawing = re.sub(r"<title>.*?</title>", "", figure.svg, flags=re.DOTALL)
    drawing = re.sub(r'<rect[^>]*class="hover"[^>]*(/>|></rect>)', "", drawing)
    place = f'<svg x="{x}" y="{y + TITLE}" width="{int(HALF)}" height="{HEIGHT}"'
    title = f'<text x="{x}" y="{y + 10}" font-size="15" font-weight="600" fill="{INK}">{escaped(figure.title)}</text>'
    return title + drawing.replace("<svg", place, 1)


if __name__ == "__main__":
    from planner.files import write_atomic
    from planner.plan import load_plan

    write_atomic(Path(sys.argv[2]), cover(load_plan(sys.argv[1])))
