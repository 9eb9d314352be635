"""docs/model.md, written from the register of rules: `python -m planner.model.document`."""

from __future__ import annotations

import inspect
from pathlib import Path

from planner.files import write_atomic
from planner.model import aggregates, objective
from planner.model.registry import SUBJECTS, Family, families
from planner.model.variables import VARIABLES

PATH = Path(__file__).resolve().parents[2] / "docs" / "model.md"

_HEAD = """\
# The model

Written by `python -m planner.model.document` from the rules in `planner/model/`; a test compares the two.

MW are IT load unless the unit says facility; money is nominal USD m. How the numbers come from the terms of an instance
is in [conventions.md](conventions.md). In formulas, $n$ is a node of the scenario tree (without scenarios: a period),
$p(n)$ the node before it, $u$ the node at which something is decided, $u \\preceq n$ every node on the path to $n$;
*last* is a node of the last period. What belongs to $p(n)$ of the first node is the opening position.

A rule marked *may be left out* can be switched off by name (`instance.without("liquidity_floor")`), and is among those
that give way when no plan is possible; the others say what the variables mean.
"""

_OWN = """\
## Rules of one's own

`instance.with_rule(function, over="nodes")` adds a rule for every member of an index list: `function(m, d, *index)`
returns a comparison of sums, in the form of the rules above. `m` holds the variables, `d` the prepared data
(`planner.data.types.Data` and the lists of `planner.model.given.Given`); `over` names one of those lists: `nodes`,
`build_nodes`, `delivered`, `host_nodes`, `pool_nodes`, `workload_nodes`, `line_nodes`, `power.dates` ... A row without
a variable is true or false whatever is decided: a true one is left out, with a note in the run record; a false one
means that there is no plan, and the error names the rule and its members. Only models with such a rule carry these
sums:

"""


def text() -> str:
    """Content of docs/model.md."""
    parts = [_HEAD, _variables(), "## Objective\n", _docstring(objective.add_cost)]
    for subject in SUBJECTS:
        parts.append(f"## {subject.capitalize()}\n")
        parts += [_family(one) for one in families() if one.subject == subject]
    parts += [_OWN + _docstring(aggregates.add_aggregates).partition("\n\n")[2]]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _variables() -> str:
    rows = [
        f"| `{v.name}` | {v.index} | {v.unit} | {v.domain} | {v.most_text} | {v.meaning} |" for v in VARIABLES
    ]
    head = "| variable | index | unit | domain | most | meaning |\n|---|---|---|---|---|---|\n"
    return "## Variables\n\n" + head + "\n".join(rows) + "\n"


def _family(one: Family) -> str:
    index = ", ".join(one.index_names)
    facts = f"`{one.name}[{index}]` over `{one.over}`, in {one.unit}"
    if one.relaxable:
        facts += f"; may be left out; says: *{one.sentence}*"
    return f"### {one.name}\n\n{one.summary}\n\n{one.mathematics}\n\n{facts}.\n"


def _docstring(thing: object) -> str:
    return (inspect.getdoc(thing) or "") + "\n"


if __name__ == "__main__":
    write_atomic(PATH, text().encode("utf-8"))
