"""Names and texts of an instance are other people's: nothing of them runs, breaks a table or becomes a formula."""

from __future__ import annotations

import functools
import json
import re

import pytest
from report_reading import Page, Sheet, markdown_tables, sheets
from tiny import changed

import planner
from planner.audit import Verdict
from planner.instance.reader import read
from planner.numbers import plain, short
from planner.plan.plan import Plan
from planner.report.html import to_html
from planner.report.make import make_report
from planner.report.markdown import escaped, to_markdown
from planner.report.workbook import to_workbook

EVIL = (
    "</title></style></script><script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg/onload=alert(3)> "
    '=HYPERLINK("http://evil.example","x") | cell `code` [link](javascript:alert(4)) <!-- '
    "\u202eslate\x07 {{7*7}} {% x %}"
)
STARTS = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0")
KNOWN_TAGS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "main",
        "section",
        "footer",
        "nav",
        "a",
        "h1",
        "h2",
    ),
    *(
        "p",
        "b",
        "br",
        "div",
        "dl",
        "dt",
        "dd",
        "span",
        "details",
        "summary",
        "figure",
        "figcaption",
        "table",
        "caption",
    ),
    *("thead", "tbody", "tfoot", "tr", "th", "td", "svg", "g", "rect", "line", "path", "circle", "text"),
}


@functools.cache
def hostile() -> tuple[Plan, Verdict]:
    """Return a plan in which every name and note is hostile."""
    base = json.loads(read("instances/tutorial/03_shell_and_chips.yaml").to_json())
    text = {"name": EVIL, "source": EVIL, "note": EVIL}
    offers = {id_: text for vendor in base["vendors"].values() for id_ in vendor["offers"]}
    changes = {
        "name": EVIL, "description": EVIL,
        "sources": {EVIL: EVIL},
        "makers": {"nvidia": EVIL},
        "regions": {id_: {"name": EVIL} for id_ in base["regions"]},
        "sites": {id_: {"name": EVIL} for id_ in base["sites"]},
        "workloads": {id_: {"name": EVIL} for id_ in base["workloads"]},
        "chips": {id_: {"name": EVIL} for id_ in base["chips"]},
        "vendors": {id_: {"name": EVIL, "offers": offers} for id_ in base["vendors"]},
        "money": {"floor_usd_bn": {"value": 0, "source": EVIL, "note": EVIL}},
        "claims": {
            f"c{n}": {"says": EVIL, "status": "wrong", "note": start, "unit": EVIL, "value": 1, "compare": EVIL}
            for n, start in enumerate(STARTS)
        },
    }  # fmt: skip
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hostile.json"
        path.write_text(json.dumps(changed(base, changes)))
        instance = read(path)
    plan = planner.solve(instance)
    return plan, planner.audit(plan)


@pytest.fixture(scope="module")
def html() -> str:
    return to_html(make_report(*hostile()))


def test_nothing_in_the_page_is_markup_but_ours(html: str) -> None:
    page = Page(html)
    assert page.tags <= KNOWN_TAGS
    assert not [each for each in page.attributes if each[1].startswith("on")]
    assert not [
        each for each in page.attributes if each[1] in ("src", "style", "srcdoc", "action", "formaction")
    ]
    assert all(value.startswith("#") for _, key, value in page.attributes if key in ("href", "xlink:href"))
    assert "<script" not in html
    assert "alert(1)" in html  # it is there, as text
    assert "{{7*7}}" in html
    assert "49 {%" not in html


def test_the_page_forbids_everything_but_its_own_style(html: str) -> None:
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert "default-src &#39;none&#39;" in policy
    assert "unsafe" not in policy
    assert html.count("<style") == 1


def test_direction_and_control_characters_are_shown_not_obeyed(html: str) -> None:
    markdown = to_markdown(make_report(*hostile()))
    for text in (html, markdown):
        assert "\u202e" not in text and "\x07" not in text
        assert "\\u202e" in text or "\\\\u202e" in text


def test_markdown_keeps_its_tables_and_has_no_markup_of_others() -> None:
    text = to_markdown(make_report(*hostile()))
    assert not re.search(r"(?<!\\)<[a-z/!]", text)
    assert not re.search(r"(?<!\\)\]\(", text)
    assert "javascript:" not in text
    for title, table in markdown_tables(text).items():
        assert {len(row) for row in table.rows} <= {len(table.head)}, title


def test_no_cell_of_others_is_a_formula() -> None:
    plan, verdict = hostile()
    book = sheets(to_workbook(make_report(plan, verdict), plan))
    assert {name for name, sheet in book.items() if sheet.formulas} == {"Cash statement", "margin"}
    cell = r"[A-Z]+\d+"
    sums = r"-?SUMIFS\((?:(?:payments|margin|debt)![$A-Z:]+,(?:\"[a-z_]+\",)?)+[A-Z]+\$3\)"
    ours = re.compile(rf"{sums}|SUM\({cell}:{cell}\)|ROUND\({cell}-{cell},3\)|{cell}(?:[+-]{cell})*")
    others = [text for text in book["Cash statement"].formulas.values() if not ours.fullmatch(text)]
    assert not others
    product = re.compile(rf"-?{cell}\*{cell}\*{cell}\*1000")
    assert all(product.fullmatch(text) for text in book["margin"].formulas.values())
    notes = column(book["Claims"], "Note")
    assert notes[: len(STARTS)] == list(STARTS)


def column(sheet: Sheet, name: str) -> list[str]:
    (at,) = [key for key, value in sheet.values.items() if value == name]
    return [
        str(sheet.values[row, at[1]])
        for row in sorted({r for r, c in sheet.values if c == at[1] and r > at[0]})
    ]


def test_a_name_of_ten_thousand_characters_is_cut() -> None:
    assert len(short("x" * 10_000, 60)) == 60
    assert short("\u202e" * 10_000, 60).startswith("\\u202e")
    assert len(short("\u202e" * 10_000, 60)) == 60


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", "a\\|b"),
        ("<b>", "\\<b\\>"),
        ("sb_energy _x_", "sb_energy \\_x\\_"),
        ("R&D", "R&amp;D"),
        ("# no heading", "\\# no heading"),
        ("two\nlines", "two lines"),
        ("http://evil.example", "http\\://evil.example"),
    ],
)
def test_markdown_escapes(text: str, shown: str) -> None:
    assert escaped(text) == shown


def test_plain_text_stays_as_it_is() -> None:
    assert plain("Doña Ana County – 1,200 MW × 3 “ok”") == "Doña Ana County – 1,200 MW × 3 “ok”"
