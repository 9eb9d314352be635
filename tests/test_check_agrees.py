"""`check` and the stages after it agree: what is valid is prepared, built and read by leaf."""

from __future__ import annotations

import fnmatch
import re
from typing import Any

import pytest
from boundary import Draw, draws, sampled, verdict
from hand import ROOT, TUTORIAL, tutorial
from leafwise import Model, disagreement, split_at_once
from test_instance_every_field import PLACES
from tiny import tiny

import planner
from planner.data.prepare import prepare
from planner.instance.check.branches import BY_LEAF, FIXED, STATED

FILES = sorted(TUTORIAL.glob("*.yaml"))
UNTREED = ("calendar", "name", "schema_version", "description", "scenarios")


def errors(instance: planner.Instance) -> list[Any]:
    return [finding for finding in planner.check(instance) if finding.severity == "error"]


def plain(path: Any) -> planner.Instance:
    """A tutorial without its tree."""
    instance = planner.read(path)
    return instance.tweak("scenarios", None) if instance.spec.scenarios else instance


# One change, in the base or in a branch


@pytest.mark.parametrize("number", range(0, len(FILES), 6))
def test_what_check_calls_valid_is_prepared_and_built(number: int) -> None:
    instance = planner.read(FILES[number])
    found = [(draw, words) for draw in sampled(instance, number, 14) if (words := verdict(instance, draw))]
    alone = plain(FILES[number])
    found += [
        (draw, words) for draw in sampled(alone, number, 7, "branch") if (words := verdict(alone, draw))
    ]
    assert not found


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("where", ["base", "branch"])
def test_every_field_of_every_tutorial_at_its_edges(path: Any, where: Any) -> None:
    instance = plain(path)
    every = [Draw(name, value, where) for name, value in draws(instance.tree.plain)]
    found = [(draw, words) for draw in every if (words := verdict(instance, draw))]
    assert not found


@pytest.mark.parametrize(
    ("number", "change"),
    [
        ("21", {"scenarios.demand.known": "2028Q3"}),
        ("21", {"calendar.step": "year"}),
        ("11", {"supply.nvidia.carry_share": 0}),
        ("34", {"vendors.oracle.offers.abilene.expansion.fee_usd_m_per_mw": {"2027-02-15": 0.5}}),
        ("14", {"sites.milam.build.hall.operating_usd_m_per_mw_year": {"2150": 1}}),
        ("12", {"chips.old.work.training": {"value": 1, "from": "2150", "per_year": "-90%"}}),
    ],
)
def test_what_raised_is_refused_with_its_place(number: str, change: dict[str, Any]) -> None:
    with pytest.raises(planner.InstanceError) as caught:
        instance = tutorial(number)
        for path, value in change.items():
            instance = instance.tweak(path, value)
        planner.solve(instance)
    assert all(finding.where and finding.repair for finding in caught.value.findings)
    assert caught.value.findings


# Branches


def test_every_error_of_every_branch_is_found_at_once() -> None:
    changed = {
        "vendors.oracle.offers.late.sign.from": "2027Q4",
        "vendors.oracle.offers.late.mw.max": 200,
        "workloads.training.unserved_usd_bn_per_gw_year": {"2027Q2": 3},
    }
    tree = tutorial("21").tweak("scenarios.demand.branches.high.set", changed)
    found = {finding.path: finding for finding in errors(tree)}
    assert set(found) == {
        "vendors.oracle.offers.late.sign",
        "vendors.oracle.offers.late.mw.max",
        "workloads.training.unserved_usd_bn_per_gw_year",
    }
    assert all("demand.high" in finding.message for finding in found.values())
    with pytest.raises(planner.InstanceError):
        prepare(tree)


def test_what_changes_before_it_is_known_is_refused_by_check_at_the_branch() -> None:
    (finding,) = errors(tutorial("21").tweak("scenarios.demand.known", "2027Q4"))
    assert finding.code == "known"
    assert finding.path.startswith("scenarios.demand.branches.")
    assert finding.where.endswith(":44:37") or finding.where.endswith(":45:38")
    assert "demand of training changes before it is known (2027Q4): at 2027Q3" in finding.message


def test_errors_of_all_cases_come_at_once(tmp_path: Any) -> None:
    text = (TUTORIAL / "21_scenarios.yaml").read_text(encoding="utf-8")
    text += (
        "cases:\n  a: {scenarios.demand.known: 2028Q3}\n  b: {vendors.oracle.offers.late.sign.from: 2027Q4}\n"
    )
    (tmp_path / "two.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(planner.InstanceError) as caught:
        planner.run_cases(tmp_path / "two.yaml", out=tmp_path)
    said = sorted((finding.path, finding.message.rpartition("(")[2]) for finding in caught.value.findings)
    assert said == [("scenarios.demand.known", "case a)"), ("vendors.oracle.offers.late.sign", "case b)")]


@pytest.mark.parametrize("number", range(3, len(FILES), 12))
def test_a_tree_that_splits_at_once_is_its_paths(number: int) -> None:
    assert not _disagreeing(FILES[number], number, 6)


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_field_that_a_branch_may_change_is_read_by_leaf(path: Any) -> None:
    assert not _disagreeing(path, 1, 100)


def _disagreeing(path: Any, seed: int, count: int) -> list[Any]:
    """Changes of which the tree says something else than the path; each is compared, or refused by `check`."""
    base = plain(path)
    found = []
    for draw in sampled(base, seed, count):
        if draw.path.startswith(UNTREED):
            continue
        try:
            changed = draw.made(base)
            if errors(changed):
                continue
            Model(changed)
        except (planner.InstanceError, planner.NoPlan):
            continue
        try:
            tree = split_at_once(base, {draw.path: draw.value})
        except planner.InstanceError:
            continue  # an override that a tweak can make and a branch cannot
        if errors(tree):
            continue
        half = {"as_is": 0.5, "changed": 0.5}
        if words := disagreement(tree, {"as_is": base, "changed": changed}, half):
            found.append((draw, words[:3]))
    return found


def test_the_comparison_sees_a_field_read_from_the_first_leaf() -> None:
    base, other = tutorial("01"), tutorial("01").tweak("workloads.training.demand_gw", 0.05)
    tree = split_at_once(base, {"workloads.training.demand_gw": 0.06})
    half = {"as_is": 0.5, "changed": 0.5}
    assert disagreement(tree, {"as_is": base, "changed": other}, half)


def test_every_pattern_of_what_is_fixed_means_a_field() -> None:
    names = [".".join(path) for path, _ in PLACES]
    for pattern in (*FIXED, *STATED, *BY_LEAF):
        assert fnmatch.filter(names, pattern), pattern


def test_what_no_branch_may_change_is_named() -> None:
    for path, value, why in (
        ("sites.s.facility_per_it", 1.3, "places draw power alike"),
        ("sites.s.region", "q", "what kind of thing it is"),
        ("money.opening.cash_usd_bn", 5, "the opening position"),
        ("money.soft_floor", {}, "what clauses and terms there are"),
    ):
        tree = split_at_once(
            tiny(regions={"q": {"facility_per_it": 1.2}}, money={"floor_usd_bn": 0}), {path: value}
        )
        (finding,) = errors(tree)
        assert (finding.code, finding.path) == ("branches", path)
        assert why in finding.message and "edge.changed" in finding.message


def test_documented_as_it_is_refused() -> None:
    text = (ROOT / "docs" / "instance.md").read_text(encoding="utf-8")
    for why in dict.fromkeys(FIXED.values()):
        assert why in text, why


def test_every_warning_of_the_check_is_explained_on_the_page_of_the_verb() -> None:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    said = {
        code
        for file in (ROOT / "planner" / "instance" / "check").glob("*.py")
        for code in re.findall(r'\.warn\(\s*"([a-z_]+)"', file.read_text(encoding="utf-8"))
    }
    assert {"edge", "ends", "supplier_credit"} <= said
    assert [code for code in sorted(said) if f"`{code}`" not in page] == []


def test_a_solve_counts_one_error_as_one() -> None:
    instance = planner.read(TUTORIAL / "21_scenarios.yaml", sets=["scenarios.demand.known=2028Q3"])
    with pytest.raises(planner.InstanceError, match="1 error in the instance"):
        instance.solve(keep_in=None)
