"""docs/stargate.md: its tables and figures are those of docs/data/stargate, which is of the instance as it is."""

from __future__ import annotations

import re

import pytest

import planner
from benchmarks.note.digest import digest
from benchmarks.note.measure import FLAGSHIP, instances
from benchmarks.note.render import END, FIGURE, HOLDS, NOTE, TABLE, TEMPLATE, render, unfounded
from benchmarks.note.tables import Tables, keyed, read_tables
from planner.explore import relaxation

AGAIN = "write the note anew: python -m benchmarks.note"


@pytest.fixture(scope="module")
def found() -> Tables:
    return read_tables()


def test_the_note_is_its_template_filled_with_the_tables(found: Tables) -> None:
    assert NOTE.read_text(encoding="utf-8") == render(found), AGAIN


def test_the_tables_are_of_the_instance_as_it_is(found: Tables) -> None:
    known = {case: digest(instance) for case, instance in instances().items()}
    made_from = {case: row["digest"] for case, row in found.rows["cases"].items()}
    stale = sorted(case for case in known.keys() | made_from.keys() if known.get(case) != made_from.get(case))
    assert not stale, f"docs/data/stargate was made from another {FLAGSHIP.name}: {stale}; {AGAIN}"


@pytest.mark.parametrize("case", ["base", "company_path"])
def test_the_tables_are_of_the_model_as_it_is(found: Tables, case: str) -> None:
    cases = () if case == "base" else (case,)
    now = relaxation(planner.read(FLAGSHIP, cases=cases)).cost_usd_m / 1000.0
    assert found.number(f"cases.{case}.relaxation_usd_bn") == pytest.approx(now, rel=1e-6), AGAIN


def test_no_sentence_rests_on_what_no_longer_holds(found: Tables) -> None:
    assert unfounded(found) == []


def test_costs_lie_between_bound_and_relaxation_and_the_audit_agrees(found: Tables) -> None:
    solved = [row for row in found.rows["cases"].values() if row["cost_usd_bn"] != ""]
    assert len(solved) == len(found.rows["cases"])
    for row in solved:
        # both bounds are true, either may be the better one; nine digits are kept
        assert float(row["relaxation_usd_bn"]) <= float(row["cost_usd_bn"]) * (1 + 1e-8)
        assert float(row["bound_usd_bn"]) <= float(row["cost_usd_bn"]) * (1 + 1e-8)
        assert float(row["audit_relative"]) <= 1e-6


def test_the_table_of_cases_in_the_note_is_the_csv(found: Tables) -> None:
    text = NOTE.read_text(encoding="utf-8")
    body = text.split("<!-- table: cases -->\n", 1)[1].split(END, 1)[0].strip().splitlines()
    printed = {cells[1].strip(" `"): cells for line in body[2:] if (cells := line.split("|"))}
    assert list(printed) == list(found.rows["cases"])
    for case, row in found.rows["cases"].items():
        cost = row["cost_usd_bn"]
        assert printed[case][4].strip() == ("" if cost == "" else f"{cost:,.1f}")


def test_prose_quotes_no_figure_of_its_own() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    for pattern in (FIGURE, HOLDS, TABLE, re.compile(r"`[^`]*`")):
        text = pattern.sub("", text)
    # Years, quarters and the exponents of names may stand as they are.
    own = re.findall(r"(?<![\w.])(?!20[23]\d(?:Q[1-4])?(?!\w))\d[\d.,]*", text)
    assert own == []


def test_every_table_and_condition_of_the_template_is_used() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    assert len(TABLE.findall(text)) == text.count("<!-- table:") >= 6
    assert len(HOLDS.findall(text)) == text.count("<!-- holds:") >= 10


SMALL = Tables({"t": keyed([{"key": "a.b", "x": 1234.5, "p": "2027Q2", "none": None}])})


def test_figures_are_formatted_and_missing_ones_are_errors() -> None:
    template = "<!-- holds: t.a.b.x > 1 -->\n{{t.a.b.x}} and {{t.a.b.x|.1f}} in {{t.a.b.p}}.\n"
    assert render(SMALL, template).endswith("-->\n1,234 and 1234.5 in 2027Q2.\n")
    with pytest.raises(KeyError, match=r"t\.a\.b\.y"):
        render(SMALL, "{{t.a.b.y}}")


def test_conditions_are_checked() -> None:
    lines = ["t.a.b.x < 1000", "t.a.b.x == 1234.5", "t.a.b.p < 2027Q1", "t.a.b.p >= 2027Q2", "1 > t.a.b.x"]
    template = "".join(f"<!-- holds: {line} -->\n" for line in lines)
    assert unfounded(SMALL, template) == [
        f"<!-- holds: {line} -->" for line in ("t.a.b.x < 1000", "t.a.b.p < 2027Q1", "1 > t.a.b.x")
    ]


def test_digest_sees_numbers_and_not_words() -> None:
    base = planner.read(FLAGSHIP)
    assert digest(base.tweak("description", "Other words")) == digest(base)
    assert digest(base.tweak("sources.FN36", "Another source")) == digest(base)
    assert digest(base.tweak("money.floor_usd_bn", add=1)) != digest(base)
    assert digest(base.tweak("vendors.oracle.offers.saline.sign.to", "2030Q4")) != digest(base)
