"""One thing that is wrong or doubtful in an instance: where it is and what would repair it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal

from planner.errors import InstanceError

Severity = Literal["error", "warning", "note"]

CODES: dict[str, str] = {
    "file": "a file named in the instance cannot be read",
    "outside_folder": "a path leaves the folder of the instance",
    "syntax": "the text is not YAML (or JSON, or csv)",
    "encoding": "the text is not UTF-8",
    "too_large": "the file, a text in it or the number of its values is over the limit",
    "too_deep": "the nesting is over the limit",
    "alias": "an anchor or alias stands in the file",
    "tag": "a tag stands in the file",
    "duplicate_key": "a key stands twice in one map",
    "not_finite": "a number is infinite or not a number",
    "empty": "a key has no value",
    "unknown_key": "a key is not part of the schema",
    "missing": "a field that must be there is missing",
    "wrong_type": "a value has the wrong form",
    "bad_id": "an id is not written like one",
    "choice": "a word is not one of those allowed",
    "wrong_unit": "a text does not hold a number in a unit of the field's kind",
    "implausible": "a number is outside what a person could mean in this field",
    "impossible": "a number cannot be, whatever `plausible` says",
    "range_order": "low, value and high are not in order",
    "not_whole": "a count is not a whole number",
    "bad_date": "a date is not written like one",
    "bad_path": "a path in time is incomplete or contradicts itself",
    "bad_profile": "a payment profile or ramp does not add up",
    "extends": "the files that extend one another make no chain",
    "override_path": "an override names something that does not exist",
    "override_value": "an override cannot act on what it names",
    "case_conflict": "two cases say different things about one field",
    "scenarios": "the scenarios make no usable tree",
    "more": "there are more errors than are shown",
}
"""Every code that reading can give, with its meaning; `planner.instance.check` has its own."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding about an instance: code, severity, place in the file, path in the instance, message and repair."""

    code: str
    severity: Severity
    where: str
    """`file:line:column`, or the words of an override given outside a file."""
    path: str
    """Dotted path in the instance, e.g. `vendors.oracle.offers.abilene.term_months`; empty for the file itself."""
    message: str
    repair: str = ""

    def __str__(self) -> str:
        """Return one line: place, severity and code, path, message and repair."""
        place = f"{self.path}: " if self.path else ""
        repair = f" -> {self.repair}" if self.repair else ""
        line = f"{self.where}: {self.severity} [{self.code}] {place}{self.message}{repair}"
        return "".join(
            each if each.isprintable() else f"\\u{ord(each):04x}" for each in line
        )  # texts of the file


MAX_FINDINGS = 200
"""How many errors are shown; the rest is counted."""


@dataclass
class Tally:
    """The first `most` findings, and how many more there are."""

    most: int = MAX_FINDINGS
    found: list[Finding] = field(default_factory=list)
    more: int = 0

    @property
    def full(self) -> bool:
        """Whether further findings are only counted."""
        return len(self.found) >= self.most

    def skips(self) -> bool:
        """Return whether a finding is only counted; it is counted by asking."""
        self.more += self.full
        return self.full

    def add(self, finding: Finding) -> None:
        """Keep a finding, or count it."""
        if self.full:
            self.more += 1
        else:
            self.found.append(finding)

    def all(self, file: str) -> list[Finding]:
        """Return what was kept, and what says how many more there are."""
        return [*self.found, self.rest(file)] if self.more else self.found

    def rest(self, file: str) -> Finding:
        """Return the finding that says how many there are besides those kept."""
        noun = "error" if self.more == 1 else "errors"
        return Finding(
            "more", "error", file, "", f"{self.more:,} more {noun}", "mend those shown, then check again"
        )


def error(findings: Sequence[Finding], file: str, most: int = MAX_FINDINGS) -> InstanceError:
    """Return the error that shows the first `most` of the findings of `file` at once and counts the rest."""
    tally = Tally(most)
    for finding in dict.fromkeys(findings):
        if finding.code == "more":
            tally.more += int(finding.message.partition(" ")[0].replace(",", ""))
        else:
            tally.add(finding)
    count = len(tally.found) + tally.more
    noun = "error" if count == 1 else "errors"
    shown = [*tally.found, tally.rest(file)] if tally.more else tally.found
    return InstanceError(f"{count:,} {noun} in the instance", findings=shown, where=file)


MAX_WORD, MAX_WORDS = 100, 1_000


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `did you mean x?`, or the first known words when none is near, or nothing when none is known."""
    words = [str(each) for each in known]
    size = len(word)
    if len(words) > MAX_WORDS:  # comparing takes some 20 microseconds a word
        likely = [each for each in words if each[:1] == word[:1] and abs(len(each) - size) < 3]
        words = (likely or words)[:MAX_WORDS]
    near: list[str] = []
    if size <= MAX_WORD:
        near = [each for each in words if each.lower() == word.lower()]
        near = near or get_close_matches(word, words, n=1, cutoff=0.6)
        near += [each for each in get_close_matches(word, words, n=2, cutoff=0.85) if each not in near]
        if not near and size > 2:
            near = [each for each in words if word in each][:2]
    if near:
        return f"did you mean {' or '.join(near[:2])}?"
    if not words:
        return ""
    shown = ", ".join(words[:12]) + (", ..." if len(words) > 12 else "")
    return f"known here: {shown}"
