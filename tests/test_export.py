"""What is exported is the instance itself: the same optimum, the same content, every number once."""

from __future__ import annotations

import csv
from pathlib import Path

import highspy
import pytest

import planner
from planner.cli.app import run
from planner.errors import UsageError
from planner.export import COLUMNS


def optimum(path: Path) -> float:
    """Return the least cost of an LP or MPS file, to 1e-6, found without planner."""
    solver = highspy.Highs()
    solver.silent()
    assert solver.readModel(str(path)) == highspy.HighsStatus.kOk
    solver.setOptionValue("mip_rel_gap", 1e-6)
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(solver.getInfo().objective_function_value)


def test_lp_and_mps_have_the_optimum_of_the_plan(starter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    starter.write_text(
        starter.read_text().replace(
            "end: 2032Q4, step: quarter, coarsen: {after: 2029Q4, step: year}", "end: 2029Q4, step: half"
        )
    )
    for form in ("lp", "mps"):
        out = starter.parent / f"model.{form}"
        assert run(["export", str(starter), "--format", form, "--out", str(out)]) == 0
        assert capsys.readouterr().out == f"{out}\n"
    plan = planner.solve(planner.read(starter), gap=1e-6, time_limit=600)
    assert optimum(starter.parent / "model.lp") == pytest.approx(plan.objective_usd_m, rel=1e-5)
    assert optimum(starter.parent / "model.mps") == pytest.approx(plan.objective_usd_m, rel=1e-5)


def test_json_reads_back_as_the_same_instance(starter: Path) -> None:
    changed = planner.read(starter, cases=["dear_cloud"], sets=["money.floor_usd_bn=0.75"])
    again = planner.read(planner.export(changed, starter.parent / "again.json", "json"))
    assert again.spec == changed.spec


def test_csv_has_every_number_with_unit_range_and_source(starter: Path) -> None:
    text = starter.read_text()
    starter.write_text(text.replace('source: "utility tariff"', 'source: "=HYPERLINK(1)"'))
    path = planner.export(planner.read(starter), starter.parent / "numbers.csv", "csv")
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    energy = [row for row in rows if row["path"] == "sites.hillside.energy_usd_per_mwh"]
    assert [(row["value"], row["unit"], row["low"], row["high"]) for row in energy] == [
        ("50.0", "USD/MWh", "40.0", "65.0")
    ]
    assert energy[0]["source"] == "'=HYPERLINK(1)"
    demand = [row["date"] for row in rows if row["path"] == "workloads.training.demand_gw"]
    assert demand == ["2027-01-01", "2028-01-01", "2029-01-01", "2030-01-01", "2033-01-01"]


def test_an_existing_file_is_kept(starter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = starter.parent / "x.json"
    out.write_text("mine")
    words = ["export", str(starter), "--format", "json", "--out", str(out)]
    assert run(words) == 8
    assert out.read_text() == "mine"
    assert "--force" in capsys.readouterr().err
    assert run([*words, "--force"]) == 0
    assert out.read_text() != "mine"


def test_an_unknown_format_says_which_are_known(starter: Path) -> None:
    with pytest.raises(UsageError, match="lp, mps, csv, json"):
        planner.export(planner.read(starter), starter.parent / "x.doc", "doc")
