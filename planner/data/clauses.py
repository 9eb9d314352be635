"""All clauses of all contracts: their columns, and which of them hang together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from planner.data.context import Context
from planner.data.delivery import offer_terms
from planner.data.expansion import expansion_columns
from planner.data.kept import Kept, KeptKey
from planner.data.leaving import leaving_columns
from planner.data.renewals import renewal_columns
from planner.data.terms import Term, contract_terms
from planner.data.types import Clauses, Index, MwColumn, TermKey, Var
from planner.tree import Node

LEAVING = ("exited_mw", "assigned_mw", "cancelled_mw")


def contract_clauses(
    context: Context,
    signed_chips: Mapping[tuple[str, Node], tuple[str, ...]],
    offers: tuple[str, ...],
    kept: Mapping[KeptKey, Kept],
) -> tuple[tuple[MwColumn, ...], Clauses]:
    """Columns of all clauses but kept MW, and the rules between them."""
    columns: dict[TermKey, list[MwColumn]] = {}
    terms: dict[TermKey, Term] = {}
    for offer in offers:
        if _has_clauses(context, offer):
            for term in contract_terms(context, signed_chips, offer):
                found = [*leaving_columns(term), *renewal_columns(term), *expansion_columns(term)]
                if found:
                    columns[term.key], terms[term.key] = found, term
    first_kept: dict[TermKey, list[KeptKey]] = {}
    for key, each in kept.items():
        if key[:3] in columns and each.before is None:
            first_kept.setdefault(key[:3], []).append(key)
    return (
        tuple(column for found in columns.values() for column in found),
        _rules(context, terms, columns, first_kept),
    )


def _has_clauses(context: Context, offer: str) -> bool:
    terms = offer_terms(context.first, offer)
    if terms.kind == "consumption":
        return False
    return bool(terms.exits or terms.assignments) or not (
        terms.cancel_after_months is None and terms.renewals is None and terms.expansion is None
    )


def _rules(
    context: Context,
    terms: Mapping[TermKey, Term],
    columns: Mapping[TermKey, list[MwColumn]],
    kept: Mapping[TermKey, list[KeptKey]],
) -> Clauses:
    one_way: dict[tuple[str, str, str, Node], tuple[tuple[Var, Index, float], ...]] = {}
    expanded: dict[tuple[str, str, str, Node], tuple[tuple[Var, Index, float], ...]] = {}
    left: dict[tuple[str, str, str, Node], tuple[tuple[Var, Index, float], ...]] = {}
    before: dict[Index, Index] = {}
    for key, found in columns.items():
        leaving = [("exited", c.var, c.index) for c in found if c.var in LEAVING]
        renewed = [("renewed", c.var, c.index) for c in found if c.var == "renewed_mw" and c.index[3] == "1"]
        after = [("kept", "kept_mw", each) for each in kept.get(key, ())]
        if leaving or renewed:
            one_way |= _by_path(context, key, [(v, i) for _, v, i in (*leaving, *renewed, *after)])
        more = [(c.var, c.index) for c in found if c.var == "expanded_mw"]
        rows = _by_path(context, key, more)
        expanded |= rows
        for row in rows:
            path = set(context.tree.path[row[3]])
            left[row] = tuple((v, i, 1.0) for _, v, i in leaving if i[-1] in path)
        before |= _renewed_before(context, [c.index for c in found if c.var == "renewed_mw"])
    return Clauses(
        one_way=one_way,
        given_mw={key: mw for key, term in terms.items() if (mw := term.given_mw) is not None},
        renewed_before=before,
        expanded=expanded,
        left=left,
        most_expanded_share={
            key[0]: expansion.most_share.constant
            for key in columns
            if (expansion := offer_terms(context.first, key[0]).expansion) is not None
        },
        rights=tuple(
            (c.index[0], c.index[1], c.index[2])
            for found in columns.values()
            for c in found
            if c.var == "expansion_right_mw"
        ),
    )


def _by_path(
    context: Context, key: TermKey, columns: Iterable[tuple[str, Index]]
) -> dict[tuple[str, str, str, Node], tuple[tuple[Var, Index, float], ...]]:
    """Columns by the last node of their path; paths with the same columns once, those without none."""
    found: dict[tuple[tuple[Var, Index, float], ...], Node] = {}
    for last in context.tree.last:
        path = set(context.tree.path[last])
        terms = tuple((var, index, 1.0) for var, index in columns if index[-1] in path)
        if terms and terms not in found:
            found[terms] = last
    return {(*key, last): terms for terms, last in found.items()}


def _renewed_before(context: Context, renewed: list[Index]) -> dict[Index, Index]:
    """By column of a second or later renewal, that of the renewal before on its path."""
    out = {}
    for index in renewed:
        path = context.tree.path[index[-1]]
        for other in renewed:
            if int(other[3]) == int(index[3]) - 1 and other[-1] in path:
                out[index] = other
    return out
