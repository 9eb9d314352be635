"""The report as one HTML page: no scripts, nothing loaded, all text escaped, allowed by a strict policy."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from planner.numbers import plain
from planner.report.content import Column, Report
from planner.report.numbers import written

if TYPE_CHECKING:
    import jinja2


def to_html(report: Report) -> str:
    """The page as text."""
    from markupsafe import Markup

    style = "\n" + _asset("page.css") + "\n"
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    page = _template().render(report=report, style=Markup(style), policy=policy)
    return page if page.endswith("\n") else page + "\n"


@cache
def _template() -> jinja2.Template:
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=shown,
    )
    environment.globals["cell_class"] = cell_class
    environment.filters["written"] = written
    environment.filters["heading"] = heading
    environment.filters["drawing"] = Markup  # SVG of planner.report.svg, which escapes all text
    return environment.from_string(_asset("page.html.j2"))


def heading(label: str) -> str:
    """The heading of a column; an amount and its unit stay on one line."""
    return plain(label).replace("USD m", "USD\u00a0m").replace("USD bn", "USD\u00a0bn")


def shown(value: object) -> object:
    """What the template puts into the page: text with its control characters shown, our own markup as it is."""
    return plain(value) if type(value) is str else value


def cell_class(column: Column, faint_row: bool) -> str:
    """Classes of a cell."""
    kind = {"text": "", "tag": "tag"}.get(column.kind, "n")
    names = [kind, "faint" if column.faint and not faint_row else ""]
    return " ".join(name for name in names if name)


def _asset(name: str) -> str:
    return (files("planner.report") / name).read_text(encoding="utf-8")
