"""Verbs about an instance: init, check, export, schema, doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from planner.cli.failure import finding_objects
from planner.cli.group import instance_options, verb
from planner.cli.terminal import Voice, table, to_stderr
from planner.errors import InstanceError, SolverVersionError, finding_lines

if TYPE_CHECKING:
    from planner.level_cost import LevelCost


@verb("init", help="Write a commented starter instance that solves.")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@click.argument("file", type=click.Path(dir_okay=False), default="instance.yaml")
def init(voice: Voice, file: str, force: bool) -> None:
    """Write the starter instance to FILE (instance.yaml)."""
    from planner.starter import write_starter

    path = write_starter(file, force=force)
    voice.result(str(path), {"schema_version": 1, "path": str(path)})
    voice.note(f"next: planner solve {path}")


@verb("check", help="Check an instance and list the level cost of every offer and chip.")
@instance_options
def check(voice: Voice, file: str, cases: tuple[str, ...], sets: tuple[str, ...]) -> None:
    """Show every finding at once; exit 3 when one of them is an error."""
    import planner

    instance = planner.read(file, cases=cases, sets=sets)
    findings = planner.check(instance)
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise InstanceError(_counted(len(errors), len(findings) - len(errors)), findings=findings)
    costs = planner.level_costs(instance)
    summary = f"{instance.name} / {instance.case}: valid" + (
        f", see {len(findings)} above" if findings else ""
    )
    lines = [*finding_lines(findings), level_cost_table(costs), summary]
    value = {
        "schema_version": 1,
        "instance": {"name": instance.name, "case": instance.case, "hash": instance.hash},
        "findings": finding_objects(findings),
        "findings_in_all": len(findings),
        "level_costs": [vars(row) for row in costs],
    }
    voice.result("\n".join(lines), value)


def _counted(errors: int, warnings: int) -> str:
    said = f"{errors:,} error{'s' * (errors != 1)}"
    return f"{said}{f' and {warnings:,} warning' + 's' * (warnings != 1) if warnings else ''} in the instance"


def level_cost_table(rows: list[LevelCost]) -> str:
    """Return the level costs as a text table, the cheapest work first within each kind."""
    headers = ["level cost of", "kind", "chip", "USD bn per GW-year", "per reference GW-year"]
    worst = float("inf")
    ordered = sorted(rows, key=lambda row: (row.kind, row.usd_bn_per_reference_gw_year or worst))
    cells = [
        (row.id, row.kind, row.chip, row.usd_bn_per_gw_year, row.usd_bn_per_reference_gw_year)
        for row in ordered
    ]
    return table(headers, cells)


@verb("export", help="Write an instance as LP or MPS model, as csv of its numbers, or as JSON.")
@click.option(
    "--format", "form", type=click.Choice(["lp", "mps", "csv", "json"]), required=True, help="What to write."
)
@click.option("--out", type=click.Path(dir_okay=False), required=True, help="File to write.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@instance_options
def export(
    voice: Voice, file: str, cases: tuple[str, ...], sets: tuple[str, ...], form: str, out: str, force: bool
) -> None:
    """Write the instance to --out in the format asked for."""
    import planner

    path = planner.export(planner.read(file, cases=cases, sets=sets), out, form, force=force)
    voice.result(str(path), {"schema_version": 1, "path": str(path)})


@verb("schema", help="Print the JSON Schema of instance files, for editors.")
def schema(voice: Voice) -> None:
    """Write the JSON Schema to stdout, with or without --json."""
    import planner

    Voice(as_json=True).result("", planner.schema())


@verb("doctor", help="Check versions and let the solver answer questions with known answers.")
def doctor(voice: Voice) -> int:
    """Show versions and canary models; exit 8 when one is wrong."""
    import planner

    checks = planner.doctor()
    wrong = [check for check in checks if not check.ok]
    rows = [(check.name, "yes" if check.ok else "NO", check.found, check.expected) for check in checks]
    text = table(["check", "ok", "found", "expected"], rows)
    value = {"schema_version": 1, "ok": not wrong, "checks": [vars(check) for check in checks]}
    voice.result(text, value)
    if wrong:
        to_stderr(f"not fit for work: {', '.join(check.name for check in wrong)}", "error")
        return SolverVersionError.exit_code
    return 0


VERBS = (init, check, export, schema, doctor)
