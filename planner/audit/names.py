"""Every part of a decision's index names something of the instance."""

from __future__ import annotations

from collections.abc import Iterable

from planner.audit.book import PARTS, Book, unit_of
from planner.audit.demand import all_demands
from planner.audit.findings import Findings
from planner.audit.scene import NO_CHIP
from planner.audit.serving import ANY
from planner.instance.schema import Spec
from planner.tree import Node


def known_decisions(book: Book, spec: Spec, nodes: Iterable[Node], findings: Findings) -> Book:
    """The decisions that name things of the instance; the others are findings."""
    known = _names(spec, frozenset(nodes))
    kept: dict[str, dict[tuple[str, ...], float]] = {variable: {} for variable in PARTS}
    for variable, rows in book.amounts.items():
        for index, amount in rows.items():
            strange = [
                f"no {part} {name!r}"
                for part, name in zip(PARTS[variable], index, strict=True)
                if part in known and name not in known[part]
            ]
            if strange:
                place = f"{variable} {'|'.join(index)}"
                findings.refuse("unknown_name", place, "", amount, unit_of(variable), "; ".join(strange))
            else:
                kept[variable][index] = amount
    return Book(kept)


def _names(spec: Spec, nodes: frozenset[Node]) -> dict[str, frozenset[str]]:
    builds = {f"{site}.{name}" for site, terms in spec.sites.items() for name in terms.build}
    offers = {f"{vendor}.{name}" for vendor, terms in spec.vendors.items() for name in terms.offers}
    shells = {
        f"{vendor}.{name}"
        for vendor, terms in spec.vendors.items()
        for name, offer in terms.offers.items()
        if offer.kind == "shell"
    }
    return {
        "node": nodes,
        "order": nodes,
        "build": frozenset(builds),
        "project": frozenset(f"{site}.{name}" for site, t in spec.sites.items() for name in t.power_projects),
        "offer": frozenset(offers),
        "chip": frozenset({*spec.chips, NO_CHIP}),
        "terms": frozenset(f"{chip}.{name}" for chip, terms in spec.chips.items() for name in terms.terms),
        "host": frozenset(builds | shells),
        "site": frozenset(spec.sites),
        "standing": frozenset(builds | offers),
        "workload": frozenset(spec.workloads),
        "demand": frozenset(each.id for each in all_demands(spec)),
        "place": frozenset({*spec.regions, *spec.sites, ANY}),
        "control": frozenset({"own", "vendor", ANY}),
        "round": frozenset(spec.money.rounds),
        "facility": frozenset(spec.money.debt),
        "vendor": frozenset(spec.vendors),
        "limit": frozenset(spec.limits),
    }
