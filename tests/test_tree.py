"""The scenario tree, and terms that must not differ before they are known."""

from __future__ import annotations

from typing import Any

import pytest
from tiny import context_of

from planner.data.construction import prepare_construction
from planner.data.contracts import prepare_contracts
from planner.errors import InstanceError

HALF_YEARS: dict[str, Any] = {"start": "2027H1", "end": "2028H2", "step": "half"}
BUILD = {
    "block_mw": 100,
    "max_blocks": 2,
    "lead_months": 6,
    "capex_usd_m_per_mw": 10,
    "payments": {"0": 0.5, "6": 0.5},
    "life_years": 20,
}
CLOUD = {
    "kind": "cloud",
    "region": "r",
    "chips": ["c"],
    "sign": {"at_most": 3},
    "mw": {"max": 100},
    "delivery_months": 6,
    "term_months": 12,
    "price_usd_per_kw_month": 1000,
}


def scenarios(known: str, **branches: dict[str, Any]) -> dict[str, Any]:
    share = 1 / len(branches)
    return {
        "f": {
            "known": known,
            "branches": {name: {"probability": share, "set": change} for name, change in branches.items()},
        }
    }


def test_without_scenarios_nodes_are_period_labels() -> None:
    tree = context_of(calendar=HALF_YEARS).tree
    assert tree.nodes == ("2027H1", "2027H2", "2028H1", "2028H2")
    assert tree.parent == {"2027H1": None, "2027H2": "2027H1", "2028H1": "2027H2", "2028H2": "2028H1"}
    assert tree.last == ("2028H2",)
    assert set(tree.probability.values()) == {1.0}
    assert tree.path["2028H1"] == ("2027H1", "2027H2", "2028H1")
    assert tree.descendants["2028H1"] == ("2028H1", "2028H2")


def test_branches_split_at_the_first_period_that_starts_when_known() -> None:
    grow = {"workloads.w.demand_gw": 2}
    # known in October 2027: the half-year from July 2027 still starts before
    tree = context_of(calendar=HALF_YEARS, scenarios=scenarios("2027-10", low={}, high=grow)).tree
    assert tree.nodes == (
        "2027H1", "2027H2", "2028H1/low", "2028H1/high", "2028H2/low", "2028H2/high"
    )  # fmt: skip
    assert tree.probability["2027H2"] == pytest.approx(1.0)
    assert tree.probability["2028H2/high"] == pytest.approx(0.5)
    assert tree.parent["2028H1/high"] == "2027H2"
    assert tree.leaf["2027H1"] == tree.leaf["2028H1/low"] != tree.leaf["2028H2/high"]
    assert tree.last == ("2028H2/low", "2028H2/high")
    assert tree.descendants["2027H2"] == tree.nodes[1:]
    assert tree.descendants["2028H1/high"] == ("2028H1/high", "2028H2/high")


def test_two_factors_make_a_tree_that_splits_twice() -> None:
    both = {
        "f": {"known": "2027H2", "branches": {"a": {"probability": 0.25}, "b": {"probability": 0.75}}},
        "g": {"known": "2028H1", "branches": {"a": {"probability": 0.4}, "c": {"probability": 0.6}}},
    }
    tree = context_of(calendar=HALF_YEARS, scenarios=both).tree
    assert tree.nodes[:5] == ("2027H1", "2027H2/a", "2027H2/b", "2028H1/a.a", "2028H1/a.c")
    assert tree.probability["2027H2/b"] == pytest.approx(0.75)
    assert tree.probability["2028H2/b.c"] == pytest.approx(0.45)
    assert tree.parent["2028H1/b.a"] == "2027H2/b"


def test_terms_known_too_late_are_an_error() -> None:
    slow = scenarios("2028H1", plan={}, slip={"sites.s.build.b.lead_months": 12})
    early = scenarios("2027H1", plan={}, slip={"sites.s.build.b.lead_months": 12})
    sites = {"s": {"build": {"b": {**BUILD, "start": {"to": "2027H1"}}}}}
    # the block started in 2027H1 is delivered, or not, in 2027H2, when nobody knows yet
    with pytest.raises(InstanceError, match="changes before it is known"):
        prepare_construction(context_of(calendar=HALF_YEARS, sites=sites, scenarios=slow))
    prepare_construction(context_of(calendar=HALF_YEARS, sites=sites, scenarios=early))


def test_a_price_that_differs_at_a_shared_signing_is_an_error() -> None:
    dear = {"vendors.v.offers.o.price_usd_per_kw_month": 1500}
    vendors = {
        "v": {"offers": {"o": {**CLOUD, "delivery_months": 12, "sign": {"at_most": 1, "to": "2027H1"}}}}
    }
    # first rent after the split, but the price is agreed at the signing before it
    with pytest.raises(InstanceError, match=r"price of v\.o changes before it is known"):
        context = context_of(
            calendar=HALF_YEARS, vendors=vendors, scenarios=scenarios("2027H2", a={}, b=dear)
        )
        prepare_contracts(context)


def test_a_branch_cannot_change_what_there_is() -> None:
    more = scenarios("2028H1", a={}, b={"sites.s.build.b.max_blocks": 5})
    with pytest.raises(
        InstanceError, match=r"sites\.s\.build\.b\.max_blocks: branch f\.b says other than the first"
    ):
        context_of(calendar=HALF_YEARS, sites={"s": {"build": {"b": BUILD}}}, scenarios=more)


def test_a_revealed_slip_is_delivered_by_the_terms_of_its_leaf() -> None:
    # started 2027H1 with a lead of 12 months, or 15 once 2028 has shown it
    slip = {"sites.s.build.b.lead_months": 15}
    sites = {
        "s": {"build": {"b": {**BUILD, "lead_months": 12, "payments": {"0": 1}, "start": {"to": "2027H1"}}}}
    }
    context = context_of(calendar=HALF_YEARS, sites=sites, scenarios=scenarios("2028H1", plan={}, slip=slip))
    part, _ = prepare_construction(context)
    shares = {node: share for (_, _, node), share in part.share.items()}
    assert shares == pytest.approx(
        {"2028H1/plan": 1.0, "2028H1/slip": 0.5, "2028H2/plan": 1.0, "2028H2/slip": 1.0}
    )


def test_two_identical_branches_cost_what_the_path_costs() -> None:
    vendors = {"v": {"payables_cap_usd_bn": 1, "offers": {"o": {**CLOUD, "payment_delay_months": 3}}}}
    sites = {"s": {"build": {"b": BUILD}}}
    path = context_of(calendar=HALF_YEARS, vendors=vendors, sites=sites)
    fork = context_of(
        calendar=HALF_YEARS, vendors=vendors, sites=sites, scenarios=scenarios("2027H2", a={}, b={})
    )
    for prepare in (prepare_contracts, prepare_construction):
        alone, split = prepare(path)[1], prepare(fork)[1]
        summed: dict[tuple[str, tuple[str, ...], str], list[float]] = {}
        for (var, index), lines in split.cost.items():
            name = (var, tuple(word.split("/")[0] for word in index))
            for line, (paid, at_end) in lines.items():
                both = summed.setdefault((*name, line), [0.0, 0.0])
                both[0] += paid
                both[1] += at_end
        assert len(summed) >= 3
        for (var, index, line), both in summed.items():
            assert both == pytest.approx(alone.cost[var, index][line], rel=1e-12)
        on_path = {(e.var, e.index, e.node, e.line): e.paid_usd_m for e in alone.entries}
        of_first = {
            (e.var, tuple(w.split("/")[0] for w in e.index), e.node.split("/")[0], e.line): e.paid_usd_m
            for e in split.entries
            if not e.node.endswith("/b")
        }
        assert of_first == pytest.approx(on_path)
