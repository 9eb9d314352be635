"""Print a constraints file with the lowest version that pyproject.toml allows of everything planner runs on."""

import re
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]
for words in project["dependencies"]:
    if found := re.match(r"([A-Za-z0-9_.-]+)>=([0-9.]+)", words):
        print(f"{found[1]}=={found[2]}")
