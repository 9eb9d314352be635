"""Sums that a user's own rule may read: last-day MW, by name; made only where there is such a rule."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyomo.environ as pyo

from planner.data.types import Term
from planner.model.expressions import total
from planner.model.given import Given


def add_aggregates(m: Any, d: Given) -> None:
    """Add the sums below, in MW on the last day; each is a plain sum of variables, none of another sum.

    - `delivered_by_vendor[vendor, n]`: contracted; own build counts as vendor `own`
    - `delivered_by_site[site, n]`, `delivered_total[n]`: built and contracted
    - `installed_by_chip[chip, n]`, `installed_total[n]`: chips on own and leased hosts, and cloud with its chips (of
      commitments to spend what is drawn, mean of the period)
    - `shortfall_total[n]`: MW of the reference fleet, mean of the period
    - `paid_total[n]`: USD m that decisions pay

    Every vendor, site and chip of the instance has its sum at every node; where nothing adds to it, it is 0.
    """
    vendors = ("own", *d.contracts.vendor.values())
    sites = (site for site in d.contracts.site.values() if site is not None)
    powered = [*_built(d), *_contracted(d)]
    _sums(
        m, "delivered_by_vendor", [((vendor, n), term) for vendor, _, n, term in powered], _pairs(d, vendors)
    )
    _sums(
        m,
        "delivered_by_site",
        [((site, n), term) for _, site, n, term in powered if site is not None],
        _pairs(d, sites),
    )
    _sums(m, "delivered_total", [(n, term) for _, _, n, term in powered], d.nodes)
    placed = [*_chips(d), *_cloud(d)]
    _sums(m, "installed_by_chip", [((chip, n), term) for chip, n, term in placed], _pairs(d, d.chips.chips))
    _sums(m, "installed_total", [(n, term) for _, n, term in placed], d.nodes)
    _sums(m, "shortfall_total", [(n, ("shortfall_mw", (w, n), 1.0)) for w, n in d.workload_nodes], d.nodes)
    _sums(m, "paid_total", [(n, ("paid_usd_m", (line, n), 1.0)) for line, n in d.line_nodes], d.nodes)


def _pairs(d: Given, names: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, n) for name in dict.fromkeys(names) for n in d.nodes]


def _built(d: Given) -> Iterable[tuple[str, str | None, str, Term]]:
    for build, n in d.build_nodes:
        yield "own", d.contracts.site[build], n, ("built_end_mw", (build, n), 1.0)


def _contracted(d: Given) -> Iterable[tuple[str, str | None, str, Term]]:
    for offer, chip, n in d.delivered:
        yield (
            d.contracts.vendor[offer],
            d.contracts.site[offer],
            n,
            ("delivered_end_mw", (offer, chip, n), 1.0),
        )


def _chips(d: Given) -> Iterable[tuple[str, str, Term]]:
    for chip, host, n in d.placed:
        yield chip, n, ("installed_end_mw", (chip, host, n), 1.0)


def _cloud(d: Given) -> Iterable[tuple[str, str, Term]]:
    for offer, chip, n in d.delivered:
        if d.contracts.kind[offer] == "cloud":
            yield chip, n, ("delivered_end_mw", (offer, chip, n), 1.0)
    for key in d.contracts.consumption.drawn:
        yield key[1], key[3], ("drawn_mw", key, 1.0)


def _sums(m: Any, name: str, terms: Iterable[tuple[Any, Term]], over: Iterable[Any]) -> None:
    """Add one sum for each of `over` and for every index of `terms`."""
    found: dict[Any, list[Term]] = {index: [] for index in over}
    for index, term in terms:
        found.setdefault(index, []).append(term)
    m.add_component(
        name,
        pyo.Expression(
            list(found), rule=lambda m, *index: total(m, found[index if len(index) > 1 else index[0]])
        ),
    )
