"""How pydantic reads the field types of the schema: numbers, dates, profiles, short lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from planner.instance import parse
from planner.instance.parse import ANY, NumberKind, ParseError, Possible


def _custom(error: ParseError) -> PydanticCustomError:
    first = error.problems[0]
    return PydanticCustomError(first.code, "{text}", {"text": first.message, "problems": error.problems})


@dataclass(frozen=True, slots=True)
class QuantityField:
    """A number in `unit`, plausible between `low` and `high` (both ends included).

    `path`: may change over time. `whole`: a count. `suspicious_below`: a smaller number above zero is likely in another
    unit. `plain`: the model holds a float instead of a `Quantity`; a record is read but only its value is kept.
    `possible`: the numbers that can be at all, also where the record says that it is plausible.
    """

    unit: str
    low: float
    high: float
    path: bool = False
    whole: bool = False
    suspicious_below: float | None = None
    plain: bool = False
    possible: Possible = ANY

    @property
    def kind(self) -> NumberKind:
        """What numbers the field takes."""
        return NumberKind(
            self.unit, self.low, self.high, self.path, self.whole, self.suspicious_below, self.possible
        )

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the validator of the field."""
        kind, plain = self.kind, self.plain

        def read(raw: Any, info: core_schema.ValidationInfo[Any]) -> Any:
            context = info.context
            try:
                quantity = parse.parse_quantity(raw, kind, context["start"] if context else None)
            except ParseError as error:
                raise _custom(error) from error
            return quantity.constant if plain else quantity

        return core_schema.with_info_plain_validator_function(read)


@dataclass(frozen=True, slots=True)
class ParsedBy:
    """A value that one function of `planner.instance.parse` reads; `form` names its JSON Schema."""

    read: Callable[[Any], Any]
    form: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the validator of the field."""
        reader = self.read

        def read(raw: Any) -> Any:
            try:
                return reader(raw)
            except ParseError as error:
                raise _custom(error) from error

        return core_schema.no_info_plain_validator_function(read)


def listed(raw: Any) -> Any:
    """Return a single word as a list of one: `vendor: aws` is `vendor: [aws]`."""
    return (raw,) if isinstance(raw, str) else raw


def date_key(raw: Any) -> str:
    """Return the key of a map by dates, as text."""
    return parse.parse_when(raw).text


def age_key(raw: Any) -> str:
    """Return the key of a map by age in years, as text."""
    try:
        age = float(raw)
    except (TypeError, ValueError):
        age = -1.0
    if not 0.0 <= age <= 100.0:
        raise ParseError(
            parse.Problem("wrong_type", f"{raw!r} is not an age in years", "write a number from 0 to 100")
        )
    return str(raw)


def month_key(raw: Any) -> str:
    """Return the key of a map by months since something began, as text."""
    try:
        months = float(raw)
    except (TypeError, ValueError):
        months = -1.0
    if not 0.0 <= months <= 600.0:
        raise ParseError(
            parse.Problem("wrong_type", f"{raw!r} is not a number of months", "write a number from 0 to 600")
        )
    return str(raw)
