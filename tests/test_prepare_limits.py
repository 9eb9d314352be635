"""Limits, prepared, against sums done by hand."""

from __future__ import annotations

from typing import Any

import pytest
from tiny import tiny

from planner.data.prepare import prepare
from planner.data.types import Data, LimitRow
from planner.errors import InfeasibleError

# Two years by quarter from 2027Q1 (months 0 to 24), 10 % a year.
Q1, Q2, Q3, LAST = "2027Q1", "2027Q2", "2027Q3", "2028Q4"
BLOCKS: dict[str, Any] = {
    "block_mw": 100, "max_blocks": 4, "lead_months": 6, "capex_usd_m_per_mw": 10, "payments": {"0": 0.4, "0-6": 0.6},
    "life_years": 20, "start": {"to": Q1},
}  # fmt: skip
CLOUD: dict[str, Any] = {
    "kind": "cloud", "region": "far", "chips": ["c"], "sign": {"at_most": 1, "to": Q1}, "mw": {"max": 80},
    "delivery_months": 3, "ramp": {"0": 0.5, "3": 1}, "term_months": 12, "price_usd_per_kw_month": 1000,
    "payment_delay_months": 1,
}  # fmt: skip
GIVEN = {"date": "2026Q1", "mw": 40, "delivered": {"2026Q1": 1}, "term_months": 18}
SHELL: dict[str, Any] = {
    "kind": "shell", "site": "s", "sign": {"at_most": 1, "to": Q1}, "mw": {"max": 80}, "delivery_months": 3,
    "term_months": 60, "price_usd_per_kw_month": 100,
}  # fmt: skip
BASE: dict[str, Any] = {
    "regions": {"far": {"facility_per_it": 1.4}},
    "sites": {"s": {"build": {"b": BLOCKS}}},
    "chips": {
        "c": {"terms": {"t": {"price_usd_m_per_mw": 30, "lead_months": 6, "payments": {"0": 0.5, "6": 0.5}}}}
    },
    "makers": {"m": "Maker"},
    "vendors": {
        "v": {"group": "g", "offers": {"o": {**CLOUD, "signed": {"g1": GIVEN}}}},
        "w": {"group": "g", "offers": {"o": SHELL}},
    },
}
BLOCK, CLOUD_MW, SHELL_MW = (
    ("blocks", ("s.b", Q1)),
    ("signed_mw", ("v.o", "c", Q1)),
    ("signed_mw", ("w.o", "none", Q1)),
)


def prepared(limit: dict[str, Any], **changes: Any) -> Data:
    return prepare(tiny(**{**BASE, "limits": {"l": limit}, **changes}))


def rows(limit: dict[str, Any], **changes: Any) -> dict[tuple[str, str], LimitRow]:
    """Rows by (member, node)."""
    return {(row.member, row.node): row for row in prepared(limit, **changes).limits}


def terms(row: LimitRow) -> dict[tuple[str, tuple[str, ...]], float]:
    assert len({term[:2] for term in row.terms}) == len(row.terms)
    return {(var, index): number for var, index, number in row.terms}


# MW


def test_secured_mw_count_from_signing_to_the_end_of_the_term() -> None:
    found = rows({"measure": "secured_mw", "max_mw": 500})
    assert list(found) == [("", n) for n in (Q1, Q2, Q3, "2027Q4", "2028Q1", "2028Q2", "2028Q3", LAST)]
    row = found["", Q1]
    # a block counts whole from its start, signed MW before they are delivered; 40 MW run until June 2027
    assert terms(row) == {BLOCK: 100.0, CLOUD_MW: 1.0, SHELL_MW: 1.0}
    assert (row.sense, row.given, row.amount, row.share, row.unit) == ("max", 40.0, 500.0, None, "MW")
    # the term of the given one: July 2027; of the signing: month 3 + 12, over on the last day of 2028Q2
    assert found["", Q3].given == 0.0
    assert CLOUD_MW in terms(found["", "2028Q1"])
    assert terms(found["", "2028Q2"]) == {BLOCK: 100.0, SHELL_MW: 1.0}


def test_facility_mw_weigh_by_the_site_or_the_region() -> None:
    row = rows({"measure": "secured_mw", "basis": "facility", "at": Q1, "min_mw": 300})["", Q1]
    assert terms(row) == {BLOCK: 125.0, CLOUD_MW: 1.4, SHELL_MW: 1.25}
    assert (row.given, row.sense, row.unit) == (pytest.approx(56.0), "min", "facility MW")


def test_filters_choose_what_counts() -> None:
    def counted(**filters: Any) -> set[str]:
        found = rows({"measure": "secured_mw", "at": Q1, "max_mw": 500, **filters})
        return {index[0] for row in found.values() for _, index, _ in row.terms}

    assert counted(vendor=["own"]) == {"s.b"}
    assert counted(vendor=["own", "v"]) == {"s.b", "v.o"}
    assert counted(group=["g"]) == {"v.o", "w.o"}
    assert counted(site=["s"]) == {"s.b", "w.o"}
    assert counted(region=["far"]) == {"v.o"}
    assert counted(kind=["shell"], site=["s"]) == {"w.o"}
    assert counted(tenure=["own"]) == {"s.b"}
    # a shell and own blocks are no chips yet
    assert counted(maker=["m"]) == {"v.o"}
    assert counted(chip=["d"]) == set()


def test_powered_and_installed() -> None:
    row = rows({"measure": "powered_mw", "at": Q2, "max_mw": 500})["", Q2]
    # given MW are inside the variable
    assert terms(row) == {
        ("built_end_mw", ("s.b", Q2)): 1.0, ("delivered_end_mw", ("v.o", "c", Q2)): 1.0,
        ("delivered_end_mw", ("w.o", "none", Q2)): 1.0,
    }  # fmt: skip
    assert row.given == 0.0
    assert (
        rows({"measure": "powered_mw", "at": Q2, "max_mw": 500, "include_given": False})["", Q2].given
        == -40.0
    )
    row = rows({"measure": "installed_mw", "at": Q3, "max_mw": 500})["", Q3]
    assert terms(row) == {
        ("installed_end_mw", ("c", "s.b", Q3)): 1.0, ("installed_end_mw", ("c", "w.o", Q3)): 1.0,
        ("delivered_end_mw", ("v.o", "c", Q3)): 1.0,
    }  # fmt: skip


def test_under_construction_is_secured_and_not_powered() -> None:
    row = rows({"measure": "under_construction_mw", "at": Q1, "max_mw": 500, "vendor": ["v"]})["", Q1]
    assert terms(row) == {CLOUD_MW: 1.0, ("delivered_end_mw", ("v.o", "c", Q1)): -1.0}
    # the 40 given MW are secured and, inside delivered, powered
    assert row.given == 40.0


def test_operating_and_shortfall_by_workload() -> None:
    row = rows({"measure": "operating_mw", "at": Q3, "min_mw": 10, "workload": ["w"], "region": ["far"]})[
        "", Q3
    ]
    assert terms(row) == {("served_mw", ("w", "c", "far", "any", Q3)): 1.0}
    row = rows({"measure": "operating_mw", "at": Q3, "min_mw": 10, "basis": "facility"})["", Q3]
    assert sorted(number for _, _, number in row.terms) == [1.2, 1.4]
    row = rows({"measure": "shortfall_mw", "at": Q3, "max_mw": 10, "workload": "w"})["", Q3]
    assert terms(row) == {("shortfall_mw", ("w", Q3)): 1.0}


def test_groups_and_shares() -> None:
    found = rows(
        {"measure": "secured_mw", "group_by": "vendor", "max_share": 0.4, "from": Q3, "to": "2027Q4"}
    )
    # after the given contract; three vendors, two quarters
    assert list(found) == [(v, n) for v in ("v", "w", "own") for n in (Q3, "2027Q4")]
    row = found["own", Q3]
    assert terms(row) == {BLOCK: 100.0}
    assert row.share == 0.4
    assert {t[:2]: t[2] for t in row.total_terms} == {BLOCK: 100.0, CLOUD_MW: 1.0, SHELL_MW: 1.0}
    # with the given contract the share is of it too
    row = rows({"measure": "secured_mw", "vendor": ["w"], "max_share": 0.4, "at": Q1})["", Q1]
    assert (row.given, row.total_given) == (0.0, 40.0)
    row = rows(
        {"measure": "secured_mw", "vendor": ["w"], "max_share": 0.4, "at": Q1, "include_given": False}
    )["", Q1]
    assert row.total_given == 0.0


def test_an_amount_and_a_share_are_two_rows() -> None:
    data = prepared(
        {"measure": "secured_mw", "vendor": ["w"], "max_share": 0.4, "max_mw": 60, "min_mw": 5, "at": Q1}
    )
    found = [(row.member, row.sense, row.amount, row.share) for row in data.limits]
    assert found == [("", "min", 5.0, None), ("", "max", 60.0, None), ("share", "max", 0.0, 0.4)]


def test_limits_that_are_off_or_always_kept_say_nothing() -> None:
    assert rows({"measure": "secured_mw", "max_mw": 500, "active": False}) == {}
    assert rows({"measure": "secured_mw", "max_mw": 500, "chip": ["d"]}) == {}


def test_a_limit_that_no_decision_changes_is_infeasible_when_broken() -> None:
    with pytest.raises(InfeasibleError) as caught:
        rows({"measure": "secured_mw", "min_mw": 10, "chip": ["d"], "at": Q1})
    (sentence,) = caught.value.explanation
    assert sentence == f"no decision changes what limit l counts in {Q1}: it is 0 MW, the limit 10"


def test_a_limit_outside_of_the_calendar_asks_for_nothing() -> None:
    assert not rows({"measure": "secured_mw", "min_mw": 10, "at": "2035Q1"})
    assert not rows({"measure": "accrued_spend", "max_usd_bn": 1, "from": "2035Q1"})


# Money


def test_spend_sums_a_window() -> None:
    row = rows({"measure": "accrued_spend", "from": Q1, "to": Q2, "max_usd_bn": 2, "line": ["construction"]})[
        "", Q2
    ]
    # a block of 1,000 is paid and accrued in six months
    assert terms(row) == {BLOCK: pytest.approx(1000.0)}
    assert (row.amount, row.unit, row.given) == (2000.0, "USD m", 0.0)
    row = rows({"measure": "paid_spend", "from": Q1, "to": Q2, "max_usd_bn": 2, "vendor": ["v"]})["", Q2]
    # 1 USD m a MW-month: half from month 3 to 6, paid a month later: two months at half; given 40 MW from month 1
    assert terms(row) == {CLOUD_MW: pytest.approx(1.0)}
    assert row.given == pytest.approx(40 * 5)
    row = rows({"measure": "accrued_spend", "from": Q1, "to": Q2, "max_usd_bn": 2, "vendor": ["v"]})["", Q2]
    assert terms(row) == {CLOUD_MW: pytest.approx(1.5)}
    assert row.given == pytest.approx(40 * 6)
    bare = rows(
        {"measure": "accrued_spend", "to": Q2, "max_usd_bn": 2, "vendor": ["v"], "include_given": False}
    )
    assert bare["", Q2].given == 0.0


def test_spend_counts_chips_by_host_and_payer() -> None:
    limit = {"measure": "paid_spend", "at": Q1, "max_usd_bn": 2, "chip": ["c"], "tenure": ["shell"]}
    found = rows({**limit, "vendor": ["own"]})
    # half of 30 at the order of chips for the shell: from ourselves, not from the landlord
    assert terms(found["", Q1]) == {("ordered_mw", ("c.t", "w.o", Q1)): 15.0}
    assert rows({**limit, "vendor": ["w"]}) == {}


def test_past_spend_counts_from_the_limits_date() -> None:
    past = [
        {"from": "2026Q3", "line": "construction", "usd_bn": 3},
        {"from": "2026Q1", "line": "construction", "usd_bn": 9},
        {"from": "2026Q3", "line": "cloud_rent", "vendor": "v", "usd_bn": 1},
    ]
    money = {"opening": {"past_spend": past}}
    limit = {"measure": "accrued_spend", "max_usd_bn": 20, "to": Q1}
    own = {**limit, "line": ["construction"]}
    assert rows({**own, "from": "2026Q3"}, money=money)["", Q1].given == pytest.approx(3000.0)
    assert rows({**own, "from": "2026Q1"}, money=money)["", Q1].given == pytest.approx(12_000.0)
    assert rows(own, money=money)["", Q1].given == 0.0
    vendor = rows({**limit, "to": Q2, "from": "2026Q3", "vendor": ["v"]}, money=money)["", Q2]
    assert vendor.given == pytest.approx(1000 + 40 * 6)


def test_open_commitments_are_what_is_fixed_and_still_to_pay() -> None:
    found = rows({"measure": "open_commitments", "max_usd_bn": 5})
    # 31 March: blocks 600 over six months of which nothing but a day of the third month is left: 600 x (3 + 1/30) / 6;
    # cloud 0.5 x 3 + 1 x 9 = 10.5 to come; shell 60 months at 0.1; chips: the half due on delivery
    row = terms(found["", Q1])
    assert row[BLOCK] == pytest.approx(100 * (3 + 1 / 30))
    assert row[CLOUD_MW] == pytest.approx(10.5)
    assert row[SHELL_MW] == pytest.approx(6.0)
    assert row["ordered_mw", ("c.t", "s.b", Q1)] == 15.0
    # given: 40 a month until June, paid a month later: February's of 30 March is paid, 4 months and a day are left
    assert found["", Q1].given == pytest.approx(40 * (4 + 1 / 30))
    # rent of the time after the end counts too
    assert terms(found["", LAST])[SHELL_MW] == pytest.approx(0.1 * (60 - (23 + 29 / 30 - 3)))
    assert CLOUD_MW not in terms(found["", LAST])


def test_debt_counts_the_opening_position() -> None:
    money = {
        "debt": {"f": {"kind": "revolver", "limit_usd_bn": 5, "rate": 0.08}},
        "opening": {"debt": [{"usd_bn": 1.2, "rate": 0.1, "until": Q2}]},
    }
    found = rows({"measure": "debt", "max_usd_bn": 4}, money=money)
    assert terms(found["", Q1]) == {("balance_usd_m", ("f", Q1)): 1.0}
    # 200 a month are repaid on last days
    assert (found["", Q1].given, found["", Q2].given) == (pytest.approx(600.0), 0.0)


def test_signings_are_counted_in_the_window() -> None:
    found = rows({"measure": "signings", "max_count": 2, "kind": ["cloud"]})
    # the given contract was signed before the first day
    assert terms(found["", LAST]) == {("signed", ("v.o", Q1)): 1.0}
    assert (found["", LAST].given, found["", LAST].unit) == (0.0, "signings")
    since = rows({"measure": "signings", "max_count": 2, "from": "2026Q1", "at": Q2, "vendor": ["v", "w"]})
    assert since["", Q2].given == 1.0
    assert len(since["", Q2].terms) == 2


# Soft limits


def test_price_of_breaking_a_limit() -> None:
    def price(limit: dict[str, Any], node: str) -> float:
        data = prepared(limit)
        row = next(r for r in data.limits if r.node == node)
        assert row.soft_usd_m is not None
        assert data.cost["broken", ("l", "", node)] == {"soft_limits": (row.soft_usd_m, 0.0)}
        return row.soft_usd_m

    mw = {"measure": "secured_mw", "min_mw": 500, "soft_usd_m_per_mw_year": 8}
    # a quarter of a year for a limit in every quarter, a year for a limit at a date
    assert price(mw, Q2) == pytest.approx(2 * 1.1 ** (-4.5 / 12))
    assert price({**mw, "at": Q2}, Q2) == pytest.approx(8 * 1.1 ** (-4.5 / 12))
    usd = {"measure": "open_commitments", "max_usd_bn": 1, "soft_usd_per_usd_year": 0.2}
    assert price(usd, Q2) == pytest.approx(0.05 * 1.1 ** (-4.5 / 12))
    spend = {"measure": "accrued_spend", "to": "2027Q4", "max_usd_bn": 1, "soft_usd_per_usd_year": 0.2}
    assert price(spend, "2027Q4") == pytest.approx(0.2 * 1.1 ** (-10.5 / 12))


# Scenarios


def test_a_window_is_summed_along_each_path() -> None:
    late = {"vendors.v.offers.o.delivery_months": 6}
    branches = {"on_time": {"probability": 0.5}, "late": {"probability": 0.5, "set": late}}
    limit = {
        "measure": "accrued_spend", "to": Q3, "max_usd_bn": 1, "line": ["cloud_rent"], "soft_usd_per_usd_year": 1,
    }  # fmt: skip
    found = rows(limit, scenarios={"f": {"known": Q2, "branches": branches}})
    assert list(found) == [("", f"{Q3}/on_time"), ("", f"{Q3}/late")]
    # on time: 3 months at half, 3 in full; late: 3 at half
    assert terms(found["", f"{Q3}/on_time"]) == {CLOUD_MW: pytest.approx(4.5)}
    assert terms(found["", f"{Q3}/late"]) == {CLOUD_MW: pytest.approx(1.5)}
    assert found["", f"{Q3}/late"].soft_usd_m == pytest.approx(0.5 * 1.1 ** (-7.5 / 12))


def test_a_minimum_for_each_vendor_asks_those_that_have_nothing_yet() -> None:
    later = {**CLOUD, "sign": {"at_most": 1, "from": Q2, "to": Q2}}
    vendors = {"v": {"offers": {"o": later}}, "w": {"offers": {"o": SHELL}}}
    limit = {"measure": "secured_mw", "group_by": "vendor", "at": Q1}
    found = rows({**limit, "min_mw": 10, "soft_usd_m_per_mw_year": 1}, vendors=vendors)
    assert set(found) == {("w", Q1), ("own", Q1), ("v", Q1)}
    assert (found["v", Q1].terms, found["v", Q1].given) == ((), 0.0)
    # a maximum has nothing to say to it
    assert set(rows({**limit, "max_mw": 10}, vendors=vendors)) == {("w", Q1), ("own", Q1)}
