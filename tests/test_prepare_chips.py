"""Chips, prepared, against sums done by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
from tiny import context_of

from planner.data.chips import prepare_chips
from planner.data.construction import prepare_construction
from planner.data.contracts import prepare_contracts
from planner.data.payments import Ledger
from planner.data.types import Chips

# Two years by quarter from 2027Q1 (months 0 to 24), 10 % a year.
BLOCKS: dict[str, Any] = {
    "block_mw": 100, "max_blocks": 4, "lead_months": 3, "capex_usd_m_per_mw": 10, "payments": {"0": 1},
    "life_years": 20,
}  # fmt: skip
TERMS: dict[str, Any] = {"price_usd_m_per_mw": 30, "lead_months": 6, "payments": {"0": 1}}


def prepared(
    build: dict[str, Any] | None = None, chips: dict[str, Any] | None = None, **changes: Any
) -> tuple[Chips, Ledger]:
    sites = {"s": {"build": {"b": {**BLOCKS, **(build or {})}}}}
    context = context_of(sites=sites, chips=chips or {"c": {"terms": {"t": TERMS}}}, **changes)
    construction, _ = prepare_construction(context)
    contracts, _ = prepare_contracts(context)
    return prepare_chips(context, construction, contracts)


def buying(**terms: Any) -> dict[str, Any]:
    return {"c": {"terms": {"t": {**TERMS, **terms}}}}


# Orders


def test_orders_arrive_before_the_end_on_a_host_that_stands() -> None:
    chips, _ = prepared()
    # the first block stands from month 3; an order at 15 arrives at 21, one at 18 on the end
    assert chips.orders == tuple(
        ("c.t", "s.b", node) for node in ("2027Q1", "2027Q2", "2027Q3", "2027Q4", "2028Q1", "2028Q2")
    )
    chips, _ = prepared(build={"lead_months": 8})
    # month 6 is in the quarter (6 to 9) in which the block is delivered at 8
    assert chips.orders[0] == ("c.t", "s.b", "2027Q1")
    chips, _ = prepared(build={"lead_months": 9})
    assert chips.orders[0] == ("c.t", "s.b", "2027Q2")


def test_orders_keep_their_window_and_the_chips_first_delivery() -> None:
    chips, _ = prepared(chips=buying(order={"from": "2027-05", "to": "2027Q4"}))
    # dated at the start of the period: April is before May
    assert [node for _, _, node in chips.orders] == ["2027Q3", "2027Q4"]
    # chip d exists from 2027Q4 (month 9): ordered at 3 at the earliest
    chips, _ = prepared(chips={"d": {"terms": {"t": TERMS}}})
    assert chips.orders[0] == ("d.t", "s.b", "2027Q2")


def test_a_chip_goes_only_into_hosts_that_take_it() -> None:
    shell = {
        "kind": "shell", "site": "s", "sign": {"at_most": 1}, "mw": {"max": 50}, "delivery_months": 3,
        "term_months": 12, "price_usd_per_kw_month": 100,
    }  # fmt: skip
    vendors = {"v": {"offers": {"o": {**shell, "sign": {"at_most": 1, "to": "2027Q1"}}}}}
    chips, _ = prepared(vendors=vendors)
    assert chips.pairs == (("c", "s.b"), ("c", "v.o"))
    # signed at 0 the shell stands from 3 to 15: arrivals at 6, 9 and 12 only
    assert [node for _, host, node in chips.orders if host == "v.o"] == ["2027Q1", "2027Q2", "2027Q3"]
    chips, _ = prepared(vendors=vendors, chips={"c": {"hosts": ["v.o"], "terms": {"t": TERMS}}})
    assert chips.pairs == (("c", "v.o"),)


def test_arrivals_and_life_by_share_of_the_period() -> None:
    chips, _ = prepared(chips={"c": {"life_years": 1, "terms": {"t": {**TERMS, "lead_months": 4}}}})
    # ordered at 0: there from month 4 (of quarter 3 to 6) to month 16 (of quarter 15 to 18)
    assert chips.arriving["c", "s.b", "2027Q2"] == (("c.t", "2027Q1", pytest.approx(2 / 3)),)
    assert chips.arriving["c", "s.b", "2027Q1"] == ()

    def life(node: str) -> list[tuple[float, float]]:
        return [(mean, end) for _, u, mean, end in chips.in_life["c", "s.b", node] if u == "2027Q1"]

    assert life("2027Q2") == [(pytest.approx(2 / 3), 1.0)]
    assert life("2027Q3") == [(1.0, 1.0)]
    assert life("2028Q2") == [(pytest.approx(1 / 3), 0.0)]
    assert life("2028Q3") == []


# Money


def test_payments_of_an_order() -> None:
    terms = {
        "price_usd_m_per_system": {"2027Q1": 3.0, "2027Q3": 2.5}, "overhead_factor": 1.2, "lead_months": 6,
        "payments": {"0": 0.25, "6-9": 0.75},
    }  # fmt: skip
    _, ledger = prepared(chips={"c": {"terms": {"t": terms}}})
    # 3.0 a system of 100 kW, 1.2 with network: 36 a MW; 9 at once, 27 over months 6 to 9; delivered at 6
    of_q1 = {e.node: e for e in ledger.entries if e.index == ("c.t", "s.b", "2027Q1")}
    assert {node: e.paid_usd_m for node, e in of_q1.items()} == pytest.approx({"2027Q1": 9.0, "2027Q3": 27.0})
    assert of_q1["2027Q3"].accrued_usd_m == pytest.approx(36.0)
    assert {(e.line, e.vendor) for e in of_q1.values()} == {("chips", "own")}
    # the quarter that starts in July buys at 2.5: 30 a MW
    of_q3 = [e for e in ledger.entries if e.index == ("c.t", "s.b", "2027Q3")]
    assert sum(e.paid_usd_m for e in of_q3) == pytest.approx(30.0)
    # 27 evenly over [6, 9) at 10 %: 9 a month x the integral of 1.1^(-x/12)
    k = math.log(1.1) / 12
    spread = 9 * (math.exp(-6 * k) - math.exp(-9 * k)) / k
    assert ledger.cost["ordered_mw", ("c.t", "s.b", "2027Q1")]["chips"] == (pytest.approx(9 + spread), 0.0)


def test_what_is_due_after_the_end_is_owed_at_its_nominal_amount() -> None:
    _, ledger = prepared(chips=buying(payments={"0": 0.5, "12": 0.5}))
    # ordered at 15: 15 at once, 15 at month 27, three months after the end
    paid, at_end = ledger.cost["ordered_mw", ("c.t", "s.b", "2028Q2")]["chips"]
    assert paid == pytest.approx(15 * 1.1 ** (-15 / 12))
    assert at_end == pytest.approx(15 * 1.1**-2)
    entries = [e for e in ledger.entries if e.index[2] == "2028Q2"]
    assert sum(e.paid_usd_m for e in entries) == pytest.approx(15.0)
    assert sum(e.accrued_usd_m for e in entries) == pytest.approx(30.0)


def test_chips_in_place_are_worth_their_resale_share_at_the_end() -> None:
    chips, ledger = prepared()
    # ordered at 0, delivered at 6: 18 months old, 1 - 1.5/5 = 0.7 of the price is left
    key = ("c.t", "s.b", "2027Q1", "2028Q4")
    assert key in chips.valued
    assert ledger.cost["valued_mw", key]["chips"] == (0.0, pytest.approx(-30 * 0.7 * 1.1**-2))
    chips, _ = prepared(chips={"c": {"life_years": 1.25, "terms": {"t": TERMS}}})
    # 15 months of life: delivered at 6 gone at 21; at 9 it is there on the last day, at 8.99 it is not
    assert [u for _, _, u, _ in chips.valued] == ["2027Q2", "2027Q3", "2027Q4", "2028Q1", "2028Q2"]


def test_what_is_worth_nothing_is_not_valued() -> None:
    steep = {"0": 1.0, "0.5": 0.0, "5": None}
    chips, _ = prepared(chips={"c": {"resale_by_age_years": steep, "terms": {"t": TERMS}}})
    # older than half a year at month 24: delivered before month 18; on 18 exactly it is worth 0 too
    assert [u for _, _, u, _ in chips.valued] == ["2028Q2"]


def test_operating_cost_of_installed_chips() -> None:
    chip = {"operating_usd_m_per_mw_year": {"2027Q1": 0.4, "2027-08": 0.7}, "terms": {"t": TERMS}}
    _, ledger = prepared(chips={"c": chip})
    entries = {e.node: e.paid_usd_m for e in ledger.entries if e.var == "installed_mw"}
    # nothing can stand before month 6; 2027Q3: (0.4 + 0.7 + 0.7) / 3 a year = 0.6, a quarter of it
    assert "2027Q2" not in entries
    assert entries["2027Q3"] == pytest.approx(0.15)
    paid, _ = ledger.cost["installed_mw", ("c", "s.b", "2027Q3")]["own_operating"]
    assert paid == pytest.approx(0.15 * 1.1 ** (-7.5 / 12))


# Opening position


def test_opening_chips_age() -> None:
    given = {"chip": "c", "host": "s.b", "mw": 10}
    opening = [
        {**given, "age_months": 50, "price_usd_m_per_mw": 20},
        {**given, "age_months": 24, "price_usd_m_per_mw": 20},
    ]
    stands = {
        "opening": {"chips": opening, "construction": [{"build": "s.b", "mw": 100, "delivered": "2026Q1"}]}
    }
    chips, ledger = prepared(chips={"c": {}}, money=stands)
    assert chips.orders == ()
    assert chips.opening_mw == {("c", "s.b"): 20.0}
    # life of 60 months: the older ones leave at month 10 (of quarter 9 to 12)
    assert chips.opening_in_life["c", "s.b", "2027Q3"] == (20.0, 20.0)
    assert chips.opening_in_life["c", "s.b", "2027Q4"] == (pytest.approx(10 + 10 / 3), 10.0)
    # the younger ones are 48 months old at the end: 0.2 of 20
    key = ("1", "c", "s.b", "2028Q4")
    assert chips.opening_valued == (key,)
    assert chips.opening_valued_most_mw[key] == 10.0
    assert ledger.cost["opening_valued_mw", key]["chips"] == (0.0, pytest.approx(-20 * 0.2 * 1.1**-2))


# Supply


def test_supply_to_date_is_checked_on_every_date_of_an_arrival() -> None:
    supply = {"all": {"mw_per_year": {"2027Q1": 100, "2028Q1": 400}}}
    chips, _ = prepared(supply=supply)
    # arrivals at 6, 9, ... 21
    assert chips.supplies == tuple(
        ("all", node, 0) for node in ("2027Q3", "2027Q4", "2028Q1", "2028Q2", "2028Q3", "2028Q4")
    )
    assert chips.supply_cap_mw["all", "2027Q3", 0] == pytest.approx(50.0)
    # a year at 100 and a quarter at 400
    assert chips.supply_cap_mw["all", "2028Q2", 0] == pytest.approx(200.0)
    assert chips.supply_before["all", "2027Q3", 0] is None
    assert chips.supply_before["all", "2027Q4", 0] == (("all", "2027Q3", 0), 1.0)
    assert chips.supply_arrivals["all", "2027Q4", 0] == (("ordered_mw", ("c.t", "s.b", "2027Q2"), 1.0),)


def test_supply_that_does_not_keep() -> None:
    chips, _ = prepared(supply={"all": {"mw_per_year": 100, "carry_share": 0.5}})
    # 100 x integral over the year of 0.5^(1 - t) = 100 x 0.5 / ln 2
    assert chips.supply_cap_mw["all", "2028Q1", 0] == pytest.approx(100 * 0.5 / math.log(2))
    before = chips.supply_before["all", "2028Q1", 0]
    assert before is not None
    assert before[1] == pytest.approx(0.5**0.25)


def test_supply_counts_its_chips_and_channels() -> None:
    cloud = {
        "kind": "cloud", "region": "r", "chips": ["c", "d"], "sign": {"at_most": 1, "from": "2027Q3", "to": "2027Q3"},
        "mw": {"max": 100}, "delivery_months": 4, "ramp": {"0": 0.25, "5": 1}, "term_months": 36,
        "price_by_chip_usd_per_kw_month": {"c": 900, "d": 1000},
    }  # fmt: skip
    supply = {
        "vendor": {"channels": ["v"], "mw_per_year": 100},
        "own": {"channels": ["own"], "mw_per_year": 100},
        "d": {"chips": ["d"], "mw_per_year": 100},
        "m": {"makers": ["m"], "mw_per_year": 100},
    }
    chips, _ = prepared(supply=supply, vendors={"v": {"offers": {"o": cloud}}})
    # signed at 6: a quarter arrives at 10 (quarter 9 to 12), the rest at 15
    quarter, rest = ("vendor", "2027Q4", 0), ("vendor", "2028Q2", 0)
    assert [step for step in chips.supplies if step[0] == "vendor"] == [quarter, rest]
    c, d = ("v.o", "c", "2027Q3"), ("v.o", "d", "2027Q3")
    assert chips.supply_arrivals[quarter] == (("signed_mw", c, 0.25), ("signed_mw", d, 0.25))
    assert chips.supply_arrivals[rest] == (("signed_mw", c, 0.75), ("signed_mw", d, 0.75))
    assert chips.supply_cap_mw[quarter] == pytest.approx(100 * 10 / 12)
    assert chips.supply_arrivals["d", "2027Q4", 0] == (("signed_mw", d, 0.25),)
    assert all(
        terms[0][0] == "ordered_mw" for step, terms in chips.supply_arrivals.items() if step[0] == "own"
    )
    # all of the maker: an order at 9 in the same quarter, and the vendor's at 10
    in_q4 = [step for step in chips.supplies if step[:2] == ("m", "2027Q4")]
    assert [len(chips.supply_arrivals[step]) for step in in_q4] == [1, 2]
    assert chips.supply_before[in_q4[1]] == (in_q4[0], 1.0)


# Scenarios


def test_a_slip_known_in_time_moves_arrivals_of_its_branch() -> None:
    slip = {"chips.c.terms.t.lead_months": 12}
    branches = {"on_time": {"probability": 0.75}, "late": {"probability": 0.25, "set": slip}}
    chips, ledger = prepared(scenarios={"lead": {"known": "2027Q2", "branches": branches}})
    order = ("c.t", "2027Q1", 1.0)
    assert order in chips.arriving["c", "s.b", "2027Q3/on_time"]
    assert order in chips.arriving["c", "s.b", "2028Q1/late"]
    assert chips.arriving["c", "s.b", "2027Q3/late"] == ()
    # one price at once in both; worth 0.7 at 18 months, 0.8 at 12
    cost = ledger.cost
    assert cost["ordered_mw", ("c.t", "s.b", "2027Q1")]["chips"][0] == pytest.approx(30.0)
    assert cost["valued_mw", ("c.t", "s.b", "2027Q1", "2028Q4/on_time")]["chips"][1] == pytest.approx(
        -0.75 * 30 * 0.7 * 1.1**-2
    )
    assert cost["valued_mw", ("c.t", "s.b", "2027Q1", "2028Q4/late")]["chips"][1] == pytest.approx(
        -0.25 * 30 * 0.8 * 1.1**-2
    )
