"""An instance as a value: the spec, where each number stands, what was changed, and how to change it further."""

from __future__ import annotations

import hashlib
import html
import inspect
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from planner.calls import checked_method
from planner.errors import UsageError
from planner.instance.bodies import edits_in
from planner.instance.document import MAX_TEXT_BYTES, Node, grown, short
from planner.instance.emit import MODELINE, to_yaml
from planner.instance.finding import did_you_mean, error
from planner.instance.outside import named, plain_of
from planner.instance.overlay import Change, Layer, applied
from planner.instance.parse import NumberKind, parse_quantity
from planner.instance.quantity import Quantity, When
from planner.instance.schema.spec import Spec
from planner.instance.validate import start_of, validate
from planner.instance.walk import Shape, child, shape_at, spec_shape

_KEEP = object()


@dataclass(frozen=True, slots=True)
class UserRule:
    """A rule that a user wrote: saved by name, sentence and source, and marked as not audited."""

    name: str
    sentence: str
    source: str
    over: str
    function: Callable[..., Any] = field(compare=False, repr=False)


def unloaded_rule(name: str, sentence: str, source: str, over: str) -> UserRule:
    """Return an own rule of a saved instance: text of a file is never run, so it cannot be built again."""

    return UserRule(name, sentence, source, over, _Unloaded(name))


@dataclass(frozen=True, slots=True)
class _Unloaded:
    """Stands for a function whose code was not loaded."""

    name: str

    def __call__(self, *_: Any) -> Any:
        """Refuse to be built."""
        hint = "add it again: instance.with_rule(function)"
        raise UsageError(f"the code of rule {self.name!r} is not loaded", hint=hint)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One outcome of all uncertain factors: its probability, a branch of each factor, and the spec that holds then."""

    id: str
    probability: float
    branches: dict[str, str]
    """Branch by factor, in the order of the file."""
    known: dict[str, When]
    """When each factor becomes known."""
    spec: Spec
    tree: Node | None = field(default=None, compare=False, repr=False)
    """The merged file with the overrides of its branches, each value with its place."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the instance with its dotted path: the assumptions ledger has one row for each."""

    path: str
    quantity: Quantity
    where: str


@dataclass(frozen=True, repr=False)
class Instance:
    """A valid instance after all overlays. Every change gives a new one, validated again."""

    spec: Spec
    tree: Node = field(compare=False)
    """The merged file with the place of every value."""
    path: Path
    case: str = "base"
    """Names of the chosen cases joined by `+`, or `base`."""
    cases: tuple[str, ...] = ()
    """Names of the cases that the file has."""
    bodies: dict[str, Node] = field(default_factory=dict, compare=False)
    """Overrides of each case of the file, with the place of every value; none in a saved instance."""
    base: Node | None = field(default=None, compare=False)
    """The merged file before any case or override; None in a saved instance."""
    changes: tuple[Change, ...] = ()
    """What cases, `--set` and tweaks changed, in order."""
    rules_off: tuple[str, ...] = ()
    """Families switched off by `without`."""
    user_rules: tuple[UserRule, ...] = ()

    @property
    def name(self) -> str:
        """Name of the instance."""
        return self.spec.name

    @property
    def hash(self) -> str:
        """SHA-256 of the content after all overlays, rules switched off and own rules: equal content, equal hash."""
        extra = [*self.rules_off, *([rule.name, rule.over, rule.source] for rule in self.user_rules)]
        return content_hash([self.tree.plain, extra] if extra else self.tree.plain)

    def position(self, path: str) -> str:
        """Return `file:line:column` of the value at a dotted path, or of the key of the nearest value above it."""
        steps = tuple(path.split(".")) if path else ()
        for length in range(len(steps), 0, -1):
            node = self.tree.at(steps[:length])
            if node is not None:
                return node.where if length == len(steps) else node.where_key
        return self.tree.where

    @checked_method
    def tweak(
        self, path: str, value: Any = _KEEP, *, scale: float | None = None, add: Any = None
    ) -> Instance:
        """Return the instance with one change: a new value (None deletes), a number scaled, or something added to it.

        `path` is dotted, `*` stands for all children. `InstanceError` when the result is invalid.
        """
        if not isinstance(path, str) or not path.strip() or len(path) > MAX_TEXT_BYTES:
            raise UsageError(f"{named(path)} is no path", hint="tweak('money.floor_usd_bn', 12)")
        for name, operand in (("scale", scale), ("add", add)):
            if isinstance(operand, bool | dict | list | tuple):
                raise UsageError(f"{name} takes a number, not {named(operand)}", hint=f"{name}=2")
        bodies = [each for each in (("scale", scale), ("add", add)) if each[1] is not None]
        if (value is not _KEEP) + len(bodies) != 1:
            raise UsageError("tweak takes exactly one of value, scale= and add=", hint="tweak(path, 12)")
        change = {bodies[0][0]: bodies[0][1]} if bodies else value
        label = f"tweak {short(path, 100)}"
        edits = tuple(edits_in(grown({path.strip(): plain_of(change, label)}, label), label))
        tree, changed, findings = applied(self.tree, Layer(edits))
        spec, wrong = validate(tree)
        if findings or spec is None:
            raise error([*findings, *wrong], str(self.path))
        return replace(self, spec=spec, tree=tree, changes=(*self.changes, *changed))

    @checked_method
    def without(self, rule: str) -> Instance:
        """Return the instance without a limit (by its id), a family of rules (by its name) or a rule of one's own.

        `UsageError` for what is none of these, or says what the variables mean and cannot be left out.
        """
        import planner

        if not isinstance(rule, str):
            raise UsageError(f"{named(rule)} is no name of a rule", hint="without('liquidity_floor')")
        if rule in self.spec.limits:
            return self.tweak(f"limits.{rule}.active", False)
        if any(each.name == rule for each in self.user_rules):
            return replace(self, user_rules=tuple(each for each in self.user_rules if each.name != rule))
        known = {each.name: each for each in planner.rules()}
        if rule not in known:
            places = [each for each in _places_of(rule, self.tree) if each]
            names = [*self.spec.limits, *(name for name, each in known.items() if each.relaxable)]
            near = did_you_mean(rule, names)
            hint = near if near.startswith("did you mean") else "planner.rules() lists the rules"
            if places:
                hint = f"to leave out what stands there: tweak({places[0]!r}, None)"
            raise UsageError(f"there is no rule {short(rule)}", rule=short(rule), hint=hint)
        if not known[rule].relaxable:
            may = ", ".join(name for name, each in known.items() if each.relaxable)
            words = f"{rule} cannot be switched off: it says what the variables mean"
            raise UsageError(words, rule=rule, hint=f"rules that may be left out: {may}")
        return replace(self, rules_off=tuple(dict.fromkeys((*self.rules_off, rule))))

    @checked_method
    def with_rule(self, function: Callable[..., Any], over: str = "nodes") -> Instance:
        """Return the instance with a rule of one's own, `function(m, d, *index)`, for each member of `over`."""
        name = getattr(function, "__name__", "")
        if not callable(function) or not isinstance(name, str) or not name.isidentifier():
            raise UsageError("a rule is a named function", hint="write def my_rule(m, d, t): ...")
        if not isinstance(over, str):
            raise UsageError(f"over names a set, not {named(over)}", hint="the usual one is over='nodes'")
        try:
            source = inspect.getsource(function)
        except (OSError, TypeError):
            source = ""
        sentence = (inspect.getdoc(function) or name).split("\n", 1)[0]
        rule = UserRule(name, sentence, source, over, function)
        return replace(self, user_rules=(*(each for each in self.user_rules if each.name != name), rule))

    def leaves(self) -> tuple[Leaf, ...]:
        """Return the outcomes of all uncertain factors together; the one leaf `path` where nothing is uncertain."""
        from planner.instance.scenarios import leaves

        found: tuple[Leaf, ...] | None = self.__dict__.get("_leaves")
        if found is None:
            found = leaves(self)
            object.__setattr__(self, "_leaves", found)
        return found

    def numbers(self) -> Iterator[Number]:
        """Yield every number of the file with its source, in the order of the file."""
        yield from _numbers(self.tree, (), spec_shape(), start_of(self.tree))

    def to_yaml(self) -> str:
        """Return the merged instance as YAML; reading it gives an equal instance."""
        return MODELINE + to_yaml(self._written())

    def to_json(self) -> str:
        """Return the merged instance as JSON; reading it gives an equal instance."""
        return json.dumps(self._written(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def _written(self) -> dict[str, Any]:
        """Return the merged content, with what else the instance remembers under `saved`."""
        saved = {
            "case": self.case if self.case != "base" else None,
            "cases": list(self.cases),
            "changes": [
                {"path": each.path, "old": each.old, "new": each.new, "by": each.by} for each in self.changes
            ],
            "rules_off": list(self.rules_off),
            "user_rules": [
                {"name": rule.name, "sentence": rule.sentence, "source": rule.source, "over": rule.over}
                for rule in self.user_rules
            ],
        }
        kept = {key: value for key, value in saved.items() if value}
        content: dict[str, Any] = self.tree.plain
        return {**content, "saved": kept} if kept else content

    def check(self) -> Any:
        """Return the findings of `planner.check`: what makes a plan impossible or a number doubtful."""
        import planner

        return planner.check(self)

    def solve(self, **options: Any) -> Any:
        """Return the plan that `planner.solve` finds; see there for the options."""
        import planner

        return planner.solve(self, **options)

    def __repr__(self) -> str:
        """Return a short description in one line."""
        return f"<Instance {self.name!r}, case {self.case}: {self._facts()}, hash {self.hash[:8]}>"

    def _repr_html_(self) -> str:
        """Return a small table for notebooks; all text of the file is escaped."""
        rows = {"case": self.case, "content": self._facts(), "file": str(self.path), "hash": self.hash[:8]}
        if self.cases:
            rows["cases in the file"] = ", ".join(self.cases)
        if self.rules_off:
            rows["rules off"] = ", ".join(self.rules_off)
        for change in self.changes[:20]:
            rows[change.path] = f"{_brief(change.old)} -> {_brief(change.new)} ({change.by})"
        body = "".join(
            f"<tr><th>{html.escape(key)}</th><td>{html.escape(text)}</td></tr>" for key, text in rows.items()
        )
        return f"<table><caption>{html.escape(self.name)}</caption>{body}</table>"

    def _facts(self) -> str:
        spec = self.spec
        offers = sum(len(vendor.offers) for vendor in spec.vendors.values())
        builds = sum(len(site.build) for site in spec.sites.values())
        words = [
            f"{spec.calendar.start.text} to {spec.calendar.end.text} by {spec.calendar.step}",
            f"{len(spec.workloads)} workloads, {len(spec.sites)} sites, {builds} builds",
            f"{offers} offers of {len(spec.vendors)} vendors, {len(spec.chips)} chips",
        ]
        return "; ".join(words)


def _places_of(name: str, tree: Node, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the dotted path of each member of this name: an offer, a vendor, a site."""
    if isinstance(tree.value, dict):
        for key, below in tree.value.items():
            shape = shape_at(path)
            if key == name and shape is not None and shape.kind == "map":
                yield ".".join((*path, key))
            if len(path) < 5:
                yield from _places_of(name, below, (*path, key))


def _brief(plain: Any) -> str:
    text = json.dumps(plain, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "..."


def _numbers(node: Node, path: tuple[str, ...], shape: Shape, start: Any) -> Iterator[Number]:
    if shape.number is not None:
        kind: NumberKind = shape.number.kind
        yield Number(".".join(path), parse_quantity(node.plain, kind, start), node.where)
    elif shape.kind in ("part", "map", "list"):
        members = node.value.items() if isinstance(node.value, dict) else enumerate(node.value)
        for key, below in members:
            inner = child(shape, key)
            if inner is not None:
                yield from _numbers(below, (*path, str(key)), inner, start)


def content_hash(plain: Any) -> str:
    """Return the SHA-256 of plain content, whatever the order of its keys and the spelling of its numbers."""
    text = json.dumps(_canonical(plain), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(plain: Any) -> Any:
    if isinstance(plain, dict):
        return {key: _canonical(child) for key, child in plain.items()}
    if isinstance(plain, list | tuple):
        return [_canonical(child) for child in plain]
    if isinstance(plain, float) and plain.is_integer() and abs(plain) < 1e15:
        return int(plain)
    return plain
