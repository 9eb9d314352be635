"""Every family of rules as text, against a file that was read and approved; row counts; links of the registry.

After a wanted change: `python tests/test_model_rules.py` writes the files anew; read the difference.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from model_data import every_feature
from model_text import family_text, objective_text

from planner.model import build
from planner.model.given import Given
from planner.model.registry import families
from planner.model.variables import VARIABLES
from planner.solve.handover import HandOver, hand_over

GOLDEN = Path(__file__).parent / "golden"
NAMES = [one.name for one in families()]


@pytest.fixture(scope="module")
def handed() -> HandOver:
    return hand_over(build(every_feature()))


@pytest.mark.parametrize("name", NAMES)
def test_family_reads_as_approved(name: str, handed: HandOver) -> None:
    assert family_text(handed, name) == (GOLDEN / f"{name}.lp").read_text(encoding="utf-8")


def test_costs_and_bounds_read_as_approved(handed: HandOver) -> None:
    assert objective_text(handed) == (GOLDEN / "columns.txt").read_text(encoding="utf-8")


def test_no_approved_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == {*NAMES, "columns"}


def test_every_family_has_the_rows_of_its_index_list_and_at_least_one_here() -> None:
    data = every_feature()
    m, d = build(data), Given.of(data)
    for one in families():
        rows = m.component(one.name)
        assert list(rows) == list(one.indices(d)), one.name
        assert len(rows) == m.families[one.name].rows > 0, one.name


def test_every_variable_exists_here_and_every_row_and_cost_finds_its_own() -> None:
    m = build(every_feature())
    assert {name for name, _ in m.variable} == {variable.name for variable in VARIABLES}


def test_every_rule_is_short_says_what_it_is_and_gives_its_formula() -> None:
    for one in families():
        body = one.rule.__code__.co_code
        lines = {line for _, _, line in one.rule.__code__.co_lines() if line is not None}
        assert body and len(lines) <= 14, one.name
        assert one.summary.endswith("."), one.name
        assert one.mathematics.startswith("$$"), one.name
        assert one.mathematics.count("$$") == 2, one.name


def test_sentences_name_their_index() -> None:
    data = every_feature()
    m, d = build(data), Given.of(data)
    for one in families():
        index = one.indices(d)[0]
        assert "{" not in one.sentence_at(index)
        if one.relaxable:
            assert m.families[one.name].violation_price(index) > 0.0, one.name
        else:
            with pytest.raises(ValueError, match=one.name):
                m.families[one.name].violation_price(index)
    share, cap = m.families["at_most"], ("spend_cap", "", "n3")
    assert share.sentence_at(("v_share", "v", "n2")) == "limit v_share (v) in n2: at most 0.4 of the whole"
    assert share.sentence_at(cap) == "limit spend_cap in n3: at most 5,000 USD m"
    assert (share.rule_id(cap), share.unit_at(cap), share.violation_price(cap)) == ("spend_cap", "USD m", 1.0)
    assert share.violation_price(("v_share", "v", "n2")) == 15.0
    power = m.families["site_power"]
    assert power.sentence_at(("s", "n2", 0)) == "power drawn at s in n2 stays within what is energised"


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    model = hand_over(build(every_feature()))
    for family in NAMES:
        (GOLDEN / f"{family}.lp").write_text(family_text(model, family), encoding="utf-8")
    (GOLDEN / "columns.txt").write_text(objective_text(model), encoding="utf-8")
