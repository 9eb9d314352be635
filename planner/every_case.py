"""A file as it is and with each of its cases, solved one after the other, with a table of what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.errors import EXIT_OF_SIGNAL, InfeasibleError, NoPlan, of_case
from planner.run import OnMessage, OnProgress, Run, refuse_errors, run

if TYPE_CHECKING:
    from planner.instance.instance import Instance
    from planner.plan.plan import Plan


@dataclass(frozen=True)
class CaseRuns:
    """One row a case, with its costs as intervals; `folder` holds the summary table."""

    folder: Path
    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    exit_code: int
    runs: tuple[Run, ...] = field(default=(), repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The documented object of `solve --cases all --json`."""
        return {"schema_version": 1, "folder": str(self.folder), "cases": [dict(row) for row in self.rows]}


CASE_COLUMNS = (
    "case", "status", "cost_usd_bn", "bound_usd_bn", "gap", "powered_gw", "shortfall_gw_years", "least_cash_usd_bn",
    "difference", "audit", "run",
)  # fmt: skip


def run_cases(
    path: str | Path,
    *,
    sets: Sequence[str] = (),
    out: str | Path | None = None,
    on_progress: OnProgress | None = None,
    on_message: OnMessage | None = None,
    cases: Sequence[str] | None = None,
    start: Sequence[str | Path] = (),
    **options: Any,
) -> CaseRuns:
    """Solve a file as it is and with each of its cases, each started from every plan known so far.

    All cases are read and checked before the first is solved. A case without a plan is a row; an interrupt ends the
    rounds. The table of the rows so far is saved in any case, in a folder `<name>-all-cases-<hash8>`.
    """
    from planner.instance.reader import read

    base = read(path, sets=sets)
    named = {}
    for case in base.cases if cases is None else cases:
        with of_case(f"case {case}"):
            named[case] = read(path, cases=(case,), sets=sets)
    for case, instance in {"base": base, **named}.items():
        with of_case(f"case {case}"):
            refuse_errors(instance)
    place = Path("reports" if out is None else out)
    runs: dict[str, Run] = {}
    rows: list[dict[str, Any]] = []
    codes = [0]
    folder = place
    try:
        for case, instance in {"base": base, **named}.items():
            plans: list[str | Path | Plan] = [*start, *(run.plan for run in runs.values())]
            try:
                with of_case(f"case {case}"):
                    done = run(
                        instance,
                        out=place,
                        start=plans,
                        on_progress=on_progress,
                        on_message=on_message,
                        **options,
                    )
            except NoPlan as error:
                rows.append(_failed_row(case, error))
                codes.append(error.exit_code)
            else:
                rows.append(_case_row(case, done, runs.get("base")))
                runs[case] = replace(done, plan=replace(done.plan, model=None))
                codes.append(done.exit_code)
            if codes[-1] in EXIT_OF_SIGNAL.values():
                break
    finally:
        if rows:
            folder = _save_cases(base, rows, place)
    return CaseRuns(folder, CASE_COLUMNS, tuple(rows), max(codes), tuple(runs.values()))


def _save_cases(base: Instance, rows: Sequence[Mapping[str, Any]], out: Path) -> Path:
    """Write the table of the cases into a folder of its own and return it."""
    from planner.files import run_folder, run_name, write_atomic

    with run_folder(out, run_name(base.name, "all-cases", base.hash)) as folder:
        write_atomic(folder.path / "cases.csv", _csv(rows))
    return folder.path


def _failed_row(case: str, error: NoPlan) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(CASE_COLUMNS, "")
    status = "infeasible" if isinstance(error, InfeasibleError) else "no_plan"
    told = {
        "difference": error.explanation[0] if error.explanation else error.message,
        "run": Path(error.where or "").name,
    }
    return row | {"case": case, "status": status} | told


def _case_row(case: str, done: Run, base: Run | None) -> dict[str, Any]:
    from planner.compare import interval_sentence

    record, frames = done.plan.record, done.plan.frames
    ladder, service, cash = frames["ladder"], frames["service"], frames["cash"]
    reported = ladder[(ladder["basis"] == "it") & ladder["reported"]]
    last = reported[reported["period"] == reported["period"].iloc[-1]]
    short = service[service["reported"]]
    short_mw_years = short["shortfall_mw"] * short["probability"] * short["node"].map(_years(done.plan))
    return {
        "case": case,
        "status": record.status,
        "cost_usd_bn": record.objective_usd_m / 1000.0,
        "bound_usd_bn": None if record.bound_usd_m is None else record.bound_usd_m / 1000.0,
        "gap": record.gap,
        "powered_gw": float((last["powered_gw"] * last["probability"]).sum()),
        "shortfall_gw_years": float(short_mw_years.sum()) / 1000.0,
        "least_cash_usd_bn": float(cash[cash["reported"]]["closing_usd_m"].min()) / 1000.0,
        "difference": "" if base is None else interval_sentence(base.plan, done.plan),
        "audit": "ok" if done.verdict.ok else "rejected",
        "run": done.folder.name,
    }


def _years(plan: Plan) -> dict[str, float]:
    """Length of the period of each node in years."""
    frame = plan.frames["periods"]
    return dict(zip(frame["node"], frame["years"], strict=True))


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    import csv
    import io

    text = io.StringIO()
    writer = csv.DictWriter(text, CASE_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
