"""What the first plan (round and restrict) may forbid: small signings and small starts of the relaxation."""

from __future__ import annotations

from typing import Any

from planner.model.given import Given

SMALL_SIGNING = 0.3
"""Of the smallest MW of a signing (model.md 6)."""
SMALL_START = 0.02
FOLLOWS = 0.0
"""Never forbidden: the integer follows another one, or is taken once."""

_THRESHOLDS = {
    "blocks": SMALL_START,
    "units": SMALL_START,
    "signed": SMALL_START,
    "opened": FOLLOWS,
    "signed_blocks": FOLLOWS,
    "took": FOLLOWS,
    "tier": FOLLOWS,
    "lets": FOLLOWS,
    "additions": FOLLOWS,
    "sold_blocks": FOLLOWS,
    "secured_site": FOLLOWS,
    "begun_site": FOLLOWS,
    "released_site": FOLLOWS,
    "rights": FOLLOWS,
    "took_curtailable": FOLLOWS,
    "contracted_blocks": FOLLOWS,
    "source": FOLLOWS,
    "chosen": FOLLOWS,
    "net_charged": FOLLOWS,
    "none_charged": FOLLOWS,
    "billed_by_use": FOLLOWS,
    "billed_by_least": FOLLOWS,
}


def add_hints(m: Any, d: Given) -> None:
    """Add `m.restrict_threshold` and `m.restrict_measure` in the form of planner.solve.first_plan."""
    m.restrict_threshold = {name: least for name, least in _THRESHOLDS.items() if len(m.component(name))}
    m.restrict_measure = {
        ("signed", (offer, u)): (
            tuple(("signed_mw", (offer, chip, u)) for chip in d.contracts.signed_chips[offer, u]),
            SMALL_SIGNING * smallest,
        )
        for offer, u in d.contracts.signings
        if (smallest := _smallest_mw(d, offer, u)) > 0.0
    }


def _smallest_mw(d: Given, offer: str, u: str) -> float:
    """Smallest MW of a signing: its least MW, or one block."""
    least = d.contracts.min_mw[offer, u]
    return max(least, d.contracts.block_mw[offer]) if offer in d.contracts.block_mw else least
