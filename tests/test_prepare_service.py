"""Pools and workloads, prepared, against sums done by hand."""

from __future__ import annotations

from typing import Any

import pytest
from tiny import context_of

from planner.data.chips import prepare_chips
from planner.data.construction import prepare_construction
from planner.data.contracts import prepare_contracts
from planner.data.payments import Ledger
from planner.data.service import prepare_service
from planner.data.types import Service
from planner.errors import InstanceError

BLOCKS = {
    "block_mw": 100, "max_blocks": 4, "lead_months": 3, "capex_usd_m_per_mw": 10, "payments": {"0": 1},
    "life_years": 20,
}  # fmt: skip
TERMS = {"price_usd_m_per_mw": 30, "lead_months": 3, "payments": {"0": 1}}
CLOUD = {
    "kind": "cloud", "region": "r", "chips": ["c"], "sign": {"at_most": 2}, "mw": {"max": 100},
    "delivery_months": 3, "term_months": 60, "price_usd_per_kw_month": 900,
}  # fmt: skip
OWN_AND_CLOUD: dict[str, Any] = {
    "sites": {"s": {"build": {"b": BLOCKS}}},
    "chips": {"c": {"terms": {"t": TERMS}}},
    "vendors": {"v": {"offers": {"o": CLOUD}}},
}


def prepared(**changes: Any) -> tuple[Service, Ledger]:
    context = context_of(**changes)
    construction, _ = prepare_construction(context)
    contracts, _ = prepare_contracts(context)
    chips, _ = prepare_chips(context, construction, contracts)
    return prepare_service(context, construction, contracts, chips)


def workload(**changes: Any) -> dict[str, Any]:
    return {"workloads": {"w": changes}}


def test_demand_in_work_is_the_integral_of_the_product() -> None:
    service, _ = prepared(
        **workload(
            demand_gw={"2027Q1": 1, "2028Q1": 3, "interpolate": "linear"},
            reference_work_per_mw={"2027Q1": 1, "2028Q1": 2, "interpolate": "linear"},
        )
    )
    # GW(x) = 1 + x/6, reference(x) = 1 + x/12 over months 0 to 3: means 1.25 and 1.125,
    # product 1 + x/4 + x^2/72, mean 1 + 3/8 + 3/72 = 1.416667: not 1.25 x 1.125 = 1.40625
    assert service.demand_mw["w", "2027Q1"] == pytest.approx(1250.0)
    assert service.demand_work["w", "2027Q1"] == pytest.approx(1416.6666666667)
    assert service.reference_work["w", "2027Q1"] == pytest.approx(1416.6666666667 / 1250.0)
    # after the last points both hold
    assert service.demand_work["w", "2028Q4"] == pytest.approx(6000.0)


def test_a_pulse_counts_by_date_and_once() -> None:
    service, _ = prepared(**workload(pulse={"add_share": 0.25, "periods": ["2027-02"]}))
    # a quarter more in one of three months
    assert service.demand_mw["w", "2027Q1"] == pytest.approx(1000 * (1 + 0.25 / 3))
    assert service.demand_work["w", "2027Q1"] == pytest.approx(1000 * (1 + 0.25 / 3))
    assert service.demand_mw["w", "2027Q2"] == pytest.approx(1000.0)
    service, _ = prepared(**workload(pulse={"add_share": 0.25, "periods": ["2027-02", "2027Q1", "2027H1"]}))
    assert service.demand_mw["w", "2027Q1"] == pytest.approx(1250.0)
    assert service.demand_mw["w", "2027Q2"] == pytest.approx(1250.0)
    assert service.demand_mw["w", "2027Q3"] == pytest.approx(1000.0)


def test_without_demand_the_reference_is_the_mean_of_its_path() -> None:
    service, _ = prepared(
        **workload(
            demand_gw={"2027Q1": 0, "2027Q2": 1, "interpolate": "step"},
            reference_work_per_mw={"2027Q1": 1, "2028Q1": 2, "interpolate": "linear"},
        )
    )
    assert service.demand_work["w", "2027Q1"] == 0.0
    # 1 + 1.5/12 in the middle of the first quarter
    assert service.reference_work["w", "2027Q1"] == pytest.approx(1.125)


def test_a_missing_mw_costs_margin_and_value() -> None:
    service, ledger = prepared(
        **workload(margin_usd_bn_per_gw_year={"2027Q1": 4, "2027-02": 7}, unserved_usd_bn_per_gw_year=10)
    )
    # margin of the quarter (4 + 7 + 7) / 3 = 6 a year: 1.5 a quarter; value 2.5
    assert service.margin_usd_m_per_mw["w", "2027Q1"] == pytest.approx(1.5)
    assert service.shortfall_usd_m_per_mw["w", "2027Q1"] == pytest.approx(4.0)
    # mid-quarter at 10 %
    paid, at_end = ledger.cost["shortfall_mw", ("w", "2027Q1")]["shortfall"]
    assert (paid, at_end) == (pytest.approx(4.0 * 1.1 ** (-1.5 / 12)), 0.0)
    paid, _ = ledger.cost["shortfall_mw", ("w", "2028Q4")]["shortfall"]
    assert paid == pytest.approx(17 / 4 * 1.1 ** (-22.5 / 12))


def test_gw_read_as_facility() -> None:
    service, _ = prepared(
        gw_basis="facility",
        gw_basis_facility_per_it=1.25,
        **workload(margin_usd_bn_per_gw_year=4, unserved_usd_bn_per_gw_year=10),
    )
    # 1 GW of facility is 0.8 GW of IT, worth 1.25 times as much each
    assert service.demand_mw["w", "2027Q1"] == pytest.approx(800.0)
    assert service.margin_usd_m_per_mw["w", "2027Q1"] == pytest.approx(4 * 1.25 / 4)
    assert service.shortfall_usd_m_per_mw["w", "2027Q1"] == pytest.approx(14 * 1.25 / 4)


def test_pools_are_told_apart_only_as_far_as_somebody_asks() -> None:
    service, _ = prepared(**OWN_AND_CLOUD)
    assert service.pools == (("c", "any", "any"),)
    assert service.pool_installed["c", "any", "any"] == (("c", "s.b"),)
    assert service.pool_offers["c", "any", "any"] == (("v.o", "c"),)
    assert service.serves == (("w", ("c", "any", "any")),)

    secret = {"demand_gw": 0.1, "control": "own", "unserved_usd_bn_per_gw_year": 10}
    chip = {"work": {"w": 1.0, "x": 1.5}, "terms": {"t": TERMS}}
    service, _ = prepared(**{**OWN_AND_CLOUD, "workloads": {"x": secret}, "chips": {"c": chip}})
    assert service.pools == (("c", "any", "own"), ("c", "any", "vendor"))
    assert service.pool_installed["c", "any", "vendor"] == ()
    assert service.serves == (
        ("w", ("c", "any", "own")), ("w", ("c", "any", "vendor")), ("x", ("c", "any", "own")),
    )  # fmt: skip
    assert service.work["x", ("c", "any", "own"), "2027Q1"] == 1.5


def test_a_workload_with_a_region_is_served_from_it() -> None:
    far = {
        "regions": {"q": {"facility_per_it": 1.3}},
        "vendors": {"v": {"offers": {"o": {**CLOUD, "region": "q"}}}},
    }
    service, _ = prepared(**{**OWN_AND_CLOUD, **far, **workload(region="r")})
    assert service.pools == (("c", "r", "any"),)
    assert service.pool_offers["c", "r", "any"] == ()


def test_own_control_elsewhere_does_not_split_a_pool() -> None:
    far = {
        "regions": {"q": {"facility_per_it": 1.3}},
        "vendors": {"v": {"offers": {"o": {**CLOUD, "region": "q"}}}},
    }
    secret = {"demand_gw": 0.1, "control": "own", "region": "r", "unserved_usd_bn_per_gw_year": 10}
    chip = {"work": {"w": 1.0, "x": 1.0}, "terms": {"t": TERMS}}
    service, _ = prepared(**{**OWN_AND_CLOUD, **far, "workloads": {"x": secret}, "chips": {"c": chip}})
    assert service.pools == (("c", "q", "any"), ("c", "r", "own"))


def test_a_limit_on_operating_mw_by_region_keeps_regions() -> None:
    limits = {"l": {"measure": "operating_mw", "group_by": "region", "max_mw": 500}}
    service, _ = prepared(**OWN_AND_CLOUD, limits=limits)
    assert service.pools == (("c", "r", "any"),)


def test_work_of_a_chip_counts_from_its_first_delivery() -> None:
    later = {"work": {"w": {"2027-11": 2, "2027-12": 3}}, "from": "2027-11", "terms": {"t": TERMS}}
    service, _ = prepared(**{**OWN_AND_CLOUD, "chips": {"d": later}})
    pool = ("d", "any", "any")
    # no chip in 2027Q3; in 2027Q4 one month at 2 and one at 3
    assert service.work["w", pool, "2027Q3"] == 0.0
    assert service.work["w", pool, "2027Q4"] == pytest.approx(2.5)
    assert service.work["w", pool, "2028Q1"] == 3.0


def test_a_path_that_starts_after_its_chip_is_an_error() -> None:
    late = {"work": {"w": {"2028Q1": 2}}, "from": "2027Q2", "terms": {"t": TERMS}}
    with pytest.raises(InstanceError, match="starts after the chip"):
        prepared(**{**OWN_AND_CLOUD, "chips": {"d": late}})


def test_a_place_opens_only_by_what_gives_it_capacity() -> None:
    near = {"regions": {"home": {"share": 1, "served_from": ["s"]}}}
    hall = {key: value for key, value in CLOUD.items() if key != "region"} | {"site": "s"}
    service, _ = prepared(**{**OWN_AND_CLOUD, **workload(**near), "vendors": {"v": {"offers": {"o": hall}}}})
    # lead and delivery take 3 months each: nothing in the first quarter, then what was decided in it
    assert service.opens["s", "2027Q1"] == ()
    assert set(service.opens["s", "2027Q2"]) == {
        ("blocks", ("s.b", "2027Q1"), 1.0), ("signed", ("v.o", "2027Q1"), 1.0),
    }  # fmt: skip
    spot = {"kind": "on_demand", "site": "s", "chips": ["c"], "max_mw": 50, "price_usd_per_kw_month": 1500}
    service, _ = prepared(
        **{**OWN_AND_CLOUD, **workload(**near), "vendors": {"v": {"offers": {"spot": spot}}}}
    )
    assert service.opens == {}
    service, _ = prepared(**OWN_AND_CLOUD, **workload(regions={"home": {"share": 1}}))
    assert service.opens == {} and service.serves[0] == ("w.home", ("c", "any", "any"))


def test_places_are_told_apart_by_prices_and_eligibility() -> None:
    far = {
        "regions": {"q": {"facility_per_it": 1.3}},
        "vendors": {"v": {"offers": {"o": {**CLOUD, "region": "q"}}}},
    }
    near = {"regions": {"home": {"share": 0.4, "served_from": ["q"]}, "away": {"share": 0.6}}}
    service, _ = prepared(**{**OWN_AND_CLOUD, **far, **workload(**near)})
    assert service.pools == (("c", "q", "any"), ("c", "r", "any"))
    assert service.serves == (
        ("w.home", ("c", "q", "any")), ("w.away", ("c", "q", "any")), ("w.away", ("c", "r", "any")),
    )  # fmt: skip
    assert (service.demand_mw["w.home", "2027Q1"], service.demand_mw["w.away", "2027Q1"]) == pytest.approx(
        (400.0, 600.0)
    )
    priced = {"serving_usd_bn_per_gw_year": {"s": {"home": 2}, "q": {"home": 1}}}
    service, ledger = prepared(
        **{**OWN_AND_CLOUD, **far, **priced, **workload(regions={"home": {"share": 1}})}
    )
    assert service.pools == (("c", "q", "any"), ("c", "s", "any"))
    assert (service.place_site["s"], service.place_region["s"]) == ("s", "r")
    # USD 2 bn a GW-year is USD m 0.5 a MW and quarter
    paid = {e.index[2]: e.paid_usd_m for e in ledger.entries if e.node == "2027Q1"}
    assert paid == {"q": pytest.approx(0.25), "s": pytest.approx(0.5)}
