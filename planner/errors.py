"""What can go wrong, each kind with the exit code of the command line.

Every failure that a user can cause or meet is a `PlannerError` that answers three questions: `where` it is
(file:line:column, a path, a date), which `rule` was broken, and what would repair it (`hint`). Anything else
that is raised is a defect of the planner (exit code 1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

EXIT_OF_SIGNAL = {"interrupt": 130, "terminate": 143, "hangup": 129}
"""Exit code of a command that was asked to stop, by the reason: SIGINT, SIGTERM, SIGHUP."""
STOPPED = {
    "gap": "ended at the asked gap",
    "time_limit": "stopped by the time limit",
    "interrupt": "interrupted",
    "terminate": "terminated",
    "hangup": "stopped as the terminal was closed",
    "tolerance": "stopped where rounding to whole numbers is larger than the asked gap",
    "confirmation": "within the asked gap by the first run, not by all that were asked to confirm it",
    "infeasible": "no plan keeps all rules",
    "unbounded": "the cost has no end",
    "error": "given up by the solver",
}
"""Why a solve stopped, in words."""


class PlannerError(Exception):
    """A failure with a place, the rule that was broken and a repair."""

    exit_code: int = 1

    def __init__(
        self, message: str, *, where: str | None = None, rule: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.rule = rule
        self.hint = hint
        self.case: str | None = None
        """Which of several solves it was (a case, a step of a sweep); None where there was one."""

    def __str__(self) -> str:
        """Return one readable text: `case: where: message [rule]. hint`."""
        named = not self.where or self.where in self.message
        text = self.message if named else f"{self.where}: {self.message}"
        if self.case:
            text = f"{self.case}: {text}"
        if self.rule:
            text += f" [{self.rule}]"
        if self.hint:
            text += f" ({self.hint})"
        return text

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive the trip between processes with every field."""
        return (_rebuilt, (type(self), self.args, self.__dict__.copy()))


@contextmanager
def of_case(name: str) -> Iterator[None]:
    """Let a failure inside the block say which of several solves it was; the innermost name stays."""
    try:
        yield
    except PlannerError as error:
        error.case = error.case or name
        raise


def _rebuilt(kind: type[PlannerError], args: tuple[Any, ...], state: dict[str, Any]) -> PlannerError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class Interrupted(KeyboardInterrupt):
    """A request to stop (Ctrl-C, SIGTERM, SIGHUP) ended the work. It ends a loop too: it is no `PlannerError`.

    `reason` is interrupt, terminate or hangup; `found` what there was by then: a `Plan`, a `Run`, the table of the
    cases, or None. `plan` is its plan, `folder` where that is saved, each None where there is none.
    """

    def __init__(self, reason: str = "interrupt", *, found: Any = None) -> None:
        self.reason = reason
        self.found = found
        self.plan: Any = getattr(found, "plan", found if hasattr(found, "frames") else None)
        self.folder: Path | None = getattr(found, "folder", None)
        super().__init__(self._text())

    def _text(self) -> str:
        words = STOPPED[self.reason]
        if self.found is None:
            return words
        if self.folder is None:
            return f"{words}; the plan found so far is in `.plan` of this exception"
        return f"{words}; what was found is saved in {self.folder}"

    @property
    def exit_code(self) -> int:
        """Return the exit code of a command that ended so."""
        return EXIT_OF_SIGNAL[self.reason]


class UsageError(PlannerError):
    """The words of the command or the arguments of the call make no sense."""

    exit_code = 2


class InstanceError(PlannerError):
    """The instance is invalid; `findings` holds every error found, each with place and repair."""

    exit_code = 3

    def __init__(
        self,
        message: str,
        *,
        findings: Sequence[Any] = (),
        where: str | None = None,
        rule: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, where=where, rule=rule, hint=hint)
        self.findings = tuple(findings)

    def __str__(self) -> str:
        """Return the message followed by one line per finding."""
        return "\n".join([super().__str__(), *(f"  {line}" for line in finding_lines(self.findings))])


SHOWN_OF_A_KIND = 10
SHOWN = 100


def finding_lines(findings: Sequence[Any], each: int = SHOWN_OF_A_KIND, most: int = SHOWN) -> list[str]:
    """Return the findings as lines: the first `each` of a kind (severity and code), `most` in all, the rest counted."""
    lines: list[str] = []
    seen: dict[tuple[str, str], int] = {}
    left: dict[tuple[str, str], int] = {}
    for finding in findings:
        kind = getattr(finding, "severity", ""), getattr(finding, "code", "")
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] > each or len(lines) >= most:
            left[kind] = left.get(kind, 0) + 1
        else:
            lines.append(str(finding))
    more = [
        f"and {count:,} more of this kind: {severity} [{code}]" for (severity, code), count in left.items()
    ]
    return lines + more


class NoPlan(PlannerError):
    """The solver stopped at a limit or was asked to stop (then exit 130, 143 or 129) before it had any plan.

    `explanation` are sentences, the most important first; `details` says the same, and every row, as plain data.
    """

    exit_code = 6

    def __init__(
        self,
        message: str,
        *,
        explanation: Sequence[str] = (),
        details: Mapping[str, Any] | None = None,
        stopped_by: str | None = None,
        where: str | None = None,
        rule: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, where=where, rule=rule, hint=hint)
        self.explanation = tuple(explanation)
        self.details = details
        self.stopped_by = stopped_by
        if stopped_by in EXIT_OF_SIGNAL:
            self.exit_code = EXIT_OF_SIGNAL[stopped_by]

    def __str__(self) -> str:
        """Return the message followed by the sentences of the explanation."""
        return "\n".join([super().__str__(), *(f"  {sentence}" for sentence in self.explanation)])


class InfeasibleError(NoPlan):
    """No plan can keep all rules; `explanation` names rules, dates and amounts in MW and dollars."""

    exit_code = 4


class UnboundedError(NoPlan):
    """Cost can fall without end: an input pays more than it costs."""

    exit_code = 4


class AuditError(PlannerError):
    """The second opinion rejected the plan; `verdict` says where."""

    exit_code = 7

    def __init__(
        self,
        message: str,
        *,
        verdict: Any = None,
        where: str | None = None,
        rule: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, where=where, rule=rule, hint=hint)
        self.verdict = verdict


class FileError(PlannerError):
    """A file or folder cannot be read or written."""

    exit_code = 8


class SolverVersionError(PlannerError):
    """The solver is missing, of a version that is refused, or gives wrong answers to known questions."""

    exit_code = 8
