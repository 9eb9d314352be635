"""Contracts, prepared, against sums done by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
from tiny import context_of

from planner.data.contracts import prepare_contracts
from planner.data.payments import Ledger
from planner.data.types import Contracts

# Two years by quarter from 2027Q1. A price of 1,000 USD/kW-month is 1 USD m per MW-month.
CLOUD: dict[str, Any] = {
    "kind": "cloud",
    "region": "r",
    "chips": ["c"],
    "sign": {"at_most": 4},
    "mw": {"min": 20, "max": 100},
    "delivery_months": 4,
    "term_months": 14,
    "price_usd_per_kw_month": 1000,
}


def prepared(
    offer: dict[str, Any], *, vendor: dict[str, Any] | None = None, **changes: Any
) -> tuple[Contracts, Ledger]:
    return prepare_contracts(context_of(vendors={"v": {"offers": {"o": offer}, **(vendor or {})}}, **changes))


def paid(ledger: Ledger, *index: str, var: str = "signed_mw") -> dict[str, float]:
    return {e.node: e.paid_usd_m for e in ledger.entries if (e.var, e.index) == (var, index) and e.paid_usd_m}


def accrued(ledger: Ledger, *index: str, var: str = "signed_mw") -> dict[str, float]:
    return {
        e.node: e.accrued_usd_m
        for e in ledger.entries
        if (e.var, e.index) == (var, index) and e.accrued_usd_m
    }


def stream(a: float, b: float, rate: float = 0.10) -> float:
    """Present value of 1 a month over [a, b)."""
    k = math.log1p(rate) / 12
    return (math.exp(-k * a) - math.exp(-k * b)) / k if rate else b - a


# What may be signed


def test_a_signing_must_deliver_before_the_end() -> None:
    part, _ = prepared(CLOUD)
    # a signing at month 18 delivers at 22, one at month 21 at 25
    assert [node for _, node in part.signings] == [
        "2027Q1", "2027Q2", "2027Q3", "2027Q4", "2028Q1", "2028Q2", "2028Q3"
    ]  # fmt: skip
    part, _ = prepared(
        {**CLOUD, "sign": {"at_most": 1, "from": "2027-04", "to": "2027Q4"}, "delivery_months": 18}
    )
    # signed at month 6 it would deliver on the first moment after the end
    assert [node for _, node in part.signings] == ["2027Q2"]


def test_counts_ranges_and_blocks() -> None:
    part, _ = prepared({**CLOUD, "sign": {"at_most": 3, "per_period": 5}, "mw": {"block": 25, "total": 150}})
    assert part.most_signings == {"v.o": 3}
    assert part.binary["v.o", "2027Q1"] == 3
    assert part.block_mw == {"v.o": 25.0}
    assert part.most_total_mw == {"v.o": 150.0}
    # without a maximum, one signing may take the whole total
    assert part.max_mw["v.o", "2027Q1"] == 150.0
    assert part.min_mw["v.o", "2027Q1"] == 0.0
    part, _ = prepared(CLOUD)
    assert (part.min_mw["v.o", "2027Q1"], part.max_mw["v.o", "2027Q1"]) == (20.0, 100.0)
    assert part.binary["v.o", "2027Q1"] == 1
    assert part.block_mw == part.most_total_mw == {}


def test_a_chip_is_offered_only_if_delivered_after_it_exists() -> None:
    prices = {"c": 1000, "d": 1300}
    part, ledger = prepared({**CLOUD, "chips": ["c", "d"], "price_by_chip_usd_per_kw_month": prices})
    # chip d exists from 2027Q4, month 9: a delivery at month 7 is too early, one at month 10 is not
    assert part.signed_chips["v.o", "2027Q2"] == ("c",)
    assert part.signed_chips["v.o", "2027Q3"] == ("c", "d")
    assert part.chips_of == {"v.o": ("c", "d")}
    assert ("signed_mw", ("v.o", "d", "2027Q2")) not in ledger.cost
    dear, cheap = (sum(accrued(ledger, "v.o", chip, "2027Q3").values()) for chip in ("d", "c"))
    assert dear == pytest.approx(1.3 * cheap)


def test_places() -> None:
    shell = {**CLOUD, "kind": "shell", "region": None, "chips": None, "site": "s"}
    shell = {key: value for key, value in shell.items() if value is not None}
    part, _ = prepared(CLOUD, vendor={"offers": {"o": CLOUD, "p": {**shell, "availability_share": 0.95}}})
    assert (part.site["v.o"], part.region["v.o"], part.facility_per_it["v.o"]) == (None, "r", 1.2)
    assert (part.site["v.p"], part.region["v.p"], part.facility_per_it["v.p"]) == ("s", "r", 1.25)
    assert part.kind == {"v.o": "cloud", "v.p": "shell"}
    assert part.vendor == {"v.o": "v", "v.p": "v"}
    assert part.availability == {"v.o": 1.0, "v.p": 0.95}
    assert part.chips_of["v.p"] == ("none",)


# Delivery


def test_delivery_term_and_shares() -> None:
    part, ledger = prepared(CLOUD)
    shares = {node: share for (_, signing, node), share in part.share.items() if signing == "2027Q1"}
    # delivered over [4, 18): two of the three months of 2027Q2, all of the next three quarters
    assert shares == pytest.approx({"2027Q2": 2 / 3, "2027Q3": 1, "2027Q4": 1, "2028Q1": 1, "2028Q2": 1})
    ends = [node for (_, signing, node) in part.end_share if signing == "2027Q1"]
    assert ends == ["2027Q2", "2027Q3", "2027Q4", "2028Q1", "2028Q2"]
    assert accrued(ledger, "v.o", "c", "2027Q1") == pytest.approx(
        {"2027Q2": 2, "2027Q3": 3, "2027Q4": 3, "2028Q1": 3, "2028Q2": 3}
    )
    assert paid(ledger, "v.o", "c", "2027Q1") == accrued(ledger, "v.o", "c", "2027Q1")


def test_what_is_signed_is_secured_until_its_term_ends() -> None:
    part, _ = prepared({**CLOUD, "term_months": 4})
    # signed at month 3, delivered over [7, 11): on the last days of 2027Q2 and 2027Q3, not of 2027Q4
    assert [n for _, u, n in sorted(part.secured) if u == "2027Q2"] == ["2027Q2", "2027Q3"]
    # signed at month 0, delivered over [4, 8): a term that no border of years sees
    years, _ = prepared(
        {**CLOUD, "term_months": 4}, calendar={"start": "2027", "end": "2028", "step": "year"}
    )
    assert years.secured == frozenset()
    assert years.share == pytest.approx({("v.o", "2027", "2027"): 1 / 3, ("v.o", "2028", "2028"): 1 / 3})


def test_a_ramp_by_month_and_one_by_date() -> None:
    part, _ = prepared({**CLOUD, "ramp": {"0": 0.25, "5": 1}})
    shares = {node: share for (_, signing, node), share in part.share.items() if signing == "2027Q1"}
    # a quarter over [4, 9), all over [9, 18)
    assert shares == pytest.approx(
        {"2027Q2": 0.25 * 2 / 3, "2027Q3": 0.25, "2027Q4": 1, "2028Q1": 1, "2028Q2": 1}
    )
    dated = {"2027-04": 0.25, "2027-09": 0.5, "2028-01": 1}
    part, ledger = prepared({**CLOUD, "ramp": dated})
    # signed at month 0, ready at 4: steps of April (3, late, so 4), September (8) and January (12); term from 4 to 18
    shares = {node: share for (_, signing, node), share in part.share.items() if signing == "2027Q1"}
    assert shares == pytest.approx(
        {"2027Q2": 0.25 * 2 / 3, "2027Q3": (2 * 0.25 + 0.5) / 3, "2027Q4": 0.5, "2028Q1": 1, "2028Q2": 1}
    )
    # signed at month 6, ready at 10: half at 10, all at 12, until 24
    shares = {node: share for (_, signing, node), share in part.share.items() if signing == "2027Q3"}
    assert shares == pytest.approx(
        {"2027Q4": 0.5 * 2 / 3, "2028Q1": 1, "2028Q2": 1, "2028Q3": 1, "2028Q4": 1}
    )
    assert sum(accrued(ledger, "v.o", "c", "2027Q3").values()) == pytest.approx(2 * 0.5 + 12)


# Rent


def test_rent_with_an_escalator_over_fourteen_months() -> None:
    _, ledger = prepared(
        {**CLOUD, "escalator_rate": "5%", "price_usd_per_kw_month": {"2027Q1": 1000, "2027Q2": 1200}}
    )
    # signed 2027Q1 at 1.0: months 4 to 16 at 1.00, 16 to 18 at 1.05
    assert accrued(ledger, "v.o", "c", "2027Q1") == pytest.approx(
        {"2027Q2": 2.0, "2027Q3": 3.0, "2027Q4": 3.0, "2028Q1": 3.0, "2028Q2": 1.0 + 2 * 1.05}
    )
    # signed 2027Q2 at 1.2, fixed at signing
    assert sum(accrued(ledger, "v.o", "c", "2027Q2").values()) == pytest.approx(1.2 * (12 + 2 * 1.05))


def test_a_prepayment_is_paid_at_signing_and_credited_on_each_invoice() -> None:
    _, ledger = prepared({**CLOUD, "prepayment_share": "20%"})
    # R = 14: 2.8 at signing, four fifths of each invoice
    assert paid(ledger, "v.o", "c", "2027Q1") == pytest.approx(
        {"2027Q1": 2.8, "2027Q2": 1.6, "2027Q3": 2.4, "2027Q4": 2.4, "2028Q1": 2.4, "2028Q2": 2.4}
    )
    assert sum(accrued(ledger, "v.o", "c", "2027Q1").values()) == pytest.approx(14.0)
    cost = ledger.cost["signed_mw", ("v.o", "c", "2027Q1")]["cloud_rent"]
    assert cost == pytest.approx((2.8 + 0.8 * stream(4, 18), 0.0))


def test_a_year_of_delay_moves_payments_beyond_the_calendar() -> None:
    _, ledger = prepared({**CLOUD, "payment_delay_months": 12})
    # service over [4, 18), paid over [16, 30): 8 of 14 months before the end at 24
    assert paid(ledger, "v.o", "c", "2027Q1") == pytest.approx({"2028Q2": 2.0, "2028Q3": 3.0, "2028Q4": 3.0})
    assert sum(accrued(ledger, "v.o", "c", "2027Q1").values()) == pytest.approx(14.0)
    before, at_end = ledger.cost["signed_mw", ("v.o", "c", "2027Q1")]["cloud_rent"]
    assert before == pytest.approx(stream(16, 24), rel=1e-12)
    # all service lies before the end, so all payments count: the last six months are owed there
    assert at_end == pytest.approx(stream(24, 30), rel=1e-12)
    credit = ledger.supplier_credit_usd_m["signed_mw", ("v.o", "c", "2027Q1")]
    assert credit == pytest.approx(stream(4, 18) - stream(16, 30), rel=1e-12)
    assert prepared(CLOUD)[1].supplier_credit_usd_m == {}


def test_cost_up_to_the_end_is_the_share_of_discounted_service_before_it() -> None:
    offer = {**CLOUD, "term_months": 36, "escalator_rate": "10%", "prepayment_share": "50%"}
    _, ledger = prepared(offer)
    before, at_end = ledger.cost["signed_mw", ("v.o", "c", "2027Q1")]["cloud_rent"]
    nominal = 12 * (1 + 1.1 + 1.21)
    whole = nominal / 2 + (stream(4, 16) + 1.1 * stream(16, 28) + 1.21 * stream(28, 40)) / 2
    assert before == pytest.approx(nominal / 2 + (stream(4, 16) + 1.1 * stream(16, 24)) / 2, rel=1e-12)
    # service over [4, 40), of which [4, 24) is inside
    assert before + at_end == pytest.approx(whole * stream(4, 24) / stream(4, 40), rel=1e-12)
    # paid ahead: the balance is owned
    assert at_end < 0


def test_a_ramp_counts_in_the_service_before_the_end() -> None:
    _, ledger = prepared({**CLOUD, "term_months": 30, "ramp": {"0": 0.5, "12": 1}})
    cost = sum(ledger.cost["signed_mw", ("v.o", "c", "2027Q1")]["cloud_rent"])
    # level price and no delay: what is paid for the service inside, half over [4, 16), all over [16, 24)
    assert cost == pytest.approx(0.5 * stream(4, 16) + stream(16, 24), rel=1e-12)


def test_the_line_has_its_own_rate() -> None:
    shell = {"kind": "shell", "site": "s", "sign": {"at_most": 1}, "mw": {"max": 10}, "delivery_months": 0}
    shell |= {"term_months": 12, "price_usd_per_kw_month": 1000}
    _, ledger = prepared(shell, discount={"by_line": {"shell_rent": "5%"}})
    assert ledger.cost["signed_mw", ("v.o", "none", "2027Q1")] == {
        "shell_rent": pytest.approx((stream(0, 12, 0.05), 0.0))
    }


def test_given_factors_replace_rates_and_hold_after_the_end() -> None:
    factors = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3]
    _, ledger = prepared({**CLOUD, "payment_delay_months": 12}, discount={"factors": factors})
    before, at_end = ledger.cost["signed_mw", ("v.o", "c", "2027Q1")]["cloud_rent"]
    # paid over [16, 30): 2 months in 2028Q2, 3 in each of the last two quarters, 6 after the end
    assert before == pytest.approx(2 * 0.5 + 3 * 0.4 + 3 * 0.3)
    assert at_end == pytest.approx(6 * 0.3)


# Use: take-or-pay below 1, on demand, kept MW


def test_take_or_pay_below_one() -> None:
    part, ledger = prepared(
        {
            **CLOUD,
            "take_or_pay_share": "60%",
            "payment_delay_months": 2,
            "escalator_rate": "10%",
            "sign": {"at_most": 1, "to": "2027Q1"},
            "price_usd_per_kw_month": {"2027Q1": 1000, "2027-08": 1300},
        }
    )
    assert part.take_or_pay == {"v.o": 0.6}
    assert sum(accrued(ledger, "v.o", "c", "2027Q1").values()) == pytest.approx(0.6 * (12 + 2 * 1.1))
    extra = {index for var, index in ledger.cost if var == "extra_mw"}
    assert extra == {("v.o", "c", node) for node in ("2027Q2", "2027Q3", "2027Q4", "2028Q1", "2028Q2")}
    # the mean price of 2027Q3 is 1.2: a MW more for the quarter costs 3.6, paid over months 8 to 11
    assert accrued(ledger, "v.o", "c", "2027Q3", var="extra_mw") == pytest.approx({"2027Q3": 3.6})
    assert paid(ledger, "v.o", "c", "2027Q3", var="extra_mw") == pytest.approx({"2027Q3": 1.2, "2027Q4": 2.4})
    assert ledger.cost["extra_mw", ("v.o", "c", "2027Q3")]["cloud_rent"] == pytest.approx(
        (1.2 * stream(8, 11), 0.0)
    )


def test_on_demand_is_paid_as_used() -> None:
    offer = {"kind": "on_demand", "region": "r", "chips": ["c"], "payment_delay_months": 2}
    offer |= {
        "max_mw": {"2027Q1": 50, "2028-09": 80, "interpolate": "step"},
        "price_usd_per_kw_month": {"2027Q1": 2000, "2028-12": 3000},
    }
    part, ledger = prepared(offer)
    assert part.on_demand == ("v.o",)
    assert part.offers == ()
    assert part.on_demand_most_mw["v.o", "2028Q3"] == pytest.approx((2 * 50 + 80) / 3)
    # the last quarter: 2 + 2 + 3; only its first month is paid before the end
    assert accrued(ledger, "v.o", "c", "2028Q4", var="on_demand_mw") == pytest.approx({"2028Q4": 7.0})
    assert paid(ledger, "v.o", "c", "2028Q4", var="on_demand_mw") == pytest.approx({"2028Q4": 2.0})
    before, at_end = ledger.cost["on_demand_mw", ("v.o", "c", "2028Q4")]["cloud_rent"]
    assert before == pytest.approx(2 * stream(23, 24))
    assert at_end == pytest.approx(2 * stream(24, 25) + 3 * stream(25, 26))


def test_kept_columns_after_the_term() -> None:
    offer = {**CLOUD, "at_end": "continues", "escalator_rate": "10%", "prepayment_share": "20%"}
    offer |= {"payment_delay_months": 1, "sign": {"at_most": 1, "to": "2027Q1"}, "term_months": 13}
    part, ledger = prepared({**offer, "continuation_usd_per_kw_month": {"2027Q1": 700, "2028-11": 900}})
    # the term ends at month 17, inside 2028Q2 (15 to 18)
    keys = [("v.o", "c", "2027Q1", node) for node in ("2028Q2", "2028Q3", "2028Q4")]
    assert part.kept == tuple(keys)
    assert part.kept_before == {keys[0]: None, keys[1]: "2028Q2", keys[2]: "2028Q3"}
    shares = {column.index: column.share[column.decided] for column in part.columns}
    assert [shares[key] for key in keys] == pytest.approx([1 / 3, 1, 1])
    assert part.kept_given_mw == {}
    # no escalator, no prepayment: one month at 0.7, paid a month later
    assert accrued(ledger, *keys[0], var="kept_mw") == pytest.approx({"2028Q2": 0.7})
    assert paid(ledger, *keys[0], var="kept_mw") == pytest.approx({"2028Q3": 0.7})
    # October at 0.7, then 0.9; December is paid after the end and counts in the cost
    assert accrued(ledger, *keys[2], var="kept_mw") == pytest.approx({"2028Q4": 2.5})
    assert ledger.cost["kept_mw", keys[2]]["cloud_rent"] == pytest.approx(
        (0.7 * stream(22, 23) + 0.9 * stream(23, 24), 0.9 * stream(24, 25))
    )
    assert prepared({**offer, "at_end": "leaves"})[0].kept == ()
    # without a continuation price the price path holds
    _, ledger = prepared(offer)
    assert accrued(ledger, *keys[0], var="kept_mw") == pytest.approx({"2028Q2": 1.0})


def test_a_term_that_ends_on_a_border_is_kept_from_the_next_period() -> None:
    part, _ = prepared({**CLOUD, "at_end": "continues", "sign": {"at_most": 1, "to": "2027Q1"}})
    assert [key[3] for key in part.kept] == ["2028Q3", "2028Q4"]
    assert part.columns[0].share == {"2028Q3": 1.0}
    part, _ = prepared(
        {**CLOUD, "at_end": "continues", "sign": {"at_most": 1, "to": "2027Q1"}, "term_months": 20}
    )
    assert part.kept == ()


# Given contracts

GIVEN: dict[str, Any] = {
    **{key: value for key, value in CLOUD.items() if key != "sign"},
    "signed": {
        "g": {"date": "2026-04", "mw": 200, "delivered": {"2026-07": 0.25, "2027-05": 1}, "term_months": 18}
    },
}


def test_a_given_contract_is_a_constant() -> None:
    part, ledger = prepared({**GIVEN, "escalator_rate": "10%"})
    assert part.signings == ()
    assert part.offers == ("v.o",)
    # 50 MW from before the start, 200 from month 4; the term runs from July 2026 to December 2027 (month 12)
    assert part.given_mw["v.o", "c", "2027Q1"] == pytest.approx(50.0)
    assert part.given_mw["v.o", "c", "2027Q2"] == pytest.approx((50 + 2 * 200) / 3)
    assert part.given_end_mw["v.o", "c", "2027Q4"] == pytest.approx(200.0)
    assert part.given_mw["v.o", "c", "2028Q1"] == 0.0
    assert part.given_secured_mw["v.o", "c", "2027Q1"] == pytest.approx(200.0)
    assert part.given_secured_mw["v.o", "c", "2028Q1"] == 0.0
    # the escalator steps 12 months after first delivery, in July 2027
    spent = {e.node: e.paid_usd_m for e in ledger.given}
    assert spent == pytest.approx({"2027Q1": 150.0, "2027Q2": 50 + 400.0, "2027Q3": 660.0, "2027Q4": 660.0})
    assert {(e.var, e.index, e.line, e.vendor) for e in ledger.given} == {
        ("given", ("v.o", "g"), "cloud_rent", "v")
    }
    present = 50 * stream(0, 4) + 200 * stream(4, 6) + 220 * stream(6, 12)
    assert ledger.memo_usd_m["given_cloud_rent"] == pytest.approx(present, rel=1e-12)
    assert ledger.cost == {}


def test_a_contract_signed_before_the_price_path_begins_takes_its_first_price() -> None:
    _, ledger = prepared({**GIVEN, "price_usd_per_kw_month": {"2027Q1": 800, "2027Q3": 900}})
    assert sum(e.accrued_usd_m for e in ledger.given) == pytest.approx(0.8 * (50 * 4 + 200 * 8))


def test_a_given_contract_with_its_own_price_prepaid_and_delayed() -> None:
    given = {
        **GIVEN["signed"]["g"],
        "price_usd_per_kw_month": {"2026Q2": 500, "2027-07": 600},
        "prepaid_share": "40%",
    }
    _, ledger = prepared(
        {**GIVEN, "signed": {"g": given}, "payment_delay_months": 2, "escalator_rate": "10%"}
    )
    # by date of use, no escalator; 60 % of each invoice two months later; service before the start is not paid here
    assert {e.node: e.accrued_usd_m for e in ledger.given if e.accrued_usd_m} == pytest.approx(
        {"2027Q1": 75.0, "2027Q2": 25 + 200.0, "2027Q3": 360.0, "2027Q4": 360.0}
    )
    spent = {e.node: e.paid_usd_m for e in ledger.given}
    # April pays for February, May for March, June for April: 0.6 x 25 each
    assert spent["2027Q1"] == pytest.approx(0.6 * 25)
    assert spent["2027Q2"] == pytest.approx(0.6 * 75)
    assert spent["2027Q3"] == pytest.approx(0.6 * (100 + 100 + 120))
    assert sum(spent.values()) == pytest.approx(0.6 * 1020)
    assert spent["2028Q1"] == pytest.approx(0.6 * 240)


def test_a_contract_given_for_later_pays_its_prepayment_at_signing() -> None:
    later = {
        "date": "2027-04",
        "mw": 10,
        "delivered": {"2027Q3": 1},
        "prepaid_share": "50%",
        "term_months": 6,
    }
    part, ledger = prepared({**GIVEN, "signed": {"g": later}})
    # R = 10 MW x 6 months = 60
    assert {e.node: e.paid_usd_m for e in ledger.given} == pytest.approx(
        {"2027Q2": 30, "2027Q3": 15, "2027Q4": 15}
    )
    assert part.given_secured_mw["v.o", "c", "2027Q1"] == 0.0
    assert part.given_secured_mw["v.o", "c", "2027Q2"] == 10.0


def test_gw_read_as_facility_change_megawatts_but_not_dollars() -> None:
    it, paid_it = prepared(GIVEN)
    facility, paid_facility = prepared(GIVEN, gw_basis="facility", gw_basis_facility_per_it=1.25)
    assert facility.given_mw["v.o", "c", "2027Q3"] == pytest.approx(it.given_mw["v.o", "c", "2027Q3"] / 1.25)
    assert [e.paid_usd_m for e in paid_facility.given] == pytest.approx([e.paid_usd_m for e in paid_it.given])
    # what may be kept is fewer MW too
    kept, _ = prepared({**GIVEN, "at_end": "continues"}, gw_basis="facility", gw_basis_facility_per_it=1.25)
    assert kept.kept_given_mw == {("v.o", "c", "g", "2028Q1"): pytest.approx(160.0)}
    assert [key[3] for key in kept.kept] == ["2028Q1", "2028Q2", "2028Q3", "2028Q4"]


# What is owed to a vendor


def test_owed_to_a_vendor_with_a_cap() -> None:
    offer = {**CLOUD, "prepayment_share": "20%", "payment_delay_months": 4, "signed": GIVEN["signed"]}
    _, ledger = prepared(offer, vendor={"payables_cap_usd_bn": 1})
    owed = {
        node: usd_m
        for (_, node), terms in ledger.owed.items()
        for var, index, usd_m in terms
        if (var, index) == ("signed_mw", ("v.o", "c", "2027Q1"))
    }
    # 0.8 a month over [4, 18), on last days (a thirtieth of a month before the end): at 5.97 since 4, then four months;
    # at 20.97 from 16.97 to 18; at 23.97 nothing
    assert owed == pytest.approx(
        {"2027Q2": 0.8 * (2 - 1 / 30), "2027Q3": 3.2, "2027Q4": 3.2, "2028Q1": 3.2, "2028Q2": 3.2,
         "2028Q3": 0.8 * (1 + 1 / 30)}
    )  # fmt: skip
    # given: 50 a month over [0, 4), 200 over [4, 12); older invoices are opening payables
    assert ledger.owed_given_usd_m["v", "2027Q1"] == pytest.approx(50 * (3 - 1 / 30))
    assert ledger.owed_given_usd_m["v", "2027Q2"] == pytest.approx(50 * (2 + 1 / 30) + 200 * (2 - 1 / 30))
    assert ledger.owed_given_usd_m["v", "2028Q2"] == 0.0
    assert prepared(offer)[1].owed == {}


def test_with_nothing_owed_a_capped_vendor_has_empty_sums() -> None:
    part, ledger = prepared(CLOUD, vendor={"payables_cap_usd_bn": 1})
    assert len(part.signings) > 0
    assert set(ledger.owed.values()) == {()}
    assert len(ledger.owed) == 8
