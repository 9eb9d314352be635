"""Rows of the ledger that are no signature or start: clauses used, and what is paid, earned or lost in consequence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from planner.plan.plan import Plan
from planner.report.ledger import GIVEN, Key
from planner.report.over_time import decimal_year, rows_of
from planner.report.wording import STATEMENT, Names, words

Row = dict[str, Any]
"""Arguments of a row of planner.report.works."""

CLAUSES = {
    "exit": ("exited_mw", "Exit"),
    "assign": ("assigned_mw", "Assign"),
    "cancel": ("cancelled_mw", "Cancel"),
    "renew": ("renewed_mw", "Renew"),
    "expand": ("expanded_mw", "Expand"),
    "right": ("expansion_right_mw", "Buy right to expand"),
}
"""Clause: (variable, what is done)."""


def clause_rows(plan: Plan, names: Names) -> Iterator[Row]:
    """Clauses of contracts that are used, and chips sold: what each saves, costs or brings."""
    frame = plan.frames["clauses"].rename(columns={"from": "since"})
    for row in rows_of(frame):
        variable, action = CLAUSES[str(row.clause)]
        parts = [row.offer, row.chip, *([] if row.clause == "right" else [row.signing]), row.id, row.node]
        yield {
            "action": action, "kind": "clause", "id_": str(row.offer), "group": str(row.offer).partition(".")[0],
            "what": names.member(str(row.offer)), "chip": str(row.chip), "node": str(row.node),
            "date": str(row.decided), "mw": float(row.mw), "delivered": decimal_year(str(row.since)),
            "until": decimal_year(str(row.until)), "nominal": float(row.nominal_usd_m),
            "keys": ((variable, "|".join(str(part) for part in parts if part != "")),),
        }  # fmt: skip
    decisions = plan.frames["decisions"]
    sold = decisions[decisions["variable"] == "sold_mw"]
    for row in rows_of(sold):
        yield {
            "action": "Sell", "kind": "clause", "id_": str(row.id), "group": "chips", "chip": "",
            "what": f"{names.member(str(row.id))} at {names.member(str(row.host))}", "node": str(row.node),
            "date": str(row.date), "mw": float(row.amount), "keys": (("sold_mw", str(row.index)),),
        }  # fmt: skip


@dataclass(frozen=True)
class _Kind:
    """How flows of a variable are put together: by which parts of the index, and the name of the first of them."""

    action: str
    name: Callable[[Names, str], str]
    parts: tuple[int, ...] = (0,)
    chip: int | None = None


def _site(names: Names, id_: str) -> str:
    return names.member(id_) if "." in id_ else names.site(id_)


def _nothing(_: Names, __: str) -> str:
    return ""


def _workload(names: Names, id_: str) -> str:
    return names.workload(id_.partition(".")[0])


ENERGY = _Kind("Energy", _site)
FOLLOW = {
    "drawn_mw": _Kind("Use commitment", Names.member, (0, 1, 2), chip=1),
    "topped_up_usd_m": _Kind("Top up commitment", Names.member, (0, 1)),
    "extra_mw": _Kind("Use beyond take-or-pay", Names.member, (0, 1), chip=1),
    "used_mw": _Kind("Use", Names.member, (0, 1), chip=1),
    "sublet_mw": _Kind("Let to others", Names.member, (0, 1), chip=1),
    "paid_early_usd_m": _Kind("Pay early", Names.vendor),
    "grid_mwh": ENERGY,
    "billed_mwh": ENERGY,
    "charged_mw": ENERGY,
    "discounted_mwh": ENERGY,
    "project_mwh": _Kind("Energy, own power", _site),
    "installed_mw": _Kind("Operate chips", Names.member, (1,)),
    "empty_mw": _Kind("Operate empty MW", Names.member),
    "served_mw": _Kind("Serve", _workload, (0,)),
    "additions": _Kind("Start, fixed cost", Names.member),
    "balance_usd_m": _Kind("Repay, interest and fees", Names.facility),
    "shortfall_mw": _Kind("Margin lost on unserved demand", _nothing),
    "cash_usd_m": _Kind("Yield on cash", _nothing),
}
"""Variable: how its flows make rows; any other variable gives a row for each thing under its own name."""


def follow_rows(keys: Iterable[Key], names: Names) -> Iterator[Row]:
    """A row for each thing, over the whole calendar, of flows that no other row has; given ones are marked."""
    groups: dict[tuple[bool, str, tuple[str, ...]], list[Key]] = {}
    for variable, index in keys:
        parts = tuple(index.split("|"))
        kind = FOLLOW.get(variable)
        chosen = (index,) if variable == GIVEN else parts[:1]
        if kind is not None:
            chosen = tuple(parts[place] for place in kind.parts)
        action = kind.action if kind is not None else words(variable)
        groups.setdefault((variable == GIVEN, action, chosen), []).append((variable, index))
    for (given, action, parts), found in groups.items():
        kind = FOLLOW.get(found[0][0])
        title, what = (
            (action, names.member(parts[0])) if kind is None else (action, kind.name(names, parts[0]))
        )
        if given:
            title, what = _given(parts[0], names)
        chip = kind.chip if kind is not None else None
        yield {
            "action": title, "kind": "follow", "id_": parts[0], "group": "", "what": what, "node": "", "date": "",
            "chip": "" if chip is None else found[0][1].split("|")[chip], "given": given, "keys": tuple(found),
        }  # fmt: skip


def _given(index: str, names: Names) -> tuple[str, str]:
    """What is done and the name of something that no decision changes."""
    if f"{index}_usd_m" in STATEMENT:
        return STATEMENT[f"{index}_usd_m"], ""
    first, _, rest = index.partition("|")
    if first == "rounds":
        return "Issue cost", names.round(rest)
    return "Running", names.member(first)
