"""What is said to somebody who wrote a key that is not there, a value of another form, or an empty override."""

# ruff: noqa: E501 - rows of cases are read across

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import planner
from planner.errors import InstanceError
from planner.instance.finding import Finding
from planner.instance.suggest import core, meant, schema_paths
from planner.instance.walk import fields, shape_at

TUTORIAL = Path(__file__).parent.parent / "instances" / "tutorial"
CLOUD = TUTORIAL / "01_cloud.yaml"
DEBT = TUTORIAL / "16_debt.yaml"
OFFER = "vendors.oracle.offers.abilene"


def refused(*sets: str, file: Path = CLOUD) -> list[Finding]:
    with pytest.raises(InstanceError) as caught:
        planner.read(file, sets=sets)
    return list(caught.value.findings)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("money.cash_usd_bn", "did you mean money.opening.cash_usd_bn?"),
        ("money.opening_cash", "did you mean money.opening.cash_usd_bn?"),
        ("discount_rate", "did you mean discount.rate?"),
        ("floor_usd_bn", "did you mean money.floor_usd_bn?"),
        ("debt", "did you mean money.debt?"),
        ("start", "did you mean calendar.start?"),
        (
            "vendors.oracle.price_usd_per_kw_month",
            "did you mean vendors.oracle.offers.<id>.price_usd_per_kw_month?",
        ),
        ("workloads.training.share", "did you mean workloads.training.regions.<id>.share?"),
        (f"{OFFER}.price", "did you mean price_usd_per_kw_month?"),
        (f"{OFFER}.delivery_mnths", "did you mean delivery_months?"),
        (f"{OFFER}.from", f"did you mean {OFFER}.sign.from or {OFFER}.sublet.from?"),
        ("money.Floor_USD_bn", "did you mean floor_usd_bn?"),
        ("mony", "did you mean money?"),
        ("chip", "did you mean chips?"),
    ],
)
def test_a_field_elsewhere_is_named_with_its_path(path: str, said: str) -> None:
    *above, word = path.split(".")
    shape = shape_at(above)
    assert shape is not None and shape.part is not None
    assert meant(word, tuple(above), fields(shape.part)) == said


@pytest.mark.parametrize("word", ["lenders", "xyz", "qqq_usd_bn", "currency", "x" * 10_000, ""])
def test_nothing_is_meant_where_nothing_is_near(word: str) -> None:
    shape = shape_at(())
    assert shape is not None and shape.part is not None
    assert meant(word, (), fields(shape.part)).startswith("known here: schema_version, ")


def test_every_field_one_letter_off_is_found() -> None:
    for path in schema_paths():
        shape = shape_at(path[:-1])
        assert shape is not None and shape.part is not None
        if len(core(path[-1])) > 5:
            typo = path[-1][0] + path[-1][2:]
            assert path[-1] in meant(typo, path[:-1], fields(shape.part)), path


def test_one_slip_is_one_finding(tmp_path: Path) -> None:
    text = CLOUD.read_text().replace("discount: {rate: 0%}", "discount_rate: 0%")
    text = text.replace("  opening: {cash_usd_bn: 5}", "  cash_usd_bn: 5")
    (tmp_path / "i.yaml").write_text(text)
    with pytest.raises(InstanceError) as caught:
        planner.read(tmp_path / "i.yaml")
    assert [(each.path, each.repair) for each in caught.value.findings] == [
        ("discount_rate", "did you mean discount.rate?"),
        ("money.cash_usd_bn", "did you mean money.opening.cash_usd_bn?"),
    ]


@pytest.mark.parametrize(
    ("text", "repair"),
    [
        ("discount=11%", "write discount: {rate: 11%}"),
        ("discount=0.11", "write discount: {rate: 0.11}"),
        ("money.opening=5", "write opening: {cash_usd_bn: 5}"),
        (f"{OFFER}.chips={{gb300: 1}}", "write [gb300]"),
        ("vendors=[oracle]", "write `key: value` lines below it, or {} for none"),
    ],
)
def test_a_value_of_another_form_is_shown_in_the_right_one(text: str, repair: str) -> None:
    (finding,) = refused(text)
    assert (finding.code, finding.repair) == ("wrong_type", repair)


RAISED: dict[str, tuple[str, ...]] = {
    "a map for a list": (f"{OFFER}.chips={{gb300: 1}}",),
    "a map of maps for a number": ("chips.gb300.work.training={x: {y: 1}}",),
    "below what another deletes": ("chips=~", "chips.gb300.resale_by_age_years.0=~"),
    "deleted twice over": ("chips.*=~", "chips.gb300.maker=~"),
    "below a list": (f"{OFFER}.chips.gb300=1",),
    "beyond a list": (f"{OFFER}.chips.7=x",),
    "below a member of a list": (f"{OFFER}.chips.0.x=1",),
    "below text": ("name.x.y=1",),
    "below a number": ("chips.gb300.work.training.value.x=1",),
    "below a point": (f"{OFFER}.price_usd_per_kw_month.2027.x=1",),
    "deep below a number that is not there": ("gw_basis_facility_per_it.2027Q1={from: 2030Q1, to: 2027Q1}",),
    "all of everything": ("*=1",),
    "all below everything": ("*.*.*=~", "*.*=1"),
    "nothing at all": ("*=~",),
    "a scaled scalar for a map of ages": ("chips.gb300.resale_by_age_years=5", "chips.gb300.resale_by_age_years={scale: 2}"),
    "a map for the root's number": ("schema_version={a: {b: 1}}",),
    "a list for a part": ("money=[1, {a: 2}]", "money.opening.cash_usd_bn=3"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(RAISED))
def test_overrides_of_another_form_are_findings(name: str) -> None:
    findings = refused(*RAISED[name])
    assert all(each.where.startswith("--set ") or each.code in ("missing", "wrong_type") for each in findings)
    assert all(each.message for each in findings)


def test_members_of_a_list_are_deleted_by_their_first_numbers(tmp_path: Path) -> None:
    file = tmp_path / "i.yaml"
    file.write_text(CLOUD.read_text().replace("chips: [gb300]", "chips: [a, b, gb300, c]"))
    instance = planner.read(file, sets=[f"{OFFER}.chips.{n}=~" for n in (0, 1, 3)])
    assert instance.spec.vendors["oracle"].offers["abilene"].chips == ("gb300",)


def changed(instance: planner.Instance) -> dict[str, tuple[Any, Any]]:
    return {change.path: (change.old, change.new) for change in instance.changes}


def test_an_empty_map_of_ids_empties_it_everywhere(tmp_path: Path) -> None:
    lenders = planner.read(DEBT).spec.money.debt
    assert lenders
    whole = planner.read(DEBT).tree.at(("money", "debt"))
    assert whole is not None
    branch = "{factor: {known: 2027Q2, branches: {a: {probability: 1, set: {money.debt: {}}}}}}"
    (tmp_path / "base.yaml").write_text(DEBT.read_text())
    (tmp_path / "child.yaml").write_text(
        f"extends: base.yaml\ncases: {{dotted: {{money.debt: {{}}}}, nested: {{money: {{debt: {{}}}}}}}}\nscenarios: {branch}\n"
    )
    (tmp_path / "empty.yaml").write_text("extends: base.yaml\nmoney: {debt: {}}\n")
    child = planner.read(tmp_path / "child.yaml")
    told = (
        planner.read(DEBT, sets=["money.debt={}"]),
        planner.read(DEBT).tweak("money.debt", {}),
        planner.read(tmp_path / "child.yaml", cases=["dotted"]),
        planner.read(tmp_path / "child.yaml", cases=["nested"]),
    )
    for instance in told:
        assert not instance.spec.money.debt
        assert changed(instance) == {"money.debt": (whole.plain, {})}
    assert not planner.read(tmp_path / "empty.yaml").spec.money.debt
    assert child.spec.money.debt and not child.leaves()[0].spec.money.debt
    assert not planner.read(DEBT, sets=["money.debt=~"]).spec.money.debt


def test_one_speaker_may_empty_a_map_and_fill_it_again(tmp_path: Path) -> None:
    loan = "{kind: revolver, limit_usd_bn: 5, rate: 8%}"
    for sets in ([f"money.debt.new={loan}", "money.debt={}"], ["money.debt={}", f"money.debt.new={loan}"]):
        assert list(planner.read(DEBT, sets=sets).spec.money.debt) == ["new"]
    (tmp_path / "base.yaml").write_text(DEBT.read_text())
    file = tmp_path / "i.yaml"
    file.write_text(
        f"extends: base.yaml\ncases: {{none: {{money.debt: {{}}}}, new: {{money.debt.new: {loan}}}}}\n"
    )
    assert len(planner.read(file, cases=["new"]).spec.money.debt) == 1 + len(
        planner.read(DEBT).spec.money.debt
    )
    with pytest.raises(InstanceError) as caught:
        planner.read(file, cases=["none", "new"])
    assert [each.code for each in caught.value.findings] == ["case_conflict"]


def test_an_empty_part_is_made_with_its_defaults_and_keeps_what_stands() -> None:
    soft = planner.read(CLOUD, sets=["money.floor_usd_bn=1", "money.soft_floor={}"])
    assert soft.spec.money.soft_floor is not None
    kept = soft.tweak("money.opening", {})
    assert kept.spec == soft.spec and kept.changes == soft.changes
    assert planner.read(CLOUD, sets=["money={}"]).spec == planner.read(CLOUD).spec
