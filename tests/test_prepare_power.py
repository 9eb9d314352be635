"""Site power and energy, prepared, against sums done by hand."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given
from tiny import context_of

from planner.data.construction import prepare_construction
from planner.data.contracts import prepare_contracts
from planner.data.payments import Ledger
from planner.data.power import Row, prepare_power, without_implied
from planner.data.types import Power

# Two years by quarter from 2027Q1 (months 0 to 24), 10 % a year; facility MW = 1.25 x IT MW.
BLOCKS: dict[str, Any] = {
    "block_mw": 100, "max_blocks": 4, "lead_months": 3, "capex_usd_m_per_mw": 10, "payments": {"0": 1},
    "life_years": 20, "start": {"to": "2027Q1"},
}  # fmt: skip
ENGINES: dict[str, Any] = {
    "unit_mw": 50, "max_units": 3, "lead_months": 7, "capex_usd_per_kw": 1800, "payments": {"0": 1},
    "energy_usd_per_mwh": {"2027Q1": 80, "2027-02": 95}, "availability_share": 0.9, "life_years": 20,
    "start": {"to": "2027Q1"},
}  # fmt: skip
SHELL: dict[str, Any] = {
    "kind": "shell", "site": "s", "sign": {"at_most": 1, "to": "2027Q1"}, "mw": {"max": 80}, "delivery_months": 4,
    "ramp": {"0": 0.5, "4": 1}, "term_months": 12, "price_usd_per_kw_month": 100,
}  # fmt: skip
CLOUD: dict[str, Any] = {
    "kind": "cloud", "site": "s", "chips": ["c"], "sign": {"at_most": 1, "to": "2027Q1"}, "mw": {"max": 80},
    "delivery_months": 4, "term_months": 48, "price_usd_per_kw_month": 900,
}  # fmt: skip


def prepared(
    site: dict[str, Any], offers: dict[str, Any] | None = None, **changes: Any
) -> tuple[Power, Ledger]:
    vendors = {"v": {"offers": offers or {}}}
    context = context_of(sites={"s": site}, vendors=vendors, **changes)
    construction, _ = prepare_construction(context)
    contracts, _ = prepare_contracts(context)
    return prepare_power(context, construction, contracts)


def without(terms: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in terms.items() if name != key}


def test_a_site_that_nothing_uses_has_no_rows() -> None:
    power, ledger = prepared({})
    assert power.sites == ()
    assert power.dates == ()
    assert ledger.entries == ()
    # an offer in a region without a site draws no power of ours
    power, _ = prepared({}, {"o": {**without(CLOUD, "site"), "region": "r"}})
    assert power.sites == ()


def test_power_is_checked_where_something_is_delivered() -> None:
    power, _ = prepared(
        {"facility_power_mw": {"2027Q1": 100, "2027-06": 200, "interpolate": "step"}}, {"o": SHELL}
    )
    # half the shell at month 4, when the grid has 100; at the end of the quarter it has 200
    may, june = ("s", "2027Q2", 0), ("s", "2027Q2", 1)
    assert [date for date in power.dates if date[1] == "2027Q2"] == [may, june]
    half = (("signed_mw", ("v.o", "none", "2027Q1"), 1.25 * 0.5),)
    assert (power.grid_facility_mw[may], power.load[may]) == (100.0, half)
    assert (power.grid_facility_mw[june], power.load[june]) == (200.0, half)
    # the rest at month 8 draws as much on the last day, with as much power: one row says both
    assert [date for date in power.dates if date[1] == "2027Q3"] == [("s", "2027Q3", 0)]
    assert power.load["s", "2027Q3", 0] == (("signed_mw", ("v.o", "none", "2027Q1"), 1.25),)
    # over at month 16 (of quarter 15 to 18)
    assert power.load["s", "2028Q2", 0] == ()


def test_a_date_is_kept_where_power_falls_later_or_load_ends() -> None:
    falling = {"facility_power_mw": {"2027Q1": 100, "2027-09": 50, "interpolate": "step"}}
    power, _ = prepared(falling, {"o": SHELL})
    # less power on the last day of 2027Q3 (from month 8): the last day says all
    assert [power.grid_facility_mw[d] for d in power.dates if d[1] == "2027Q3"] == [50.0]
    # over at month 8, when the second half would come: the first half, from month 4, ends within 2027Q3
    power, _ = prepared({}, {"o": {**SHELL, "delivery_months": 6.5, "term_months": 1, "ramp": {"0": 1}}})
    mid, last = [power.load[d] for d in power.dates if d[1] == "2027Q3"]
    assert mid == (("signed_mw", ("v.o", "none", "2027Q1"), 1.25),)
    assert last == ()


@given(st.data())
def test_rows_left_out_are_implied_by_the_others(data: st.DataObject) -> None:
    """Whatever keeps the rows that stay keeps all."""
    share = st.sampled_from([0.0, 0.5, 1.0])

    def terms(var: str) -> tuple[tuple[str, tuple[str, ...], float], ...]:
        shares = [data.draw(share) for _ in range(3)]
        return tuple((var, (str(i),), number) for i, number in enumerate(shares) if number)

    level = st.sampled_from([0.0, 1.0, 2.0])
    rows = [
        Row(float(x), terms("signed_mw"), data.draw(level), terms("units"), data.draw(level))
        for x in range(4)
    ]
    kept = without_implied(rows)
    assert kept[-1] is rows[-1]
    value = {(var, (str(i),)): data.draw(st.floats(0, 3)) for var in ("signed_mw", "units") for i in range(3)}

    def broken(row: Row) -> float:
        drawn = sum(number * value[var, index] for var, index, number in row.load)
        brought = sum(number * value[var, index] for var, index, number in row.relief)
        return drawn + row.given_mw - row.grid_mw - brought

    assert max(map(broken, rows)) <= max(map(broken, kept)) + 1e-6


def test_blocks_contracts_and_projects_at_a_site() -> None:
    power, _ = prepared({"build": {"b": BLOCKS}, "power_projects": {"p": ENGINES}}, {"o": CLOUD})
    # block at month 3, cloud at 4, engines at 7: seen on the last days
    assert power.load["s", "2027Q1", 0] == ()
    assert power.load["s", "2027Q2", 0] == (
        ("blocks", ("s.b", "2027Q1"), 125.0), ("signed_mw", ("v.o", "c", "2027Q1"), 1.25),
    )  # fmt: skip
    assert power.relief["s", "2027Q2", 0] == ()
    assert power.relief["s", "2027Q3", 0] == (("units", ("s.p", "2027Q1"), 50.0),)
    assert power.facility_per_it == {"s": 1.25}


def test_what_is_given_draws_power_and_what_is_kept_too() -> None:
    running = {
        **without(CLOUD, "sign"), "at_end": "continues", "signed": {
            "g": {"date": "2026Q1", "mw": 40, "delivered": {"2026Q2": 0.5, "2027-02": 1}, "term_months": 20},
        },
    }  # fmt: skip
    built = {"opening": {"construction": [{"build": "s.b", "mw": 60, "delivered": "2027Q2"}]}}
    # a block started in the last quarter would come at the end: nothing new is built
    site = {"build": {"b": {**BLOCKS, "start": {"from": "2028Q4"}}}}
    power, _ = prepared(site, {"o": running}, money=built)
    # in full from month 1: 40 x 1.25, own blocks from month 3; the term runs from April 2026 to month 11
    assert power.given_facility_mw["s", "2027Q1", 0] == pytest.approx(50.0)
    assert power.given_facility_mw["s", "2027Q2", 0] == pytest.approx((40 + 60) * 1.25)
    assert power.given_facility_mw["s", "2027Q4", 0] == pytest.approx(60 * 1.25)
    assert power.load["s", "2027Q4", 0] == (("kept_mw", ("v.o", "c", "g", "2027Q4"), 1.25),)
    assert power.load["s", "2027Q3", 0] == ()


def test_energy_of_hosts() -> None:
    site = {
        "build": {"b": BLOCKS}, "power_projects": {"p": ENGINES}, "energy_usd_per_mwh": {"2027Q1": 40, "2027-03": 70},
    }  # fmt: skip
    power, ledger = prepared(site, {"o": CLOUD, "p": SHELL})
    assert power.energy_hosts == {"s": ("s.b", "v.p")}
    assert power.hours["2027Q1"] == 2190.0
    # 0.8 x 1.25 x a quarter of 8,760 hours
    assert power.mwh_per_mw["s", "2027Q1"] == pytest.approx(2190.0)
    assert power.project_hours["s.p", "2027Q1"] == pytest.approx(1971.0)
    # (40 + 40 + 70) / 3 = 50 USD; engines (80 + 95 + 95) / 3 = 90
    entries = {(e.var, e.node): e.paid_usd_m for e in ledger.entries}
    assert entries["grid_mwh", "2027Q1"] == pytest.approx(50e-6)
    assert entries["project_mwh", "2027Q1"] == pytest.approx(90e-6)
    assert ledger.cost["grid_mwh", ("s", "2027Q1")]["energy"] == (
        pytest.approx(50e-6 * 1.1 ** (-1.5 / 12)),
        0.0,
    )
    assert power.charged_sites == ()


def test_a_cloud_alone_buys_no_energy() -> None:
    power, ledger = prepared({"power_projects": {"p": ENGINES}}, {"o": CLOUD})
    assert power.sites == ("s",)
    assert power.energy_nodes == ()
    assert ledger.entries == ()


def test_demand_charge_and_minimum_bill() -> None:
    charges = {"demand_charge_usd_per_kw_month": 12, "minimum_bill_share": 0.7, "contract_gross": True}
    power, ledger = prepared({"build": {"b": BLOCKS}, **charges})
    # 12 USD x 1,000 kW x 3 months = 36,000 USD a MW and quarter
    assert power.demand_charge["s", "2027Q1"] == pytest.approx(0.036)
    assert power.minimum_bill == {"s": 0.7}
    assert power.gross == {"s": True}
    assert power.charged_sites == ("s",)
    # what is billed is paid, not what is drawn
    assert {e.var for e in ledger.entries} == {"billed_mwh", "charged_mw"}
    cost = ledger.cost["charged_mw", ("s", "2028Q4")]["energy"][0]
    assert cost == pytest.approx(0.036 * 1.1 ** (-22.5 / 12))


def test_power_that_differs_by_branch_is_read_with_its_terms() -> None:
    more = {"sites.s.facility_power_mw": {"2027Q1": 100, "2027Q3": 300, "interpolate": "step"}}
    branches = {"low": {"probability": 0.5}, "high": {"probability": 0.5, "set": more}}
    site = {"facility_power_mw": {"2027Q1": 100, "interpolate": "step"}, "build": {"b": BLOCKS}}
    power, ledger = prepared(site, scenarios={"grid": {"known": "2027Q3", "branches": branches}})
    assert power.grid_facility_mw["s", "2027Q3/low", 0] == 100.0
    assert power.grid_facility_mw["s", "2027Q3/high", 0] == 300.0
    # half of the cost of the period each
    cost = ledger.cost["grid_mwh", ("s", "2027Q3/high")]["energy"][0]
    assert cost == pytest.approx(0.5 * 50e-6 * 1.1 ** (-7.5 / 12))
