"""From the tables to the note: figures into the prose, tables between their markers, and whether the prose still holds.

In template.md `{{table.key.column|format}}` is a figure, `<!-- table: name -->` a table of `TABLES`, and
`<!-- holds: a < b -->` what the sentences below it rest on: two figures, or a figure and a number or word.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.note.tables import ROOT, Cell, Row, Tables

TEMPLATE = Path(__file__).with_name("template.md")
NOTE = ROOT / "docs" / "stargate.md"
FIGURE = re.compile(r"\{\{([^}|]+)(?:\|([^}]*))?\}\}")
TABLE = re.compile(r"^<!-- table: (\w+) -->$", re.MULTILINE)
HOLDS = re.compile(r"^<!-- holds: (\S+) (<|<=|>|>=|==|!=) (\S+) -->\n", re.MULTILINE)
END = "<!-- end -->"
WIDTH = 120
HEAD = (
    "<!-- Written by `python -m benchmarks.note` from docs/data/stargate/*.csv and benchmarks/note/template.md: "
    "edit those. -->\n"
)


def render(found: Tables, template: str | None = None) -> str:
    """Return the note."""
    text = HOLDS.sub("", TEMPLATE.read_text(encoding="utf-8") if template is None else template)
    text = reflowed(FIGURE.sub(lambda match: _figure(found.cell(match[1].strip()), match[2]), text))
    return HEAD + TABLE.sub(lambda match: f"{match[0]}\n{TABLES[match[1]](found)}\n{END}", text)


def reflowed(text: str) -> str:
    """Return the text with its paragraphs and list items wrapped anew, as figures are shorter than their names."""
    blocks: list[list[str]] = []
    for line in text.splitlines():
        goes_on = _is_prose(line) and not line.startswith("- ") and bool(blocks) and _is_prose(blocks[-1][0])
        if goes_on:
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return "\n".join(_wrapped(lines) if _is_prose(lines[0]) else lines[0] for lines in blocks) + "\n"


def _is_prose(line: str) -> bool:
    return bool(line) and not line.startswith(("#", "<!--", "|"))


def _wrapped(lines: Sequence[str]) -> str:
    text = " ".join(line.strip() for line in lines)
    return textwrap.fill(
        text, WIDTH, subsequent_indent="  " if text.startswith("- ") else "", break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def unfounded(found: Tables, template: str | None = None) -> list[str]:
    """Return the conditions of the prose that do not hold."""
    text = TEMPLATE.read_text(encoding="utf-8") if template is None else template
    return [match[0].strip() for match in HOLDS.finditer(text) if not _holds(found, *match.groups())]


def _figure(cell: Cell, form: str | None) -> str:
    if isinstance(cell, str):
        return cell
    return format(cell, form or ",.0f").replace("-", "−")


def _holds(found: Tables, left: str, sign: str, right: str) -> bool:
    a, b = _operand(found, left), _operand(found, right)
    if isinstance(a, str) or isinstance(b, str):
        a, b = str(a), str(b)  # periods: 2027Q2 comes before 2027Q3
        pairs = {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a == b, "!=": a != b}
        return pairs[sign]
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a == b, "!=": a != b}[sign]


def _operand(found: Tables, name: str) -> Cell:
    if "." in name and not re.fullmatch(r"-?\d+(\.\d+)?", name):
        return found.cell(name)
    try:
        return float(name)
    except ValueError:
        return name


# The tables


def markdown(heads: Sequence[str], rows: Iterator[Sequence[str]], words: int = 1) -> str:
    """Return a Markdown table, the first `words` columns to the left, numbers to the right."""
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * words + "--:|" * (len(heads) - words)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def number(cell: Cell, form: str = ",.1f") -> str:
    """Return a cell as the tables print it: no sign for zero, nothing for nothing."""
    if isinstance(cell, str):
        return cell
    text = format(cell, form)
    return text.lstrip("-") if not re.search(r"[1-9]", text) else text.replace("-", "−")


def _rows(found: Tables, table: str) -> list[Row]:
    return list(found.rows[table].values())


def _years(found: Tables) -> str:
    heads = ["year", "GW demand", "GW powered", "own", "leased shell", "new cloud", "running", "served"]
    heads += ["spend, USD bn", "cash at the end, USD bn"]
    rows = (
        [
            number(row["year"], ".0f"),
            number(row["demand_gw"]),
            number(row["powered_gw"]),
            *(number(row[f"{tenure}_gw"]) for tenure in ("own", "shell", "cloud", "running")),
            number(row["served_share"], ".0%"),
            number(row["spend_usd_bn"], ",.0f"),
            number(row["cash_usd_bn"], ",.0f"),
        ]
        for row in _rows(found, "years")
        if row["case"] == "base"
    )
    return markdown(heads, rows)


def _vendors(found: Tables) -> str:
    heads = ["vendor", "newly decided, GW", "first", "last", "GW powered at the end of 2030"]
    rows = (
        [
            str(row["name"]),
            number(row["decided_gw"], ".2f"),
            str(row["first"]),
            str(row["last"]),
            number(row["powered_2030_gw"], ".2f"),
        ]
        for row in sorted(_rows(found, "vendors"), key=lambda row: -float(row["powered_2030_gw"]))
    )
    return markdown(heads, rows)


def _lines(found: Tables) -> str:
    rows = (
        [str(row["key"]).replace("_", " "), number(row["total_usd_bn"]), number(row["share"], ".0%")]
        for row in sorted(_rows(found, "lines"), key=lambda row: -float(row["total_usd_bn"]))
    )
    return markdown(["line", "present value, USD bn", "share"], rows)


def _cases(found: Tables) -> str:
    heads = [
        "case",
        "compared with",
        "what it changes, USD bn",
        "cost",
        "bound",
        "gap",
        "GW 2030",
        "own",
        "shell",
    ]
    heads += ["short, GW-years", "spend to 2030", "least cash", "in"]
    return markdown(heads, (_case(row) for row in _rows(found, "cases")), words=3)


def _case(row: Row) -> list[str]:
    base = row["key"] == "base"
    change = "" if base else str(row["difference"]).replace(" USD bn", "").replace("-", "−")
    if row["status"] == "infeasible":
        change = "no plan keeps all rules"
    return [
        f"`{row['key']}`",
        "" if base else f"`{row['against']}`",
        change,
        number(row["cost_usd_bn"]),
        number(row["bound_usd_bn"]),
        number(row["gap"], ".2%"),
        number(row["powered_2030_gw"]),
        number(row["own_2030_gw"]),
        number(row["shell_2030_gw"]),
        number(row["short_gw_years"]),
        number(row["spend_to_2030_usd_bn"], ",.0f"),
        number(row["least_cash_usd_bn"], ",.0f"),
        str(row["least_cash_in"]),
    ]


def _levels(found: Tables) -> str:
    heads = ["offer or block", "kind", "cheapest with", "USD bn per GW-year", "per reference GW-year"]
    rows = (
        [
            f"`{row['key']}`",
            str(row["kind"]).replace("_", " "),
            str(row["chip"]).replace("_", " "),
            number(row["usd_bn_per_gw_year"]),
            number(row["usd_bn_per_reference_gw_year"]),
        ]
        for row in sorted(_rows(found, "levels"), key=lambda row: float(row["usd_bn_per_reference_gw_year"]))
    )
    return markdown(heads, rows, words=3)


def _lift(found: Tables) -> str:
    cases = list(dict.fromkeys(str(row["case"]) for row in _rows(found, "lift")))
    known = {(row["case"], row["resource"]): row for row in _rows(found, "lift")}
    said = {row["resource"]: str(row["sentence"]) for row in _rows(found, "lift")}

    def change(case: str, resource: Cell) -> str:
        row = known.get((case, resource))
        return "no limit" if row is None else number(row["change_usd_bn"])

    rows = ([said[resource], *(change(case, resource) for case in cases)] for resource in said)
    return markdown(["lifted alone", *(f"`{case}`" for case in cases)], rows)


def _breakeven(found: Tables) -> str:
    heads = [
        "own block",
        "power",
        "shell",
        "delivered",
        "own at 7 %",
        "lease at 7 %",
        "own at 12 %",
        "lease at 12 %",
    ]
    heads += ["rent asked", "break-even rent at 7 %", "at 12 %", "break-even rate"]
    rates = {
        name: number(found.cell(f"run.note.{name}"), ".0%").replace("%", " %")
        for name in ("line_rate", "rate")
    }
    heads = [head.replace("7 %", rates["line_rate"]).replace("12 %", rates["rate"]) for head in heads]
    costs = ("own_at_line", "lease_at_line", "own_at_company", "lease_at_company")
    rents = ("rent_usd_per_kw_month", "breakeven_rent_at_line", "breakeven_rent_at_company")
    rows = (
        [
            f"`{row['build']}`",
            str(row["power"]).replace("_", " "),
            f"`{row['shell']}`" + ("" if row["same_site"] == "yes" else " (elsewhere)"),
            str(row["delivered"]),
            *(number(row[name], ".2f") for name in costs),
            *(number(row[name], ".0f") for name in rents),
            number(row["breakeven_rate"], ".1%") if row["breakeven_rate"] != "" else "none",
        ]
        for row in _rows(found, "breakeven")
    )
    return markdown(heads, rows, words=4)


def _floor(found: Tables) -> str:
    served = {"worth_it": "what is worth its cost", "possible": "all that can be served"}
    heads = ["case", "served", "first below the floor", "first below zero", "least cash, USD bn", "in"]
    heads += ["still short, GW-years"]
    rows = (
        [
            f"`{row['case']}`",
            served[str(row["served"])],
            str(row["below_floor"]) or "never",
            str(row["below_zero"]) or "never",
            number(row["least_cash_usd_bn"], ",.0f"),
            str(row["least_cash_in"]),
            number(row["shortfall_gw_years"]),
        ]
        for row in _rows(found, "floor")
    )
    return markdown(heads, rows, words=4)


def _trial(found: Tables) -> str:
    rows = (
        [
            str(row["says"]),
            *(
                number(cell, str(row["format"]) or ",.1f")
                for cell in (row["value"], found.cell(str(row["here"])))
            ),
        ]
        for row in _rows(found, "reference")
        if row["here"] != "" and str(row["key"]).startswith("trial")
    )
    return markdown(["figure, USD bn where no unit is named", "trial", "here"], rows)


TABLES: dict[str, Callable[[Tables], str]] = {
    "years": _years,
    "vendors": _vendors,
    "lines": _lines,
    "levels": _levels,
    "cases": _cases,
    "lift": _lift,
    "breakeven": _breakeven,
    "floor": _floor,
    "trial": _trial,
}
"""Table of the note: how it is made."""
