"""A tree of nodes as a `Spec`, or every finding with its place, in our own words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from pydantic import ValidationError

from planner.instance.document import Node
from planner.instance.finding import MAX_FINDINGS, Finding, Tally
from planner.instance.known import Known
from planner.instance.parse import ParseError, parse_when
from planner.instance.schema.spec import Spec
from planner.instance.wrong import note_all


def validate(tree: Node, most: int = MAX_FINDINGS) -> tuple[Spec | None, list[Finding]]:
    """Return the spec of a merged tree and no findings, or None and at most `most` findings, the last one counting."""
    tally = Tally(most)
    context = {"start": start_of(tree)}
    try:
        spec = Spec.model_validate(Known(tally, context).plain(tree), context=context)
    except ValidationError as error:
        note_all(error, tree, (), tally)
        spec = None
    tally.found = _sorted(_said_once(tally.found))
    findings = tally.all(tree.file)
    return (None if findings else spec), findings


def _said_once(findings: list[Finding]) -> list[Finding]:
    """Return the findings without those for a missing field that stands there misspelt."""
    missing = {finding.path: finding for finding in findings if finding.code == "missing"}
    kept = []
    for finding in findings:
        above = finding.path.rpartition(".")[0]
        words = [word.strip("?,") for word in finding.repair.split()] if finding.code == "unknown_key" else []
        there = next((word for word in words if f"{above}.{word}".strip(".") in missing), None)
        if finding.repair.startswith("did you mean"):
            if there is not None:
                missing.pop(f"{above}.{there}".strip("."))
                finding = replace(finding, repair=f"did you mean {there}?")
            for word in words:  # the place elsewhere in the instance where the field belongs
                for length in range(1, word.count(".") + 2) if "." in word else ():
                    missing.pop(".".join(word.split(".")[:length]), None)
        kept.append(finding)
    return [finding for finding in kept if finding.code != "missing" or finding.path in missing]


def start_of(tree: Node) -> date | None:
    """Return the first day of the calendar where it is readable."""
    node = tree.at(("calendar", "start"))
    try:
        return parse_when(node.value).first if node is not None else None
    except ParseError:
        return None


def _sorted(findings: list[Finding]) -> list[Finding]:
    """Return the findings once each, in the order of the file."""

    def place(finding: Finding) -> tuple[str, int, int]:
        parts = finding.where.rsplit(":", 2)
        if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():
            return parts[0], int(parts[1]), int(parts[2])
        return finding.where, 0, 0

    return sorted(dict.fromkeys(findings), key=place)
