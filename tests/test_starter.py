"""What `planner init` writes is sound in every case, and shows what a file can say."""

from __future__ import annotations

from pathlib import Path

import pytest

import planner

CASES = ["lender", "dear_cloud", "half_the_demand"]


def test_the_starter_and_its_cases_have_no_finding(starter: Path) -> None:
    base = planner.read(starter)
    assert sorted(base.cases) == sorted(CASES)
    assert planner.check(base) == []
    for case in CASES:
        assert planner.check(planner.read(starter, cases=[case])) == []


def test_the_starter_shows_each_kind_of_offer_once(starter: Path) -> None:
    spec = planner.read(starter).spec
    kinds = [offer.kind for vendor in spec.vendors.values() for offer in vendor.offers.values()]
    assert sorted(kinds) == ["cloud", "on_demand", "shell"]
    assert all(site.build for site in spec.sites.values())


def test_the_starter_comments_its_numbers(starter: Path) -> None:
    text = starter.read_text()
    assert text.startswith("# yaml-language-server: $schema=")
    assert sum("#" in line for line in text.splitlines()) >= 20


@pytest.mark.parametrize("case", [None, *CASES])
def test_the_starter_has_something_to_decide(case: str | None, starter: Path) -> None:
    from planner.data.prepare import prepare

    data = prepare(planner.read(starter, cases=[case] if case else []))
    assert data.contracts.signings
    assert data.construction.starts
    assert data.chips.orders
