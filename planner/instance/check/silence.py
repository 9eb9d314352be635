"""All findings about what will never matter, held against scenario branches and the cases of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from planner.instance.check.calendar import calendar_findings
from planner.instance.check.facts import Facts
from planner.instance.check.meaning import meaning_silence
from planner.instance.check.never_contracts import contract_silence
from planner.instance.check.never_demand import demand_silence
from planner.instance.check.never_limits import limit_silence
from planner.instance.check.never_money import money_silence
from planner.instance.check.never_places import place_silence
from planner.instance.check.references import reference_findings
from planner.instance.check.report import Report
from planner.instance.check.silent import Silent, branches, changed, facts_of, worlds_of
from planner.instance.check.terms import term_findings
from planner.instance.document import Node
from planner.instance.instance import Instance

PARTS: tuple[Callable[[Facts], Iterator[Silent]], ...] = (
    contract_silence,
    place_silence,
    demand_silence,
    money_silence,
    limit_silence,
    meaning_silence,
)


def silence_findings(report: Report) -> None:
    """Warn of what will never matter in the instance, in no branch of it, and of things that no case uses either."""
    instance = report.instance
    kept = dict.fromkeys(silences(instance))
    sections = {each.hangs_on for each in kept if each.code == "unused"}
    for world, lasting in islice(_worlds(instance, sections), worlds_of(instance)):
        if not any(each.code == "unused" or not lasting for each in kept):
            break
        if world is not None:
            _keep(kept, world, lasting=lasting)
    switched = _switched_off(instance)
    for each in kept:
        if not (each.field in switched or each.path in switched):
            report.warn(each.code, each.path, each.message, each.repair)


def _worlds(instance: Instance, sections: set[str]) -> Iterator[tuple[Instance | None, bool]]:
    """Yield what the instance is in each branch, then (True) in the file without its case and with every other case.

    Cases that touch none of the `sections` that could give a use to what is unused are left out; "" is any section.
    """
    for path, body in branches(instance):
        yield changed(instance, body, path), False
    if instance.case != "base" and instance.base is not None:
        yield changed(replace(instance, tree=instance.base), Node({}, ""), "file"), True
    for name, body in instance.bodies.items():
        touched = {key.split(".")[0] for key in body.value} if isinstance(body.value, dict) else set()
        if "" in sections or touched & sections:
            yield changed(instance, body, f"case {name}"), True


def silences(instance: Instance) -> list[Silent]:
    """What will never matter in one world; nothing where its names or terms are out of order."""
    facts = facts_of(instance)
    if facts is None:
        return []
    trial = Report(instance)
    for look in (calendar_findings, reference_findings, term_findings):
        look(trial)
    if trial.errors:
        return []
    return [each for part in PARTS for each in part(facts)]


def _keep(kept: dict[Silent, None], world: Instance, *, lasting: bool) -> None:
    """Leave out what matters in another world; of cases (`lasting`) only what was said to be unused."""
    there = {(each.code, each.path) for each in silences(world)}
    if not there and not _readable(world):
        return
    for each in list(kept):
        if (each.code, each.path) not in there and (each.code == "unused" or not lasting):
            del kept[each]


def _readable(world: Instance) -> bool:
    trial = Report(world)
    for look in (calendar_findings, reference_findings, term_findings):
        look(trial)
    return not trial.errors


def _switched_off(instance: Instance) -> set[str]:
    """Paths at which a case says 0 or false: switched off on purpose."""
    return {
        change.path for change in instance.changes if change.by.startswith("case ") and _is_off(change.new)
    }


def _is_off(new: object) -> bool:
    value = new.get("value") if isinstance(new, dict) else new
    return value is None or value is False or value == 0
