"""Each verb makes one call with the words it was given, and prints what comes back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

import planner
from planner.cli.app import run
from planner.instance.finding import Finding


@dataclass
class Calls:
    """Remembers what a fake was called with, and returns what it was told to."""

    answer: Any
    seen: list[tuple[tuple[Any, ...], dict[str, Any]]] = field(default_factory=list)

    def __call__(self, *words: Any, **options: Any) -> Any:
        self.seen.append((words, options))
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def answer(exit_code: int) -> SimpleNamespace:
    return SimpleNamespace(
        warnings=("mind the gap",), exit_code=exit_code, folder=Path("there"), to_dict=lambda: {"status": "x"}
    )


@pytest.mark.parametrize("exit_code", [0, 5, 7, 130, 143])
def test_solve_hands_over_what_was_said_and_returns_the_exit_code(
    exit_code: int, starter: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = Calls(answer(exit_code))
    monkeypatch.setitem(vars(planner), "run", calls)
    words = ["--gap", "0.01", "--time-limit", "9", "--seed", "3", "--out", "there", "--force"]
    words += ["--start", "a", "--start", "b", "--json", "-q"]
    assert run(["solve", str(starter), *words]) == exit_code
    said = capsys.readouterr()
    assert json.loads(said.out) == {"status": "x"}
    assert said.err == "warning: mind the gap\n"
    ((instance,), options) = calls.seen[0]
    assert instance.name == "Starter lab"
    assert options.pop("read_seconds") > 0
    assert options.pop("on_progress") is None
    assert callable(options.pop("on_message"))
    expected = {"gap": 0.01, "time_limit": 9.0, "seed": 3, "out": "there", "force": True, "start": ("a", "b")}
    assert options == expected


def test_solve_leaves_defaults_to_the_function(starter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(answer(0))
    monkeypatch.setitem(vars(planner), "run", calls)
    assert run(["solve", str(starter)]) == 0
    options = calls.seen[0][1]
    assert {"gap", "time_limit", "seed", "out"} & set(options) == set()


def test_cases_and_sets_reach_the_reader(starter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(answer(0))
    monkeypatch.setitem(vars(planner), "run", calls)
    words = ["--case", "dear_cloud", "--set", "money.floor_usd_bn=1.25", "-q"]
    assert run(["solve", str(starter), *words]) == 0
    spec = calls.seen[0][0][0].spec
    assert spec.money.floor_usd_bn.constant == 1.25
    assert spec.vendors["cloudy"].offers["reserved"].price_usd_per_kw_month.constant == pytest.approx(
        950 * 1.2
    )


def test_solve_of_all_cases_prints_a_row_a_case(
    starter: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = ["case", "cost"], [["base", "1,234"], ["x\x1b[2J", "-"]]
    table = SimpleNamespace(text=lambda: cells, folder=Path("out.csv"), exit_code=4, to_dict=dict)
    calls = Calls(table)
    monkeypatch.setitem(vars(planner), "run_cases", calls)
    assert run(["solve", str(starter), "--cases", "all", "--set", "a=1", "--gap", "0.1"]) == 4
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [*lines[:1], *lines[2:]] == [["case", "cost"], ["base", "1,234"], ["x\\x1b[2J", "-"], ["out.csv"]]
    (words, options) = calls.seen[0]
    assert words == (str(starter),)
    assert options["sets"] == ("a=1",)
    assert options["gap"] == 0.1


def test_check_shows_findings_and_level_costs(
    starter: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    finding = Finding("dear", "warning", "f.yaml:3:4", "a.b", "dear", "make it cheaper")
    monkeypatch.setitem(vars(planner), "check", Calls([finding]))
    assert run(["check", str(starter), "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert value["findings"] == [
        {
            "code": "dear",
            "severity": "warning",
            "where": "f.yaml:3:4",
            "path": "a.b",
            "message": "dear",
            "repair": "make it cheaper",
        }
    ]
    assert {row["id"] for row in value["level_costs"]} >= {"cloudy.reserved", "accelerator.purchase"}
    assert run(["check", str(starter)]) == 0
    text = capsys.readouterr().out
    assert "f.yaml:3:4" in text
    assert "make it cheaper" in text
    assert "cloudy.reserved" in text


def test_check_with_an_error_is_exit_3_and_shows_all(
    starter: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    findings = [
        Finding("c", kind, f"f.yaml:{n}:1", "p", f"m{n}", "r") for n, kind in enumerate(["error", "note"])
    ]
    monkeypatch.setitem(vars(planner), "check", Calls(findings))
    assert run(["check", str(starter)]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert "m0" in said.err
    assert "m1" in said.err


def test_a_file_with_mistakes_is_exit_3_with_place_and_repair(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "wrong.yaml"
    text = Path(planner.write_starter(tmp_path / "starter.yaml")).read_text()
    file.write_text(text.replace("lead_months: 15", "lead_monhts: 15"))
    number = text[: text.index("lead_months: 15")].count("\n") + 1
    assert run(["check", str(file), "--json"]) == 3
    said = capsys.readouterr()
    findings = json.loads(said.out)["error"]["findings"]
    assert any(finding["where"].startswith(f"{file}:{number}:") for finding in findings)
    assert "did you mean lead_months" in said.err


def test_a_missing_file_is_exit_8(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "nowhere/at_all.yaml"]) == 8
    assert "nowhere/at_all.yaml" in capsys.readouterr().err


@pytest.mark.parametrize(("ok", "exit_code"), [(True, 0), (False, 7)])
def test_audit_gates(
    ok: bool, exit_code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Verdict(SimpleNamespace):
        def __str__(self) -> str:
            return "the verdict"

    monkeypatch.setitem(vars(planner), "load", Calls("plan"))
    audit = Calls(Verdict(ok=ok, to_dict=lambda: {"ok": ok}))
    monkeypatch.setitem(vars(planner), "audit", audit)
    assert run(["audit", "some/run"]) == exit_code
    said = capsys.readouterr()
    assert said.out == "the verdict\n"
    assert ("rejected" in said.err) is not ok
    assert audit.seen == [(("plan",), {})]
    run(["audit", "some/run", "--json"])
    assert json.loads(capsys.readouterr().out)["audit"] == {"ok": ok}


def test_report_audits_and_writes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(vars(planner), "load", Calls("plan"))
    monkeypatch.setitem(vars(planner), "audit", Calls("verdict"))
    write = Calls([Path("a.html"), Path("a.md")])
    monkeypatch.setitem(vars(planner), "write_report", write)
    assert run(["report", "some/run", "--out", "there", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == ["a.html", "a.md"]
    assert run(["report", "some/run"]) == 0
    assert [words for words, _ in write.seen] == [
        ("plan", "verdict", Path("there")),
        ("plan", "verdict", Path("some/run")),
    ]


def test_compare_goes_from_a_to_b_and_leaves_out_empty_frames(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(vars(planner), "load", lambda place: f"plan {place}")
    frames = {
        "bridge": pd.DataFrame({"line": ["chips"], "change_usd_m": [1.5]}),
        "cash": pd.DataFrame({"a": []}),
    }
    compare = Calls(
        SimpleNamespace(frames=lambda: frames, interval=(1.0, 2.0), total_interval=(3.0, float("nan")))
    )
    monkeypatch.setitem(vars(planner), "compare", compare)
    assert run(["compare", "first", "second"]) == 0
    text = capsys.readouterr().out
    assert text.splitlines()[0] == "bridge"
    assert "chips" in text
    assert "cash" not in text
    assert compare.seen == [(("plan first", "plan second"), {})]
    assert run(["compare", "first", "second", "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert value["interval_usd_m"] == [1.0, 2.0]
    assert value["total_interval_usd_m"] == [3.0, None]
    assert value["difference"] == {"bridge": [{"line": "chips", "change_usd_m": 1.5}]}


def test_schema_is_json_with_or_without_the_flag(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(vars(planner), "schema", Calls({"$schema": "x"}))
    for words in (["schema"], ["schema", "--json"]):
        assert run(words) == 0
        assert json.loads(capsys.readouterr().out) == {"$schema": "x"}
