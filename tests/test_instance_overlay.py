"""Overrides: extends, cases, `--set`, scale, add, wildcards, conflicts and unknown paths."""

# ruff: noqa: E501 - rows of cases are read across

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from instance_sample import TINY, read_text
from work import calls_of

from planner.errors import InstanceError, UsageError
from planner.instance.instance import Instance
from planner.instance.reader import read

RENT = "vendors.oracle.offers.abilene.price_usd_per_kw_month"
DELIVERY = "vendors.oracle.offers.shackelford.delivery_months"


def with_cases(
    folder: Path, cases: str, *chosen: str, sets: tuple[str, ...] = (), base: str = TINY
) -> Instance:
    body = "".join(f"  {line}\n" for line in cases.strip().splitlines())
    return read_text(folder, base + (f"cases:\n{body}" if body else ""), cases=chosen, sets=sets)


def plain(instance: Instance, path: str) -> Any:
    node = instance.tree.at(tuple(path.split(".")))
    return node.plain if node is not None else None


def refused(folder: Path, cases: str, *chosen: str, sets: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    """Code, path and repair of every finding."""
    with pytest.raises(InstanceError) as caught:
        with_cases(folder, cases, *chosen, sets=sets)
    return [(finding.code, finding.path, finding.repair) for finding in caught.value.findings]


def test_a_case_may_be_nested_or_dotted(tmp_path: Path) -> None:
    for body in ("c: {money: {floor_usd_bn: 15}}", "c: {money.floor_usd_bn: 15}"):
        instance = with_cases(tmp_path, body, "c")
        assert plain(instance, "money.floor_usd_bn") == {"value": 15, "source": "override"}
        assert instance.spec.money.floor_usd_bn is not None
        assert instance.spec.money.floor_usd_bn.value == 15.0
        assert instance.spec.money.opening.cash_usd_bn.value == 28.0
        assert (instance.case, instance.cases) == ("c", ("c",))


def test_without_a_case_nothing_changes(tmp_path: Path) -> None:
    instance = with_cases(tmp_path, "c: {money.floor_usd_bn: 15}")
    assert plain(instance, "money.floor_usd_bn.value") == 10
    assert (instance.case, instance.cases, instance.changes) == ("base", ("c",), ())


def test_what_a_case_changed_is_remembered(tmp_path: Path) -> None:
    old = {"value": 10, "low": 9, "high": 12, "source": "S1", "confidence": "estimate"}
    instance = with_cases(
        tmp_path,
        "c: {money.floor_usd_bn: 15, money.debt: {loan: {kind: revolver, limit_usd_bn: 5, rate: 8%}}}",
        "c",
    )
    changes = {change.path: (change.old, change.new, change.by) for change in instance.changes}
    assert changes == {
        "money.floor_usd_bn": (old, {"value": 15, "source": "override"}, "case c"),
        "money.debt": (None, {"loan": {"kind": "revolver", "limit_usd_bn": 5, "rate": "8%"}}, "case c"),
    }


def test_a_number_keeps_a_source_of_its_own_in_an_override(tmp_path: Path) -> None:
    instance = with_cases(tmp_path, "c: {money: {floor_usd_bn: {value: 15, source: X1}}}", "c")
    # The whole record is replaced: the old range would not belong to the new value.
    assert plain(instance, "money.floor_usd_bn") == {"value": 15, "source": "X1"}


def test_a_record_without_value_amends(tmp_path: Path) -> None:
    instance = with_cases(tmp_path, "c: {money: {floor_usd_bn: {low: 4, note: deep}}}", "c")
    assert plain(instance, "money.floor_usd_bn") == {
        "value": 10, "low": 4, "high": 12, "source": "S1", "confidence": "estimate", "note": "deep",
    }  # fmt: skip
    instance = with_cases(tmp_path, f"c: {{{RENT}: {{high: 1100}}}}", "c")
    assert plain(instance, RENT) == {"value": 958, "high": 1100}


def test_a_path_is_replaced_whole_and_a_point_by_its_key(tmp_path: Path) -> None:
    path = "vendors.aws.offers.burst.price_usd_per_kw_month"
    instance = with_cases(tmp_path, f"c: {{{path}: {{2028: 900}}}}", "c")
    assert plain(instance, path) == {"value": {"2028": 900}, "source": "override"}
    instance = with_cases(tmp_path, f"c: {{{path}.2027: 1000}}", "c")
    assert plain(instance, path) == {"value": {"2026": 1500, "2027": 1000}, "source": "override"}
    instance = with_cases(tmp_path, f"c: {{{path}.2027: 1000}}\nd: {{{path}.2026: 7}}", "c", "d")
    assert plain(instance, path)["value"] == {"2026": 7, "2027": 1000}


def test_scale_acts_on_value_low_and_high(tmp_path: Path) -> None:
    instance = with_cases(tmp_path, "c: {money.floor_usd_bn: {scale: 0.7}}", "c")
    record = plain(instance, "money.floor_usd_bn")
    # 0.7 x (9, 10, 12)
    assert (record["low"], record["value"], record["high"]) == (6.3, 7, 8.4)
    assert record["source"] == "S1" and record["note"] == "scaled by 0.7 (case c)"


def test_scale_and_add_act_on_every_point_of_a_path(tmp_path: Path) -> None:
    instance = with_cases(
        tmp_path,
        "c: {workloads.*.demand_gw: {scale: 150%}}\nd: {money.operating_cash_usd_bn_per_year: {add: $-2bn/year}}",
        "c",
        "d",
    )
    # 0.1 GW and 200 MW, times 1.5
    assert plain(instance, "workloads.training.demand_gw.value") == {
        "2026Q2": 0.15, "2027Q4": 0.3, "interpolate": "linear", "at": "end",
    }  # fmt: skip
    assert plain(instance, "money.operating_cash_usd_bn_per_year.value") == {"2026": 14, "2027": 30}


def test_add_takes_a_unit(tmp_path: Path) -> None:
    instance = with_cases(tmp_path, 'c: {vendors.oracle.offers.*.delivery_months: {add: "0.5 years"}}', "c")
    assert plain(instance, "vendors.oracle.offers.abilene.delivery_months.value") == 18
    record = plain(instance, DELIVERY)
    assert (record["low"], record["value"], record["high"]) == (18, 24, 30)


def test_wildcards_pass_over_children_without_the_field(tmp_path: Path) -> None:
    instance = with_cases(tmp_path, "c: {vendors.*.offers.*.delivery_months: {add: 6}}", "c")
    assert plain(instance, "vendors.aws.offers.burst.delivery_months") is None
    assert {change.path for change in instance.changes} == {
        DELIVERY,
        DELIVERY.replace("shackelford", "abilene"),
    }


def test_wildcards_set_fields_that_are_not_there_yet(tmp_path: Path) -> None:
    instance = with_cases(tmp_path, "c: {vendors.*.offers.*.payment_delay_months: 2}", "c")
    for offer in ("oracle.offers.abilene", "oracle.offers.shackelford", "aws.offers.burst"):
        assert plain(instance, f"vendors.{offer}.payment_delay_months") == 2


def test_two_scales_multiply_and_two_additions_add_up(tmp_path: Path) -> None:
    cases = f"a: {{{RENT}: {{scale: 1.1}}}}\nb: {{{RENT}: {{scale: 2}}}}\nc: {{{DELIVERY}: {{add: 6}}}}\nd: {{{DELIVERY}: {{add: 3}}}}"
    instance = with_cases(tmp_path, cases, "a", "b", "c", "d")
    assert plain(instance, f"{RENT}.value") == pytest.approx(958 * 1.1 * 2, rel=1e-14)
    assert plain(instance, f"{DELIVERY}.value") == 18 + 6 + 3
    assert instance.case == "a+b+c+d"


def test_a_set_comes_before_a_scale_whatever_the_order(tmp_path: Path) -> None:
    cases = f"a: {{{RENT}: {{scale: 1.1}}}}\nb: {{{RENT}: 1000}}"
    for order in (("a", "b"), ("b", "a")):
        assert plain(with_cases(tmp_path, cases, *order), f"{RENT}.value") == 1100


def test_a_scale_reaches_what_another_case_adds(tmp_path: Path) -> None:
    loan = "l: {money: {debt: {loan: {kind: revolver, limit_usd_bn: 5, rate: 8%}}}}\nm: {money.debt.*.limit_usd_bn: {scale: 2}}"
    assert plain(with_cases(tmp_path, loan, "m", "l"), "money.debt.loan.limit_usd_bn.value") == 10


def test_cases_that_say_the_same_go_together(tmp_path: Path) -> None:
    cases = "a: {money.floor_usd_bn: 15}\nb: {money: {floor_usd_bn: 15}}"
    assert plain(with_cases(tmp_path, cases, "a", "b"), "money.floor_usd_bn.value") == 15


@pytest.mark.parametrize(
    ("cases", "path"),
    [
        ("a: {money.floor_usd_bn: 15}\nb: {money: {floor_usd_bn: 16}}", "money.floor_usd_bn"),
        ("a: {money.floor_usd_bn: null}\nb: {money: {floor_usd_bn: 16}}", "money.floor_usd_bn"),
        ("a: {money.floor_usd_bn: 15}\nb: {money.floor_usd_bn.low: 3}", "money.floor_usd_bn.low"),
        ("a: {vendors.aws: null}\nb: {vendors.aws.name: Amazon}", "vendors.aws.name"),
        (f"a: {{{RENT}: {{scale: 2}}}}\nb: {{{RENT}: {{add: 2}}}}", RENT),
        ("a: {vendors.*.name: X}\nb: {vendors.aws.name: Amazon}", "vendors.aws.name"),
    ],
)
def test_cases_that_contradict_each_other(tmp_path: Path, cases: str, path: str) -> None:
    findings = refused(tmp_path, cases, "a", "b")
    assert [(code, where) for code, where, _ in findings] == [("case_conflict", path)]


def test_null_deletes(tmp_path: Path) -> None:
    instance = with_cases(tmp_path, "c: {vendors: {aws: null}, money.floor_usd_bn: null}", "c")
    assert list(instance.spec.vendors) == ["oracle"] and instance.spec.money.floor_usd_bn is None
    assert {change.path: change.new for change in instance.changes} == {
        "vendors.aws": None,
        "money.floor_usd_bn": None,
    }


def test_lists_replace(tmp_path: Path) -> None:
    instance = with_cases(tmp_path, "c: {vendors.oracle.offers.abilene.chips: [vera_rubin]}", "c")
    assert instance.spec.vendors["oracle"].offers["abilene"].chips == ("vera_rubin",)


@pytest.mark.parametrize(
    ("body", "repair"),
    [
        ("vendors.orcale.offers.abilene.delivery_months: 6", "did you mean oracle?"),
        ("vendors.oracle.offers.abilen.delivery_months: {add: 6}", "did you mean abilene?"),
        ("vendors: {orcale: {offers: {abilene: {delivery_months: 6}}}}", "did you mean oracle?"),
        ("vendors: {oracle: {offers: {abilen: {delivery_months: 6}}}}", "did you mean abilene?"),
        ("vendors.oracle.offers.abilene.delivery_month: 6", "did you mean delivery_months?"),
        ("vendors.oracle.offers.*.delivery_mnths: {scale: 2}", "did you mean delivery_months?"),
        ("mony.floor_usd_bn: 3", "did you mean money?"),
        ("money.flor_usd_bn: null", "did you mean floor_usd_bn?"),
        ("money.soft_floor: null", "set a value here instead, or remove the override"),
        ("limits.*.max_mw: {scale: 2}", "set a value here instead, or remove the override"),
        ("vendors.oracle: {nmae: x}", "did you mean name?"),
    ],
)
def test_unknown_paths_say_what_was_meant(tmp_path: Path, body: str, repair: str) -> None:
    [(code, _, said)] = refused(tmp_path, f"c: {{{body}}}", "c")
    assert code in ("override_path", "unknown_key") and said.startswith(repair)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("vendors.oracle.name: {scale: 2}", "override_value"),
        ("vendors.oracle: {scale: 2}", "override_value"),
        ("money.floor_usd_bn: {scale: x}", "override_value"),
        ("money.floor_usd_bn: {add: 5 MW}", "override_value"),
        ("money.floor_usd_bn.2027: 5", "override_value"),
        ("money.floor_usd_bn: {scale: 1e6}", "implausible"),
        ("money.floor_usd_bn: lots", "wrong_unit"),
    ],
)
def test_overrides_that_cannot_act(tmp_path: Path, body: str, code: str) -> None:
    findings = refused(tmp_path, f"c: {{{body}}}", "c")
    assert {found for found, _, _ in findings} == {code}


def test_errors_in_an_override_are_placed_in_it(tmp_path: Path) -> None:
    with pytest.raises(InstanceError) as caught:
        with_cases(tmp_path, "c: {money.floor_usd_bn: {scale: 1e6}}", "c")
    line = len(TINY.splitlines()) + 2
    assert {finding.where for finding in caught.value.findings} == {f"{tmp_path}/i.yaml:{line}:35"}


def test_cases_that_are_not_chosen_are_checked_for_words_and_numbers(tmp_path: Path) -> None:
    findings = refused(tmp_path, "a: {money: {flor_usd_bn: 3}}\nb: {money.floor_usd_bn: 5 MW}\nc: {vendors.*.offers.*.mw.mni: 3}\n"
                       "ok: {money.debt.loan.limit_usd_bn: {scale: 2}}")  # fmt: skip
    assert [(code, path) for code, path, _ in findings] == [
        ("unknown_key", "cases.a.money.flor_usd_bn"),
        ("wrong_unit", "cases.b.money.floor_usd_bn"),
        ("unknown_key", "cases.c.vendors.*.offers.*.mw.mni"),
    ]


def test_cases_must_be_maps(tmp_path: Path) -> None:
    assert refused(tmp_path, "a: 5")[0][:2] == ("wrong_type", "cases.a")
    assert with_cases(tmp_path, "a: {}", "a").case == "a"


def test_an_unknown_case_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        with_cases(tmp_path, "lenders_agree: {}", "lenders_agre")
    assert caught.value.hint == "did you mean lenders_agree?"


def test_set_on_the_command_line(tmp_path: Path) -> None:
    instance = with_cases(
        tmp_path, "c: {money.floor_usd_bn: 15}", "c",
        sets=("money.floor_usd_bn=12", "name=other name", f"{RENT}={{scale: 2}}", "vendors.aws=null", "money.opening.cash_usd_bn=$30bn"),
    )  # fmt: skip
    assert plain(instance, "money.floor_usd_bn.value") == 12  # after the case
    assert instance.name == "other name" and "aws" not in instance.spec.vendors
    assert plain(instance, f"{RENT}.value") == 1916
    assert instance.spec.money.opening.cash_usd_bn.value == 30.0
    assert instance.position("money.floor_usd_bn.value") == "--set money.floor_usd_bn=12"


@pytest.mark.parametrize("text", ["money.floor_usd_bn", "=3", "a=[1", "a=*x", "a=!!int 3"])
def test_wrong_words_after_set(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        with_cases(tmp_path, "", sets=(text,))
    assert "--set" in str(caught.value)


def test_a_wrong_set_is_placed_at_its_words(tmp_path: Path) -> None:
    with pytest.raises(InstanceError) as caught:
        with_cases(tmp_path, "", sets=("money.floor_usd_bn=5 MW",))
    [finding] = caught.value.findings
    assert (finding.where, finding.code) == ("--set money.floor_usd_bn=5 MW", "wrong_unit")


def test_extends_merges_maps_replaces_lists_and_deletes(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        TINY + "cases: {a: {money.floor_usd_bn: 15}, b: {money.floor_usd_bn: 16}}\n"
    )
    child = """\
extends: base.yaml
name: child
vendors:
  oracle: {offers: {abilene: {chips: [trainium3], price_usd_per_kw_month: {value: 900, source: N}}}}
  aws: null
  google: {offers: {}}
money: {floor_usd_bn: 11}
cases: {b: null, c: {}}
"""
    instance = read_text(tmp_path, child)
    assert instance.name == "child" and list(instance.spec.vendors) == ["oracle", "google"]
    assert instance.spec.vendors["oracle"].offers["abilene"].chips == ("trainium3",)
    assert instance.spec.vendors["oracle"].name == "Oracle"
    assert plain(instance, "money.floor_usd_bn") == 11  # the file's own number, not an override of a case
    assert instance.changes == () and instance.cases == ("a", "c")
    assert instance.position("name") == f"{tmp_path}/i.yaml:2:7"
    assert instance.position("discount.rate") == f"{tmp_path}/base.yaml:4:18"


def test_a_child_may_scale_and_use_dotted_keys(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(TINY)
    instance = read_text(
        tmp_path,
        "extends: base.yaml\nvendors.oracle.offers.*.delivery_months: {add: 6}\nmoney: {floor_usd_bn: {scale: 2}}\n",
    )
    assert plain(instance, f"{DELIVERY}.value") == 24
    assert plain(instance, "money.floor_usd_bn")["value"] == 20


def test_extends_goes_through_several_files(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(TINY)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.yaml").write_text("extends: ../a.yaml\nname: b\nmoney: {floor_usd_bn: 5}\n")
    instance = read_text(tmp_path, "extends: sub/b.yaml\nname: c\n")
    assert (instance.name, plain(instance, "money.floor_usd_bn")) == ("c", 5)


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"i.yaml": "extends: i.yaml"}, "extends"),
        ({"i.yaml": "extends: b.yaml", "b.yaml": "extends: i.yaml"}, "extends"),
        ({"i.yaml": "extends: none.yaml"}, "file"),
        ({"i.yaml": "extends: [a.yaml, b.yaml]"}, "wrong_type"),
        ({"i.yaml": "extends: ../x.yaml"}, "outside_folder"),
        ({"i.yaml": "extends: /etc/passwd"}, "outside_folder"),
        ({"i.yaml": "extends: link.yaml"}, "outside_folder"),
        ({"i.yaml": "extends: b.yaml", "b.yaml": "a: [1"}, "syntax"),
        ({"i.yaml": 'extends: "a\\0b"'}, "outside_folder"),
        ({"i.yaml": "extends: base.yaml\nvendors: {orcale: {name: x, offers: {abilene: {delivery_months: 3}}}}", "base.yaml": TINY}, "override_path"),
        ({"i.yaml": "extends: base.yaml\nmony: {floor_usd_bn: 3}", "base.yaml": TINY}, "unknown_key"),
        ({"i.yaml": "extends: base.yaml\nmoney: {soft_floor: null}", "base.yaml": TINY}, "override_path"),
    ],
)  # fmt: skip
def test_wrong_chains(tmp_path: Path, files: dict[str, str], code: str) -> None:
    (tmp_path.parent / "x.yaml").write_text(TINY)
    (tmp_path / "link.yaml").symlink_to(tmp_path.parent / "x.yaml")
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(InstanceError) as caught:
        read_text(tmp_path, files["i.yaml"])
    assert code in {finding.code for finding in caught.value.findings}


# Large layers: work counted in calls, so that it is the same on every machine


def read_case(folder: Path, body: str, members: int) -> InstanceError | Instance:
    base = (Path(__file__).parent.parent / "instances" / "tutorial" / "01_cloud.yaml").read_text()
    more = "".join(f"  r{n}: {{facility_per_it: 1.3}}\n" for n in range(members))
    (folder / "i.yaml").write_text(
        base.replace("\nregions:\n", "\nregions:\n" + more, 1) + "cases:\n  a:\n" + body
    )
    try:
        return read(folder / "i.yaml", cases=["a"])
    except InstanceError as error:
        return error


def test_many_stars_over_many_members_end_at_a_bound(tmp_path: Path) -> None:
    stars = "".join(f"    'regions.*.k{n}': 1\n" for n in range(300))
    found: list[InstanceError | Instance] = []
    assert calls_of(lambda: found.append(read_case(tmp_path, stars, 1_000))) < 3_000_000
    (error,) = found
    assert isinstance(error, InstanceError)
    codes = [finding.code for finding in error.findings]
    assert codes[:98] == ["override_path"] * 98  # 1,001 members once, then each time all of them
    assert codes[98] == "too_large" and "more than 100,000 places" in error.findings[98].message
    assert error.findings[98].path == "regions.*.k98"


def test_one_star_over_many_members_scales_them_all(tmp_path: Path) -> None:
    instance = read_case(tmp_path, "    regions.*.facility_per_it: {scale: 1.1}\n", 1_000)
    assert isinstance(instance, Instance)
    values = [region.facility_per_it.constant for region in instance.spec.regions.values()]
    assert len(values) == 1_001 and values[:1_000] == [1.43] * 1_000


def test_a_star_reaches_what_a_set_of_its_layer_made(tmp_path: Path) -> None:
    body = "    regions.new: {facility_per_it: 1.5}\n    regions.*.facility_per_it: {scale: 2}\n"
    instance = read_case(tmp_path, body, 1)
    assert isinstance(instance, Instance)
    assert instance.spec.regions["new"].facility_per_it.constant == 3.0


def test_the_points_of_a_path_are_put_one_by_one(tmp_path: Path) -> None:
    place = "workloads.training.demand_gw"
    points = {f"{year}-{month:02d}": year / 10_000 for year in range(2028, 2040) for month in range(1, 13)}
    body = "\n".join(f"{place}.{day}: {gw}" for day, gw in points.items())
    instance = with_cases(tmp_path, "c:\n" + "\n".join(f"  {line}" for line in body.splitlines()), "c")
    value = {"2026Q2": 0.1, "2027Q4": "200 MW", "interpolate": "linear", "at": "end", **points}
    assert plain(instance, place) == {"value": value, "source": "override"}
    assert [change.path for change in instance.changes] == [place]
    assert plain(with_cases(tmp_path, "c: {}"), place) == {
        key: each for key, each in value.items() if key not in points
    }


def test_keys_of_a_record_are_put_into_the_number_below(tmp_path: Path) -> None:
    body = "c: {discount.rate.low: 10%, discount.rate.high: 14%, money.floor_usd_bn.low: 8}"
    instance = with_cases(tmp_path, body, "c")
    assert plain(instance, "discount.rate") == {"value": "12%", "low": "10%", "high": "14%"}
    floor = {"value": 10, "low": 8, "high": 12, "source": "S1", "confidence": "estimate"}
    assert plain(instance, "money.floor_usd_bn") == floor


def test_half_made_members_are_compared_up_to_a_bound(tmp_path: Path) -> None:
    many = "\n".join(f"  workloads.trainin{n}: {{own_share: 10%}}" for n in range(300))
    found = refused(tmp_path, "c:\n" + many, "c")
    assert [code for code, _, _ in found[:200]] == ["override_path"] * 200
    assert len(found) == 201 and found[200][0] == "more"
