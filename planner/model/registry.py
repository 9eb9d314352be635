"""The register of rules: every family of rows with its index list, unit, sentence, and what relaxing it costs.

A rule is a function of (m, d, *index): `m.` is decided, `d.` is given (planner.model.given). The decorator keeps it in
the order in which the subjects are imported, which is the order of docs/model.md.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Literal, Protocol

from planner.model.given import Given

Rule = Callable[..., Any]
Price = Callable[..., float]
ViolationOf = Literal["each", "largest"]

SUBJECTS = (
    "construction",
    "stages",
    "contracts",
    "clauses",
    "consumption",
    "tiers",
    "chips",
    "power",
    "utility",
    "service",
    "serving",
    "sublet",
    "shift",
    "money",
    "limits",
    "logic",
)
"""Modules that hold rules, in the order of the model."""

_REGISTERED: dict[str, Family] = {}


class RowWords(Protocol):
    """What each row of a family is called, where it is not the family's name, unit and sentence."""

    def rule_id(self, d: Given, index: Any) -> str: ...  # noqa: D102
    def unit(self, d: Given, index: Any) -> str: ...  # noqa: D102
    def sentence(self, d: Given, index: Any) -> str: ...  # noqa: D102


@dataclass(frozen=True)
class Family:
    """One rule for every member of an index list."""

    name: str
    subject: str
    """Module in which it stands, `user` for a user's own rule."""
    over: str
    """Index list: an attribute of `Given`, dots allowed."""
    unit: str
    """Of a row, both sides."""
    sentence: str
    """What the rule says, with the names of its index in braces."""
    rule: Rule
    price: Price | None = None
    """USD m per unit by which a row may be broken when a plan is impossible, from (d, *index); None: never."""
    violation_of: ViolationOf = "each"
    words: RowWords | None = None
    """Where rows of one family have names, units and words of their own."""

    @property
    def relaxable(self) -> bool:
        """Whether the rule may be switched off or give way; balances, inventory and links between variables may not."""
        return self.price is not None

    @property
    def user(self) -> bool:
        """Whether a user wrote it."""
        return self.subject == "user"

    @property
    def summary(self) -> str:
        """First line of the docstring."""
        return _text(self.rule).partition("\n")[0]

    @property
    def mathematics(self) -> str:
        """The docstring after its first line: the formula in TeX and remarks."""
        return _text(self.rule).partition("\n")[2].strip()

    @property
    def index_names(self) -> tuple[str, ...]:
        """Names of the index, in order."""
        return tuple(inspect.signature(self.rule).parameters)[2:]

    def indices(self, d: Given) -> tuple[Any, ...]:
        """The index list, in order."""
        return tuple(attrgetter(self.over)(d))

    def sentence_at(self, index: Any) -> str:
        """The sentence for one row."""
        parts = index if isinstance(index, tuple) else (index,)
        return self.sentence.format(**dict(zip(self.index_names, parts, strict=True)))


@dataclass(frozen=True)
class BuiltFamily:
    """A family on one model, as the solve and explain stages read it (`m.families`)."""

    family: Family
    rows: int
    d: Given = field(repr=False)

    @property
    def name(self) -> str:
        """Name of the constraint component."""
        return self.family.name

    @property
    def unit(self) -> str:
        """Unit of a row."""
        return self.family.unit

    @property
    def sentence(self) -> str:
        """What the rule says, with the names of its index in braces."""
        return self.family.sentence

    @property
    def relaxable(self) -> bool:
        """Whether it may give way."""
        return self.family.relaxable

    @property
    def violation_of(self) -> ViolationOf:
        """Whether breaking it costs by row, or once by the largest amount."""
        return self.family.violation_of

    def violation_price(self, index: Any) -> float:
        """USD m per unit by which the row of `index` is broken (model.md 3.8 b; outside the cost)."""
        if self.family.price is None:
            raise ValueError(f"{self.name} never gives way")
        return self.family.price(self.d, *(index if isinstance(index, tuple) else (index,)))

    def rule_id(self, index: Any) -> str:
        """Name under which a row is switched off and explained: the family, or the id of a limit."""
        return self.name if self.family.words is None else self.family.words.rule_id(self.d, index)

    def unit_at(self, index: Any) -> str:
        """Unit of one row."""
        return self.unit if self.family.words is None else self.family.words.unit(self.d, index)

    def sentence_at(self, index: Any) -> str:
        """The sentence for one row."""
        if self.family.words is None:
            return self.family.sentence_at(index)
        return self.family.words.sentence(self.d, index)


class OwnRule(Protocol):
    """A rule that a user wrote, as `Instance.with_rule` keeps it: `function(m, d, *index)` for each of `over`."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def function(self) -> Rule: ...  # noqa: D102
    @property
    def over(self) -> str: ...  # noqa: D102
    @property
    def sentence(self) -> str: ...  # noqa: D102


def family(
    over: str,
    unit: str,
    sentence: str | None = None,
    price: Price | None = None,
    violation_of: ViolationOf = "each",
    words: RowWords | None = None,
) -> Callable[[Rule], Rule]:
    """Register a rule under the name of its function; without a sentence the first line of the docstring is it."""

    def register(rule: Rule) -> Rule:
        name, subject = rule.__name__, rule.__module__.rpartition(".")[2]
        if name in _REGISTERED:
            raise ValueError(f"two rules are called {name}")
        said = sentence or _text(rule).partition("\n")[0]
        _REGISTERED[name] = Family(name, subject, over, unit, said, rule, price, violation_of, words)
        return rule

    return register


def families() -> tuple[Family, ...]:
    """All rules of the planner, in the order of the model."""
    for subject in SUBJECTS:
        importlib.import_module(f"planner.model.{subject}")  # the import registers its rules
    return tuple(one for subject in SUBJECTS for one in _REGISTERED.values() if one.subject == subject)


def family_of(own: OwnRule) -> Family:
    """A user's rule as a family."""
    return Family(own.name, "user", own.over, "", own.sentence, own.function, _any_unit)


def by_name() -> Mapping[str, Family]:
    """All rules of the planner by name."""
    return {one.name: one for one in families()}


def _any_unit(d: Given, *index: Any) -> float:
    """A user's rule says nothing of its unit: it is priced as MW for a year."""
    return d.unserved_year_usd_m_per_mw


def _text(rule: Rule) -> str:
    return inspect.getdoc(rule) or ""
