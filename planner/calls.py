"""Calls of the public functions from Python: what cannot be meant is refused when the call is made, in words."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, ParamSpec, TypeVar

from planner.errors import UsageError

P = ParamSpec("P")
R = TypeVar("R")

TAKES = {
    "audit": "plan",
    "check": "instance",
    "export": "instance",
    "level_costs": "instance",
    "load": "folder",
    "read": "file",
    "resume": "folder",
    "run": "instance",
    "run_cases": "file",
    "solve": "instance",
    "write_report": "plan",
    "write_starter": "file",
}
"""What the first argument of a public function is."""
GIVES = {"instance": "planner.read({})", "plan": "planner.load({})"}
CLASSES = {"instance": "Instance", "plan": "Plan"}


def checked(name: str, function: Callable[P, R], more: Sequence[str] = ()) -> Callable[P, R]:
    """Return a function that refuses unknown words and a first argument of another kind with a `UsageError`.

    `more`: words that the function passes on.
    """
    signature = inspect.signature(function)
    takes = TAKES.get(name)

    @functools.wraps(function)
    def call(*args: P.args, **words: P.kwargs) -> R:
        refuse_words(name, signature, args, words, more)
        if takes is not None and args:
            _refuse_kind(name, takes, args[0])
        return function(*args, **words)

    return call


def checked_method(function: Callable[P, R]) -> Callable[P, R]:
    """Return a method that refuses unknown words."""
    return checked(function.__name__, function)


def refuse_words(
    name: str,
    signature: inspect.Signature,
    args: Sequence[Any],
    words: dict[str, Any],
    more: Sequence[str] = (),
) -> None:
    """Raise a `UsageError` when a call does not fit a signature, with the word that is likely meant."""
    kinds = [each.kind for each in signature.parameters.values()]
    known = [each.name for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
    passed_on = inspect.Parameter.VAR_KEYWORD in kinds
    for word in words:
        if word not in known and word not in more and (not passed_on or more):
            allowed = [each for each in (*known, *more) if each != "self"]
            near = get_close_matches(word, allowed, n=1, cutoff=0.6)
            near = near or [each for each in allowed if each.startswith(word) or word.startswith(each)]
            hint = f"did you mean {near[0]}=?" if near else f"it takes {', '.join(allowed)}"
            raise UsageError(f"{name} takes no {word[:60]}=", hint=hint)
    try:
        signature.bind(*args, **words)
    except TypeError as error:
        raise UsageError(f"{name}: {error}", hint=f"{name}{signature}"[:200]) from error


def _refuse_kind(name: str, takes: str, value: Any) -> None:
    if takes in ("file", "folder"):
        if isinstance(value, str | os.PathLike) and isinstance(os.fspath(value), str):
            return
        what = "the file of an instance" if takes == "file" else "the folder of a saved plan"
        raise UsageError(f"{name} takes {what}, not {_kind(value)}", hint=f"planner.{name}('{takes}')")
    # Not compared with the class: importing it takes longer than the call.
    if any(each.__name__ == CLASSES[takes] for each in type(value).__mro__):
        return
    article = "an" if takes == "instance" else "a"
    shown = repr(str(value)) if isinstance(value, str | os.PathLike) else "..."
    raise UsageError(
        f"{name} takes {article} {takes}, not {_kind(value)}",
        hint=f"planner.{name}({GIVES[takes].format(shown[:80])})",
    )


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return f"the text {value[:60]!r}"
    return "None" if value is None else f"a {type(value).__name__}"
