"""Decisions on sites, rights, exits and power contracts, as rows of the ledger of decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from planner.plan.plan import Plan
from planner.report.over_time import rows_of
from planner.report.wording import Names

Row = dict[str, Any]

ACTIONS = {
    "secured_site": "Secure",
    "released_site": "Give up",
    "rights": "Buy rights",
    "sold_blocks": "Sell",
    "took_curtailable": "Let curtail",
    "contracted_mw": "Contract power",
    "dropped_mw": "Drop power",
}
"""Variable: what is done, in the order in which one follows another."""
FACILITY = ("contracted_mw", "dropped_mw")
BLOCKS = ("rights", "sold_blocks")


def stage_rows(
    plan: Plan,
    names: Names,
    delivered: Callable[[str, str], bool],
) -> Iterator[Row]:
    """What planner.report.works needs of each; `delivered` says whether a block left after its delivery."""
    frame = plan.frames["decisions"]
    for variable, action in ACTIONS.items():
        for row in rows_of(frame[frame["variable"] == variable]):
            id_, amount = str(row.id), float(row.amount)
            if variable == "sold_blocks" and not delivered(id_, str(row.index)):
                action = "Cancel"
            yield {
                "action": action,
                "kind": "site",
                "id_": id_,
                "group": "own",
                "what": names.member(id_) if "." in id_ else names.site(id_),
                "chip": "",
                "node": str(row.node),
                "date": str(row.date),
                "count": amount if variable in BLOCKS else 0.0,
                "facility_mw": amount if variable in FACILITY else 0.0,
                "keys": ((variable, str(row.index)),),
            }
            action = ACTIONS[variable]
