"""The instance as a value: tweaks, rules, leaves, what is written and read again, tables beside the file."""

# ruff: noqa: E501 - rows of cases are read across

from __future__ import annotations

import dataclasses
import html
import json
import pickle
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from instance_sample import TINY, read_text, sample, text_and_lines

from planner.errors import InstanceError, UsageError
from planner.instance.emit import to_yaml
from planner.instance.instance import Instance, content_hash
from planner.instance.reader import read, read_saved
from planner.instance.yaml_text import parse

RENT = "vendors.oracle.offers.abilene.price_usd_per_kw_month"
SCENARIOS = """\
scenarios:
  demand:
    known: 2027Q1
    branches:
      high: {probability: 0.25, set: {workloads.training.demand_gw: {scale: 2}}}
      base: {probability: 75%}
  rent:
    known: 2027Q3
    branches:
      up: {probability: 0.5, set: {vendors: {oracle: {offers: {abilene: {price_usd_per_kw_month: 1000}}}}}}
      same: {probability: 0.5, set: {}}
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Instance:
    return read_text(tmp_path, TINY)


def test_a_tweak_gives_a_new_instance(tiny: Instance) -> None:
    tight = (
        tiny.tweak("money.floor_usd_bn", 15).tweak(RENT, scale=1.1).tweak("money.opening.cash_usd_bn", add=-3)
    )
    assert tight.spec.money.floor_usd_bn is not None and tight.spec.money.floor_usd_bn.value == 15
    offer = tight.spec.vendors["oracle"].offers["abilene"]
    # 958 x 1.1
    assert offer.price_usd_per_kw_month is not None and offer.price_usd_per_kw_month.value == 1053.8
    assert tight.spec.money.opening.cash_usd_bn.value == 25
    assert [change.path for change in tight.changes] == [
        "money.floor_usd_bn",
        RENT,
        "money.opening.cash_usd_bn",
    ]
    assert tiny.changes == () and tiny.spec.money.opening.cash_usd_bn.value == 28
    assert tight.hash != tiny.hash


def test_a_tweak_is_validated(tiny: Instance) -> None:
    with pytest.raises(InstanceError) as caught:
        tiny.tweak("money.floor_usd_bn", "5 MW")
    assert caught.value.findings[0].where == "tweak money.floor_usd_bn"
    with pytest.raises(InstanceError):
        tiny.tweak("money.flor_usd_bn", 5)
    for wrong in ({}, {"value": 3, "scale": 2}, {"scale": 2, "add": 1}):
        with pytest.raises(UsageError):
            tiny.tweak("money.floor_usd_bn", **wrong)


def test_a_tweak_deletes_and_adds(tiny: Instance) -> None:
    assert tiny.tweak("money.floor_usd_bn", None).spec.money.floor_usd_bn is None
    limit = {"measure": "secured_mw", "min_mw": 10, "at": "2027Q4"}
    assert tiny.tweak("limits.floor", limit).spec.limits["floor"].measure == "secured_mw"
    assert tiny.tweak("limits", {"floor": limit}).spec.limits["floor"].measure == "secured_mw"


def test_an_instance_is_frozen(tiny: Instance) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        tiny.case = "x"  # type: ignore[misc]
    with pytest.raises(Exception, match="frozen"):
        tiny.spec.name = "x"


def test_without_a_limit_or_a_family(tiny: Instance) -> None:
    limited = tiny.tweak("limits.floor", {"measure": "secured_mw", "min_mw": 10, "at": "2027Q4"})
    assert not limited.without("floor").spec.limits["floor"].active
    off = tiny.without("liquidity_floor").without("liquidity_floor")
    assert off.rules_off == ("liquidity_floor",) and off.hash != tiny.hash


def oracle_share(m: Any, d: Any, t: Any) -> Any:
    "Oracle delivers at most 40 % of installed capacity."
    return m.delivered["oracle", t] <= 0.4 * m.installed[t]


def test_a_rule_of_ones_own(tiny: Instance) -> None:
    ruled = tiny.with_rule(oracle_share, over="nodes")
    [rule] = ruled.user_rules
    assert (rule.name, rule.over, rule.function) == ("oracle_share", "nodes", oracle_share)
    assert rule.sentence == "Oracle delivers at most 40 % of installed capacity."
    assert "0.4 * m.installed" in rule.source
    assert ruled.hash != tiny.hash and ruled.with_rule(oracle_share).user_rules == (rule,)
    with pytest.raises(UsageError):
        tiny.with_rule(lambda m, d, t: True)


def test_a_saved_rule_is_text_and_never_runs(tiny: Instance, tmp_path: Path) -> None:
    file = tmp_path / "saved.json"
    file.write_text(tiny.with_rule(oracle_share).to_json())
    [rule] = read_saved(file).user_rules
    assert rule.source.startswith("def oracle_share")
    with pytest.raises(UsageError):
        rule.function(None, None, None)


def test_without_scenarios_there_is_one_leaf(tiny: Instance) -> None:
    [leaf] = tiny.leaves()
    assert (leaf.id, leaf.probability, leaf.branches, leaf.spec) == ("path", 1.0, {}, tiny.spec)


def test_leaves_are_the_product_of_branches(tmp_path: Path) -> None:
    leaves = read_text(tmp_path, TINY + SCENARIOS).leaves()
    # 0.25 x 0.5, 0.25 x 0.5, 0.75 x 0.5, 0.75 x 0.5
    assert [(leaf.id, leaf.probability) for leaf in leaves] == [
        ("demand-high_rent-up", 0.125), ("demand-high_rent-same", 0.125),
        ("demand-base_rent-up", 0.375), ("demand-base_rent-same", 0.375),
    ]  # fmt: skip
    assert leaves[0].branches == {"demand": "high", "rent": "up"}
    assert {name: when.text for name, when in leaves[0].known.items()} == {
        "demand": "2027Q1",
        "rent": "2027Q3",
    }
    demands = [leaf.spec.workloads["training"].demand_gw.points[-1][1] for leaf in leaves]
    assert demands == [0.4, 0.4, 0.2, 0.2]
    prices = [leaf.spec.vendors["oracle"].offers["abilene"].price_usd_per_kw_month for leaf in leaves]
    assert [price.value for price in prices if price] == [1000, 958, 1000, 958]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("set: {workloads.training.demand_gw: {scale: 2000}}", "implausible"),
        ("set: {workloads.trainin.demand_gw: {scale: 2}}", "override_path"),
        ("set: {vendors.oracle.offers.abilene.price_usd_per_kw_month: 5}", "case_conflict"),
    ],
)
def test_wrong_branches(tmp_path: Path, change: str, code: str) -> None:
    text = SCENARIOS.replace("set: {workloads.training.demand_gw: {scale: 2}}", change)
    instance = read_text(tmp_path, TINY + text)
    with pytest.raises(InstanceError) as caught:
        instance.leaves()
    assert {finding.code for finding in caught.value.findings} == {code}


def test_branches_are_checked_for_words_and_numbers_when_read(tmp_path: Path) -> None:
    text = SCENARIOS.replace("set: {workloads.training.demand_gw: {scale: 2}}", "set: {mony.floor_usd_bn: 3}")
    text = text.replace("price_usd_per_kw_month: 1000", "price_usd_per_kw_month: 5 MW")
    with pytest.raises(InstanceError) as caught:
        read_text(tmp_path, TINY + text)
    assert [(finding.code, finding.path) for finding in caught.value.findings] == [
        ("unknown_key", "scenarios.demand.branches.high.set.mony"),
        ("wrong_unit", "scenarios.rent.branches.up.set.vendors.oracle.offers.abilene.price_usd_per_kw_month"),
    ]


def test_an_instance_travels_between_processes(tiny: Instance) -> None:
    sent = tiny.tweak("money.floor_usd_bn", 15).with_rule(oracle_share)
    back = pickle.loads(pickle.dumps(sent))
    assert (back, back.hash, back.tree, back.changes) == (sent, sent.hash, sent.tree, sent.changes)


def test_too_many_leaves_are_refused(tmp_path: Path) -> None:
    factor = "known: 2027Q1, branches: {" + ", ".join(f"b{n}: {{probability: 0.1}}" for n in range(10)) + "}"
    text = TINY + "scenarios:\n" + "".join(f"  f{n}: {{{factor}}}\n" for n in range(4))
    with pytest.raises(InstanceError) as caught:
        read_text(tmp_path, text).leaves()
    assert "10000 outcomes" in caught.value.findings[0].message


def test_writing_and_reading_is_identity(tmp_path: Path) -> None:
    first = read_text(
        tmp_path,
        TINY + SCENARIOS + "cases: {c: {money.floor_usd_bn: 15}, d: {}}\n",
        cases=("c",),
        sets=("description='ünï\u202e \U0001f600 code: {x}'",),
    )
    first = first.tweak(RENT, scale=1.1).without("site_power").with_rule(oracle_share)
    for name, text in (("w.yaml", first.to_yaml()), ("w.json", first.to_json())):
        (tmp_path / name).write_text(text, encoding="utf-8")
        again = read_saved(tmp_path / name)
        assert (again.hash, again.spec, again.case, again.cases) == (
            first.hash,
            first.spec,
            first.case,
            first.cases,
        )
        assert (again.changes, again.rules_off) == (first.changes, first.rules_off)
        assert [leaf.spec for leaf in again.leaves()] == [leaf.spec for leaf in first.leaves()]
        assert again.to_yaml() == first.to_yaml()


def test_every_field_is_written_and_read_again(tmp_path: Path) -> None:
    first = read_text(tmp_path, text_and_lines(sample())[0])
    for name, text in (("w.yaml", first.to_yaml()), ("w.json", first.to_json())):
        assert read_text(tmp_path, text, name).spec == first.spec


def test_any_text_survives_writing() -> None:
    chance = random.Random(7)
    alphabet = [
        *map(chr, range(0x20)),
        *"aZ09 -:#{}[],&*!|>'\"%@`~?=<.\\",
        "\x7f",
        "\x85",
        "\u2028",
        "\ufeff",
        "é",
        "\U0001f600",
    ]
    words = [
        "",
        "no",
        "null",
        "1e6",
        "2026",
        "2026Q3",
        "0x1f",
        ".5",
        "~",
        "- a",
        "a: b",
        "a #b",
        " a",
        "a ",
        "true",
        "=1+1",
        "1_0",
    ]
    words += ["".join(chance.choices(alphabet, k=chance.randint(1, 12))) for _ in range(2_000)]
    plain = {f"k{n}": word for n, word in enumerate(words)} | dict.fromkeys(words, "v") | {"list": words[:20]}
    node, findings = parse(to_yaml(plain), "f")
    assert not findings and node.plain == plain


def test_a_hash_is_of_content(tmp_path: Path) -> None:
    one = read_text(tmp_path, TINY)
    lines = TINY.splitlines()
    reordered = "\n".join([*lines[3:5], *lines[:3], *lines[5:]]) + "\n# a comment\n"
    assert read_text(tmp_path, reordered, "other.yaml").hash == one.hash
    assert read_text(tmp_path, TINY.replace("max_mw: 150", "max_mw: 1.5e2")).hash == one.hash
    assert read_text(tmp_path, TINY.replace("max_mw: 150", "max_mw: 151")).hash != one.hash
    assert len(content_hash({})) == 64


def test_it_shows_itself_without_running_what_it_holds(tmp_path: Path) -> None:
    evil = "</table><script>alert(1)</script>"
    instance = read_text(tmp_path, TINY.replace("name: tiny", f"name: '{evil}'")).tweak("description", evil)
    shown = instance._repr_html_()
    assert "<script" not in shown and html.escape(evil) in shown
    assert repr(instance).startswith("<Instance '</table>") and "3 offers of 2 vendors" in repr(instance)


def test_numbers_lists_each_with_its_source(tiny: Instance) -> None:
    found = {number.path: number for number in tiny.numbers()}
    floor = found["money.floor_usd_bn"]
    assert (floor.quantity.value, floor.quantity.provenance.source, floor.quantity.provenance.low) == (
        10,
        "S1",
        9,
    )
    assert floor.where == tiny.position("money.floor_usd_bn")
    assert set(found) >= {"discount.rate", "workloads.training.demand_gw", RENT}
    assert "name" not in found


def test_positions_fall_back_to_what_is_there(tiny: Instance) -> None:
    file = str(tiny.path)
    assert tiny.position("money.opening.cash_usd_bn") == f"{file}:20:26"
    assert tiny.position("money.opening.debt") == f"{file}:20:3"
    assert tiny.position("nothing") == f"{file}:1:1"
    assert tiny.position("") == f"{file}:1:1"


TABLE = "date,gw,floor\n2026Q2,0.1,10\n2027Q4,200 MW,\n2028Q1,,12\n"
REFERENCE = TINY.replace('{2026Q2: 0.1, 2027Q4: "200 MW", interpolate: linear, at: end}',
                         "{csv: t.csv, column: gw, interpolate: linear, at: end}")  # fmt: skip


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_column_of_a_table_is_a_path(tmp_path: Path, separator: str) -> None:
    (tmp_path / "t.csv").write_text(TABLE.replace(",", separator))
    instance = read_text(tmp_path, REFERENCE)
    assert instance.spec == read_text(tmp_path, TINY).spec
    assert instance.position("workloads.training.demand_gw.2027Q4") == f"{tmp_path}/t.csv:3:2"
    # Written out, the instance needs no table.
    (tmp_path / "t.csv").unlink()
    assert read_text(tmp_path, instance.to_yaml()).spec == instance.spec


def test_a_table_inside_a_record_with_a_date_column(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("gw,day\n5,2027\n7,2028\n")
    text = REFERENCE.replace("{csv: t.csv, column: gw, interpolate: linear, at: end}",
                             "{value: {csv: t.csv, column: gw, date_column: day, interpolate: step}, source: T}")  # fmt: skip
    demand = read_text(tmp_path, text).spec.workloads["training"].demand_gw
    assert [value for _, value in demand.points] == [5, 7] and demand.provenance.source == "T"


@pytest.mark.parametrize(
    ("table", "code", "place"),
    [
        (None, "file", "i.yaml:8:22"),
        ("date,mw\n2027,1\n", "file", "i.yaml:8:37"),
        ("date,gw\n2027,x\n", "wrong_unit", "t.csv:2:2"),
        ("date,gw\n2027,=A1\n", "wrong_unit", "t.csv:2:2"),
        ("date,gw\n2027,nan\n", "wrong_unit", "t.csv:2:2"),
        ("date,gw\n2027,1200\n", "implausible", "t.csv:2:2"),
        ("date,gw\nsoon,1\n", "bad_date", "t.csv:2:1"),
        ("date,gw\n2027,1\n2027,2\n", "duplicate_key", "t.csv:3:1"),
        ("date,gw,gw\n2027,1,2\n", "duplicate_key", "t.csv:1:3"),
        ("", "syntax", "t.csv:1:1"),
        ("date,gw\n", "syntax", "t.csv:1:1"),
        ('date,gw\n"2027,1\n', "syntax", "t.csv:2:1"),
        (b"date,gw\n2027,\xff\n", "encoding", "t.csv:2:6"),
    ],
)  # fmt: skip
def test_wrong_tables(tmp_path: Path, table: str | bytes | None, code: str, place: str) -> None:
    if table is not None:
        (tmp_path / "t.csv").write_bytes(table.encode() if isinstance(table, str) else table)
    with pytest.raises(InstanceError) as caught:
        read_text(tmp_path, REFERENCE)
    assert (code, f"{tmp_path}/{place}") in [
        (finding.code, finding.where) for finding in caught.value.findings
    ]


@pytest.mark.parametrize("name", ["../t.csv", "/etc/passwd", "link.csv", "sub/../../t.csv", '"a\\0b"', "."])
def test_tables_stay_in_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path.parent / "t.csv").write_text(TABLE)
    (tmp_path / "link.csv").symlink_to(tmp_path.parent / "t.csv")
    with pytest.raises(InstanceError) as caught:
        read_text(tmp_path, REFERENCE.replace("t.csv", name))
    assert caught.value.findings[0].code == "outside_folder"


@pytest.mark.parametrize(
    "saved", ["5", "{case: 5}", "{rules_off: x}", "{user_rules: [{name: x}]}", "{x: 1}", "{changes: [1]}"]
)
def test_a_forged_memory_is_refused(tmp_path: Path, saved: str) -> None:
    with pytest.raises(InstanceError) as caught:
        read_text(tmp_path, TINY + f"saved: {saved}\n")
    assert caught.value.findings[0].path.startswith("saved")


def test_the_json_schema_accepts_what_the_reader_accepts() -> None:
    from planner.instance.json_schema import schema

    whole = json.loads(json.dumps(schema()))
    known = set(whole["$defs"])
    referred = {part.split('"')[0] for part in json.dumps(whole).split('"#/$defs/')[1:]}
    assert referred <= known
    assert set(whole["else"]["properties"]) >= {"vendors", "money", "cases", "extends"}
    offer = whole["$defs"]["Offer"]
    assert offer["additionalProperties"] is False and "kind" in offer["required"]


def test_reading_loads_nothing_heavy() -> None:
    code = "import sys; import planner; planner.read; print([m for m in ('numpy', 'pandas', 'pyomo', 'highspy', 'click', 'rich') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_read_takes_one_case_as_a_word(tmp_path: Path) -> None:
    file = tmp_path / "i.yaml"
    file.write_text(TINY + "cases: {c: {money.floor_usd_bn: 15}}\n")
    assert read(file, "c").case == "c"
